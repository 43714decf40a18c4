// Secrets: in place, in files of their own, and in files that others can read.

import { describe, expect, it } from 'vitest';

import type { ConfigProblem } from './config-error.ts';
import { loadConfig } from './load.ts';
import { createMemoryFiles } from '../../test/fakes/memory-files.ts';
import { REAL, load, configOf, problemsOf, problemOf, warningsOf } from '../../test/fakes/sample-config.ts';

describe('secrets', () => {
  const { consumer_secret: _, ...withoutSecret } = REAL;

  it('are read from files beside the configuration, without the line break at their end', async () => {
    const config = await configOf({
      file: { ...withoutSecret, consumer_secret_file: 'secret.txt' },
      files: { '/srv/app/secret.txt': 'from-file\n' },
    });
    expect(config.login.consumerSecret.reveal()).toBe('from-file');
  });

  it('in a variable replace the file that the configuration names, and the other way round', async () => {
    const file = { ...withoutSecret, consumer_secret_file: 'lost.txt' };
    expect(
      (await configOf({ file, env: { SALESFORCE_CONSUMER_SECRET: 's2' } })).login.consumerSecret.reveal(),
    ).toBe('s2');
    const mounted = { '/run/secret': 'mounted' };
    const env = { FORCEGATE_CONSUMER_SECRET_FILE: '/run/secret' };
    expect((await configOf({ file: REAL, files: mounted, env })).login.consumerSecret.reveal()).toBe(
      'mounted',
    );
  });

  it('given twice in one place are refused', async () => {
    expect(await problemOf({ consumer_secret_file: 'x' })).toMatchObject({
      fault: 'is given twice, also by consumer_secret_file.',
    });
  });

  it('from a file that is missing, empty or unreadable are refused once', async () => {
    const secretFile = async (text: string | undefined): Promise<ConfigProblem> => {
      const problems = await problemsOf({
        file: { ...withoutSecret, consumer_secret_file: '/s' },
        files: text === undefined ? {} : { '/s': text },
      });
      expect(problems).toHaveLength(1);
      return problems[0] ?? { key: '', fault: '', fix: '' };
    };
    expect(await secretFile(undefined)).toMatchObject({
      key: 'consumer_secret_file',
      fault: 'names /s, which does not exist.',
    });
    expect(await secretFile(' \n')).toMatchObject({ fault: 'is empty.' });
    expect(await secretFile('!EACCES')).toMatchObject({
      fault: 'names /s, which may not be read by this user.',
    });
  });

  it('in a file that all can read bring a warning, but not where permissions mean nothing', async () => {
    const open = { '/srv/app/config.json': { text: JSON.stringify(REAL), mode: 0o644 } };
    const loaded = await load({ files: open });
    expect(loaded.warnings).toMatchObject([{ about: 'permissions' }]);
    const windows = await loadConfig({
      cwd: '/srv/app',
      env: {},
      files: createMemoryFiles(open),
      platform: 'win32',
    });
    expect(windows.warnings).toEqual([]);
  });

  it('that are only named do not make an open file worth a warning', async () => {
    const file = { instance_url: REAL.instance_url, consumer_key_file: '/k', consumer_secret_file: '/s' };
    const files = {
      '/srv/app/config.json': { text: JSON.stringify(file), mode: 0o644 },
      '/k': 'k',
      '/s': 's',
    };
    expect(await warningsOf({ files })).toEqual([]);
  });
});
