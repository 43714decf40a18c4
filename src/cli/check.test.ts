// `forcegate check`: each fault gives its own finding with its fix and no other, and nothing is changed.

import { describe, expect, it } from 'vitest';

import { GatewayError } from '../core/errors/index.ts';
import {
  createFakeWorld,
  REAL_CONFIG,
  type FakePlan,
  type FakeWorld,
} from '../../test/fakes/command-world.ts';

type Run = {
  readonly code: number;
  readonly out: string;
  readonly lines: readonly string[];
  readonly fake: FakeWorld;
};

async function check(plan: FakePlan, ...args: string[]): Promise<Run> {
  const fake = createFakeWorld({ file: REAL_CONFIG, ...plan });
  const code = await fake.run('check', ...args);
  return { code, out: fake.out(), lines: fake.out().split('\n'), fake };
}

/** The lines that are not fine. */
const complaints = ({ lines }: Run): readonly string[] =>
  lines.filter((line) => !/^(?:ok|skipped) /u.test(line));

describe('check of a healthy gateway', () => {
  it('has one line for each thing looked at and ends with 0', async () => {
    const run = await check({});
    expect(run.code).toBe(0);
    expect(run.lines).toEqual([
      'ok         config          /srv/app/config.json can be used.',
      'ok         token file      /srv/app/salesforce_models_token.json can be written.',
      'ok         login host      acme.my.salesforce.com answers by TLSv1.3.',
      'ok         model host      api.salesforce.com answers by TLSv1.3.',
      'ok         login           https://acme.my.salesforce.com gave a token that lasts 30 minutes.',
      "ok         clock           This machine's clock agrees with Salesforce's.",
      'ok         call default    default answered by gateway-generations.',
      'ok         gateway surface  default answered by gateway-generations.',
      'ok         classic surface  default answered by gateway-generations.',
    ]);
    expect(run.fake.events).toEqual(['probe closed']);
  });

  it('changes nothing: no file is written and no token file is used', async () => {
    const { fake } = await check({});
    expect(fake.files.written).toEqual([]);
    expect(fake.configs[0]?.login.tokenFile).toBeUndefined();
  });

  it("tells what is left of the org's requests, where Salesforce does", async () => {
    const quotas = [
      { surface: 'invoke', limit: 300, lowest: 30 },
      { surface: 'responses', limit: 300, lowest: 200 },
      { surface: 'responses', limit: 300, lowest: 29 },
    ];
    const run = await check({ probe: { quotas: () => quotas } });
    expect(run.code).toBe(1);
    expect(run.lines.filter((line) => line.includes(' quota '))).toEqual([
      "ok         quota invoke    30 of 300 requests are left of the org's window.",
      "attention  quota responses  29 of 300 requests are left of the org's window. Fix: Wait for the next window; if it stays, send fewer requests, or ask Salesforce for a higher limit.",
    ]);
  });

  it('calls every model that is asked for', async () => {
    const { lines } = await check({}, '--model', 'gpt-5.4', '--model', 'gemini-3.5-flash');
    expect(lines.filter((line) => line.includes(' call '))).toEqual([
      'ok         call gpt-5.4    gpt-5.4 answered by gateway-generations.',
      'ok         call gemini-3.5-flash  gemini-3.5-flash answered by gateway-generations.',
    ]);
  });

  it('calls every model there is with --all', async () => {
    const { lines } = await check({}, '--all');
    expect(lines.filter((line) => line.includes(' call '))).toEqual([
      'ok         call gpt-5.4    gpt-5.4 answered by gateway-generations.',
      'ok         call claude-sonnet-4-6  claude-sonnet-4-6 answered by gateway-generations.',
    ]);
  });

  it('asks nothing of surfaces that are configured not to be used', async () => {
    const { lines } = await check({ file: { ...REAL_CONFIG, surfaces: 'classic' } });
    expect(lines.filter((line) => line.includes(' surface '))).toEqual([]);
  });

  it('makes no connection with --offline', async () => {
    const { code, lines, fake } = await check(
      { reach: () => ({ type: 'failed', stage: 'name', code: 'ENOTFOUND' }) },
      '--offline',
    );
    expect(code).toBe(0);
    expect(lines.at(-1)).toBe('skipped    login           Not asked for: --offline.');
    expect(fake.configs).toEqual([]);
  });

  it('gives JSON and nothing else with --json', async () => {
    const { code, out, fake } = await check({}, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      status: 'healthy',
      findings: expect.arrayContaining([expect.objectContaining({ check: 'login', status: 'ok' })]),
    });
    expect(fake.said()).toBe('');
  });

  it('notes deprecated keys without asking for attention', async () => {
    const run = await check({ file: { ...REAL_CONFIG, api_version: 'v64.0' } });
    expect(run.code).toBe(0);
    expect(complaints(run)).toEqual([
      'note       config          api_version has no effect and may be removed.',
    ]);
  });
});

describe('check of a configuration that cannot be used', () => {
  it('has one line for each fault, ends with 2 and asks the org nothing', async () => {
    const run = await check({
      file: { ...REAL_CONFIG, prot: 1, instance_url: 'https://login.salesforce.com' },
    });
    expect(run.code).toBe(2);
    expect(run.lines).toHaveLength(2);
    expect(run.lines[0]).toBe(
      'failed     config          prot is not a known key. Fix: Did you mean "port"? If not, remove it.',
    );
    expect(run.out).not.toContain('CANARY');
    expect(run.fake.configs).toEqual([]);
  });

  it('says so in JSON too', async () => {
    const { code, out } = await check({ file: {} }, '--json');
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ status: 'unusable' });
  });

  it('tells where it looked when there is none', async () => {
    const fake = createFakeWorld();
    expect(await fake.run('check')).toBe(2);
    expect(fake.out()).toContain('There is no config.json in /srv/app nor one directory up');
    expect(fake.out()).toContain('Make one with: forcegate init.');
  });
});

const refused = (code: ConstructorParameters<typeof GatewayError>[0], message: string): GatewayError =>
  new GatewayError(code, message, {
    upstream: { status: 400, errorCode: 'invalid_grant', messageCode: undefined, requestId: 'req-1' },
    detail: 'more',
  });

const down = (stage: 'name' | 'connection' | 'certificate', code: string): FakePlan => ({
  reach: (origin) =>
    origin.includes('acme')
      ? { type: 'failed', stage, code }
      : { type: 'reached', address: '192.0.2.1', protocol: 'TLSv1.3' },
});

describe('each fault gives its own line and no other', () => {
  it.each<[string, FakePlan, RegExp]>([
    [
      'a config that all can read',
      {
        files: { '/srv/app/config.json': { text: JSON.stringify(REAL_CONFIG), mode: 0o644 } },
        file: undefined as never,
      },
      /^attention {2}permissions .*chmod 600/u,
    ],
    [
      'a token file that all can read',
      { files: { '/srv/app/salesforce_models_token.json': { text: '{}', mode: 0o644 } } },
      /^attention {2}token file .*Fix: chmod 600/u,
    ],
    [
      'a token file that cannot be written',
      { files: { '/srv/app/salesforce_models_token.json': { text: '{}', mode: 0o000 } } },
      /^failed {5}token file .*cannot be written.*Fix: /u,
    ],
    ['no DNS', down('name', 'ENOTFOUND'), /^failed {5}login host .*not known to DNS \(ENOTFOUND\)\. Fix: /u],
    [
      'no connection',
      down('connection', 'ECONNREFUSED'),
      /^failed {5}login host .*ECONNREFUSED.*Fix: .*https_proxy/u,
    ],
    [
      'an unknown CA',
      down('certificate', 'SELF_SIGNED_CERT_IN_CHAIN'),
      /^failed {5}login host .*Fix: .*tls\.ca_file/u,
    ],
    [
      'an expired certificate',
      down('certificate', 'CERT_HAS_EXPIRED'),
      /^failed {5}login host .*Fix: Check this machine's clock/u,
    ],
    [
      'a refused login',
      { probe: { login: () => Promise.reject(refused('upstream_login_refused', 'Set a Run-As user.')) } },
      /^failed {5}login {11}Set a Run-As user\.$/u,
    ],
    [
      'a login that is down',
      { probe: { login: () => Promise.reject(refused('upstream_login_unavailable', 'No answer.')) } },
      /^failed {5}login {11}No answer\. Fix: Try again/u,
    ],
    [
      'a model that is not there',
      { probe: { call: () => Promise.reject(refused('model_not_found', 'No such model.')) } },
      /^failed {5}call default {4}No such model\. Fix: Check the name/u,
    ],
    [
      'a limit that is spent',
      { probe: { call: () => Promise.reject(refused('upstream_rate_limited', 'Too many.')) } },
      /^failed {5}call default {4}Too many\. Fix: Wait a minute/u,
    ],
  ])('%s', async (_name, plan, line) => {
    const run = await check(plan);
    expect(run.code).toBe(1);
    expect(complaints(run)).toEqual([expect.stringMatching(line)]);
    expect(run.out).not.toContain('CANARY');
  });

  it('also when several models are asked for and one fails', async () => {
    const call = async (model: string): Promise<{ surface: string; model: string }> => {
      if (model === 'gone') throw refused('model_not_found', 'No such model.');
      return { surface: 's', model };
    };
    const run = await check({ probe: { call } }, '--model', 'gone', '--model', 'there');
    expect(run.code).toBe(1);
    expect(complaints(run)).toHaveLength(1);
    expect(run.lines.at(-1)).toMatch(/^ok .*there answered/u);
  });

  it('with what Salesforce said only when asked for', async () => {
    const plan: FakePlan = {
      probe: { login: () => Promise.reject(refused('upstream_login_refused', 'Refused.')) },
    };
    expect((await check(plan)).out).not.toContain('req-1');
    expect((await check(plan, '--verbose')).out).toContain('[HTTP 400, invalid_grant, request req-1, more]');
  });

  it('and a fault of its own is told without a stack', async () => {
    const run = await check({ probe: { login: () => Promise.reject(new TypeError('CANARY-internal')) } });
    expect(run.code).toBe(1);
    expect(complaints(run)).toEqual([expect.stringContaining('The gateway failed to handle this request.')]);
    expect(run.out).not.toContain('CANARY');
  });
});

describe('waiting', () => {
  it('for a login ends at its limit, and the probe is closed', async () => {
    const fake = createFakeWorld({
      file: REAL_CONFIG,
      probe: {
        login: (signal) =>
          new Promise((_resolve, reject) => {
            signal.onAbort(() => reject(signal.reason));
          }),
      },
    });
    const ended = fake.run('check');
    await fake.time.advance(0);
    await fake.time.advance(200_000);
    expect(await ended).toBe(1);
    expect(fake.out()).toContain('No answer in 200 seconds.');
    expect(fake.events).toEqual(['probe closed']);
    expect(fake.time.pending()).toBe(0);
  });
});

describe('a proxy', () => {
  const reached: string[] = [];
  const plan: FakePlan = {
    env: { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '.my.salesforce.com' },
    reach: (origin) => {
      reached.push(origin);
      return { type: 'reached', address: '192.0.2.1', protocol: 'TLSv1.3' };
    },
  };

  it('stands before the hosts it is for, which are then not tried directly', async () => {
    const { lines } = await check(plan);
    expect(reached).toEqual(['https://acme.my.salesforce.com']);
    expect(lines).toContain(
      'skipped    model host      api.salesforce.com is reached through the proxy; the login tells.',
    );
  });
});
