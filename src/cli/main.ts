// The program: wires the commands to the real parts and to this machine, and ends with their exit code. Parts are loaded
// when a command needs them.

import { systemClock, systemFileSystem, systemTimers } from '../core/platform/index.ts';
import { runCommandLine } from './command-line.ts';
import { systemProcesses } from './processes.ts';
import type { Programs } from './programs.ts';
import { reachHost } from './reach-host.ts';
import { readSystemRecording } from './recordings.ts';
import { createSystemTerminal } from './terminal.ts';

const programs: Programs = {
  async createGateway(config) {
    const { createGateway } = await import('../main.ts');
    return createGateway(config);
  },
  async createProbe(config) {
    const { createProbe } = await import('../main.ts');
    return createProbe(config);
  },
  async openSimulatedOrg() {
    const { createSimulator } = await import('../../simulator/main.ts');
    const simulator = createSimulator({});
    return { org: await simulator.open(), close: () => simulator.close() };
  },
  async runSimulator(args, out, errors) {
    const { runSimulator } = await import('../../simulator/main.ts');
    return runSimulator(args, out, errors);
  },
};

/** Runs the command line of this process; the launcher calls it, and knows the version. */
export async function main(version: string): Promise<void> {
  const terminal = createSystemTerminal();
  process.exitCode = await runCommandLine(process.argv.slice(2), {
    terminal,
    programs,
    files: systemFileSystem,
    clock: systemClock,
    timers: systemTimers,
    reachHost,
    readRecording: readSystemRecording,
    processes: systemProcesses,
    cwd: process.cwd(),
    env: process.env,
    version,
  });
  terminal.close();
}
