// The simulator's front door: what other programs import, and the program itself when this file is run.
import { runSimulator } from './program.ts';

export { createCertificates, type Certificates } from './certificates.ts';
export { orgOptions } from './org-options.ts';
export type { OrgOption, OrgOptionName, OrgOptionValues, OptionValue } from './org-options.ts';
export type { Answer, Message, Question, Tool } from './mind.ts';
export type { OrgState } from './org.ts';
export type { Reader, Reading } from './reading.ts';
export { runSimulator } from './program.ts';
export { createSimulator } from './simulator.ts';
export type { Simulator, SimulatorAddress, SimulatorOptions } from './simulator.ts';

if (import.meta.main) {
  process.exitCode = await runSimulator(process.argv.slice(2), process.stdout, process.stderr);
}
