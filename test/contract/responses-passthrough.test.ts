// Passthrough of the Responses format is held equal to translation: the same request goes up, and the client and the record get
// the same, streamed and whole, sound and damaged.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { GatewayError } from '../../src/core/errors/index.ts';
import { createOpenaiResponses } from '../../src/dialects/openai-responses/index.ts';
import { createResponses } from '../../src/salesforce/surfaces/responses/index.ts';
import type { ResponseHead } from '../../src/salesforce/surfaces/port.ts';
import { cut } from './arbitrary-envelopes.ts';
import { damagedResponse, responseScript, type Frame } from './arbitrary-response-streams.ts';
import { decodeBoth, expectTapped, replyContext, streamBoth, type Ends, type Told } from './passing.ts';
import { readResponse, readResponseStream } from './read-openai-responses.ts';
import { findModel, surfaceContext } from './surface-corpus.ts';

const dialect = createOpenaiResponses();
const surface = createResponses();
const { passthrough } = surface;
const { native } = dialect;
if (passthrough === undefined || native === undefined) throw new Error('nothing passes');
const ends: Ends = { dialect, surface, passthrough, native };

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

const nameOf = ({ type }: Frame): string => (typeof type === 'string' ? type : 'none');
const bytesOf = (frame: Frame): Uint8Array =>
  Buffer.from(`event: ${nameOf(frame)}\ndata: ${JSON.stringify(frame)}\n\n`);

function expectEqual(head: ResponseHead, pieces: readonly Uint8Array[]): Told {
  const { translation, passing } = streamBoth(ends, { model: MODEL, echo: ECHO }, head, pieces);
  expect(readResponseStream(passing.text)).toEqual(readResponseStream(translation.text));
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

  it('tells the content beside the same frames where it is asked for', () => {
    fc.assert(
      fc.property(responseScript, ({ frames }) => {
        expectTapped(ends, { model: MODEL, echo: ECHO }, frames.map(bytesOf), STREAM_HEAD);
      }),
      { numRuns: 200 },
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
        const stream = dialect.openStream(replyContext(ECHO), { write: (more) => void (text += more) });
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
    const both = decodeBoth(ends, { model: MODEL, echo: ECHO }, head, body);
    if (both === 'failure') return both;
    const { translation, passing } = both;
    expect(readResponse(passing.body)).toEqual(readResponse(translation.body));
    expect(passing.finished?.itemIds).toHaveLength(translation.finished?.itemIds.length ?? -1);
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
