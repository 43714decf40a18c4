// The connections to a collector: whose certificate is believed, and by which way they go.

import { readFile } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import { createServer as createTlsServer, request as httpsRequest } from 'node:https';
import type { Server } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createCertificates, type Certificates } from '../../../simulator/certificates.ts';
import { createTrust } from '../../salesforce/transport/index.ts';
import { createAgents, type Agents } from './agents.ts';

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The status, or the code of the error. */
function get(url: string, agents: Agents): Promise<number | string | undefined> {
  const { protocol } = new URL(url);
  const send = protocol === 'http:' ? httpRequest : httpsRequest;
  return new Promise((resolve) => {
    send(url, { agent: agents.create(protocol) }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    })
      .on('error', (error) => resolve('code' in error ? String(error.code) : error.message))
      .end();
  });
}

describe('a collector over TLS', () => {
  let certificates: Certificates;
  let caPem: string;
  let server: ReturnType<typeof createTlsServer>;
  let url: string;

  beforeAll(async () => {
    certificates = await createCertificates('127.0.0.1', undefined);
    caPem = await readFile(certificates.caFile, 'utf8');
    server = createTlsServer(
      { key: certificates.key, cert: certificates.certificate },
      (_request, response) => response.end(),
    );
    url = `https://127.0.0.1:${await listen(server)}/`;
  });

  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await certificates.remove();
  });

  it('is believed where its authority is, and not otherwise', async () => {
    const trusting = createAgents({ secureContext: () => createTrust({ caPem }).context() });
    expect(await get(url, trusting)).toBe(200);
    trusting.close();
    const wary = createAgents({ secureContext: () => createTrust({ caPem: undefined }).context() });
    expect(await get(url, wary)).toMatch(/CERT|UNABLE|SELF/u);
    wary.close();
  });
});

describe('a collector behind a proxy', () => {
  it('is reached through it, unless it is excepted', async () => {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end();
    });
    const straight = createServer((_request, response) => response.writeHead(204).end());
    const [proxyPort, port] = [await listen(proxy), await listen(straight)];
    const agents = createAgents({
      proxies: { HTTP_PROXY: `http://127.0.0.1:${proxyPort}`, HTTPS_PROXY: undefined, NO_PROXY: '127.0.0.1' },
    });
    expect(await get('http://collector.invalid:4318/v1/traces', agents)).toBe(200);
    expect(asked).toEqual(['http://collector.invalid:4318/v1/traces']);
    expect(await get(`http://127.0.0.1:${port}/`, agents)).toBe(204);
    expect(asked).toHaveLength(1);
    agents.close();
    proxy.close();
    straight.close();
  });
});
