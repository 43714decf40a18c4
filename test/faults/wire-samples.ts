// What each surface sends, cut where a fault can strike: what opens a stream, its first content, the rest, a whole reply,
// errors in the surface's own form and nonsense. The bytes are the corpus's; only the cuts are made here.

import { readFileSync } from 'node:fs';

export const SURFACE_IDS = ['invoke', 'responses', 'gateway-generations', 'chat-generations'] as const;
export type SurfaceId = (typeof SURFACE_IDS)[number];

export type Wire = {
  readonly surface: SurfaceId;
  /** A name clients ask for that this surface serves. */
  readonly model: string;
  /** Undefined where the surface cannot stream. */
  readonly stream: WireStream | undefined;
  readonly whole: Uint8Array;
  /** The text the reply adds up to. */
  readonly text: string;
  /** An error's body in the manner of the surface's group. */
  errorBody(status: number, resetSeconds?: number): string;
};

export type WireStream = {
  readonly contentType: string;
  /** Before any content. */
  readonly opening: Uint8Array;
  /** Commits the call; `firstText` is what it says. */
  readonly content: Uint8Array;
  readonly firstText: string;
  /** The rest, the finish included. */
  readonly rest: Uint8Array;
  readonly garbage: Uint8Array;
  readonly errorEvent: Uint8Array;
};

const ROOT = new URL('../corpus/assumed/', import.meta.url);
const SSE = 'text/event-stream';

const bytesOf = (path: string): Buffer => readFileSync(new URL(path, ROOT));

function framesOfSse(bytes: Buffer): Buffer[] {
  return bytes
    .toString('utf8')
    .split(/(?<=\n\n)/u)
    .filter((frame) => frame.trim() !== '')
    .map((frame) => Buffer.from(frame));
}

/** Each frame begins with its length (AWS event stream). */
function framesOfEventStream(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32BE(at)) {
    frames.push(bytes.subarray(at, at + bytes.readUInt32BE(at)));
  }
  return frames;
}

type Cuts = {
  readonly frames: readonly Buffer[];
  readonly contentType: string;
  /** Frames before content, and with the first content. */
  readonly opening: number;
  readonly content: number;
  readonly firstText: string;
  readonly garbage: Uint8Array;
  readonly errorEvent: Uint8Array;
};

function cut({ frames, opening, content, ...rest }: Cuts): WireStream {
  return {
    ...rest,
    opening: Buffer.concat(frames.slice(0, opening)),
    content: Buffer.concat(frames.slice(opening, content)),
    rest: Buffer.concat(frames.slice(content)),
  };
}

/** Both groups have one form with fields of the same names; only the gateway's tells a wait (reference 2.8, 3.10). */
function salesforceError(status: number, resetSeconds?: number): string {
  const [errorCode, message] = ERRORS[status] ?? ['INTERNAL_ERROR', 'Internal server error'];
  const value = { limit: 10_000, remaining: 0, reset: resetSeconds, key: 'org' };
  return JSON.stringify({
    errorCode,
    messageCode: 'EXXXXX',
    message,
    ...(resetSeconds === undefined ? {} : { parameters: [{ name: 'rateLimit', value }] }),
  });
}

const ERRORS: Readonly<Record<number, readonly [errorCode: string, message: string]>> = {
  400: ['BAD_ARGUMENT', 'Bad request'],
  401: ['INVALID_AUTH', 'Access bearer token is missing or invalid'],
  403: ['NOT_FOUND', 'User forbidden from accessing the resource'],
  404: ['NOT_FOUND', 'Resource not found'],
  423: ['NOT_FOUND', 'Server is busy and cannot process the request at this time'],
  429: ['LIMIT_EXCEEDED', 'Too many requests for the server to handle'],
  503: ['INTERNAL_ERROR', 'Service is unavailable'],
};

function loadWires(): Readonly<Record<SurfaceId, Wire>> {
  const notJson = Buffer.from('data: {"id": \u0000 <<not json\n\n');
  return {
    invoke: {
      surface: 'invoke',
      model: 'claude-sonnet-4-6',
      stream: cut({
        frames: framesOfEventStream(bytesOf('invoke/text-stream.bin')),
        contentType: 'application/vnd.amazon.eventstream',
        opening: 1,
        content: 4,
        firstText: 'Hello',
        // A length that no frame has.
        garbage: Buffer.from('ffffffff0000000100000000abcdef', 'hex'),
        errorEvent: framesOfEventStream(bytesOf('invoke/error-event-stream.bin')).at(-1) ?? notJson,
      }),
      whole: bytesOf('invoke/text.json'),
      text: 'Hello, world.',
      errorBody: salesforceError,
    },
    responses: {
      surface: 'responses',
      model: 'gpt-5.4',
      stream: cut({
        frames: framesOfSse(bytesOf('responses/text-stream.sse')),
        contentType: SSE,
        opening: 2,
        content: 5,
        firstText: 'Hello,',
        garbage: notJson,
        errorEvent: framesOfSse(bytesOf('responses/error-event-stream.sse')).at(-1) ?? notJson,
      }),
      whole: bytesOf('responses/text.json'),
      text: 'Hello, world. Ünïcödé 🙂.',
      errorBody: salesforceError,
    },
    'gateway-generations': {
      surface: 'gateway-generations',
      model: 'claude-sonnet-4-6',
      stream: cut({
        frames: framesOfSse(bytesOf('gateway-generations/claude-text-stream.sse')),
        contentType: SSE,
        opening: 1,
        content: 2,
        firstText: 'Guten ',
        garbage: notJson,
        errorEvent: framesOfSse(bytesOf('gateway-generations/error-event-stream.sse'))[1] ?? notJson,
      }),
      whole: bytesOf('gateway-generations/claude-text.json'),
      text: 'Guten Tag.',
      errorBody: salesforceError,
    },
    'chat-generations': {
      surface: 'chat-generations',
      model: 'claude-sonnet-4-6',
      stream: undefined,
      whole: bytesOf('chat-generations/claude-text.json'),
      text: 'Guten Tag.',
      errorBody: salesforceError,
    },
  };
}

export const WIRES = loadWires();

/** The surface a request went to, and whether it asked for a stream there, by its path. */
export function surfaceOfPath(path: string): SurfaceId {
  if (path.includes('/invoke')) return 'invoke';
  if (path.endsWith('/responses')) return 'responses';
  if (path.includes('/chat/generations')) return 'gateway-generations';
  if (path.endsWith('/chat-generations')) return 'chat-generations';
  throw new Error(`no surface has the path ${path}`);
}
