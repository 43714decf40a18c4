// What the commands start, as small function types: wired to the real ones in main.ts of this folder, to fakes in tests.

import type { Config } from '../config/index.ts';
import type { CancelSignal } from '../core/platform/index.ts';

export type RunningGateway = {
  /** `loggedIn` resolves with whether the first login went well; it never rejects. */
  open(): Promise<{
    readonly url: string;
    readonly loggedIn?: Promise<boolean>;
    /** Undefined as long as none has failed. */
    readonly loginFailure?: () => string | undefined;
  }>;
  close(): Promise<void>;
};

/** The two kinds of surfaces that an org may be entitled to. */
export type Entitlement = 'gateway' | 'classic';

/** Asks the org what a gateway would ask it, without serving anyone and without keeping anything. */
export type Probe = {
  /**
   * Mints one token. `clockAheadMs` is told where Salesforce's clock differs from this machine's by more than is usual.
   * @throws GatewayError whose message holds the remedy.
   */
  login(signal: CancelSignal): Promise<{
    readonly expiresInS: number | undefined;
    readonly clockAheadMs: number | undefined;
  }>;
  /**
   * One tiny call, on the surfaces of one entitlement alone where one is given.
   * @throws GatewayError
   */
  call(
    model: string,
    signal: CancelSignal,
    entitlement?: Entitlement,
  ): Promise<{ readonly surface: string; readonly model: string }>;
  /** What Salesforce said is left of the org's requests, in the order in which it said so. */
  quotas(): readonly { readonly surface: string; readonly limit: number; readonly lowest: number }[];
  /** Ids of the models that can be called. */
  models(): readonly string[];
  close(): Promise<void>;
};

export type SimulatedOrg = {
  readonly loginUrl: string;
  readonly modelUrl: string;
  readonly caFile: string | undefined;
  readonly consumerKey: string;
  readonly consumerSecret: string;
};

type Output = { readonly write: (text: string) => unknown };

/** Each is loaded only when it is wanted: `--version` must not wait for a web server. */
export type Programs = {
  createGateway(config: Config): Promise<RunningGateway>;
  createProbe(config: Config): Promise<Probe>;
  openSimulatedOrg(): Promise<{ readonly org: SimulatedOrg; readonly close: () => Promise<void> }>;
  /** The simulator's own command line; resolves with the exit code. */
  runSimulator(args: readonly string[], out: Output, errors: Output): Promise<number>;
};
