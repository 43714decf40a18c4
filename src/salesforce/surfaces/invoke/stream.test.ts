// The stream of the invoke surface beyond what the contract holds: its samples of bytes have a readable twin, frames may be
// written in other ways than the usual one, and what lies outside the grammar is a failure.

import { readdirSync, readFileSync } from 'node:fs';

import { EventStreamCodec } from '@smithy/eventstream-codec';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { damagedFrames } from '../../../../test/contract/arbitrary-message-streams.ts';
import {
  findModel,
  foldEvents,
  runStream,
  surfaceContext,
} from '../../../../test/contract/surface-corpus.ts';
import { createInvoke } from './index.ts';

const CORPUS = new URL('../../../../test/corpus/assumed/invoke/', import.meta.url);
const TWIN = '.frames.jsonl';
/** Samples whose bytes were damaged on purpose, and how many of their last bytes differ from the twin's. */
const DAMAGED: ReadonlyMap<string, number> = new Map([
  ['cut-stream', 20],
  ['bad-checksum-stream', 1],
]);

type TwinFrame = {
  readonly headers: Readonly<Record<string, string>>;
  readonly event?: unknown;
  readonly payload?: unknown;
};

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString('utf8'),
  (text) => Buffer.from(text),
);

/** As the published codec writes it. */
function write({ headers, event, payload }: TwinFrame): Uint8Array {
  const body =
    event === undefined
      ? payload
      : { bytes: Buffer.from(JSON.stringify(event)).toString('base64'), p: 'abcdefgh' };
  return codec.encode({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, { type: 'string', value }] as const),
    ),
    body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
  });
}

describe('the samples of streams', () => {
  const names = readdirSync(CORPUS)
    .filter((file) => file.endsWith(TWIN))
    .map((file) => file.slice(0, -TWIN.length));

  it.each(names)('%s is its readable twin, framed by the published codec', (name) => {
    const lines = readFileSync(new URL(`${name}${TWIN}`, CORPUS), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    const twin = Buffer.concat(lines.map((line) => write(JSON.parse(line) as TwinFrame)));
    const bytes = readFileSync(new URL(`${name}.bin`, CORPUS));
    const sound = twin.length - (DAMAGED.get(name) ?? 0);
    expect(bytes.subarray(0, sound).equals(twin.subarray(0, sound))).toBe(true);
    expect(bytes.equals(twin)).toBe(!DAMAGED.has(name));
  });
});

const CHUNK = { ':event-type': 'chunk', ':message-type': 'event' };
const HEAD = { status: 200, headers: { 'content-type': 'application/vnd.amazon.eventstream' } };
const surface = createInvoke();

function run(...frames: Uint8Array[]) {
  const context = surfaceContext(findModel('claude-sonnet-4-6'), { stream: true });
  return runStream(surface.openStream(HEAD, context), frames);
}

/** A frame whose payload is this text. */
function raw(payload: string, headers: Readonly<Record<string, string>> = CHUNK): Uint8Array {
  return codec.encode({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, { type: 'string', value }] as const),
    ),
    body: Buffer.from(payload),
  });
}

const base64 = (event: object): string => Buffer.from(JSON.stringify(event)).toString('base64');
const DELTA = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: '?>?é' } };
const BEFORE = [{ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }].map(
  (event) => raw(JSON.stringify({ bytes: base64(event) })),
);
const AFTER = [
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } },
  { type: 'message_stop' },
].map((event) => raw(JSON.stringify({ bytes: base64(event) })));

describe('a chunk', () => {
  it.each([
    ['with its padding first', JSON.stringify({ p: 'abc', bytes: base64(DELTA) })],
    ['written with spaces', `{ "bytes" : "${base64(DELTA)}" }`],
    ['whose slashes are escaped', `{"bytes":"${base64(DELTA).replaceAll('/', '\\/')}"}`],
    ['that is the event itself', JSON.stringify(DELTA)],
  ])('%s is read', (_how, payload) => {
    const log = run(...BEFORE, raw(payload), ...AFTER);
    expect(log.failures).toEqual([]);
    expect(foldEvents(log.events).choices[0]?.parts).toEqual([{ type: 'text', text: '?>?é' }]);
  });

  it.each([
    ['without an event', '{"p":"abc"}'],
    ['that is no JSON', 'oops'],
    ['whose event is no JSON', JSON.stringify({ bytes: 'b29wcw==' })],
    ['whose event is no object', JSON.stringify({ bytes: Buffer.from('7').toString('base64') })],
  ])('%s is a failure', (_how, payload) => {
    expect(run(...BEFORE, raw(payload), ...AFTER).failures).toMatchObject([
      { error: { code: 'upstream_protocol' } },
    ]);
  });

  it('of another kind is passed over', () => {
    const other = raw('{}', { ':event-type': 'initial-response', ':message-type': 'event' });
    expect(run(other, ...BEFORE, other, ...AFTER).failures).toEqual([]);
  });
});

describe('a stream outside its grammar', () => {
  it('ends once, in a failure that is the upstream’s, or in a finish after which no content comes', () => {
    fc.assert(
      fc.property(damagedFrames, (frames) => {
        const log = run(...frames.map((frame) => raw(JSON.stringify({ bytes: base64(frame) }))));
        const finish = log.order.indexOf('finish');
        const after = finish === -1 ? [] : log.order.slice(finish + 1).filter((type) => type !== 'usage');
        expect(after).toEqual(log.failures.length === 0 ? [] : finish === -1 ? [] : ['fail']);
        expect(finish === -1 ? log.failures.length : 1).toBe(1);
        for (const { error } of log.failures) expect(error.code).toMatch(/^upstream_/);
      }),
      { numRuns: 300 },
    );
  });
});
