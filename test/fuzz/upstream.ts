// The upstream of the fuzz: answers every call well at once, with one of the corpus's good replies, cut into pieces anywhere;
// or fails as the fault schedules have it.

import { readFileSync } from 'node:fs';

import type { Chance } from '../faults/schedule.ts';
import { play } from '../faults/schedule.ts';
import { hear } from '../faults/play.ts';
import type { TwinCall } from '../faults/upstream-twin.ts';
import { surfaceOfPath, WIRES, type SurfaceId } from '../faults/wire-samples.ts';

const ROOT = new URL('../corpus/assumed/', import.meta.url);

/** Replies that are whole and well, besides the text of `WIRES`. */
const GOOD: Readonly<
  Record<SurfaceId, { readonly whole: readonly string[]; readonly stream: readonly string[] }>
> = {
  invoke: {
    whole: [
      'tools.json',
      'thinking.json',
      'redacted.json',
      'parallel-tools.json',
      'length.json',
      'cache-usage.json',
    ],
    stream: [
      'tools-stream.bin',
      'thinking-stream.bin',
      'redacted-stream.bin',
      'parallel-tools-stream.bin',
      'length-stream.bin',
      'metrics-stream.bin',
    ],
  },
  responses: {
    whole: ['tools.json', 'reasoning.json', 'refusal.json', 'incomplete.json'],
    stream: [
      'tools-stream.sse',
      'tools-interleaved-stream.sse',
      'reasoning-stream.sse',
      'refusal-stream.sse',
      'incomplete-stream.sse',
    ],
  },
  'gateway-generations': {
    whole: [
      'claude-parallel-tools.json',
      'gemini-tool.json',
      'gpt-text.json',
      'claude-length.json',
      'gpt-parallel-tools.json',
    ],
    stream: [
      'claude-parallel-tools-stream.sse',
      'gemini-tool-stream.sse',
      'gpt-text-stream.sse',
      'claude-length-stream.sse',
      'gpt-interleaved-tools-stream.sse',
    ],
  },
  'chat-generations': { whole: ['gemini-text.json', 'gpt-text.json', 'gpt-toxic-201.json'], stream: [] },
};

const loaded = new Map<string, Uint8Array>();

function load(path: string): Uint8Array {
  const known = loaded.get(path) ?? readFileSync(new URL(path, ROOT));
  loaded.set(path, known);
  return known;
}

function goodReply(call: TwinCall, chance: Chance): { readonly type: string; readonly bytes: Uint8Array } {
  const { wire, streams } = hear(call);
  const good = GOOD[surfaceOfPath(call.request.path)];
  if (!streams || wire.stream === undefined) {
    const bytes = chance.happens(0.5) ? wire.whole : load(`${wire.surface}/${chance.pick(good.whole)}`);
    return { type: 'application/json', bytes };
  }
  const { contentType: type, opening, content, rest } = wire.stream;
  if (chance.happens(0.5)) return { type, bytes: Buffer.concat([opening, content, rest]) };
  return { type, bytes: load(`${wire.surface}/${chance.pick(good.stream)}`) };
}

/** As wide as the models of the table make them: callers may ask for that width. */
const VECTOR = JSON.stringify([-0.5, ...Array.from({ length: 1_535 }, () => 0)]);

function vectorsFor(call: TwinCall): Uint8Array {
  const { input }: { input: unknown[] } = JSON.parse(call.request.body);
  const embeddings = input.map((_text, index) => `{"index":${index},"embedding":${VECTOR}}`).join();
  const usage = `{"prompt_tokens":${input.length},"total_tokens":${input.length}}`;
  return Buffer.from(`{"embeddings":[${embeddings}],"parameters":{"usage":${usage}}}`);
}

const embeds = (call: TwinCall): boolean => call.request.path.endsWith('/embeddings');

function deliver(call: TwinCall, type: string, bytes: Uint8Array, chance: Chance): void {
  call.head(200, { 'content-type': type });
  const cuts = [0, bytes.length];
  for (let left = chance.between(0, 3); left > 0; left -= 1) cuts.push(chance.between(0, bytes.length));
  cuts.sort((left, right) => left - right);
  for (const [place, from] of cuts.entries()) {
    const piece = bytes.subarray(from, cuts[place + 1] ?? from);
    if (piece.length > 0) call.data(piece);
  }
  call.end();
}

/** The weather is made of the request's own chance. */
export function answerFairly(call: TwinCall, chance: Chance): void {
  // Not before `send` has returned: no transport calls back so early.
  queueMicrotask(() => {
    const { type, bytes } = embeds(call)
      ? { type: 'application/json', bytes: vectorsFor(call) }
      : goodReply(call, chance);
    deliver(call, type, bytes, chance);
  });
}

const FOUL_STATUSES = [400, 401, 403, 404, 423, 429, 503] as const;

const TOO_LONG: Readonly<Partial<Record<SurfaceId, string>>> = {
  invoke: 'invoke/error-400-too-long.json',
  'gateway-generations': 'gateway-generations/error-400-too-long.json',
};

export function answerFoully(call: TwinCall, chance: Chance): void {
  const tooLong = embeds(call) ? undefined : TOO_LONG[surfaceOfPath(call.request.path)];
  if (tooLong !== undefined && chance.happens(0.1)) {
    call.after(5, () => {
      call.head(400, { 'content-type': 'application/json' });
      call.data(load(tooLong));
      call.end();
    });
    return;
  }
  if (!embeds(call)) {
    play(call, chance, 0.9);
    return;
  }
  const status = chance.pick([...FOUL_STATUSES, 0, 200] as const);
  call.after(5, () => {
    if (status === 0) {
      call.fail('ECONNRESET');
      return;
    }
    call.head(status, { 'content-type': 'application/json' });
    const body =
      status === 200
        ? chance.pick(['{}', '[]', '{"embeddings":[]}', '<html>'])
        : WIRES.invoke.errorBody(status);
    call.data(Buffer.from(body));
    call.end();
  });
}
