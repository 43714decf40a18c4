// Compressed request bodies over real sockets: each coding, in any pieces; what is broken or cut short; and bombs, which
// must end at the body's limit and not at the machine's.

import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  createZstdCompress,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';

import { afterEach, describe, expect, it } from 'vitest';

import {
  HEAD,
  connectBare,
  openServerPerTest,
  send,
  turnUntil,
  type ClientAnswer,
} from '../../test/fakes/server-parts.ts';
import { createSimulatedTime } from '../../test/simulated-time.ts';
import { createKeyRing, hashKey } from '../policy/index.ts';

const MIB = 1024 * 1024;
const TEXT = JSON.stringify({ model: 'm', note: 'größer', words: 'hello '.repeat(2000) });

const { open, running } = openServerPerTest();

afterEach(() => {
  expect(running()?.server.statistics()).toMatchObject({ exchanges: 0, bodyBytesHeld: 0 });
});

const QUICKLY = { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } };
const CODINGS = [
  { coding: 'gzip', pack: (text: string | Buffer) => gzipSync(text) },
  { coding: 'x-gzip', pack: (text: string | Buffer) => gzipSync(text) },
  { coding: 'br', pack: (text: string | Buffer) => brotliCompressSync(text, QUICKLY) },
  { coding: 'zstd', pack: (text: string | Buffer) => zstdCompressSync(text) },
] as const;
const FORMATS = CODINGS.filter(({ coding }) => coding !== 'x-gzip');

const post = (port: number, coding: string, body: Buffer): Promise<ClientAnswer> =>
  send(port, { headers: { 'content-encoding': coding }, body });

function expectRefused(answer: ClientAnswer, status: number, code: string, words: string): void {
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text)).toMatchObject({ code, message: expect.stringContaining(words) });
  expect(running()?.pipeline.ran).toEqual([]);
}

describe.each(CODINGS)('a body in $coding', ({ coding, pack }) => {
  it('is read as what it holds', async () => {
    const { port } = await open();
    const answer = await post(port, coding, pack(TEXT));
    expect([answer.status, JSON.parse(answer.text).body]).toEqual([200, TEXT]);
  });

  it('is read in whatever pieces it comes', async () => {
    const { port } = await open();
    const client = connectBare(port);
    const packed = pack('{"model":"m"}');
    client.socket.write(
      `${HEAD}content-encoding: ${coding.toUpperCase()}\r\ncontent-length: ${packed.length}\r\n\r\n`,
    );
    for (const byte of packed) {
      client.socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.until('requestId');
    expect(client.text()).toContain('{\\"model\\":\\"m\\"}');
    client.socket.destroy();
  });
});

describe.each(FORMATS)('$coding', ({ coding, pack }) => {
  it.each([
    ['nothing at all', () => Buffer.alloc(0), 'ends too early'],
    ['a piece of it', () => pack(TEXT).subarray(0, 20), 'ends too early'],
    ['all but its last byte', () => pack(TEXT).subarray(0, -1), 'ends too early'],
    ['more behind it', () => Buffer.concat([pack(TEXT), Buffer.alloc(3)]), 'goes on after its end'],
    ['much more behind it', () => Buffer.concat([pack(TEXT), Buffer.alloc(200_000)]), 'goes on after'],
    ['plain JSON', () => Buffer.from(TEXT), 'is not valid'],
  ])('that is %s is refused, and the header is named', async (_name, body, words) => {
    const { port } = await open();
    const answer = await post(port, coding, body());
    expectRefused(answer, 400, 'invalid_request', words);
    expect(JSON.parse(answer.text)).toMatchObject({ param: 'content-encoding' });
  });

  it('that unpacks to more than a body may hold is refused at that limit', async () => {
    const { port, server } = await open({ bodyBytesMax: 4 * MIB });
    const bomb = pack(Buffer.alloc(128 * MIB));
    expect(bomb.length).toBeLessThan(MIB);
    const answer = await post(port, coding, bomb);
    expectRefused(answer, 413, 'body_too_large', 'larger than 4194304 bytes when decompressed');
    expect(server.statistics().bodyBytesHeld).toBe(0);
  });

  it('is not unpacked for who has no key', async () => {
    const ring = createKeyRing({ keys: [{ id: 'team', sha256: hashKey('right'), admin: false }] });
    const { port } = await open({}, { identify: (presented) => ring.identify(presented) });
    // Were it unpacked, it would be told to be broken.
    expectRefused(await post(port, coding, Buffer.from('broken')), 401, 'unauthenticated', 'key');
  });

  it('that never goes on is ended by the time a body has', async () => {
    const time = createSimulatedTime();
    const { port, pipeline } = await open({ requestTimeoutMs: 30_000 }, { timers: time.timers });
    const client = connectBare(port);
    client.socket.write(
      `${HEAD}content-encoding: ${coding}\r\nexpect: 100-continue\r\ncontent-length: 1000\r\n\r\n`,
    );
    await client.until('100 Continue');
    client.socket.write(pack(TEXT).subarray(0, 9));
    await time.advance(30_000);
    await client.until('request_timeout');
    expect(pipeline.ran).toEqual([]);
    client.socket.destroy();
    await client.closed;
  });
});

it('several members of gzip are one body, as the format has it', async () => {
  const { port } = await open();
  const body = Buffer.concat([gzipSync('{"a"'), gzipSync(':1}')]);
  expect(JSON.parse((await post(port, 'gzip', body)).text).body).toBe('{"a":1}');
});

it('zstd that asks for a window of more than 8 MiB is refused before it gets one', async () => {
  const { port } = await open();
  const body = zstdCompressSync(Buffer.alloc(16 * MIB, 'abc'), {
    params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 },
  });
  expectRefused(await post(port, 'zstd', body), 400, 'invalid_request', 'is not valid');
});

it.each([
  ['gzip', () => createGzip()],
  ['br', () => createBrotliCompress()],
  ['zstd', () => createZstdCompress()],
] as const)('a client that leaves in the middle of its %s lets everything go', async (coding, create) => {
  const { port, pipeline } = await open();
  const client = connectBare(port);
  client.socket.write(`${HEAD}content-encoding: ${coding}\r\ntransfer-encoding: chunked\r\n\r\n`);
  const packer = create();
  packer.write(Buffer.alloc(MIB, 'xyz'));
  packer.flush(() => {
    const piece: unknown = packer.read();
    if (!Buffer.isBuffer(piece)) throw new Error('nothing was packed');
    client.socket.write(`${piece.length.toString(16)}\r\n`);
    client.socket.write(piece);
    client.socket.end('\r\n');
  });
  await client.closed;
  await turnUntil(() => pipeline.refused.length > 0);
  expect(pipeline.refused.map(({ error }) => error.code)).toEqual(['client_closed']);
  expect(pipeline.ran).toEqual([]);
  packer.destroy();
});
