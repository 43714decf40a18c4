// Running a real client: a program of its own, with an empty home and nothing of our environment, which gives what it
// printed and how it ended. It never waits on input, and is stopped when its turn takes too long.

import { execFile } from 'node:child_process';

export const TURN_LIMIT_MS = 90_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type Surroundings = {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** One turn's, unless told. */
  readonly limitMs?: number;
};

/** A program that a signal ended is a fault of the test's; one that ended by itself is for the caller to judge. */
export function runProgram(file: string, args: readonly string[], around: Surroundings): Promise<Ended> {
  const { env, cwd, limitMs = TURN_LIMIT_MS } = around;
  const limits = { timeout: limitMs, maxBuffer: OUTPUT_BYTES_MAX };
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { env, cwd, ...limits }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(new Error(`${file} ended with ${error?.signal ?? code}: ${stdout}\n${stderr}`));
    });
    child.stdin?.end();
  });
}
