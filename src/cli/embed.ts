// `forcegate embed`: a text as numbers: all of them for a script, how many and the first few for a person.

import { EXIT_HEALTHY } from './exit-codes.ts';
import { reportFault } from './faults.ts';
import { callGateway } from './model-client.ts';
import { withOwnGateway, type OrgChoice } from './own-gateway.ts';
import type { CommandWorld } from './start.ts';

export type EmbedOptions = OrgChoice & {
  readonly model: string;
  readonly text: string;
  readonly json: boolean;
};

type Embeddings = { readonly data?: readonly { readonly embedding: readonly number[] }[] };

const SHOWN = 4;

export async function runEmbed(options: EmbedOptions, world: CommandWorld): Promise<number> {
  const { terminal } = world;
  const { model, text, json } = options;
  try {
    return await withOwnGateway(options, world, async (gateway) => {
      const body = { model, input: text, encoding_format: 'float' };
      const response = await callGateway(gateway, '/v1/embeddings', body);
      const told: Embeddings = JSON.parse(await response.text());
      const numbers = told.data?.[0]?.embedding ?? [];
      if (json) terminal.out(JSON.stringify(numbers));
      else terminal.out(`${numbers.length} numbers: ${numbers.slice(0, SHOWN).join(', ')}, ...`);
      return EXIT_HEALTHY;
    });
  } catch (thrown) {
    return reportFault(terminal, thrown);
  }
}
