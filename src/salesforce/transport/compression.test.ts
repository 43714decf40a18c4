// Large bodies in gzip toward a host that takes them, one that does not, and ones that fail for other reasons, over real
// sockets: the caller sees one call, and what was found is remembered.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';

import { afterEach, describe, expect, it } from 'vitest';

import { createSimulatedTime } from '../../../test/simulated-time.ts';
import { GatewayError } from '../../core/errors/index.ts';
import { CancelSource, Secret, type CancelSignal } from '../../core/platform/index.ts';
import type { CompressionEvent, CompressionOptions } from './compression.ts';
import { createModelHost } from './model-host.ts';
import type { ModelHost, Transport } from './port.ts';
import { createReceiver, openOrigin, transportTo, type Origin, type Receiver } from './test-origin.ts';

const PATH = '/ai/gpt/v1/chat/generations';
const CLASSIC = '/einstein/platform/v1/models/m/chat-generations';
const LARGE = JSON.stringify({ note: 'größer', text: 'hello '.repeat(20_000) });
const SMALL = JSON.stringify({ text: 'hello' });
const AUTO: CompressionOptions = { requests: 'auto', requestBytesMin: 65_536 };

type Seen = { readonly coding: string | undefined; readonly body: string; readonly path: string };
type Reply = number | ((request: IncomingMessage, response: ServerResponse) => void);

/** What the host answers: to a body in gzip, and to one as it is. */
type Host = {
  readonly seen: readonly Seen[];
  readonly events: readonly CompressionEvent[];
  readonly time: ReturnType<typeof createSimulatedTime>;
  readonly transport: Transport;
  readonly host: ModelHost;
  packed: Reply;
  plain: Reply;
  /** The origin's answer to `body`, as the caller is told it. */
  ask(body: string, asked?: { path?: string; signal?: CancelSignal; receiver?: Receiver }): Receiver;
};

let origin: Origin | undefined;
let transport: Transport | undefined;

afterEach(async () => {
  // The pool counts a call that was ended until its socket is closed.
  while (isBusy(transport)) await new Promise((resolve) => setImmediate(resolve));
  await transport?.close();
  await origin?.close();
});

function isBusy(used: Transport | undefined): boolean {
  const { running, pending } = used?.statistics() ?? { running: 0, pending: 0 };
  return running + pending > 0;
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) if (Buffer.isBuffer(piece)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function openHost(compression = AUTO): Promise<Host> {
  const seen: Seen[] = [];
  const events: CompressionEvent[] = [];
  const time = createSimulatedTime();
  const replies: { packed: Reply; plain: Reply } = { packed: 200, plain: 200 };
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await read(request);
    const coding = request.headers['content-encoding'];
    const body = (coding === 'gzip' ? gunzipSync(bytes) : bytes).toString();
    seen.push({ coding, body, path: request.url ?? '' });
    const reply = coding === undefined ? replies.plain : replies.packed;
    if (typeof reply === 'function') reply(request, response);
    else response.writeHead(reply, { 'content-type': 'text/plain' }).end(`${coding ?? 'plain'} ${reply}`);
  }
  origin = await openOrigin((request, response) => void answer(request, response));
  const made = transportTo(origin.url);
  transport = made;
  const host = createModelHost(
    { userAgent: 'test', compression },
    { transport: made, clock: time.clock, observe: (event) => void events.push(event) },
  );
  const ask: Host['ask'] = (body, asked = {}) => {
    const receiver = asked.receiver ?? createReceiver();
    host.send(
      {
        path: asked.path ?? PATH,
        accept: 'application/json',
        body,
        authorization: new Secret('Bearer x'),
        tenantKey: 'core/prod/00D',
        requestId: 'r',
      },
      receiver,
      asked.signal ?? new CancelSource(),
    );
    return receiver;
  };
  return Object.assign(replies, { seen, events, time, transport: made, host, ask });
}

const codings = ({ seen }: Host): readonly (string | undefined)[] => seen.map(({ coding }) => coding);

async function told(receiver: Receiver): Promise<string> {
  const error = await receiver.settled;
  return error === undefined ? receiver.text() : error.code;
}

describe('a host that takes gzip', () => {
  it('gets large bodies in it, and small ones as they are', async () => {
    const host = await openHost();
    expect(await told(host.ask(LARGE))).toBe('gzip 200');
    expect(await told(host.ask(SMALL))).toBe('plain 200');
    expect(await told(host.ask(LARGE))).toBe('gzip 200');
    expect(host.seen.map(({ body }) => body)).toEqual([LARGE, SMALL, LARGE]);
    expect(host.events).toEqual([{ type: 'taken', root: '/ai/gpt/v1', status: 200 }]);
  });

  it.each([
    { name: 'one byte below the threshold', body: 'x'.repeat(65_535), coding: undefined },
    { name: 'as long as the threshold', body: 'x'.repeat(65_536), coding: 'gzip' },
    { name: 'as long only in UTF-8', body: 'ß'.repeat(32_768), coding: 'gzip' },
  ])('gets a body $name in $coding', async ({ body, coding }) => {
    const host = await openHost();
    await host.ask(body).settled;
    expect(codings(host)).toEqual([coding]);
  });

  it('gets none where it is switched off', async () => {
    const host = await openHost({ ...AUTO, requests: 'off' });
    expect(await told(host.ask(LARGE))).toBe('plain 200');
  });

  it('gets as it is what gzip would not make smaller', async () => {
    const host = await openHost({ ...AUTO, requestBytesMin: 8 });
    expect(await told(host.ask('12345678'))).toBe('plain 200');
    expect(host.events).toEqual([]);
  });

  it('is asked anew after an hour', async () => {
    const host = await openHost();
    await host.ask(LARGE).settled;
    host.packed = 500;
    expect(await told(host.ask(LARGE))).toBe('gzip 500');
    await host.time.advance(3_600_000);
    expect(await told(host.ask(LARGE))).toBe('plain 200');
    expect(host.events.map(({ type }) => type)).toEqual(['taken', 'refused']);
  });

  it.each([429, 500, 503])('may answer %i later, which then is about the call', async (status) => {
    const host = await openHost();
    await host.ask(LARGE).settled;
    host.packed = status;
    expect(await told(host.ask(LARGE))).toBe(`gzip ${status}`);
    expect(codings(host)).toEqual(['gzip', 'gzip']);
  });

  it('gets a bad request again as it is, and where it is one still nothing is concluded', async () => {
    const host = await openHost();
    await host.ask(LARGE).settled;
    host.packed = 400;
    host.plain = 400;
    expect(await told(host.ask(LARGE))).toBe('plain 400');
    host.packed = 200;
    expect(await told(host.ask(LARGE))).toBe('gzip 200');
    expect(codings(host)).toEqual(['gzip', 'gzip', undefined, 'gzip']);
    expect(host.events.map(({ type }) => type)).toEqual(['taken']);
  });

  it.each([400, 415])('that begins to refuse it with %i is believed at once', async (status) => {
    const host = await openHost();
    await host.ask(LARGE).settled;
    host.packed = status;
    expect(await told(host.ask(LARGE))).toBe('plain 200');
    expect(await told(host.ask(LARGE))).toBe('plain 200');
    expect(codings(host)).toEqual(['gzip', 'gzip', undefined, undefined]);
  });
});

describe('a host that refuses gzip', () => {
  it.each([415, 400, 500, 502])(
    'with %i gets the same call at once as it is, and no more of it',
    async (status) => {
      const host = await openHost();
      host.packed = status;
      const first = host.ask(LARGE);
      expect(await told(first)).toBe('plain 200');
      expect(first.calls.filter((name) => name !== 'data')).toEqual(['head 200', 'end']);
      expect(host.seen.map(({ body }) => body)).toEqual([LARGE, LARGE]);
      expect(await told(host.ask(LARGE))).toBe('plain 200');
      expect(codings(host)).toEqual(['gzip', undefined, undefined]);
      expect(host.events).toEqual([{ type: 'refused', root: '/ai/gpt/v1', status }]);
    },
  );

  it('is asked again after an hour', async () => {
    const host = await openHost();
    host.packed = 415;
    await host.ask(LARGE).settled;
    await host.time.advance(3_599_999);
    await host.ask(LARGE).settled;
    await host.time.advance(1);
    host.packed = 200;
    expect(await told(host.ask(LARGE))).toBe('gzip 200');
  });

  it('under one path says nothing of the other', async () => {
    const host = await openHost();
    host.packed = (request, response) => {
      response.writeHead(request.url === CLASSIC ? 415 : 200).end('told');
    };
    await host.ask(LARGE, { path: CLASSIC }).settled;
    await host.ask(LARGE).settled;
    await host.ask(LARGE, { path: CLASSIC }).settled;
    await host.ask(LARGE).settled;
    expect(codings(host)).toEqual(['gzip', undefined, 'gzip', undefined, 'gzip']);
  });

  it('is tried with one call at a time', async () => {
    const host = await openHost();
    const arrived = Promise.withResolvers<ServerResponse>();
    host.packed = (_request, response) => arrived.resolve(response);
    const first = host.ask(LARGE);
    const response = await arrived.promise;
    expect(await told(host.ask(LARGE))).toBe('plain 200');
    response.writeHead(415).end();
    expect(await told(first)).toBe('plain 200');
    expect(codings(host)).toEqual(['gzip', undefined, undefined]);
  });

  it('by hanging up is not hung up on again when the call is retried', async () => {
    const host = await openHost();
    host.packed = (request) => void request.socket.destroy();
    expect(await told(host.ask(LARGE))).toBe('upstream_unreachable');
    expect(await told(host.ask(LARGE))).toBe('plain 200');
    expect(host.events).toEqual([{ type: 'doubted', root: '/ai/gpt/v1', status: undefined }]);
  });
});

describe('a call that fails as it is, too', () => {
  it.each([
    { packed: 400, plain: 400 },
    { packed: 500, plain: 500 },
    { packed: 503, plain: 429 },
    { packed: 415, plain: 415 },
  ])('($packed, then $plain) is sent twice only once in a minute', async ({ packed, plain }) => {
    const host = await openHost();
    Object.assign(host, { packed, plain });
    for (let count = 0; count < 3; count += 1) expect(await told(host.ask(LARGE))).toBe(`plain ${plain}`);
    expect(codings(host)).toEqual(['gzip', undefined, undefined, undefined]);
    expect(host.events.map(({ type }) => type)).toEqual(['doubted']);
    await host.time.advance(60_000);
    Object.assign(host, { packed: 200, plain: 200 });
    expect(await told(host.ask(LARGE))).toBe('gzip 200');
  });

  it.each([401, 403, 404, 423, 429])('with %i says nothing of gzip, and is sent once', async (status) => {
    const host = await openHost();
    host.packed = status;
    expect(await told(host.ask(LARGE))).toBe(`gzip ${status}`);
    host.packed = 200;
    expect(await told(host.ask(LARGE))).toBe('gzip 200');
    expect(codings(host)).toEqual(['gzip', 'gzip']);
  });
});

describe('what happens after a good head', () => {
  it('is the caller’s: a stream that breaks is not sent again', async () => {
    const host = await openHost();
    host.packed = (_request, response) => {
      response.writeHead(200);
      response.write('one', () => response.destroy());
    };
    const receiver = host.ask(LARGE);
    expect(await told(receiver)).toBe('upstream_protocol');
    expect(receiver.calls).toEqual(['head 200', 'data', 'fail upstream_protocol']);
    expect(codings(host)).toEqual(['gzip']);
  });

  it.each(['gzip', 'plain'])('can be paused, resumed and given up, also as %s', async (way) => {
    const host = await openHost();
    if (way === 'plain') host.packed = 415;
    const answer: Reply = (_request, response) => {
      response.writeHead(200);
      response.write('one');
    };
    if (way === 'gzip') host.packed = answer;
    else host.plain = answer;
    const receiver = host.ask(LARGE);
    const { flow } = await receiver.head_;
    flow.pause();
    flow.resume();
    await receiver.firstData;
    flow.cancel();
    while (isBusy(host.transport)) await new Promise((resolve) => setImmediate(resolve));
    expect(receiver.calls).toEqual(['head 200', 'data']);
  });
});

describe('a caller that leaves', () => {
  const gone = new GatewayError('client_closed', 'gone');

  it('while its body is packed is told so at once, and nothing is sent', async () => {
    const host = await openHost();
    const source = new CancelSource();
    const receiver = host.ask(LARGE, { signal: source });
    source.abort(gone);
    expect(receiver.calls).toEqual(['fail client_closed']);
    expect(await told(host.ask(LARGE))).toBe('gzip 200');
    expect(host.seen).toHaveLength(1);
  });

  it('before its body is packed is told so, and nothing is sent', async () => {
    const host = await openHost();
    const source = new CancelSource();
    source.abort(gone);
    const receiver = host.ask(LARGE, { signal: source });
    expect(await told(receiver)).toBe('client_closed');
    expect(host.seen).toEqual([]);
  });

  it('while the host has not answered leaves the next one to try', async () => {
    const host = await openHost();
    const source = new CancelSource();
    host.packed = () => source.abort(gone);
    expect(await told(host.ask(LARGE, { signal: source }))).toBe('client_closed');
    host.packed = 200;
    expect(await told(host.ask(LARGE))).toBe('gzip 200');
    expect(host.events.map(({ type }) => type)).toEqual(['taken']);
  });

  it('during the second call ends that one, and there is no third', async () => {
    const host = await openHost();
    const source = new CancelSource();
    host.packed = 415;
    host.plain = () => source.abort(gone);
    const receiver = host.ask(LARGE, { signal: source });
    expect(await told(receiver)).toBe('client_closed');
    expect(receiver.calls).toEqual(['fail client_closed']);
    expect(codings(host)).toEqual(['gzip', undefined]);
  });
});

it('a receiver that throws at the second head ends the call with that', async () => {
  const host = await openHost();
  host.packed = 400;
  const receiver = createReceiver((name) => {
    if (name === 'head') throw new GatewayError('upstream_protocol', 'no good');
  });
  host.ask(LARGE, { receiver });
  expect(await told(receiver)).toBe('upstream_protocol');
});
