// A world for the tests of commands: a terminal that remembers, a gateway, an org and a probe that do as they are told.

import type { Config } from '../../src/config/index.ts';
import { createSimulatedTime, type SimulatedTime } from '../simulated-time.ts';
import { createMemoryFiles, type MemoryFile, type MemoryFiles } from './memory-files.ts';
import type { CheckWorld } from '../../src/cli/check.ts';
import { runCommandLine } from '../../src/cli/command-line.ts';
import type { Processes } from '../../src/cli/processes.ts';
import type { Probe, RunningGateway } from '../../src/cli/programs.ts';
import type { Reached } from '../../src/cli/reach-host.ts';
import type { StopSignal } from '../../src/cli/terminal.ts';

export const REAL_CONFIG = {
  consumer_key: 'key-of-the-app',
  consumer_secret: 'CANARY-consumer-secret',
  instance_url: 'https://acme.my.salesforce.com',
  api_url: 'https://api.salesforce.com',
};

export type FakePlan = {
  readonly files?: Readonly<Record<string, string | MemoryFile>>;
  readonly file?: object;
  readonly env?: Readonly<Record<string, string>>;
  readonly gateway?: Partial<RunningGateway>;
  readonly probe?: Partial<Probe>;
  readonly reach?: (origin: string) => Reached;
  /** What is recorded in a file, or piped in as `-`. */
  readonly recordings?: Readonly<Record<string, Uint8Array | string>>;
  readonly processes?: Partial<Processes>;
  readonly colour?: boolean;
  /** What a person types. */
  readonly lines?: readonly string[];
};

export type FakeWorld = {
  readonly world: CheckWorld;
  readonly time: SimulatedTime;
  readonly files: MemoryFiles;
  /** What happened, in order: opened, closed, exits. */
  readonly events: string[];
  readonly configs: Config[];
  out(): string;
  said(): string;
  press(signal: StopSignal): void;
  listeners(): number;
  run(...args: string[]): Promise<number>;
};

const PLACE = '/srv/app';

function createPrograms(plan: FakePlan, events: string[], configs: Config[]): CheckWorld['programs'] {
  return {
    async createGateway(config) {
      configs.push(config);
      return {
        async open() {
          events.push('gateway opened');
          return { url: `http://${config.server.host}:${config.server.port}` };
        },
        async close() {
          events.push('gateway closed');
        },
        ...plan.gateway,
      };
    },
    async createProbe(config) {
      configs.push(config);
      return {
        login: async () => ({ expiresInS: 1800, clockAheadMs: undefined }),
        models: () => ['gpt-5.4', 'claude-sonnet-4-6'],
        quotas: () => [],
        call: async (model) => ({ surface: 'gateway-generations', model }),
        async close() {
          events.push('probe closed');
        },
        ...plan.probe,
      };
    },
    async openSimulatedOrg() {
      events.push('org opened');
      const org = {
        loginUrl: 'https://127.0.0.1:9001',
        modelUrl: 'https://127.0.0.1:9002',
        caFile: '/run/ca.pem',
        consumerKey: 'k',
        consumerSecret: 's',
      };
      return { org, close: async () => void events.push('org closed') };
    },
    async runSimulator(args, out) {
      out.write(`simulating ${args.join(' ')}\n`);
      return 0;
    },
  };
}

export function createFakeWorld(plan: FakePlan = {}): FakeWorld {
  const time = createSimulatedTime();
  const events: string[] = [];
  const configs: Config[] = [];
  const out: string[] = [];
  const said: string[] = [];
  const lines = [...(plan.lines ?? [])];
  const handlers = new Set<(signal: StopSignal) => void>();
  const file = plan.file === undefined ? {} : { [`${PLACE}/config.json`]: JSON.stringify(plan.file) };
  const files = createMemoryFiles({ '/run/ca.pem': 'pem', ...file, ...plan.files });
  const world: CheckWorld = {
    terminal: {
      out: (text) => void out.push(text),
      write: (text) => void out.push(text),
      ask: async () => lines.shift(),
      say: (text) => void said.push(text),
      colour: plan.colour ?? false,
      onStopSignal(handle) {
        handlers.add(handle);
        return () => handlers.delete(handle);
      },
      exit: (code) => void events.push(`exit ${code}`),
    },
    programs: createPrograms(plan, events, configs),
    files,
    clock: time.clock,
    timers: time.timers,
    reachHost: async (origin) =>
      plan.reach?.(origin) ?? { type: 'reached', address: '192.0.2.1', protocol: 'TLSv1.3' },
    readRecording: async (path, bytesMax) => {
      const found = plan.recordings?.[path];
      if (found === undefined) return { type: path === '-' ? 'terminal' : 'missing' };
      const bytes = Buffer.from(found);
      return bytes.length > bytesMax ? { type: 'too-large' } : { type: 'bytes', bytes };
    },
    processes: {
      platform: 'linux',
      ownPid: 4711,
      birthOf: async () => undefined,
      signal: () => false,
      launch: () => Promise.reject(new Error('nothing is to be launched')),
      tellLauncher: () => undefined,
      ...plan.processes,
    },
    cwd: PLACE,
    env: plan.env ?? {},
    version: '9.9.9',
  };
  return {
    world,
    time,
    files,
    events,
    configs,
    out: () => out.join('\n'),
    said: () => said.join('\n'),
    press: (signal) => {
      for (const handle of handlers) handle(signal);
    },
    listeners: () => handlers.size,
    run: (...args) => runCommandLine(args, world),
  };
}
