// The configuration of the demo: the simulator's addresses and keys in place of an org's. Only on loopback, since what it
// serves is invented, and whoever reaches it must be the one who started it.

import { Secret } from '../core/platform/index.ts';
import { isLoopbackHost } from './addresses.ts';
import { ConfigError } from './config-error.ts';
import type { Config, UnconfiguredConfig } from './types.ts';

const NO_PROXY = { httpProxy: undefined, httpsProxy: undefined, noProxy: undefined };

/** Where the simulated org is. */
export type DemoOrg = {
  readonly loginUrl: string;
  readonly modelUrl: string;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly caPem: string | undefined;
  readonly caFile: string | undefined;
};

/** @throws ConfigError when the gateway would listen where others can reach it. */
export function createDemoConfig(base: UnconfiguredConfig, org: DemoOrg): Config {
  if (!isLoopbackHost(base.server.host))
    throw new ConfigError(
      [
        {
          key: 'host',
          fault: `is ${base.server.host}, but the demo is for this machine only.`,
          fix: 'Use 127.0.0.1, or configure a real org.',
        },
      ],
      undefined,
    );
  return {
    ...base,
    login: {
      instanceUrl: new URL(org.loginUrl).origin,
      consumerKey: org.consumerKey,
      consumerSecret: new Secret(org.consumerSecret),
      tokenFile: undefined,
    },
    api: { ...base.api, url: new URL(org.modelUrl).origin },
    // The simulated org is on this machine, where no proxy stands between.
    network: { ...base.network, caPem: org.caPem, caFile: org.caFile, proxy: NO_PROXY },
    // What a simulated org answers is in nobody's numbers.
    otlp: undefined,
    // On loopback only, and for tools that are tried without any setting up.
    inboundTls: undefined,
    demo: true,
  };
}
