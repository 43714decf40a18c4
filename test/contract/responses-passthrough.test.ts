// Passthrough of the Responses format is held equal to translation: the same request goes up, and the client and the record get
// the same, streamed and whole, sound and damaged.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { GatewayError } from '../../src/core/errors/index.ts';
import { isContent, type Event } from '../../src/core/neutral/index.ts';
import { createOpenaiResponses } from '../../src/dialects/openai-responses/index.ts';
import type { ClientStream, ReplyContext } from '../../src/dialects/port.ts';
import { createResponses } from '../../src/salesforce/surfaces/responses/index.ts';
import type { Failure, FrameSink, ResponseHead } from '../../src/salesforce/surfaces/port.ts';
import { plainCall } from './arbitrary-calls.ts';
import { cut } from './arbitrary-envelopes.ts';
import { damagedResponse, responseScript, type Frame } from './arbitrary-response-streams.ts';
import { readResponse, readResponseStream } from './read-openai-responses.ts';
import { findModel, foldEvents, surfaceContext } from './surface-corpus.ts';

const dialect = createOpenaiResponses();
const surface = createResponses();
const { passthrough } = surface;
const { native } = dialect;
if (passthrough === undefined || native === undefined) throw new Error('nothing passes');

const MODEL = findModel('gpt-5.4');
const STREAM_HEAD: ResponseHead = { status: 200, headers: { 'content-type': 'text/event-stream' } };
const JSON_HEAD: ResponseHead = { status: 200, headers: { 'content-type': 'application/json' } };
const ECHO = {
  shape: 'response',
  names: {
    patch: { kind: 'custom', name: 'patch' },
    agents__wait: { kind: 'function', name: 'wait', namespace: 'agents' },
  },
  settings: {},
};

function replyContext(): ReplyContext {
  let ids = 0;
  return {
    newId: () => {
      ids += 1;
      return `id${ids}`;
    },
    createdS: 1,
    call: { ...plainCall(), model: 'asked-model', stream: true },
    streamUsage: true,
    inputTokensEstimate: 321,
    echo: ECHO,
  };
}

/** What a client and the record got of one stream. */
type Told = {
  readonly text: string;
  readonly failures: readonly unknown[];
  readonly recorded: readonly Event[];
  /** For each push, whether something in it committed the call. */
  readonly commits: readonly boolean[];
};

type Decoder = { push(chunk: Uint8Array, sink: FrameSink): void; end(sink: FrameSink): void };

/** Drives one stream as the pipeline does. */
function run(decoder: Decoder, passes: boolean, pieces: readonly Uint8Array[]): Told {
  let text = '';
  const client: ClientStream = dialect.openStream(replyContext(), { write: (more) => void (text += more) });
  const failures: unknown[] = [];
  const recorded: Event[] = [];
  const commits: boolean[] = [];
  const note = (commit: boolean): void => void (commit && commits.splice(-1, 1, true));
  const sink: FrameSink = {
    event: (event) => {
      recorded.push(event);
      if (passes) return;
      note(isContent(event));
      client.push(event);
    },
    frame: (frame) => {
      expect(passes).toBe(true);
      note(frame.content);
      client.pushFrame?.(frame);
    },
    fail: (failure) => {
      failures.push(describeFailure(failure));
      client.fail(failure.error);
    },
  };
  for (const piece of pieces) {
    commits.push(false);
    decoder.push(piece, sink);
  }
  commits.push(false);
  decoder.end(sink);
  if (failures.length === 0) client.end();
  return { text, failures, recorded, commits };
}

function describeFailure({ error, ...failure }: Failure): unknown {
  const { code, message, retryAfterMs, detail, upstream } = error;
  return { code, message, retryAfterMs, detail, upstream, ...failure };
}

/** What the record keeps: who answered, the counts, the ending. */
function recordOf(events: readonly Event[]): unknown {
  const kept = events.filter(({ type }) => type === 'reply-start' || type === 'usage' || type === 'finish');
  const { choices, ...rest } = foldEvents(kept);
  return { ...rest, finishes: choices.map(({ finish, finishRaw }) => [finish, finishRaw]) };
}

const nameOf = ({ type }: Frame): string => (typeof type === 'string' ? type : 'none');
const bytesOf = (frame: Frame): Uint8Array =>
  Buffer.from(`event: ${nameOf(frame)}\ndata: ${JSON.stringify(frame)}\n\n`);

function expectEqual(head: ResponseHead, pieces: readonly Uint8Array[]): Told {
  const context = surfaceContext(MODEL, { stream: true });
  const translation = run(surface.openStream(head, context), false, pieces);
  const passing = run(
    passthrough?.openStream(head, context) ?? surface.openStream(head, context),
    true,
    pieces,
  );
  expect(readResponseStream(passing.text)).toEqual(readResponseStream(translation.text));
  expect(passing.failures).toEqual(translation.failures);
  expect(recordOf(passing.recorded)).toEqual(recordOf(translation.recorded));
  expect(passing.commits).toEqual(translation.commits);
  return passing;
}

describe('a request that passes', () => {
  it('sends what translation sends, tools of every kind and stored turns included', () => {
    const body = {
      model: MODEL.id,
      input: [
        { role: 'user', content: 'go' },
        { type: 'custom_tool_call', call_id: 'c1', name: 'patch', input: 'x' },
        { type: 'custom_tool_call_output', call_id: 'c1', output: 'y' },
      ],
      tools: [
        { type: 'custom', name: 'patch' },
        { type: 'function', name: 'run' },
      ],
      metadata: { team: 'blue' },
    };
    const request = { method: 'POST', route: '/v1/responses', rest: '', query: '', headers: {} };
    const operation = dialect.decode({ ...request, body: Buffer.from(JSON.stringify(body)) });
    if (operation.type !== 'generate' || operation.native === undefined) throw new Error('no native body');
    expect(operation.native).toEqual({ protocol: passthrough.protocol, body });
    const context = surfaceContext(MODEL);
    const passed = passthrough.encode(operation.native.body, operation.call, context);
    expect(passed).toEqual(surface.encode(operation.call, context));
    expect(passed.request.body).not.toContain('custom');
  });
});

describe('a stream that passes', () => {
  it('tells a client the response that translation tells', () => {
    const endings = new Set<string>();
    fc.assert(
      fc.property(responseScript, ({ frames }) => {
        endings.add(readResponseStream(expectEqual(STREAM_HEAD, frames.map(bytesOf)).text).ending);
      }),
      { numRuns: 500 },
    );
    expect(endings).toEqual(new Set(['finished', 'failed']));
  });

  it('breaks where translation breaks, with the same failure', () => {
    fc.assert(
      fc.property(damagedResponse, (frames) => {
        expectEqual(STREAM_HEAD, frames.map(bytesOf));
      }),
      { numRuns: 500 },
    );
  });

  it('tells the same for any cut of the bytes', () => {
    fc.assert(
      fc.property(responseScript, fc.array(fc.nat(5_000), { maxLength: 20 }), ({ frames }, places) => {
        const bytes = Buffer.concat(frames.map(bytesOf));
        const { text } = expectEqual(STREAM_HEAD, cut(bytes, places));
        expect(text).toBe(expectEqual(STREAM_HEAD, [bytes]).text);
      }),
      { numRuns: 100 },
    );
  });

  it('tells a whole response in place of a stream as translation does', () => {
    fc.assert(
      fc.property(responseScript, ({ whole }) => {
        expectEqual(JSON_HEAD, [Buffer.from(JSON.stringify(whole))]);
      }),
      { numRuns: 200 },
    );
  });

  it('can fail at any moment, and swallows what comes after', () => {
    fc.assert(
      fc.property(responseScript, fc.nat(40), ({ frames }, at) => {
        let text = '';
        const stream = dialect.openStream(replyContext(), { write: (more) => void (text += more) });
        const push = (frame: Frame): void =>
          stream.pushFrame?.({ name: nameOf(frame), data: JSON.stringify(frame), content: true });
        const place = at % (frames.length + 1);
        frames.slice(0, place).forEach(push);
        stream.keepAlive();
        stream.fail(new GatewayError('upstream_error', 'It broke.'));
        frames.slice(place).forEach(push);
        stream.end();
        expect(readResponseStream(text)).toMatchObject({ ending: 'failed', message: 'It broke.' });
      }),
    );
  });
});

describe('a whole response that passes', () => {
  const compare = (head: ResponseHead, body: Uint8Array): string => {
    const context = surfaceContext(MODEL);
    const one = surface.decode(head, body, context);
    const other = passthrough.decode(head, body, context);
    if (one.type === 'failure' || other.type === 'failure') {
      expect([one.type, other.type]).toEqual(['failure', 'failure']);
      if (one.type === 'failure' && other.type === 'failure')
        expect(describeFailure(other.failure)).toEqual(describeFailure(one.failure));
      return 'failure';
    }
    const translated = dialect.encode({ type: 'reply', reply: one.reply, context: replyContext() });
    const passed = native.encode(other.body, replyContext());
    expect(readResponse(passed.body)).toEqual(readResponse(translated.body));
    expect(passed.finished?.itemIds).toHaveLength(translated.finished?.itemIds.length ?? -1);
    const withoutParts = one.reply.choices.map((choice) => ({ ...choice, parts: [] }));
    expect(other.reply).toEqual({ ...one.reply, choices: withoutParts });
    return 'reply';
  };

  it('is the response that translation answers with', () => {
    const outcomes = new Set<string>();
    fc.assert(
      fc.property(responseScript, ({ whole }) => {
        outcomes.add(compare(JSON_HEAD, Buffer.from(JSON.stringify(whole))));
      }),
      { numRuns: 300 },
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
});
