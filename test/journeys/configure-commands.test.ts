// The commands that make, show, check and take back the configuration, and those about the token, against a simulated org
// over TLS and real files.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openCommandPlace, settingsFor, type CommandPlace } from './command-place.ts';

let place: CommandPlace;

beforeAll(async () => {
  place = await openCommandPlace({
    env: ({ modelUrl, caFile }) => ({
      FORCEGATE_API_URL: modelUrl,
      FORCEGATE_ALLOWED_API_HOSTS: new URL(modelUrl).host,
      FORCEGATE_TLS__CA_FILE: caFile ?? '',
    }),
  });
});

afterAll(() => place.close());

const file = (name: string): string => join(place.directory, name);

/** What the backups of that kind hold, the oldest first. */
async function backups(word: string): Promise<readonly string[]> {
  const pattern = new RegExp(`^config\\.${word}\\.\\d{13}\\.json$`, 'u');
  const names = (await readdir(place.directory)).filter((name) => pattern.test(name)).toSorted();
  return Promise.all(names.map((name) => readFile(file(name), 'utf8')));
}

describe('init', () => {
  it('asks, says where in Setup each answer stands, tries it, asks again for what is wrong, and writes', async () => {
    await mkdir(file('new'));
    const { consumerKey, consumerSecret, loginUrl } = place.org;
    const typed = [
      'https://127.0.0.1:1',
      loginUrl,
      'not-the-key',
      'not-the-secret',
      consumerKey,
      consumerSecret,
    ];
    const run = await place.run(['init', '--config', 'new/config.json'], typed);
    expect(run).toMatchObject({ code: 0, out: '' });
    expect(run.said).toContain('cannot be connected to');
    expect(run.said).toContain('Setup > My Domain');
    expect(run.said).toContain('Setup > External Client App Manager');
    expect(run.said).toMatch(
      /Check consumer_key[^]*Check consumer_secret[^]*Logged in\.[^]*answered[^]*Written:/u,
    );
    expect(run.said).not.toContain(consumerSecret);
    expect(run.said).toMatch(
      /^Note: used here and not written .*: FORCEGATE_API_URL, FORCEGATE_ALLOWED_API_HOSTS, FORCEGATE_TLS__CA_FILE\.$/mu,
    );
    expect(JSON.parse(await readFile(file('new/config.json'), 'utf8'))).toEqual({
      instance_url: loginUrl,
      consumer_key: consumerKey,
      consumer_secret: consumerSecret,
    });
    expect((await stat(file('new/config.json'))).mode & 0o777).toBe(0o600);
    expect((await place.run(['check', '--config', 'new/config.json', '--json'])).code).toBe(0);
  });

  it('replaces no file without a yes, and keeps the old one', async () => {
    const before = await readFile(file('config.json'), 'utf8');
    expect((await place.run(['init'], ['n'])).code).toBe(1);
    expect((await place.run(['init'], [])).code).toBe(1);
    expect(await readFile(file('config.json'), 'utf8')).toBe(before);
    const { consumerKey, consumerSecret, loginUrl } = place.org;
    expect((await place.run(['init'], ['y', loginUrl, consumerKey, consumerSecret])).code).toBe(0);
    expect(await backups('before-init')).toEqual([before]);
    const second = await readFile(file('config.json'), 'utf8');
    expect((await place.run(['init'], ['y', loginUrl, consumerKey, consumerSecret])).code).toBe(0);
    expect(await backups('before-init')).toEqual([before, second]);
  });

  it('writes nothing when nobody answers', async () => {
    const run = await place.run(['init', '--config', 'none.json'], []);
    expect(run.code).toBe(1);
    expect(run.said).toContain('There was no answer, so nothing was written.');
    await expect(stat(file('none.json'))).rejects.toThrow('ENOENT');
  });
});

describe('init without any variable', () => {
  let bare: CommandPlace;
  let answers: readonly string[];
  const inBare = (name: string): string => join(bare.directory, name);

  beforeAll(async () => {
    bare = await openCommandPlace();
    const { caFile, loginUrl, consumerKey, consumerSecret } = bare.org;
    answers = [loginUrl, consumerKey, consumerSecret];
    await mkdir(inBare('ca'));
    await copyFile(caFile ?? '', inBare('ca/ca.pem'));
  });

  afterAll(() => bare.close());

  it('names --ca-file where the certificate is not trusted, and does not ask for another address', async () => {
    const run = await bare.run(['init', '--config', 'fresh.json'], answers);
    expect(run.code).toBe(1);
    expect(run.said).toMatch(
      /a certificate that is not trusted .*Nothing was written\.\n.*name it with --ca-file\.$/mu,
    );
    expect(run.said).not.toContain('tls.ca_file');
    expect(run.said.match(/My Domain: /gu)).toHaveLength(1);
    await expect(stat(inBare('fresh.json'))).rejects.toThrow('ENOENT');
  });

  it('tries with --ca-file and --api-url and writes both, the path as the file reads it', async () => {
    await mkdir(inBare('deep'));
    const args = ['init', '--ca-file', 'ca/ca.pem', '--api-url', bare.org.modelUrl, '--config'];
    const run = await bare.run([...args, 'deep/config.json'], answers);
    expect(run.code, run.said).toBe(0);
    expect(run.said).not.toContain('Note:');
    expect(JSON.parse(await readFile(inBare('deep/config.json'), 'utf8'))).toEqual({
      instance_url: bare.org.loginUrl,
      consumer_key: bare.org.consumerKey,
      consumer_secret: bare.org.consumerSecret,
      api_url: bare.org.modelUrl,
      tls: { ca_file: '../ca/ca.pem' },
    });
    expect((await bare.run(['check', '--config', 'deep/config.json'])).code).toBe(0);
  });

  it('refuses what --ca-file and --api-url cannot be, by name, before it asks', async () => {
    const args = ['init', '--config', 'fresh.json'];
    const lost = await bare.run([...args, '--ca-file', 'lost.pem'], answers);
    expect(lost).toMatchObject({ code: 2, said: expect.stringMatching(/--ca-file names .*lost\.pem/u) });
    const foreign = await bare.run([...args, '--api-url', 'https://api.example.com'], answers);
    expect(foreign).toMatchObject({
      code: 2,
      said: expect.stringContaining('--api-url names api.example.com'),
    });
    expect(lost.said + foreign.said).not.toContain('My Domain: ');
  });

  it('uses and keeps the other keys of a file that is there, and says where the old one is', async () => {
    const old = {
      ...settingsFor(bare.org),
      SALESFORCE_CONSUMER_KEY: 'an-old-key',
      consumer_key: undefined,
      consumer_secret: undefined,
      consumer_secret_file: 'gone.txt',
      port: 9123,
      client_keys: ['a-client-key-of-mine'],
    };
    const text = JSON.stringify(old);
    await writeFile(inBare('old.json'), text);
    const run = await bare.run(['init', '--config', 'old.json'], ['y', ...answers]);
    expect(run.code, run.said).toBe(0);
    expect(JSON.parse(await readFile(inBare('old.json'), 'utf8'))).toEqual({
      ...settingsFor(bare.org),
      port: 9123,
      client_keys: ['a-client-key-of-mine'],
    });
    const kept = /^The old file is kept as (.*)$/mu.exec(run.said)?.[1] ?? '';
    expect(await readFile(kept, 'utf8')).toBe(text);
  });

  it('takes nothing over from a file that is not JSON, and says so', async () => {
    await writeFile(inBare('torn.json'), '{"port": 9');
    const args = ['init', '--config', 'torn.json', '--ca-file', 'ca/ca.pem', '--api-url', bare.org.modelUrl];
    const run = await bare.run(args, ['y', ...answers]);
    expect(run).toMatchObject({ code: 0, said: expect.stringContaining('none of its keys are taken over') });
    expect(JSON.parse(await readFile(inBare('torn.json'), 'utf8'))).not.toHaveProperty('port');
  });

  it('can be answered from a pipe', async () => {
    const args = ['init', '--ca-file', 'ca/ca.pem', '--api-url', bare.org.modelUrl, '--config', 'piped.json'];
    const bin = fileURLToPath(new URL('../../bin/forcegate.js', import.meta.url));
    const env = { PATH: process.env['PATH'] ?? '' };
    const child = spawn(process.execPath, [bin, ...args], { cwd: bare.directory, env });
    child.stdin.end(`${answers.join('\n')}\n`);
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    expect(JSON.parse(await readFile(inBare('piped.json'), 'utf8'))).toMatchObject({
      consumer_secret: bare.org.consumerSecret,
    });
  }, 60_000);

  it('tries what is answered and not what a variable says, and tells that the variable comes first', async () => {
    const stale = await openCommandPlace({ env: () => ({ SALESFORCE_CONSUMER_KEY: 'stale' }) });
    try {
      const { loginUrl, consumerKey, consumerSecret } = stale.org;
      const run = await stale.run(['init'], ['y', loginUrl, consumerKey, consumerSecret]);
      expect(run.code, run.said).toBe(0);
      expect(run.said).toMatch(/^Note: passed over here, .*unset: SALESFORCE_CONSUMER_KEY\.$/mu);
    } finally {
      await stale.close();
    }
  });
});

describe('config', () => {
  it('show tells every value in force and where it comes from, and no secret', async () => {
    await writeFile(
      file('shown.json'),
      JSON.stringify({
        consumer_key: 'the-key',
        consumer_secret: 'CANARY-secret',
        instance_url: place.org.loginUrl,
        client_keys: ['CANARY-client', { id: 'laptop', key: 'CANARY-laptop' }],
        https_proxy: 'http://user:CANARY-proxy@proxy.example:1',
        port: 9000,
      }),
    );
    const { code, out } = await place.run(['config', 'show', '--config', 'shown.json']);
    expect(code).toBe(0);
    expect(out).toMatch(/^port +9000 {2}\(file\)$/mu);
    expect(out).toMatch(/^api_url .*\(environment\)$/mu);
    expect(out).toMatch(/^timeouts\.connect_seconds +10$/mu);
    expect(out).toMatch(/^client_keys +\["\[secret\]",\{"id":"laptop","key":"\[secret\]"\}\]/mu);
    expect(out).not.toContain('CANARY');
    expect((await place.run(['config', 'show', '--config', 'shown.json', '--json'])).out).not.toContain(
      'CANARY',
    );
  });

  it('show, validate and check say that content is logged', async () => {
    const login = { consumer_key: 'the-key', consumer_secret: 'secret', instance_url: place.org.loginUrl };
    await writeFile(file('logged.json'), JSON.stringify({ ...login, log: { content: 'on' } }), {
      mode: 0o600,
    });
    for (const [command, code] of [
      [['config', 'show'], 0],
      [['config', 'validate'], 1],
      [['check', '--offline'], 1],
    ] as const) {
      const run = await place.run([...command, '--config', 'logged.json']);
      expect(`${run.out}${run.said}`).toContain('log.content is on');
      expect(run.code).toBe(code);
    }
  });

  it('validate tells what cannot be used, with the fix, for people and for scripts', async () => {
    expect(await place.run(['config', 'validate'])).toMatchObject({ code: 0 });
    await writeFile(file('broken.json'), '{"prot": 1}');
    const broken = await place.run(['config', 'validate', '--config', 'broken.json', '--json']);
    expect(broken.code).toBe(2);
    expect(JSON.parse(broken.out)).toMatchObject({ usable: false, problems: [{ key: 'prot' }, {}, {}, {}] });
    expect((await place.run(['config', 'validate', '--config', 'broken.json'])).said).toContain(
      'Did you mean "port"?',
    );
  });

  it('diff and rollback say that there is no way back before a start went well', async () => {
    const { code, said } = await place.run(['config', 'diff']);
    expect(code).toBe(1);
    expect(said).toContain('There is no');
  });

  it('diff tells what changed since it last worked, and rollback takes it back', async () => {
    const good = await readFile(file('config.json'), 'utf8');
    await writeFile(file('config.last-good.json'), good, { mode: 0o600 });
    expect(await place.run(['config', 'diff'])).toMatchObject({ code: 0 });
    const changed = JSON.stringify({
      ...JSON.parse(good),
      consumer_secret: 'CANARY',
      timeouts: { idle_seconds: 5 },
    });
    await writeFile(file('config.json'), changed);
    const diff = await place.run(['config', 'diff']);
    expect(diff.code).toBe(1);
    expect(diff.out).toMatch(/consumer_secret\n.*\[secret\].*\n.*\[secret\]" \(another one\)/u);
    expect(diff.out).toMatch(/timeouts\.idle_seconds\n +last good +\(not set\)\n +now +5/u);
    expect(diff.out).not.toContain('CANARY');

    expect((await place.run(['config', 'rollback'], ['n'])).code).toBe(1);
    expect(await readFile(file('config.json'), 'utf8')).toBe(changed);
    expect((await place.run(['config', 'rollback'], ['y'])).code).toBe(0);
    expect(await readFile(file('config.json'), 'utf8')).toBe(good);
    expect(await backups('before-rollback')).toEqual([changed]);
    expect((await stat(file('config.json'))).mode & 0o777).toBe(0o600);
    expect((await place.run(['config', 'rollback', '--yes'])).out).toContain('already sets');
    await writeFile(file('config.json'), '{"port": 1}');
    expect((await place.run(['config', 'rollback', '--yes'])).code).toBe(0);
    expect(await backups('before-rollback')).toEqual([changed, '{"port": 1}']);
  });
});

describe('token', () => {
  it('refresh keeps a new one, and show tells its claims and the time left, never the token', async () => {
    expect((await place.run(['token', 'show'])).said).toContain('There is no token');
    expect((await place.run(['token', 'refresh'])).out).toContain('A new token that lasts 30 minutes.');
    const kept: { access_token: string } = JSON.parse(
      await readFile(file('salesforce_models_token.json'), 'utf8'),
    );
    const shown = await place.run(['token', 'show']);
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(/^state +valid, (?:29|30) min/mu);
    expect(shown.out).toMatch(/^scp +.*sfap_api/mu);
    expect(shown.out).toMatch(/^exp +\d{4}-\d\d-\d\dT/mu);
    const json = (await place.run(['token', 'show', '--json'])).out;
    for (const part of kept.access_token.split('.')) expect(shown.out + json).not.toContain(part);
    await place.run(['token', 'refresh']);
    const newer: { access_token: string } = JSON.parse(
      await readFile(file('salesforce_models_token.json'), 'utf8'),
    );
    expect(newer.access_token).not.toBe(kept.access_token);
  });
});

describe('metrics', () => {
  it('says so when nobody answers', async () => {
    const { code, said } = await place.run(['metrics', '--url', 'http://127.0.0.1:1']);
    expect(code).toBe(1);
    expect(said).toContain('Nobody answers on http://127.0.0.1:1.');
  });
});
