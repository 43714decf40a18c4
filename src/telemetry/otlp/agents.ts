// The connections to the collector: verified as all others are, through the proxy where one is set, and ended with the
// exporting, whatever a request on them still waits for.

import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

import { CONNECTIONS_MAX, type OtlpDependencies } from './options.ts';

export type Agents = {
  readonly create: (protocol: string) => HttpAgent | HttpsAgent;
  close(): void;
};

export function createAgents({
  secureContext,
  proxies,
}: Pick<OtlpDependencies, 'secureContext' | 'proxies'>): Agents {
  const made: HttpAgent[] = [];
  const shared = {
    keepAlive: true,
    maxSockets: CONNECTIONS_MAX,
    ...(proxies === undefined ? {} : { proxyEnv: proxies }),
  };
  return {
    create(protocol) {
      const agent =
        protocol === 'http:'
          ? new HttpAgent(shared)
          : new HttpsAgent({
              ...shared,
              // Said outright, so that a variable of the process cannot lower it.
              rejectUnauthorized: true,
              ...(secureContext === undefined ? {} : { secureContext: secureContext() }),
            });
      made.push(agent);
      return agent;
    },
    close() {
      for (const agent of made) agent.destroy();
    },
  };
}
