// What the tests of the configuration share: a real configuration, and ways to ask what became of a changed one.

import { ConfigError, type ConfigProblem } from '../../src/config/config-error.ts';
import { loadConfig, type LoadConfigInput } from '../../src/config/load.ts';
import { createMemoryFiles, type MemoryFile } from './memory-files.ts';
import type { Config, LoadedConfig } from '../../src/config/types.ts';

export const REAL = {
  consumer_key: 'key-of-the-app',
  consumer_secret: 'CANARY-consumer-secret',
  instance_url: 'https://acme.my.salesforce.com',
};
export const LONG_KEY = 'client-key-0123456789';

export type World = {
  readonly file?: unknown;
  readonly files?: Readonly<Record<string, string | MemoryFile>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly flags?: LoadConfigInput['flags'];
};

export function load(world: World): Promise<LoadedConfig> {
  const own = world.file === undefined ? {} : { '/srv/app/config.json': JSON.stringify(world.file) };
  return loadConfig({
    path: world.path,
    cwd: '/srv/app',
    env: world.env ?? {},
    files: createMemoryFiles({ ...own, ...world.files }),
    flags: world.flags,
    platform: 'linux',
  });
}

export async function configOf(world: World): Promise<Config> {
  const loaded = await load(world);
  if (!loaded.configured) throw new Error('nothing is configured');
  return loaded.config;
}

export async function refusalOf(world: World): Promise<ConfigError> {
  try {
    await load(world);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown;
    throw thrown;
  }
  throw new Error('the configuration was accepted');
}

export const problemsOf = async (world: World): Promise<readonly ConfigProblem[]> =>
  (await refusalOf(world)).problems;

/** The single problem of a real configuration with these keys changed. */
export async function problemOf(keys: object, rest: Omit<World, 'file'> = {}): Promise<ConfigProblem> {
  const problems = await problemsOf({ file: { ...REAL, ...keys }, ...rest });
  const [first, ...others] = problems;
  if (first === undefined || others.length > 0)
    throw new Error(`not one problem: ${problems.map(({ key }) => key).join(', ')}`);
  return first;
}

export const warningsOf = async (world: World): Promise<readonly string[]> =>
  (await load(world)).warnings.map(({ message }) => message);
