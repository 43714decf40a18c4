// `forcegate start`: what it opens, what it says, how it stops, and what each failure costs.

import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { settlePromises } from '../../test/simulated-time.ts';
import { DEMO_MODELS } from './banner.ts';
import {
  createFakeWorld,
  REAL_CONFIG,
  type FakePlan,
  type FakeWorld,
} from '../../test/fakes/command-world.ts';

type Started = { readonly fake: FakeWorld; readonly ended: Promise<number> };

/** Starts, and waits until everything that can happen by itself has happened. */
async function started(plan: FakePlan, ...args: string[]): Promise<Started> {
  const fake = createFakeWorld(plan);
  const ended = fake.run('start', ...args);
  await settlePromises();
  await settlePromises();
  return { fake, ended };
}

const failing = (code: string): NonNullable<FakePlan['gateway']> => ({
  open: () => Promise.reject(Object.assign(new Error(`listen ${code}`), { code })),
});

describe('start with a real configuration', () => {
  it('serves the org that is configured until it is asked to stop, and ends with 0', async () => {
    const { fake, ended } = await started({ file: REAL_CONFIG });
    expect(fake.said()).toBe(
      'Forcegate 9.9.9 listens on http://127.0.0.1:8000 for https://acme.my.salesforce.com (configured by /srv/app/config.json). Open to every program on this machine.',
    );
    expect(fake.configs[0]?.demo).toBe(false);
    fake.press('SIGTERM');
    expect(await ended).toBe(0);
    expect(fake.events).toEqual(['gateway opened', 'gateway closed']);
    expect(fake.listeners()).toBe(0);
  });

  it('says nothing on standard output, which belongs to the log', async () => {
    const { fake, ended } = await started({ file: REAL_CONFIG });
    fake.press('SIGINT');
    await ended;
    expect(fake.out()).toBe('');
  });

  it('lets --host and --port win', async () => {
    const { fake, ended } = await started(
      { file: { ...REAL_CONFIG, port: 1 } },
      '--host',
      '::1',
      '--port',
      '9000',
    );
    expect(fake.configs[0]?.server).toMatchObject({ host: '::1', port: 9000 });
    fake.press('SIGINT');
    await ended;
  });

  it('tells warnings and starts', async () => {
    const { fake, ended } = await started({ file: { ...REAL_CONFIG, api_version: 'v64.0' } });
    expect(fake.said()).toContain('Warning: api_version has no effect');
    fake.press('SIGINT');
    expect(await ended).toBe(0);
  });

  it('that is broken ends with 2, all faults told, and never becomes the demo', async () => {
    const file = { consumer_secret: 'CANARY', prot: 1, instance_url: 'https://login.salesforce.com' };
    const { fake, ended } = await started({ file }, '--demo-when-unconfigured');
    expect(await ended).toBe(2);
    expect(fake.events).toEqual([]);
    expect(fake.said()).toContain('The configuration cannot be used (/srv/app/config.json):');
    expect(fake.said()).toContain('  prot is not a known key.\n    Did you mean "port"? If not, remove it.');
    expect(fake.said()).toContain('consumer_key is missing.');
    expect(fake.said()).not.toContain('CANARY');
  });

  it.each([
    [{ SALESFORCE_CONSUMER_KEY: 'k' }],
    [{ FORCEGATE_LOG__LEVEL: 'debug' }],
    [{ FORCEGATE_CONFIG: 'lost.json' }],
  ])('of which only %j is left does not become the demo', async (env) => {
    const { fake, ended } = await started({ env }, '--demo-when-unconfigured');
    expect(await ended).toBe(2);
    expect(fake.events).toEqual([]);
  });

  it('that is not there ends with 2 and tells of the demo', async () => {
    const { fake, ended } = await started({});
    expect(await ended).toBe(2);
    expect(fake.said()).toMatch(/forcegate init.*--config.*forcegate start --demo/u);
  });
});

describe('the demo', () => {
  it('is what starts when there is no configuration at all, and says so', async () => {
    const { fake, ended } = await started({ env: { PORT: '9000' } }, '--demo-when-unconfigured');
    expect(fake.configs[0]).toMatchObject({
      demo: true,
      login: { instanceUrl: 'https://127.0.0.1:9001', tokenFile: undefined },
      network: { caPem: 'pem' },
      server: { port: 9000 },
    });
    expect(fake.said()).toContain('There is no configuration, so a simulated Salesforce org answers.');
    fake.press('SIGINT');
    expect(await ended).toBe(0);
    expect(fake.events).toEqual(['org opened', 'gateway opened', 'gateway closed', 'org closed']);
  });

  it('is served when asked for, whatever is configured', async () => {
    const { fake, ended } = await started(
      { file: REAL_CONFIG, env: { SALESFORCE_CONSUMER_KEY: 'k' } },
      '--demo',
    );
    expect(fake.configs[0]?.login.instanceUrl).toBe('https://127.0.0.1:9001');
    expect(fake.said()).toContain('As asked with --demo');
    fake.press('SIGINT');
    await ended;
  });

  it('gives lines to copy for one model of each family, and the way out', async () => {
    const { fake, ended } = await started({}, '--demo');
    const said = fake.said();
    for (const model of DEMO_MODELS) expect(said).toContain(`-d '{"model":"${model}"`);
    expect(said).toContain("import OpenAI from 'openai';");
    expect(said).toContain('from openai import OpenAI');
    expect(said).toContain('"instance_url": "https://YOUR-DOMAIN.my.salesforce.com"');
    fake.press('SIGINT');
    await ended;
  });

  it('is refused where other machines can reach it', async () => {
    const { fake, ended } = await started({}, '--demo', '--host', '0.0.0.0');
    expect(await ended).toBe(2);
    expect(fake.said()).toContain('--host');
    expect(fake.events).not.toContain('gateway opened');
  });

  it('closes the simulated org when the gateway cannot start', async () => {
    const { fake, ended } = await started({ gateway: failing('EADDRINUSE') }, '--demo');
    expect(await ended).toBe(1);
    expect(fake.events).toContain('org closed');
  });

  it('is what npm start asks for', async () => {
    const manifest: unknown = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    );
    const command = /"start":"node bin\/forcegate\.js ([^"]+)"/u.exec(JSON.stringify(manifest))?.[1] ?? '';
    const fake = createFakeWorld();
    const ended = fake.run(...command.split(' '));
    await settlePromises();
    await settlePromises();
    expect(fake.configs[0]?.demo).toBe(true);
    fake.press('SIGINT');
    expect(await ended).toBe(0);
  });
});

describe('stopping', () => {
  it('takes the echo of one key press for the same press', async () => {
    const { fake, ended } = await started({ file: REAL_CONFIG });
    fake.press('SIGINT');
    await fake.time.advance(100);
    fake.press('SIGINT');
    expect(await ended).toBe(0);
    expect(fake.events).not.toContain('exit 130');
  });

  it('happens at once at the second press', async () => {
    const hung = Promise.withResolvers<void>();
    const { fake, ended } = await started({ file: REAL_CONFIG, gateway: { close: () => hung.promise } });
    fake.press('SIGINT');
    await fake.time.advance(600);
    fake.press('SIGINT');
    fake.press('SIGTERM');
    expect(fake.events).toEqual(['gateway opened', 'exit 130', 'exit 143']);
    hung.resolve();
    expect(await ended).toBe(0);
  });

  it('waits for a start under way', async () => {
    const opening = Promise.withResolvers<{ url: string }>();
    const { fake, ended } = await started({ file: REAL_CONFIG, gateway: { open: () => opening.promise } });
    fake.press('SIGTERM');
    opening.resolve({ url: 'http://127.0.0.1:8000' });
    expect(await ended).toBe(0);
    expect(fake.events).toEqual(['gateway closed']);
  });
});

describe('a start that fails', () => {
  it.each([
    ['EADDRINUSE', 'Port 8000 on 127.0.0.1 is taken.', '--port 8001'],
    ['EACCES', 'This user may not listen on port 8000.', '--port 8000'],
    ['EADDRNOTAVAIL', '127.0.0.1 is not an address of this machine.', '--host 127.0.0.1'],
  ])('by %s tells port and fix without a stack, and ends with 1', async (code, fault, fix) => {
    const { fake, ended } = await started({ file: REAL_CONFIG, gateway: failing(code) });
    expect(await ended).toBe(1);
    expect(fake.said()).toContain(fault);
    expect(fake.said()).toContain(fix);
    expect(fake.said()).not.toMatch(/^\s+at /mu);
    expect(fake.listeners()).toBe(0);
  });

  it('by its own fault shows where, for a report', async () => {
    const { fake, ended } = await started({
      file: REAL_CONFIG,
      gateway: { open: () => Promise.reject(new TypeError('odd')) },
    });
    expect(await ended).toBe(1);
    expect(fake.said()).toMatch(/fault of its own[^]*TypeError: odd\n\s+at /u);
  });
});

describe('the command line', () => {
  it('tells its version and its help with 0', async () => {
    const fake = createFakeWorld();
    expect(await fake.run('--version')).toBe(0);
    expect(fake.out()).toBe('9.9.9');
    const help = createFakeWorld();
    expect(await help.run('start', '--help')).toBe(0);
    expect(help.out()).toContain('forcegate start --demo');
  });

  it.each([
    [['strat'], 'Did you mean start?'],
    [['nonsense'], '"forcegate --help" lists the commands.'],
    [['start', '--prot', '1'], 'Did you mean --port?'],
    [['start', '--port', '70000'], 'Give a whole number from 0 to 65535.'],
    [['start', 'extra'], 'too many arguments'],
  ])('ends with 2 at %j and says what was meant', async (args, said) => {
    const fake = createFakeWorld();
    expect(await fake.run(...args)).toBe(2);
    expect(fake.said()).toContain(said);
  });

  it('without a command shows the help and ends with 2', async () => {
    const fake = createFakeWorld();
    expect(await fake.run()).toBe(2);
    expect(fake.said()).toContain('Usage: forcegate');
  });

  it('hands everything after simulate to the simulator', async () => {
    const fake = createFakeWorld();
    expect(await fake.run('simulate', '--model-port', '1', '--help')).toBe(0);
    expect(fake.out()).toBe('simulating --model-port 1 --help');
  });

  it('colours only where it may', async () => {
    const plain = createFakeWorld({ file: {} });
    await plain.run('start');
    expect(plain.said()).not.toContain('\u001b[');
    const coloured = createFakeWorld({ file: {}, colour: true });
    await coloured.run('start');
    expect(coloured.said()).toContain('\u001b[31m');
  });
});

describe('start --daemon', () => {
  it('refuses where there is no background, and says what to do instead', async () => {
    const fake = createFakeWorld({ file: REAL_CONFIG, processes: { platform: 'win32' } });
    expect(await fake.run('start', '--daemon')).toBe(2);
    expect(fake.said()).toContain('On Windows the gateway runs in the foreground only.');
    expect(fake.said()).toContain('Task Scheduler');
    expect(fake.events).toEqual([]);
  });

  it.each([
    ['Salesforce refused the login.', true],
    [undefined, false],
  ])('tells the launcher that it is not ready where the login failed already: %s', async (why, told) => {
    const directory = await mkdtemp(join(tmpdir(), 'forcegate-start-'));
    const listening = Promise.withResolvers<void>();
    const messages: string[] = [];
    const fake = createFakeWorld({
      file: REAL_CONFIG,
      gateway: { open: async () => ({ url: 'http://127.0.0.1:8000', loginFailure: () => why }) },
      processes: {
        tellLauncher(message) {
          if (message.type === 'listening') listening.resolve();
          else messages.push(message.text);
        },
      },
    });
    const ended = fake.run('start', '--run-file', join(directory, 'forcegate.pid'));
    await Promise.race([listening.promise, ended]);
    fake.press('SIGTERM');
    expect(await ended).toBe(0);
    const unready = messages.filter((text) => text.startsWith('It is not ready'));
    expect(unready).toEqual(told ? [`It is not ready: ${why}`] : []);
    expect(messages[0]).toContain('listens on');
    await rm(directory, { recursive: true });
  });

  it('tells a broken configuration before anything is launched', async () => {
    const fake = createFakeWorld({ file: { ...REAL_CONFIG, prot: 1 } });
    expect(await fake.run('start', '--daemon')).toBe(2);
    expect(fake.said()).toContain('prot is not a known key.');
  });
});
