// `forcegate check` under each of fifteen planted faults, against a simulated org over TLS and real files: each gives its
// own word and remedy and none of the other fourteen, and changes nothing on disk.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { openCommandPlace, type CommandPlace, type CommandPlaceOptions } from './command-place.ts';

type Fault = CommandPlaceOptions & {
  readonly code: string;
  /** What else is worth telling of the same planted fault; none of the other fourteen. */
  readonly beside?: readonly string[];
  readonly fix: RegExp;
};

const MINUTE_MS = 60_000;
/** Both hosts show the same certificate, so a fault of it is told of each. */
const FAULTS: Readonly<Record<string, Fault>> = {
  'a wrong key': {
    file: () => ({ consumer_key: 'not-the-key' }),
    code: 'wrong_key',
    fix: /Check consumer_key/u,
  },
  'a wrong secret': {
    file: () => ({ consumer_secret: 'not-the-secret' }),
    code: 'wrong_secret',
    fix: /Check consumer_secret/u,
  },
  'no Run-As user': {
    simulator: { org: { login: 'no-run-as-user' } },
    code: 'no_run_as_user',
    fix: /Set a Run-As user/u,
  },
  'JWT tokens switched off': {
    simulator: { org: { tokenMode: 'opaque' } },
    code: 'jwt_off',
    fix: /Enable "Issue JSON Web Token/u,
  },
  'a missing scope': {
    simulator: { org: { tokenScopes: ['api'] } },
    code: 'scope_missing',
    fix: /Add the scope sfap_api/u,
  },
  'the general login host': {
    simulator: { org: { login: 'login-host' } },
    code: 'wrong_login_host',
    fix: /Set instance_url to the org's My Domain/u,
  },
  'an unknown authority': {
    file: () => ({ tls: undefined }),
    code: 'certificate_untrusted',
    fix: /name it in "tls.ca_file"/u,
  },
  'an expired certificate': {
    simulator: { expiredCertificate: true },
    code: 'certificate_expired',
    fix: /clock/u,
  },
  'a host that DNS does not know': {
    file: () => ({ instance_url: 'https://no-such-org.invalid' }),
    code: 'host_unknown',
    // No name under Salesforce's own domain is sure to be unknown, and any other is worth a warning.
    beside: ['config_address'],
    fix: /Check "instance_url"/u,
  },
  'a clock that differs': {
    simulator: { clock: { now: () => Date.now() + 20 * MINUTE_MS } },
    code: 'clock_differs',
    fix: /time server/u,
  },
  'a token file that cannot be written': {
    file: () => ({ token_file: 'no-such-directory/token.json' }),
    code: 'token_file_unwritable',
    fix: /Make its directory/u,
  },
  'a configuration that all can read': {
    fileMode: 0o644,
    code: 'config_exposed',
    fix: /chmod 600/u,
  },
  'a model that is switched off': {
    simulator: { org: { enabledModels: ['sfdc_ai__DefaultGPT54'] } },
    code: 'model_not_found',
    fix: /switched on in the org/u,
  },
  'a surface that the org has not': {
    simulator: { org: { entitled: { classic: true, gateway: false } } },
    code: 'surface_not_entitled',
    fix: /Ask Salesforce for access/u,
  },
  'a limit that is spent': {
    simulator: {
      org: {
        requestsPerMinute: {
          invoke: 0,
          responses: 0,
          'gateway-generations': 0,
          'chat-generations': 0,
          generations: 0,
        },
      },
    },
    code: 'upstream_rate_limited',
    fix: /Wait a minute/u,
  },
};

type Finding = {
  readonly status: string;
  readonly code?: string;
  readonly message: string;
  readonly fix?: string;
};

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** With a token file that a check must leave as it is, unless the fault is about it. */
async function openPlace(fault: CommandPlaceOptions): Promise<CommandPlace> {
  const place = await openCommandPlace(fault);
  closing.push(() => place.close());
  if (fault.file?.(place.org)['token_file'] === undefined) {
    const path = join(place.directory, 'salesforce_models_token.json');
    await writeFile(path, '{"kept":"as it is"}', { mode: 0o600 });
  }
  return place;
}

async function bytesIn(directory: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(directory)).toSorted();
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(directory, name), 'base64')] as const),
    ),
  );
}

async function check(
  place: CommandPlace,
): Promise<{ code: number; status: string; findings: readonly Finding[] }> {
  const { code, out } = await place.run(['check', '--json']);
  const told: { status: string; findings: readonly Finding[] } = JSON.parse(out);
  return { code, ...told };
}

const complaints = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ status }) => status === 'failed' || status === 'attention');

describe('check against an org', () => {
  it('finds nothing where nothing is wrong', async () => {
    const { code, status, findings } = await check(await openPlace({}));
    expect(complaints(findings)).toEqual([]);
    expect({ code, status }).toEqual({ code: 0, status: 'healthy' });
  });

  it('knows fifteen faults, each by a word of its own', () => {
    const codes = Object.values(FAULTS).map(({ code }) => code);
    expect(new Set(codes).size).toBe(15);
  });

  it.each(Object.entries(FAULTS))('tells %s and nothing else, and changes no file', async (_name, fault) => {
    const place = await openPlace(fault);
    const before = await bytesIn(place.directory);
    const { code, findings } = await check(place);
    expect([...new Set(complaints(findings).map((finding) => finding.code))]).toEqual([
      ...(fault.beside ?? []),
      fault.code,
    ]);
    for (const finding of complaints(findings).filter(({ code: word }) => word === fault.code))
      expect(`${finding.message} ${finding.fix ?? ''}`).toMatch(fault.fix);
    expect(code).toBe(1);
    expect(await bytesIn(place.directory)).toEqual(before);
  });
});
