// A stage for journeys: a simulated org over TLS and a gateway in front of it, both on free ports of this machine, with
// the org's control API at hand. Everything is let go on `close`.

import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

import {
  createSimulator,
  type OrgState,
  type SimulatorAddress,
  type SimulatorOptions,
} from '../../simulator/main.ts';
import { createDemoConfig, loadConfig, type Config } from '../../src/config/index.ts';
import { systemFileSystem, type FileSystem, type Timers } from '../../src/core/platform/index.ts';
import { createGateway, systemDependencies, type Gateway } from '../../src/main.ts';
import { hashKey } from '../../src/policy/index.ts';
import { readPrompt } from './prompt-reader.ts';

export type StageOptions = {
  readonly org?: Partial<OrgState>;
  readonly simulator?: Omit<SimulatorOptions, 'org'>;
  readonly files?: FileSystem;
  readonly timers?: Timers;
  /** Changes to the configuration before the gateway is made. */
  readonly configure?: (config: Config) => Config;
};

/** One entry of the simulator's journal, as far as journeys look at it. */
export type JournalEntry = {
  readonly outcome: 'complete' | 'aborted' | 'reset' | null;
  readonly surface: string;
  readonly status: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};

export type Statistics = {
  readonly mints: number;
  readonly openConnections: number;
  readonly inFlight: number;
  /** Requests by endpoint. */
  readonly calls: Readonly<Record<string, number>>;
};

export type Stage = {
  /** Of the gateway, without a trailing slash. A renewed gateway has another. */
  readonly url: string;
  readonly clientKey: string;
  /** Where the org is, for a program that is started beside the stage. */
  readonly org: SimulatorAddress;
  readonly gateway: Gateway;
  /** A new gateway in front of the same org: it logs in anew and remembers nothing. */
  renew(): Promise<void>;
  /** Log lines so far. */
  readonly log: readonly string[];
  /** Says what the org answers next. */
  script(...replies: readonly unknown[]): Promise<void>;
  /** Forgets scripted replies and the journal, and gives the org its first state again. */
  reset(): Promise<void>;
  /** Scripted replies that nothing has asked for. */
  unconsumed(): Promise<unknown>;
  change(org: Partial<OrgState>): Promise<void>;
  /** Calls to model surfaces, oldest first; waits until nothing is in flight. */
  journal(): Promise<readonly JournalEntry[]>;
  /** How the last call to a model surface ended. */
  lastOutcome(): Promise<JournalEntry['outcome'] | undefined>;
  /** Resolves once a call to a model surface is under way. */
  upstreamBegun(): Promise<void>;
  /** Resolves once the gateway has a request in hand. */
  exchangeBegun(): Promise<void>;
  /** Resolves once neither side has anything in hand. */
  idle(): Promise<void>;
  /** JSON text of the last call's body. */
  lastUpstreamBody(): Promise<string>;
  statistics(): Promise<{
    readonly mints: number;
    readonly openConnections: number;
    readonly inFlight: number;
  }>;
  /** The same at this moment, without waiting until nothing is in flight. */
  statisticsNow(): Promise<Statistics>;
  /** Calls to model surfaces since the start or the last reset, those under way included. */
  callsSoFar(): Promise<number>;
  close(): Promise<void>;
};

const CLIENT_KEY = 'stage-client-key';

async function stageConfig(
  options: StageOptions,
  org: SimulatorAddress,
  caPem: string | undefined,
): Promise<Config> {
  const loaded = await loadConfig({ path: undefined, cwd: '/', env: {}, files: systemFileSystem });
  if (loaded.configured) throw new Error('a stage must not find a configuration');
  const base = {
    ...loaded.config,
    server: { ...loaded.config.server, host: '127.0.0.1', port: 0 },
    keys: { clients: [{ id: 'stage', sha256: hashKey(CLIENT_KEY), admin: true }] },
  };
  const { resilience } = base;
  const config: Config = {
    ...createDemoConfig(base, { ...org, caPem }),
    demo: false,
    // A journey looks at what one try comes to; trying again has tests of its own, on simulated time.
    resilience: { ...resilience, retry: { ...resilience.retry, retriesMax: 0 } },
  };
  return options.configure?.(config) ?? config;
}

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const simulator = createSimulator({
    reader: readPrompt,
    ...options.simulator,
    ...(options.org === undefined ? {} : { org: options.org }),
  });
  const org = await simulator.open();
  const caPem = org.caFile === undefined ? undefined : await readFile(org.caFile, 'utf8');
  const log: string[] = [];
  const config = await stageConfig(options, org, caPem);
  const start = async (): Promise<{ gateway: Gateway; url: string }> => {
    const made = createGateway(config, {
      ...systemDependencies(),
      files: options.files ?? systemFileSystem,
      ...(options.timers === undefined ? {} : { timers: options.timers }),
      log: { write: (line) => void log.push(line) },
    });
    const address = await made.open();
    return { gateway: made, url: address.url };
  };
  let current = await start();
  const control = createControl(org.loginUrl, caPem);
  const statistics = (query = '') => control<Statistics>('GET', `/stats${query}`);
  const status = () => current.gateway.status();
  const journal = async (): Promise<readonly JournalEntry[]> => {
    const requests = await control<readonly JournalEntry[]>('GET', '/requests?idle');
    return requests.filter(({ surface }) => surface !== 'token' && surface !== 'configured-models');
  };
  return {
    get url() {
      return current.url;
    },
    clientKey: CLIENT_KEY,
    org,
    get gateway() {
      return current.gateway;
    },
    async renew() {
      await current.gateway.close();
      current = await start();
    },
    log,
    script: async (...replies) => void (await control('POST', '/replies', replies)),
    reset: async () => void (await control('DELETE', '')),
    unconsumed: () => control('GET', '/replies'),
    change: async (changes) => void (await control('PATCH', '/org', changes)),
    journal,
    lastUpstreamBody: async () => JSON.stringify((await journal()).at(-1)?.body),
    statistics: () => statistics('?idle'),
    statisticsNow: () => statistics(),
    callsSoFar: async () => {
      const { token: _logins, ...calls } = (await statistics()).calls;
      return Object.values(calls).reduce((sum, count) => sum + count, 0);
    },
    lastOutcome: async () => (await journal()).at(-1)?.outcome,
    upstreamBegun: () => until(async () => (await statistics()).inFlight > 0),
    exchangeBegun: () => until(async () => (await statistics(), status().server.exchanges > 0)),
    idle: () =>
      until(async () => {
        const { inFlight } = await statistics('?idle');
        return (
          inFlight === 0 &&
          status().inFlight === 0 &&
          status().models.running === 0 &&
          status().server.exchanges === 0
        );
      }),
    async close() {
      await current.gateway.close();
      await simulator.close();
    },
  };
}

type Control = <T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) => Promise<T>;

/** Plain `node:https` with the simulator's own certificate: the control API is for this machine only. */
function createControl(origin: string, ca: string | undefined): Control {
  return <T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
    new Promise<T>((resolve, reject) => {
      const send = origin.startsWith('https:') ? httpsRequest : httpRequest;
      const sent = send(`${origin}/__simulator${path}`, { method, ca, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          if (response.statusCode === 200) resolve(JSON.parse(text));
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
        });
      });
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
}

const ROUNDS_MAX = 2_000;

/** Asks again and again, each time over a socket, so that nothing sleeps and everything else gets its turn. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    if (await holds()) return;
  }
  throw new Error(`still not so after ${ROUNDS_MAX} looks`);
}
