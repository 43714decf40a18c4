// Fetching over real TLS sockets. The resolver is a table, and every connection lands on this machine whatever addresses it
// was allowed; which these were is what is judged.

import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createSecureContext } from 'node:tls';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { createCertificates, type Certificates } from '../../../simulator/certificates.ts';
import { createSimulatedTime } from '../../../test/simulated-time.ts';
import { GatewayError } from '../../core/errors/index.ts';
import { CancelSource } from '../../core/platform/index.ts';
import { createHttpsSource, type MediaNetwork, type SocketTarget } from './https-source.ts';
import { answering, createSystemNetwork } from './system-network.ts';

const HOST = 'files.example';
const PUBLIC = ['93.184.215.14', '2606:2800:21f:cb07::1'];
const BYTES_MAX = 1_000;
const TIMEOUT_MS = 10_000;
const never = new CancelSource().signal;

let certificates: Certificates;
let ca: string;
let server: Server;
let port: number;
let answer: RequestListener;
const sockets = new Set<Socket>();

beforeAll(async () => {
  certificates = await createCertificates(HOST, undefined);
  ca = await readFile(certificates.caFile, 'utf8');
  server = createServer({ key: certificates.key, cert: certificates.certificate }, (request, response) =>
    answer(request, response),
  );
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  const closed = new Promise((resolve) => server.close(resolve));
  for (const socket of sockets) socket.destroy();
  await closed;
  await certificates.remove();
});

beforeEach(() => {
  answer = (_request, response) => response.end('content');
});

type Names = Readonly<Record<string, readonly string[]>>;
/** `later`: what names mean from the second look-up on. */
type World = { readonly names?: Names; readonly later?: Names; readonly trusted?: boolean };

function open(world: World = {}) {
  const names: Names = { [HOST]: PUBLIC, ...world.names };
  const targets: SocketTarget[] = [];
  const lookedUp: string[] = [];
  const network: MediaNetwork = {
    resolve(host) {
      lookedUp.push(host);
      const found = (lookedUp.length > 1 ? world.later?.[host] : undefined) ?? names[host];
      return found === undefined ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(found);
    },
    connect(target) {
      targets.push(target);
      const trust = world.trusted === false ? {} : { ca };
      return connect({ host: '127.0.0.1', port, servername: HOST, ...trust });
    },
  };
  const time = createSimulatedTime();
  const source = createHttpsSource(
    { timeoutMs: TIMEOUT_MS, redirectsMax: 2, userAgent: 'forcegate/test' },
    { network, timers: time.timers },
  );
  let left = BYTES_MAX;
  const budget = { bytesMax: BYTES_MAX, spend: (bytes: number) => (left -= bytes) >= 0 };
  const load = async (url: string, signal = never): Promise<string> =>
    Buffer.from(await source.load(new URL(url), budget, signal)).toString();
  return { time, targets, lookedUp, load };
}

/** What the caller is told. */
async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof GatewayError) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  throw new Error('it was fetched');
}

describe('a file on a public host', () => {
  it('is fetched from one of the addresses that were judged, and nothing of ours goes along', async () => {
    const seen: unknown[] = [];
    answer = (request, response) => {
      seen.push([request.method, request.url, request.headers]);
      response.end('content');
    };
    const world = open();
    expect(await world.load(`https://${HOST}/a/b?c=d#e`)).toBe('content');
    expect(world.targets).toEqual([{ host: HOST, port: 443, addresses: PUBLIC }]);
    expect(world.lookedUp).toEqual([HOST]);
    expect(seen).toEqual([
      [
        'GET',
        '/a/b?c=d',
        {
          host: HOST,
          accept: 'image/png, image/jpeg, image/gif, image/webp, application/pdf',
          'accept-encoding': 'identity',
          'user-agent': 'forcegate/test',
          connection: 'close',
        },
      ],
    ]);
    expect(world.time.pending()).toBe(0);
  });

  it('is fetched from an address that the caller wrote, without a look-up', async () => {
    const world = open();
    expect(await world.load('https://[2606:2800:21f:cb07::1]:8443/')).toBe('content');
    expect(world.targets).toEqual([
      { host: '2606:2800:21f:cb07::1', port: 8443, addresses: ['2606:2800:21f:cb07::1'] },
    ]);
    expect(world.lookedUp).toEqual([]);
  });

  it('is not believed without a certificate that is trusted', async () => {
    expect(await refusal(open({ trusted: false }).load(`https://${HOST}/`))).toBe(
      `invalid_request: A file of the request cannot be fetched: https://${HOST} could not be reached.`,
    );
  });
});

describe('an address that is refused before anything is sent', () => {
  it.each([
    ['plain http', `http://${HOST}/`, 'https'],
    ['another scheme', 'file:///etc/passwd', 'https'],
    ['a password', `https://user:secret@${HOST}/`, 'password'],
    ['loopback', 'https://127.0.0.1/', 'no public'],
    ['loopback as a number', 'https://2130706433/', 'no public'],
    ['loopback in hexadecimal', 'https://0x7f.1/', 'no public'],
    ['IPv6 loopback', 'https://[::1]/', 'no public'],
    ['loopback mapped into IPv6', 'https://[::ffff:127.0.0.1]/', 'no public'],
    ['metadata', 'https://169.254.169.254/latest/meta-data', 'no public'],
    ['a name of ours', 'https://intranet.example/', 'no public'],
    ['a name with one address of ours', 'https://both.example/', 'no public'],
    ['a name without address', 'https://empty.example/', 'no public'],
    ['a name that does not exist', 'https://missing.example/', 'no public'],
  ])('is one with %s', async (_what, url, told) => {
    const world = open({
      names: {
        'intranet.example': ['10.0.0.7'],
        'both.example': ['93.184.215.14', '10.0.0.7'],
        'empty.example': [],
      },
    });
    const message = await refusal(world.load(url));
    expect(message).toContain('invalid_request');
    expect(message).toContain(told);
    expect(message).not.toContain('secret');
    expect(message).not.toContain('10.0.0.7');
    expect(world.targets).toEqual([]);
  });

  it('is told in the same words whether the name is unknown or ours', async () => {
    const world = open({ names: { 'intranet.example': ['10.0.0.7'] } });
    const ours = await refusal(world.load('https://intranet.example/'));
    const unknown = await refusal(world.load('https://missing.example/'));
    expect(ours.replace('intranet', 'missing')).toBe(unknown);
  });
});

describe('a redirect', () => {
  const redirectTo = (location: string | undefined, status = 302): void => {
    answer = (request, response) => {
      if (request.url !== '/') response.end('moved');
      else response.writeHead(status, location === undefined ? {} : { location }).end();
    };
  };

  it.each([301, 302, 303, 307, 308])('with %i is followed', async (status) => {
    redirectTo('/there', status);
    const world = open();
    expect(await world.load(`https://${HOST}/`)).toBe('moved');
    expect(world.targets).toHaveLength(2);
  });

  it.each([
    ['to the metadata address', 'https://169.254.169.254/', 'no public'],
    ['to a name of ours', 'https://intranet.example/', 'no public'],
    ['to plain http', `http://${HOST}/there`, 'https'],
    ['to nowhere', 'https://', 'no address'],
  ])('%s is judged as the first address was', async (_what, location, told) => {
    redirectTo(location);
    const world = open({ names: { 'intranet.example': ['192.168.1.1'] } });
    expect(await refusal(world.load(`https://${HOST}/`))).toContain(told);
    expect(world.targets).toHaveLength(1);
  });

  it('is looked up anew, so that a name that changed its address is judged by the new one', async () => {
    redirectTo('/there');
    const world = open({ names: { [HOST]: PUBLIC }, later: { [HOST]: ['127.0.0.1'] } });
    expect(await refusal(world.load(`https://${HOST}/`))).toContain('no public');
    expect(world.lookedUp).toEqual([HOST, HOST]);
    expect(world.targets).toHaveLength(1);
  });

  it('without end is given up', async () => {
    answer = (_request, response) => response.writeHead(302, { location: '/' }).end();
    const world = open();
    expect(await refusal(world.load(`https://${HOST}/`))).toContain('media.redirects_max');
    expect(world.targets).toHaveLength(3);
  });
});

describe('a file that cannot be had', () => {
  it('is one whose host answers anything but 200', async () => {
    answer = (_request, response) => response.writeHead(404).end('not here');
    expect(await refusal(open().load(`https://${HOST}/x?signature=y`))).toBe(
      `invalid_request: A file of the request cannot be fetched: https://${HOST} answered with HTTP 404.`,
    );
  });

  it.each([true, false])('is one larger than the limit (length declared: %s)', async (declared) => {
    answer = (_request, response) => {
      if (declared) response.setHeader('content-length', BYTES_MAX + 1);
      response.write('x'.repeat(600));
      response.end('x'.repeat(BYTES_MAX - 599));
    };
    expect(await refusal(open().load(`https://${HOST}/`))).toContain('media.bytes_max');
  });

  it('is one that is sent compressed', async () => {
    answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x');
    expect(await refusal(open().load(`https://${HOST}/`))).toContain('compressed');
  });

  it('is one that breaks off', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    };
    expect(await refusal(open().load(`https://${HOST}/`))).toContain('invalid_request');
  });

  it('is one that does not come in time, and its socket is closed', async () => {
    const world = open();
    const arrived = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    answer = (request) => {
      request.socket.once('close', () => closed.resolve());
      arrived.resolve();
    };
    const told = refusal(world.load(`https://${HOST}/`));
    await arrived.promise;
    await world.time.advance(TIMEOUT_MS);
    expect(await told).toContain('media.timeout_seconds');
    await closed.promise;
  });

  it('is one whose host is not found in time', async () => {
    const time = createSimulatedTime();
    const network: MediaNetwork = {
      resolve: () => new Promise(() => undefined),
      connect: () => {
        throw new Error('connected');
      },
    };
    const source = createHttpsSource(
      { timeoutMs: TIMEOUT_MS, redirectsMax: 0, userAgent: 'x' },
      { network, timers: time.timers },
    );
    const budget = { bytesMax: 1, spend: () => true };
    const told = refusal(source.load(new URL(`https://${HOST}/`), budget, never));
    await time.advance(TIMEOUT_MS);
    expect(await told).toContain('media.timeout_seconds');
  });

  it('is one that nobody waits for any more: the reason is that of the signal, and the socket is closed', async () => {
    const client = new CancelSource();
    const world = open();
    const arrived = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    answer = (request) => {
      request.socket.once('close', () => closed.resolve());
      arrived.resolve();
    };
    const told = refusal(world.load(`https://${HOST}/`, client.signal));
    await arrived.promise;
    client.abort(new GatewayError('client_closed', 'gone'));
    expect(await told).toBe('client_closed: gone');
    await closed.promise;
    expect(world.time.pending()).toBe(0);
  });
});

describe('the system network', () => {
  const connectTo = (context: Parameters<typeof createSecureContext>[0]): Promise<string> => {
    const network = createSystemNetwork({ context: () => createSecureContext(context) });
    // No resolver knows this name: only the given address can be what was connected to.
    const socket = network.connect({ host: HOST, port, addresses: ['127.0.0.1'] });
    return new Promise((resolve) => {
      socket.once('secureConnect', () => resolve('connected')).once('error', () => resolve('refused'));
    }).then((outcome) => {
      socket.destroy();
      return String(outcome);
    });
  };

  it('connects to the given addresses and never looks the name up', async () => {
    expect(await connectTo({ ca })).toBe('connected');
  });

  it('refuses a certificate that is not trusted', async () => {
    expect(await connectTo({})).toBe('refused');
  });

  it('answers every look-up with the given addresses', () => {
    const answers: unknown[] = [];
    const lookup = answering(['93.184.215.14', '2606::1']);
    lookup(HOST, { all: true }, (...parts) => answers.push(parts));
    lookup(HOST, {}, (...parts) => answers.push(parts));
    expect(answers).toEqual([
      [
        null,
        [
          { address: '93.184.215.14', family: 4 },
          { address: '2606::1', family: 6 },
        ],
      ],
      [null, '93.184.215.14', 4],
    ]);
  });
});
