// A gateway that speaks TLS itself, by the configuration alone: what it says of itself, what the commands make of it, and
// that a client is served a stream.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import { loadConfig } from '../../src/config/index.ts';
import { systemFileSystem } from '../../src/core/platform/index.ts';
import { createGateway, systemDependencies } from '../../src/main.ts';
import { createAuthority, type Authority, type Issued } from '../fakes/issued-certificates.ts';
import { systemProcesses } from '../../src/cli/processes.ts';
import { openCommandPlace, type CommandPlace } from './command-place.ts';

let authority: Authority;
const env: Record<string, string> = {};
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  authority = await createAuthority();
});

afterEach(async () => {
  delete env['NODE_EXTRA_CA_CERTS'];
  for (const close of closers.splice(0).reverse()) await close();
});

type Opened = { readonly place: CommandPlace; readonly url: string };

async function prepare(issued: Issued, more: object = {}): Promise<CommandPlace> {
  const directory = await mkdtemp(join(tmpdir(), 'forcegate-tls-'));
  closers.push(() => rm(directory, { recursive: true }));
  const files = { certificate_file: join(directory, 'cert.pem'), key_file: join(directory, 'key.pem') };
  await writeFile(files.certificate_file, issued.certificate);
  await writeFile(files.key_file, issued.key, { mode: 0o600 });
  const place = await openCommandPlace({
    file: () => ({ port: 0, inbound_tls: files, ...more }),
    env: () => env,
  });
  closers.push(() => place.close());
  return place;
}

async function openGateway(issued: Issued, more: object = {}): Promise<Opened> {
  const place = await prepare(issued, more);
  const loaded = await loadConfig({ cwd: place.directory, env: {}, files: systemFileSystem });
  if (!loaded.configured) throw new Error('the place has a configuration');
  const gateway = createGateway(loaded.config, { ...systemDependencies(), log: { write: () => undefined } });
  const { url, loggedIn } = await gateway.open();
  closers.push(() => gateway.close());
  await loggedIn;
  return { place, url };
}

type Found = { readonly place: CommandPlace; readonly caFile: string; readonly port: string };

/** One that the commands find by its run file, and the authority of its certificate beside it. */
async function openFound(issued: Issued, more: object = {}): Promise<Found> {
  const { place, url } = await openGateway(issued, more);
  const caFile = join(place.directory, 'ca.pem');
  await writeFile(caFile, authority.ca);
  const birth = await systemProcesses.birthOf(process.pid);
  const run = { pid: process.pid, birth, run: 'this', url, args: [] };
  await writeFile(join(place.directory, 'forcegate.pid'), JSON.stringify(run));
  return { place, caFile, port: new URL(url).port };
}

function post(url: string, body: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sent = request(url, { method: 'POST', headers, ca: authority.ca, agent: false }, (response) => {
      let text = '';
      response.on('data', (piece: Buffer) => (text += String(piece)));
      response.on('end', () => resolve(text));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}

describe('a gateway with a certificate', () => {
  it('streams an answer to a client that trusts its authority', async () => {
    const { url } = await openGateway(await authority.issue());
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/u);
    const text = await post(`${url}/v1/chat/completions`, {
      model: 'claude-sonnet-4-6',
      messages: [{ role: 'user', content: 'Hello' }],
      stream: true,
    });
    expect(text).toMatch(/^data: \{[\s\S]+data: \[DONE\]\n\n$/u);
  });

  it('is found by the commands, though its certificate is for another name', async () => {
    const { place, url } = await openGateway(await authority.issue({ names: ['gateway.example.com'] }));
    const status = await place.run(['status', '--url', url]);
    expect([status.code, status.out]).toEqual([0, expect.stringContaining(`address     ${url}`) as string]);
    const live = await place.run(['status', '--live', '--url', url]);
    expect([live.code, live.out]).toEqual([0, `${url} answers.\n`]);
    expect((await place.run(['metrics', '--url', url])).out).toContain('forcegate_requests_total');
  });

  it('is not believed by a command that knows nothing of it', async () => {
    const { url } = await openGateway(await authority.issue());
    const elsewhere = await prepare(await authority.issue());
    const status = await elsewhere.run(['status', '--url', url]);
    expect(status.code).toBe(1);
    expect(status.said).toContain(`The certificate of ${url} is not trusted`);
  });

  it('needs none for a command that asks the models by itself', async () => {
    const place = await prepare(await authority.issue({ names: ['gateway.example.com'] }));
    const run = await place.run(['generate', 'Hello']);
    expect([run.code, run.said]).toEqual([0, '']);
  });
});

describe('connect, to a gateway with a certificate', () => {
  it('tells the tool a name of the certificate and its authority, and proves both by the call', async () => {
    const { place, caFile, port } = await openFound(await authority.issue({ names: ['localhost'] }));
    const own = await place.run(['connect', 'claude-code', '--test']);
    expect(own.code).toBe(1);
    expect(own.said).toContain("authority's PEM file in NODE_EXTRA_CA_CERTS");
    expect(own.said).toContain(`The certificate of https://localhost:${port} is not trusted`);
    env['NODE_EXTRA_CA_CERTS'] = caFile;
    const told = await place.run(['connect', 'claude-code', '--test']);
    expect([told.code, told.said]).toEqual([0, expect.stringContaining('It works') as string]);
    expect(JSON.parse(told.out)).toMatchObject({
      env: { ANTHROPIC_BASE_URL: `https://localhost:${port}`, NODE_EXTRA_CA_CERTS: caFile },
    });
    const other = await place.run(['connect', 'openai']);
    expect(other.said).toContain(`NODE_EXTRA_CA_CERTS=${caFile}`);
    const wrong = await place.run(['connect', 'openai', '--test', '--url', `https://127.0.0.1:${port}`]);
    expect(wrong.code).toBe(1);
    expect(wrong.said).toContain('is not for 127.0.0.1 (ERR_TLS_CERT_ALTNAME_INVALID)');
  });

  it('tells the certificate itself where its file holds the authority', async () => {
    const { certificate, key } = await authority.issue();
    const { place, port } = await openFound({ certificate: `${certificate}\n${authority.ca}`, key });
    const run = await place.run(['connect', 'claude-code', '--test']);
    expect(run.said).toContain('It works');
    expect(JSON.parse(run.out)).toMatchObject({
      env: {
        ANTHROPIC_BASE_URL: `https://127.0.0.1:${port}`,
        NODE_EXTRA_CA_CERTS: expect.stringContaining('cert.pem') as string,
      },
    });
  });

  it('says that the name leads nowhere, though the gateway itself is found', async () => {
    const issued = await authority.issue({ names: ['gateway.invalid'] });
    const { place, caFile } = await openFound(issued, { allowed_hosts: ['gateway.invalid'] });
    env['NODE_EXTRA_CA_CERTS'] = caFile;
    const run = await place.run(['connect', 'openai', '--test']);
    expect(run.code).toBe(1);
    expect(run.said).toContain('finds no address for gateway.invalid');
  });

  it('passes over a name that the gateway does not answer to, and finds one for a wildcard', async () => {
    const issued = await authority.issue({ names: ['other.example.com', '*.example.net'] });
    const { place, port } = await openFound(issued, { allowed_hosts: ['gateway.example.net'] });
    const run = await place.run(['connect', 'openai']);
    expect(run.out).toContain(`https://gateway.example.net:${port}/v1`);
    expect(run.said).toContain('The certificate is not for 127.0.0.1');
  });
});

describe('check, of the own certificate', () => {
  it('tells of a name that the gateway does not answer to', async () => {
    const issued = await authority.issue({ names: ['gateway.example.com'] });
    const unlisted = await (await prepare(issued)).run(['check', '--offline', '--json']);
    expect(unlisted.out).toContain('"own_certificate_unlisted"');
    for (const name of ['gateway.example.com', '*.example.com']) {
      const listed = await prepare(issued, { allowed_hosts: [name] });
      expect((await listed.run(['check', '--offline'])).code, name).toBe(0);
    }
  });

  it.each([
    [
      { daysLeft: 60, names: ['gateway.example.com'] },
      0,
      'ok',
      /is for gateway\.example\.com and lasts (?:59|60) days/u,
    ],
    [{ daysLeft: 5 }, 1, 'attention', /expires in [45] days/u],
    [{ daysLeft: -2 }, 1, 'attention', /expired on \d{4}-\d\d-\d\d: clients refuse it/u],
    [{ validInDays: 3 }, 1, 'attention', /is valid from \d{4}-\d\d-\d\d on only/u],
  ])('tells of %j', async (wish, code, status, message) => {
    const place = await prepare(await authority.issue(wish), { allowed_hosts: ['gateway.example.com'] });
    const run = await place.run(['check', '--offline']);
    const line = run.out.split('\n').find((text) => text.includes(' certificate '));
    expect(line).toMatch(new RegExp(`^${status} `, 'u'));
    expect(line).toMatch(message);
    expect(run.code).toBe(code);
  });
});
