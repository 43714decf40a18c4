// Generated requests as bytes on a socket: those of the dialects sent well, and with everything around the body that can be
// wrong: paths, methods, keys, types, codings, framings.

import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import type { Chance } from '../faults/schedule.ts';
import { many } from './generator.ts';
import type { Sending } from './raw-connection.ts';
import { takesBody, type FuzzRequest, type Sort } from './request.ts';

export const KEY = 'fuzz-key-0123456789abcdef';

export type WireRequest = Sending & {
  readonly sort: Sort;
  readonly how: string;
  /** Whether the answer is the one its body earns, so that the readers of its route apply. */
  readonly isPlain: boolean;
  /** The server may close without a word. */
  readonly mayBeSilent: boolean;
};

type Shape = {
  method: string;
  target: string;
  version: string;
  headers: [name: string, value: string][];
  body: Buffer;
  readonly hasBody: boolean;
  sort: Sort;
  isPlain: boolean;
  mayBeSilent: boolean;
  halfClose: boolean;
  /** Announced length; undefined where the body comes in chunks. */
  length: number | undefined;
};

type Twist = readonly [name: string, apply: (shape: Shape, chance: Chance) => void];

function setHeader(shape: Shape, name: string, ...values: readonly string[]): void {
  shape.headers = shape.headers.filter(([known]) => known !== name);
  for (const value of values) shape.headers.push([name, value]);
}

/** What is refused whatever the body says; `client` faults, told before anyone is asked. */
const refused =
  (change: (shape: Shape, chance: Chance) => void) =>
  (shape: Shape, chance: Chance): void => {
    change(shape, chance);
    shape.sort = 'invalid';
    shape.isPlain = false;
  };

const wild =
  (change: (shape: Shape, chance: Chance) => void) =>
  (shape: Shape, chance: Chance): void => {
    change(shape, chance);
    if (shape.sort === 'valid') shape.sort = 'wild';
    shape.isPlain = false;
  };

/** Asks for something else, where the body counts for nothing. */
const elsewhere =
  (change: (shape: Shape, chance: Chance) => void) =>
  (shape: Shape, chance: Chance): void => {
    change(shape, chance);
    shape.sort = 'wild';
    shape.isPlain = false;
  };

const WRONG_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  '',
  'application/json; charset=utf-16',
  'application/jsonx',
  'json',
  '*/*',
  'é',
];
const METHODS = [
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'GET',
  'HEAD',
  'M-SEARCH',
  'QUERY',
];

const PATH_ODDITIES: readonly ((path: string) => string)[] = [
  (path) => `${path}/`,
  (path) => `/${path}`,
  (path) => path.toUpperCase(),
  (path) => path.replaceAll('/', '%2F').replace('%2F', '/'),
  (path) => path.replace('/v1', '/v1/v1'),
  (path) => path.replace('/v1', ''),
  (path) => `/../..${path}`,
  (path) => `/./${path}`,
  (path) => `${path}%00`,
  (path) => `${path}%zz`,
  (path) => `${path}%ff%fe`,
  (path) => `${path};a=b`,
  (path) => `${path}#fragment`,
  (path) => `${path}?x=\u00e9`,
  (path) => `http://127.0.0.1${path}`,
  () => `/v1/${'x'.repeat(4_000)}`,
  (path) => `${path}/${'a/'.repeat(300)}`,
  () => '*',
  () => '/',
  () => '//',
  () => '/v1/files/x',
  () => '/v1/responses',
  () => '/inference-profiles?type=SYSTEM_DEFINED',
  () => '/model/x',
  () => '/v1/models/%',
  () => '/v1/models/__proto__',
  () => '/%2e%2e/%2e%2e/etc/passwd',
];
const QUERIES = ['?beta=true', '?', '?a=1&a=2&%zz', '?__proto__[x]=1', `?${'q'.repeat(3_000)}`];

const TWISTS: readonly Twist[] = [
  ['a query', (shape, chance) => void (shape.target += chance.pick(QUERIES))],
  [
    'an odd path',
    elsewhere((shape, chance) => void (shape.target = chance.pick(PATH_ODDITIES)(shape.target))),
  ],
  [
    'another method',
    elsewhere((shape, chance) => {
      shape.method = chance.pick(METHODS.filter((one) => one !== shape.method));
    }),
  ],
  ['no key', refused((shape) => setHeader(shape, 'authorization'))],
  [
    'a wrong key',
    refused((shape, chance) =>
      setHeader(
        shape,
        'authorization',
        chance.pick([
          'Bearer wrong',
          'Bearer',
          '',
          'Basic eDp5',
          `bearer ${KEY}x`,
          'AWS4-HMAC-SHA256 Credential=x',
          `Bearer ${'k'.repeat(4_000)}`,
        ]),
      ),
    ),
  ],
  [
    'the other key header',
    (shape) => {
      setHeader(shape, 'authorization');
      setHeader(shape, 'x-api-key', KEY);
    },
  ],
  ['no host', refused((shape) => setHeader(shape, 'host'))],
  [
    'a foreign host',
    refused((shape, chance) =>
      setHeader(
        shape,
        'host',
        chance.pick(['evil.example', '', '127.0.0.1.evil', '[::', 'x:y:z', '169.254.169.254']),
      ),
    ),
  ],
  [
    'a foreign page',
    refused((shape, chance) =>
      setHeader(shape, 'origin', chance.pick(['https://evil.example', 'null', '', 'file://'])),
    ),
  ],
  ['a foreign site', refused((shape) => setHeader(shape, 'sec-fetch-site', 'cross-site'))],
  [
    'an odd id',
    (shape, chance) =>
      setHeader(shape, 'x-request-id', chance.pick(['', 'a b', 'x'.repeat(2_000), '\u00e9', '"', '../..'])),
  ],
  [
    'many headers',
    (shape) => {
      for (let number = 0; number < 60; number += 1) shape.headers.push([`x-odd-${number}`, 'v']);
    },
  ],
  [
    'too many headers',
    wild((shape) => {
      setHeader(shape, 'x-large', 'x'.repeat(40_000));
      shape.mayBeSilent = true;
      shape.halfClose = true;
    }),
  ],
  [
    'an odd header',
    wild((shape, chance) => {
      shape.headers.push(
        chance.pick<[string, string]>([
          ['__proto__', 'x'],
          ['constructor', 'x'],
          ['a b', 'x'],
          ['', 'x'],
          ['x', 'a\u0000b'],
          ['anthropic-beta', ',,,'],
          ['upgrade', 'websocket'],
          ['connection', 'upgrade'],
          ['te', 'trailers'],
          ['expect', '100-continue'],
          ['expect', 'the-unexpected'],
          ['cookie', 'a=b; a=c'],
          ['content-length', 'x'],
          ['anthropic-version', ''],
        ]),
      );
      shape.mayBeSilent = true;
      shape.halfClose = true;
    }),
  ],
  [
    'an old version',
    wild((shape, chance) => {
      shape.version = chance.pick(['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.9', 'http/1.1', '']);
      shape.mayBeSilent = true;
      shape.halfClose = true;
    }),
  ],
];

const BODY_TWISTS: readonly Twist[] = [
  [
    'cut short',
    refused((shape) => {
      shape.length = shape.body.length + 7;
      shape.halfClose = true;
      shape.mayBeSilent = true;
    }),
  ],
  ['a wrong type', refused((shape, chance) => setHeader(shape, 'content-type', chance.pick(WRONG_TYPES)))],
  ['no type', refused((shape) => setHeader(shape, 'content-type'))],
  ['a type with a charset', (shape) => setHeader(shape, 'content-type', 'Application/JSON; charset="UTF-8"')],
  ['in chunks', (shape) => void (shape.length = undefined)],
  [
    'packed',
    (shape, chance) => {
      const [name, pack] = chance.pick([
        ['gzip', gzipSync],
        ['deflate', deflateSync],
        ['br', brotliCompressSync],
      ] as const);
      setHeader(shape, 'content-encoding', name);
      shape.body = pack(shape.body);
      shape.length = shape.body.length;
    },
  ],
  [
    'badly packed',
    refused((shape, chance) => {
      setHeader(shape, 'content-encoding', chance.pick(['gzip', 'deflate', 'br', 'zstd']));
      // With nothing in it, there is nothing that could be badly packed.
      shape.body = Buffer.concat([Buffer.from('x'), shape.body]);
      shape.length = shape.body.length;
    }),
  ],
  [
    'an unknown coding',
    refused((shape, chance) =>
      setHeader(shape, 'content-encoding', chance.pick(['lzma', 'gzip, gzip', 'x', 'aws-chunked'])),
    ),
  ],
  [
    'both framings',
    wild((shape) => {
      shape.headers.push(['transfer-encoding', 'chunked']);
      shape.mayBeSilent = true;
      shape.halfClose = true;
    }),
  ],
  ['awaited', (shape) => setHeader(shape, 'expect', '100-continue')],
  [
    'too large',
    refused((shape) => {
      shape.body = Buffer.alloc(BODY_BYTES_MAX + 1, ' ');
      shape.length = shape.body.length;
      // Refused by its length alone, so the connection may close under what is still written.
      shape.mayBeSilent = true;
      shape.halfClose = true;
    }),
  ],
];

/** The server's limit in the fuzz. */
export const BODY_BYTES_MAX = 1024 * 1024;

function shapeOf(request: FuzzRequest): Shape {
  const { route, draft, body, sort } = request;
  const hasBody = takesBody(route);
  return {
    method: route.method,
    target: route.path.replace('*', encodeURIComponent(draft.rest.toWellFormed())),
    version: 'HTTP/1.1',
    headers: [
      ['host', '127.0.0.1'],
      ['authorization', `Bearer ${KEY}`],
      ...(hasBody ? [['content-type', 'application/json'] satisfies [string, string]] : []),
      ...Object.entries(draft.headers ?? {}),
    ],
    body,
    hasBody,
    sort,
    isPlain: draft.rest.isWellFormed(),
    mayBeSilent: false,
    halfClose: false,
    length: body.length,
  };
}

function inChunks(body: Buffer, chance: Chance): Buffer {
  const size = chance.between(1, Math.max(1, body.length));
  const pieces: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}

function print(shape: Shape, chance: Chance): Buffer {
  const { method, target, version, headers, length } = shape;
  const carriesBody = shape.hasBody || shape.body.length > 0;
  const framing = length === undefined ? 'transfer-encoding: chunked' : `content-length: ${length}`;
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  if (carriesBody) lines.push(framing);
  const head = Buffer.from(`${method} ${target} ${version}\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return Buffer.concat([head, length === undefined ? inChunks(shape.body, chance) : shape.body]);
}

function cut(bytes: Buffer, chance: Chance): Buffer[] {
  if (chance.happens(0.8)) return [bytes];
  const places = many(chance, 1, 3, () => chance.between(0, bytes.length)).toSorted(
    (left, right) => left - right,
  );
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}

export function toWire(request: FuzzRequest, chance: Chance): WireRequest {
  const shape = shapeOf(request);
  let how = request.how;
  if (chance.happens(0.5)) {
    const [name, apply] = chance.pick(shape.hasBody && chance.happens(0.5) ? BODY_TWISTS : TWISTS);
    apply(shape, chance);
    how = `${how}, ${name}`;
  }
  const { sort, isPlain, mayBeSilent, halfClose, method } = shape;
  return {
    sort,
    how,
    isPlain,
    mayBeSilent,
    halfClose,
    isHead: method === 'HEAD',
    pieces: cut(print(shape, chance), chance),
  };
}
