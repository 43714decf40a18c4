// Opens the simulated org and makes the configuration that leads to it.

import { createDemoConfig, type Config, type UnconfiguredConfig } from '../config/index.ts';
import type { FileSystem } from '../core/platform/index.ts';
import type { Programs } from './programs.ts';

export type Demo = { readonly config: Config; close(): Promise<void> };

export async function openDemo(
  base: UnconfiguredConfig,
  programs: Pick<Programs, 'openSimulatedOrg'>,
  files: FileSystem,
): Promise<Demo> {
  const { org, close } = await programs.openSimulatedOrg();
  try {
    const caPem = org.caFile === undefined ? undefined : await files.readText(org.caFile);
    return { config: createDemoConfig(base, { ...org, caPem }), close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
