// The contract of a dialect: whatever implements src/dialects/port.ts passes this, or clients will notice. How to add a
// dialect is told at `runDialectContract` below.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, GatewayError, type ErrorCode } from '../../src/core/errors/index.ts';
import {
  NO_SAMPLING,
  ReplyFold,
  UNKNOWN_USAGE,
  type Call,
  type Event,
  type JsonValue,
  type Model,
  type Operation,
} from '../../src/core/neutral/index.ts';
import type {
  ClientStream,
  Dialect,
  DialectRequest,
  OperationResult,
  ReplyContext,
  Route,
} from '../../src/dialects/port.ts';
import { anyEventsOf, replyEventsOf } from './arbitrary-events.ts';

type RequestSample = {
  readonly title: string;
  readonly method: Route['method'];
  /** The route's `path`, as the dialect lists it. */
  readonly route: string;
  readonly rest?: string;
  readonly body?: JsonValue;
  /** For a route that exists to be refused in the dialect's own words: the error's code, in place of an operation. */
  readonly refused?: ErrorCode;
  /** Throws where the operation is not what the request means. */
  readonly check: (operation: Operation) => void;
};

export type StreamReading = {
  /** What the stream said, in a form equal to that of `readWhole` for the same reply; without ids and times. */
  readonly reply: unknown;
  /** `open` where neither a proper end nor an error came. */
  readonly ending: 'finished' | 'failed' | 'open';
  /** The error's message, where it failed. */
  readonly message: string | undefined;
};

export type DialectSamples = {
  readonly requests: readonly RequestSample[];
  /** 1 where the format has no word for alternative replies; absent: any number. */
  readonly choicesMax?: number;
  /** Reads the body of a whole answer. */
  readonly readWhole: (body: string) => unknown;
  /** Reads a stream. Throws where its grammar is broken, also where anything follows its ending. */
  readonly readStream: (text: string) => StreamReading;
  /** The message of an error's body. */
  readonly readError: (body: string) => string;
};

const CHOICES_MAX = 3;
const NO_BODY = new Uint8Array(0);

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const CALL: Call = {
  model: 'model-asked-for',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
  tools: [],
  toolChoice: { type: 'auto' },
  parallelToolCalls: undefined,
  format: { type: 'text' },
  maxOutputTokens: undefined,
  stop: [],
  sampling: NO_SAMPLING,
  reasoning: undefined,
  labels: {},
  stream: true,
  choices: 1,
};

const MODEL: Model = {
  id: 'model-one',
  apiName: 'sfdc_ai__ModelOne',
  family: 'custom',
  contextTokens: 1000,
  outputTokensMax: undefined,
  carries: { tools: true, images: false, documents: false, reasoning: false },
  createdS: 1_700_000_000,
  ownedBy: 'salesforce-custom',
};

function createContext(): ReplyContext {
  let ids = 0;
  return {
    newId: () => {
      ids += 1;
      return ids.toString(16).padStart(8, '0');
    },
    createdS: 1_700_000_000,
    call: CALL,
    streamUsage: true,
    inputTokensEstimate: 10,
  };
}

function requestOf(
  sample: Omit<RequestSample, 'title' | 'check' | 'refused'>,
  bytes?: Uint8Array,
): DialectRequest {
  const body = sample.body === undefined ? NO_BODY : bytesOf(JSON.stringify(sample.body));
  return {
    method: sample.method,
    route: sample.route,
    rest: sample.rest ?? '',
    query: '',
    headers: { 'content-type': 'application/json' },
    body: bytes ?? body,
  };
}

/** Bytes of a binary framing as text of one character a byte, which its reader turns back. */
function textOf(frame: string | Uint8Array): string {
  return typeof frame === 'string' ? frame : Buffer.from(frame).toString('latin1');
}

type Recorded = { readonly stream: ClientStream; readonly text: () => string };

function record(dialect: Dialect): Recorded {
  const written: string[] = [];
  const stream = dialect.openStream(createContext(), { write: (frame) => void written.push(textOf(frame)) });
  return { stream, text: () => written.join('') };
}

function streamText(dialect: Dialect, events: readonly Event[], keepAlives: readonly number[] = []): string {
  const { stream, text } = record(dialect);
  stream.open();
  for (const [index, event] of events.entries()) {
    if (keepAlives.includes(index)) stream.keepAlive();
    stream.push(event);
  }
  stream.end();
  return text();
}

/** A throw of anything but a GatewayError fails the test. */
function decodeOrRefuse(dialect: Dialect, request: DialectRequest): Operation | GatewayError {
  try {
    return dialect.decode(request);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
}

function anyJson(limits: fc.JsonSharedConstraints = {}): fc.Arbitrary<JsonValue> {
  return fc.json(limits).map((text): JsonValue => JSON.parse(text));
}

/** Places in a JSON value, as paths from its root. */
function placesOf(
  value: JsonValue,
  path: readonly (string | number)[] = [],
): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries: [string | number, JsonValue][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [path, ...entries.flatMap(([key, inner]) => placesOf(inner, [...path, key]))];
}

function replaceAt(value: JsonValue, path: readonly (string | number)[], other: JsonValue): JsonValue {
  const [key, ...rest] = path;
  if (key === undefined) return other;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item: JsonValue, index) => (index === key ? replaceAt(item, rest, other) : item));
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      name === key ? replaceAt(inner, rest, other) : inner,
    ]),
  );
}

function describeDecoding(dialect: Dialect, samples: DialectSamples): void {
  const posts = samples.requests.filter((sample) => sample.body !== undefined);

  it('has a sample request for every route, and no route twice', () => {
    const routes = dialect.routes.map((route) => `${route.method} ${route.path}`);
    const sampled = samples.requests.map((sample) => `${sample.method} ${sample.route}`);
    expect(routes.toSorted()).toEqual([...new Set(sampled)].toSorted());
  });

  it.each(samples.requests.filter(({ refused }) => refused !== undefined))('refuses: $title', (sample) => {
    expect(decodeOrRefuse(dialect, requestOf(sample))).toMatchObject({ code: sample.refused });
  });

  it.each(acceptedOf(samples))('decodes a request: $title', (sample) => {
    const operation = dialect.decode(requestOf(sample));
    sample.check(operation);
    expect(dialect.decode(requestOf(sample))).toEqual(operation);
  });

  it('throws nothing but a GatewayError on any bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...samples.requests),
        fc.uint8Array({ maxLength: 200 }),
        (sample, bytes) => {
          decodeOrRefuse(dialect, requestOf(sample, bytes));
        },
      ),
    );
  });

  it('throws nothing but a GatewayError on any JSON', () => {
    fc.assert(
      fc.property(fc.constantFrom(...samples.requests), anyJson(), (sample, body) => {
        decodeOrRefuse(dialect, requestOf({ ...sample, body }));
      }),
    );
  });

  it('throws nothing but a GatewayError on a sample with any one field changed, and the same each time', () => {
    if (posts.length === 0) return;
    fc.assert(
      fc.property(fc.constantFrom(...posts), fc.nat(), anyJson({ maxDepth: 2 }), (sample, pick, other) => {
        const places = placesOf(sample.body ?? null);
        const place = places[pick % places.length] ?? [];
        const request = requestOf({ ...sample, body: replaceAt(sample.body ?? null, place, other) });
        const first = decodeOrRefuse(dialect, request);
        const second = decodeOrRefuse(dialect, request);
        if (first instanceof GatewayError) {
          expect(second).toMatchObject({ code: first.code, message: first.message, param: first.param });
        } else expect(second).toEqual(first);
      }),
      { numRuns: 500 },
    );
  });

  it.each(posts)('refuses what is not JSON, and JSON without end in depth: $title', (sample) => {
    const broken = decodeOrRefuse(dialect, requestOf(sample, bytesOf('{"model": ')));
    expect(broken).toMatchObject({ code: 'invalid_json', status: 400 });
    const invalidUtf8 = decodeOrRefuse(dialect, requestOf(sample, Uint8Array.of(0x22, 0xff, 0x22)));
    expect(invalidUtf8).toMatchObject({ code: 'invalid_json' });
    const deep = decodeOrRefuse(
      dialect,
      requestOf(sample, bytesOf('['.repeat(100_000) + ']'.repeat(100_000))),
    );
    expect(deep).toMatchObject({ code: 'invalid_request', status: 400 });
  });
}

function acceptedOf(samples: DialectSamples): readonly RequestSample[] {
  return samples.requests.filter(({ refused }) => refused === undefined);
}

const RESULTS: Readonly<Record<Operation['type'], () => OperationResult>> = {
  generate: () => {
    const fold = new ReplyFold();
    fold.push({ type: 'reply-start', servedModel: 'model-served', upstreamId: undefined });
    return { type: 'reply', reply: fold.reply(), context: createContext() };
  },
  embed: () => ({
    type: 'embeddings',
    call: { model: 'model-asked-for', texts: ['a'], dimensions: undefined, encoding: 'float', labels: {} },
    reply: {
      vectors: [[0.5, -0.25]],
      usage: { ...UNKNOWN_USAGE, inputTokens: 3 },
      servedModel: 'model-served',
    },
  }),
  'count-tokens': () => ({ type: 'token-count', inputTokens: 4321 }),
  'list-models': () => ({ type: 'models', models: [MODEL] }),
  'get-model': () => ({ type: 'model', model: MODEL }),
  'response-store': () => ({
    type: 'stored-response',
    stored: { resource: { id: 'response-1', model: 'model-asked-for' }, input: [] },
  }),
};

function operationsOf(dialect: Dialect, samples: DialectSamples): ReadonlySet<Operation['type']> {
  return new Set(acceptedOf(samples).map((sample) => dialect.decode(requestOf(sample)).type));
}

function describeAnswers(dialect: Dialect, samples: DialectSamples): void {
  it.each(ERROR_CODES)('tells the error %s with its status and message and nothing secret', (code) => {
    const error = new GatewayError(code, 'A message for the caller.', {
      detail: 'detail-secret',
      cause: new Error('cause-secret'),
      param: 'messages[0]',
      retryAfterMs: 1500,
    });
    const answer = dialect.encodeError(error, 'request-1');
    expect(answer.status).toBe(error.status);
    expect(answer.headers['retry-after']).toBe('2');
    expect(samples.readError(answer.body)).toBe('A message for the caller.');
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  it('answers each operation that its requests ask for', () => {
    for (const type of operationsOf(dialect, samples)) {
      const answer = dialect.encode(RESULTS[type]());
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBeTypeOf('string');
      // A generated answer need not tell its model; a list of models must.
      if (type !== 'generate') expect(answer.body).toContain(type === 'count-tokens' ? '4321' : '"model-');
      expect(answer.body).not.toContain('sfdc_ai__');
    }
  });

  it('tells the model by the name the client asked for, where it tells it at all', () => {
    for (const type of operationsOf(dialect, samples)) {
      expect(dialect.encode(RESULTS[type]()).body).not.toContain('"model":"model-served');
    }
  });
}

function describeStreams(dialect: Dialect, samples: DialectSamples): void {
  const replyEvents = replyEventsOf(samples.choicesMax ?? CHOICES_MAX);
  const anyEvents = anyEventsOf(samples.choicesMax ?? CHOICES_MAX);

  it('streams any reply to the same reading as its whole answer', () => {
    fc.assert(
      fc.property(replyEvents, (events) => {
        const fold = new ReplyFold();
        for (const event of events) fold.push(event);
        const whole = dialect.encode({ type: 'reply', reply: fold.reply(), context: createContext() });
        const reading = samples.readStream(streamText(dialect, events));
        expect(reading.ending).toBe('finished');
        expect(reading.reply).toEqual(samples.readWhole(whole.body));
      }),
      { numRuns: 300 },
    );
  });

  it('reads the same with keep-alives anywhere', () => {
    fc.assert(
      fc.property(replyEvents, fc.array(fc.nat({ max: 30 })), (events, keepAlives) => {
        expect(samples.readStream(streamText(dialect, events, keepAlives))).toEqual(
          samples.readStream(streamText(dialect, events)),
        );
      }),
    );
  });

  it('ends once, as failed, when it fails at any point', () => {
    fc.assert(
      fc.property(replyEvents, fc.nat(), (events, cut) => {
        const { stream, text } = record(dialect);
        stream.open();
        for (const event of events.slice(0, cut % (events.length + 1))) stream.push(event);
        stream.fail(new GatewayError('upstream_error', 'It broke.', { detail: 'detail-secret' }));
        const written = text();
        expect(samples.readStream(written)).toMatchObject({ ending: 'failed', message: 'It broke.' });
        expect(written).not.toContain('secret');
        touchAfterEnding(stream, events);
        expect(text()).toBe(written);
      }),
    );
  });

  it('writes nothing after its end', () => {
    fc.assert(
      fc.property(replyEvents, (events) => {
        const { stream, text } = record(dialect);
        for (const event of events) stream.push(event);
        stream.end();
        const written = text();
        touchAfterEnding(stream, events);
        expect(text()).toBe(written);
      }),
    );
  });

  it('opens by its first event, once', () => {
    fc.assert(
      fc.property(replyEvents, (events) => {
        const { stream, text } = record(dialect);
        for (const event of events) {
          stream.push(event);
          stream.open();
        }
        stream.end();
        expect(text()).toBe(streamText(dialect, events));
      }),
    );
  });

  it('ends properly after events in any order', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        expect(samples.readStream(streamText(dialect, events)).ending).toBe('finished');
      }),
    );
  });
}

function touchAfterEnding(stream: ClientStream, events: readonly Event[]): void {
  stream.open();
  stream.keepAlive();
  for (const event of events) stream.push(event);
  stream.fail(new GatewayError('internal', 'Late.'));
  stream.end();
}

/**
 * Registers the contract's tests for one dialect. To add a dialect:
 * 1. one folder, src/dialects/<id>/, whose index.ts exports a function that makes the `Dialect`, beside request.ts,
 *    response.ts, stream.ts and errors.ts, the cast of every codec (src/dialects/openai-chat/ is a pattern to start from);
 * 2. one line in src/dialects/registry.ts;
 * 3. in that folder a contract.test.ts that calls this. The samples are requests with what they mean, at least one for
 *    each route, and three readers of what the dialect wrote. The readers are the dialect's judge: write them as a client
 *    would read, and from nothing but the text.
 *
 * test/contract/dialect.test.ts fails for a dialect of the registry that has no contract.test.ts.
 */
export function runDialectContract(dialect: Dialect, samples: DialectSamples): void {
  describe(`dialect ${dialect.id}`, () => {
    it('is named like its folder and tells what its streams are', () => {
      expect(dialect.id).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
      expect(dialect.streamHeaders['content-type']).toBeTypeOf('string');
    });
    describe('requests', () => describeDecoding(dialect, samples));
    describe('answers', () => describeAnswers(dialect, samples));
    if (operationsOf(dialect, samples).has('generate')) {
      describe('streams', () => describeStreams(dialect, samples));
    }
  });
}
