// The contract of passthrough: a client that speaks a surface's own protocol gets by passing what it gets by translation, and
// the upstream gets the same request. Held for every generated request and reply, whole and streamed, sound and damaged.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { GatewayError } from '../../src/core/errors/index.ts';
import type { GenerateOperation, JsonObject } from '../../src/core/neutral/index.ts';
import { formatEventStreamFrame, type EventStreamHeaders } from '../../src/core/wire/index.ts';
import type { Dialect, DialectRequest } from '../../src/dialects/port.ts';
import { ADAPTATIONS, type ResponseHead } from '../../src/salesforce/surfaces/port.ts';
import { readMessageStream } from './read-anthropic-messages.ts';
import { cut } from './arbitrary-envelopes.ts';
import { damagedFrames, messageScript, type Frame } from './arbitrary-message-streams.ts';
import { messyMessagesRequest } from './messy-messages-requests.ts';
import {
  decodeBoth,
  expectTapped,
  replyContext,
  streamBoth,
  textOf,
  type Ends,
  type Told,
} from './passing.ts';
import { findModel, surfaceContext } from './surface-corpus.ts';

export type Pair = Ends & { readonly manner: Manner };

/** How a dialect of the format puts it on the wire. */
export type Manner = {
  /** A request for this body of the format. */
  readonly request: (
    body: JsonObject,
  ) => Pick<DialectRequest, 'route' | 'rest'> & { readonly body: JsonObject };
  /** Reads what it wrote; bytes come as text of one character a byte. */
  readonly read: (text: string) => ReturnType<typeof readMessageStream>;
};

const MODELS = ['claude-sonnet-4-6', 'claude-opus-4-7', 'claude-haiku-4-5', 'claude-3-haiku'].map(findModel);
const MODEL = findModel('claude-sonnet-4-6');
const JSON_HEAD: ResponseHead = { status: 200, headers: { 'content-type': 'application/json' } };
const STREAM_HEAD: ResponseHead = {
  status: 200,
  headers: { 'content-type': 'application/vnd.amazon.eventstream' },
};
const CHUNK: EventStreamHeaders = new Map(
  [
    [':event-type', 'chunk'],
    [':content-type', 'application/json'],
    [':message-type', 'event'],
  ].map(([name = '', value = '']) => [name, { type: 'string', value }]),
);

export function runPassthroughContract(pair: Pair): void {
  describe(`passthrough from ${pair.dialect.id} to ${pair.surface.id}`, () => {
    describeRequests(pair);
    describeStreams(pair);
    describeWholeReplies(pair);
  });
}

function describeRequests({ dialect, surface, passthrough, manner }: Pair): void {
  const attempt = <T>(work: () => T): T | { readonly code: string; readonly message: string } => {
    try {
      return work();
    } catch (thrown) {
      if (thrown instanceof GatewayError) return { code: thrown.code, message: thrown.message };
      throw thrown;
    }
  };
  const adaptations = fc.subarray([...ADAPTATIONS]).map((list) => new Set(list));

  it('sends what translation sends, and loses what it loses', () => {
    let sent = 0;
    const tried = 400;
    fc.assert(
      fc.property(
        messyMessagesRequest,
        fc.constantFrom(...MODELS),
        adaptations,
        fc.boolean(),
        (body, model, learnt, stream) => {
          const { call, native } = decodeGenerate(dialect, manner, body);
          const context = surfaceContext(model, { adaptations: learnt, stream });
          const translated = attempt(() => surface.encode(call, context));
          const before = JSON.stringify(native);
          const passed = attempt(() => passthrough.encode(native, call, context));
          expect(passed).toEqual(translated);
          expect(JSON.stringify(native)).toBe(before);
          if ('request' in passed) sent += 1;
        },
      ),
      { numRuns: tried },
    );
    expect(sent).toBeGreaterThan(tried / 4);
  });

  it('hazard 6: sends no beta, no unknown field and no more than four cache markers', () => {
    fc.assert(
      fc.property(messyMessagesRequest, (body) => {
        const { call, native } = decodeGenerate(dialect, manner, body);
        const encoded = attempt(() => passthrough.encode(native, call, surfaceContext(MODEL)));
        if (!('request' in encoded)) return;
        const sent = JSON.parse(encoded.request.body) as JsonObject;
        expect(Object.keys(sent).filter((key) => !KNOWN_FIELDS.has(key))).toEqual([]);
        const markers = encoded.request.body.match(/"cache_control":\{"type":"ephemeral"[^{}]*\}/g) ?? [];
        expect(markers.length).toBeLessThanOrEqual(4);
        expect(markers.join('')).not.toContain('scope');
      }),
      { numRuns: 200 },
    );
  });
}

const KNOWN_FIELDS = new Set([
  'anthropic_version',
  'max_tokens',
  'system',
  'messages',
  'tools',
  'tool_choice',
  'stop_sequences',
  'thinking',
  'output_config',
  'temperature',
  'top_p',
  'top_k',
]);

function decodeGenerate(
  dialect: Dialect,
  manner: Manner,
  body: JsonObject,
): { readonly call: GenerateOperation['call']; readonly native: JsonObject } {
  const request = manner.request(body);
  const operation = dialect.decode({
    ...request,
    method: 'POST',
    query: '',
    headers: {},
    body: Buffer.from(JSON.stringify(request.body)),
  });
  if (operation.type !== 'generate' || operation.native === undefined) throw new Error('no native body');
  return { call: operation.call, native: operation.native.body };
}

/** The order of events, without pings, and with the deltas of a block as one. */
function outlineOf(names: readonly string[]): readonly string[] {
  const told = names.filter((name) => name !== 'ping');
  return told.filter((name, index) => name !== 'content_block_delta' || told[index - 1] !== name);
}

function frameBytes(frame: Frame): Uint8Array {
  const payload = { bytes: Buffer.from(JSON.stringify(frame)).toString('base64'), p: 'abc' };
  return formatEventStreamFrame(CHUNK, Buffer.from(JSON.stringify(payload)));
}

function describeStreams(pair: Pair): void {
  const { dialect, manner } = pair;
  const both = (head: ResponseHead, pieces: readonly Uint8Array[]) =>
    streamBoth(pair, { model: MODEL }, head, pieces);
  const expectEqual = (head: ResponseHead, pieces: readonly Uint8Array[]): Told => {
    const { translation, passing } = both(head, pieces);
    const expected = manner.read(translation.text);
    const got = manner.read(passing.text);
    expect({ ...got, names: outlineOf(got.names) }).toEqual({
      ...expected,
      names: outlineOf(expected.names),
    });
    return passing;
  };

  it('tells a client the message that translation tells, in the same grammar', () => {
    fc.assert(
      fc.property(messageScript, ({ frames }) => {
        expectEqual(STREAM_HEAD, frames.map(frameBytes));
      }),
      { numRuns: 600 },
    );
  });

  it('breaks where translation breaks, with the same failure', () => {
    fc.assert(
      fc.property(damagedFrames, (frames) => {
        expectEqual(STREAM_HEAD, frames.map(frameBytes));
      }),
      { numRuns: 600 },
    );
  });

  it('tells the same for any cut of the bytes', () => {
    fc.assert(
      fc.property(messageScript, fc.array(fc.nat(5_000), { maxLength: 20 }), ({ frames }, places) => {
        const bytes = Buffer.concat(frames.map(frameBytes));
        const { text } = expectEqual(STREAM_HEAD, cut(bytes, places));
        expect(text).toBe(both(STREAM_HEAD, [bytes]).passing.text);
      }),
      { numRuns: 100 },
    );
  });

  it('tells the content beside the same frames where it is asked for', () => {
    fc.assert(
      fc.property(messageScript, ({ frames }) => {
        expectTapped(pair, { model: MODEL }, frames.map(frameBytes), STREAM_HEAD);
      }),
      { numRuns: 200 },
    );
  });

  it('tells a whole reply in place of a stream as translation does', () => {
    fc.assert(
      fc.property(messageScript, ({ whole }) => {
        expectEqual(JSON_HEAD, [Buffer.from(JSON.stringify(whole))]);
      }),
      { numRuns: 200 },
    );
  });

  it('can fail at any moment, and swallows what comes after', () => {
    fc.assert(
      fc.property(messageScript, fc.nat(40), ({ frames }, at) => {
        let text = '';
        const stream = dialect.openStream(replyContext(), { write: (more) => void (text += textOf(more)) });
        const push = (frame: Frame): void =>
          stream.pushFrame?.({
            name: typeof frame['type'] === 'string' ? frame['type'] : '',
            data: JSON.stringify(frame),
            content: true,
          });
        const place = at % (frames.length + 1);
        frames.slice(0, place).forEach(push);
        stream.keepAlive();
        stream.fail(new GatewayError('upstream_error', 'It broke.'));
        frames.slice(place).forEach(push);
        stream.end();
        expect(manner.read(text)).toMatchObject({ ending: 'failed', error: { message: 'It broke.' } });
      }),
    );
  });
}

function describeWholeReplies(pair: Pair): void {
  const compare = (head: ResponseHead, body: Uint8Array): string => {
    const both = decodeBoth(pair, { model: MODEL }, head, body);
    if (both === 'failure') return both;
    expect(both.passing).toEqual(both.translation);
    return 'reply';
  };

  it('answers with the message that translation answers with', () => {
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(messageScript, ({ whole }) => {
        outcomes.add(compare(JSON_HEAD, Buffer.from(JSON.stringify(whole))));
      }),
      { numRuns: 400 },
    );
    expect(outcomes).toEqual(new Set(['reply', 'failure']));
  });

  it('fails as translation fails, whatever comes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 599 }), fc.jsonValue(), (status, value) => {
        compare({ status, headers: {} }, Buffer.from(JSON.stringify(value)));
      }),
    );
  });
}
