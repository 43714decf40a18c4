// Commands run as a user runs them: real files in a directory of their own, a simulated org over TLS, the real programs;
// only the terminal is a list of lines.

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createSimulator, type SimulatorAddress, type SimulatorOptions } from '../../simulator/main.ts';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { systemProcesses } from '../../src/cli/processes.ts';
import { reachHost } from '../../src/cli/reach-host.ts';
import { readSystemRecording } from '../../src/cli/recordings.ts';
import { systemClock, systemFileSystem, systemTimers } from '../../src/core/platform/index.ts';
import { createGateway, createProbe } from '../../src/main.ts';

export type CommandPlaceOptions = {
  readonly simulator?: SimulatorOptions;
  /** Changes to the file; `undefined` takes a key out. */
  readonly file?: (org: SimulatorAddress) => Readonly<Record<string, unknown>>;
  readonly fileMode?: number;
  readonly env?: (org: SimulatorAddress, directory: string) => Readonly<Record<string, string>>;
};

export type CommandRun = {
  readonly code: number;
  /** What went to standard output, and to the person. */
  readonly out: string;
  readonly said: string;
};

export type CommandPlace = {
  readonly directory: string;
  readonly org: SimulatorAddress;
  /** `typed` is what a person types. */
  run(args: readonly string[], typed?: readonly string[]): Promise<CommandRun>;
  close(): Promise<void>;
};

/** What a configuration file says to use a simulated org. */
export function settingsFor(org: SimulatorAddress): Readonly<Record<string, unknown>> {
  return {
    consumer_key: org.consumerKey,
    consumer_secret: org.consumerSecret,
    instance_url: org.loginUrl,
    api_url: org.modelUrl,
    allowed_api_hosts: [new URL(org.modelUrl).host],
    tls: { ca_file: org.caFile },
  };
}

export async function openCommandPlace(options: CommandPlaceOptions = {}): Promise<CommandPlace> {
  const simulator = createSimulator(options.simulator);
  const org = await simulator.open();
  const directory = await mkdtemp(join(tmpdir(), 'forcegate-command-'));
  const config = {
    ...settingsFor(org),
    ...options.file?.(org),
  };
  const file = join(directory, 'config.json');
  await writeFile(file, JSON.stringify(config));
  await chmod(file, options.fileMode ?? 0o600);
  return {
    directory,
    org,
    run: (args, typed) => runIn(directory, args, typed ?? [], options.env?.(org, directory) ?? {}),
    async close() {
      await simulator.close();
      await rm(directory, { recursive: true });
    },
  };
}

async function runIn(
  cwd: string,
  args: readonly string[],
  typed: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandRun> {
  let out = '';
  let said = '';
  const lines = [...typed];
  const code = await runCommandLine(args, {
    terminal: {
      out: (text) => void (out += `${text}\n`),
      write: (text) => void (out += text),
      ask: (prompt) => {
        said += prompt;
        return Promise.resolve(lines.shift());
      },
      say: (text) => void (said += `${text}\n`),
      colour: false,
      onStopSignal: () => () => undefined,
      exit: () => undefined,
    },
    programs: {
      createGateway: async (config) => createGateway(config),
      createProbe: async (config) => createProbe(config),
      openSimulatedOrg: async () => {
        const demo = createSimulator({});
        return { org: await demo.open(), close: () => demo.close() };
      },
      runSimulator: () => Promise.reject(new Error('no command of these runs a simulator for itself')),
    },
    files: systemFileSystem,
    clock: systemClock,
    timers: systemTimers,
    reachHost,
    readRecording: readSystemRecording,
    processes: systemProcesses,
    cwd,
    env,
    version: '0.0.0',
  });
  return { code, out, said };
}
