// `forcegate models`: what can be asked, with its limits and what it can do.

import { EXIT_HEALTHY } from './exit-codes.ts';
import { reportFault } from './faults.ts';
import { callGateway } from './model-client.ts';
import { withOwnGateway, type OrgChoice } from './own-gateway.ts';
import type { CommandWorld } from './start.ts';

export type ModelsOptions = OrgChoice & { readonly json: boolean };

type Listing = { readonly data: readonly { readonly id: string; readonly owned_by: string }[] };

export async function runModels(options: ModelsOptions, world: CommandWorld): Promise<number> {
  const { terminal } = world;
  try {
    return await withOwnGateway(options, world, async (gateway) => {
      const response = await callGateway(gateway, '/v1/models', undefined);
      const listing: Listing = JSON.parse(await response.text());
      if (options.json) terminal.out(JSON.stringify(listing.data, undefined, 2));
      else {
        const width = Math.max(...listing.data.map(({ id }) => id.length));
        for (const { id, owned_by: owner } of listing.data) terminal.out(`${id.padEnd(width)}  ${owner}`);
      }
      return EXIT_HEALTHY;
    });
  } catch (thrown) {
    return reportFault(terminal, thrown);
  }
}
