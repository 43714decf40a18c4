// One upstream answer taken both ways, by passthrough and by translation, as the pipeline takes it: what the client and the
// record get of each. What must be the same whatever the format is held here; what a format says is its contract's.

import { expect } from 'vitest';

import { isContent, type Event, type JsonObject, type Model } from '../../src/core/neutral/index.ts';
import type { ClientStream, Dialect, ReplyContext } from '../../src/dialects/port.ts';
import type { FrameSink, Passthrough, ResponseHead, Surface } from '../../src/salesforce/surfaces/port.ts';
import { textCall } from '../fakes/pipeline-parts.ts';
import { describeFailure, foldEvents, surfaceContext } from './surface-corpus.ts';

/** A dialect and a surface that speak one format. */
export type Ends = {
  readonly dialect: Dialect;
  readonly surface: Surface;
  readonly passthrough: Passthrough;
  readonly native: NonNullable<Dialect['native']>;
};

/** What both ways are told of the call. */
type Asked = {
  readonly model: Model;
  /** What the dialect decoded for its own replies. */
  readonly echo?: JsonObject;
};

/** A call as the pipeline tells it to a dialect; ids are counted from one again. */
export function replyContext(echo?: JsonObject): ReplyContext {
  let ids = 0;
  return {
    newId: () => {
      ids += 1;
      return `id${ids}`;
    },
    createdS: 1,
    call: textCall({ model: 'asked-model', stream: true }),
    streamUsage: true,
    inputTokensEstimate: 321,
    ...(echo === undefined ? {} : { echo }),
  };
}

/** What a client and the record got of one stream. */
export type Told = {
  /** Bytes come as text of one character a byte. */
  readonly text: string;
  readonly failures: readonly unknown[];
  readonly recorded: readonly Event[];
  /** Whether a piece brought content, piece by piece, up to one that broke: its own may have been told before, or not. */
  readonly commits: readonly boolean[];
};

export function textOf(frame: string | Uint8Array): string {
  return typeof frame === 'string' ? frame : Buffer.from(frame).toString('latin1');
}

type Wire = (client: ClientStream, note: (event: Event) => void, commit: () => void) => FrameSink;

const translated: Wire = (client, note, commit) => ({
  event: (event) => {
    note(event);
    if (isContent(event)) commit();
    client.push(event);
  },
  fail: () => undefined,
  frame: () => {
    throw new Error('translation tells no frames');
  },
});

const passed: Wire = (client, note, commit) => ({
  event: note,
  fail: () => undefined,
  frame: (frame) => {
    if (frame.content) commit();
    client.pushFrame?.(frame);
  },
});

/** Drives one stream as the pipeline does. */
function run(
  client: (write: (text: string) => void) => ClientStream,
  decoder: ReturnType<Passthrough['openStream']>,
  wire: Wire,
  pieces: readonly Uint8Array[],
): Told {
  let text = '';
  const stream = client((more) => void (text += more));
  const failures: unknown[] = [];
  const recorded: Event[] = [];
  const commits: boolean[] = [];
  let wholePieces = Number.POSITIVE_INFINITY;
  const inner = wire(
    stream,
    (event) => recorded.push(event),
    () => commits.splice(-1, 1, true),
  );
  const sink: FrameSink = {
    ...inner,
    fail: (failure) => {
      failures.push(describeFailure(failure));
      wholePieces = Math.min(wholePieces, commits.length - 1);
      stream.fail(failure.error);
    },
  };
  for (const piece of pieces) {
    commits.push(false);
    decoder.push(piece, sink);
  }
  commits.push(false);
  decoder.end(sink);
  if (failures.length === 0) stream.end();
  return { text, failures, recorded, commits: commits.slice(0, wholePieces) };
}

/** What the record keeps: who answered, the counts, the ending. */
function recordOf(events: readonly Event[]): unknown {
  const kept = events.filter(({ type }) => type === 'reply-start' || type === 'usage' || type === 'finish');
  const { choices, ...rest } = foldEvents(kept);
  return { ...rest, finishes: choices.map(({ finish, finishRaw }) => [finish, finishRaw]) };
}

/** Takes one upstream stream both ways, which fail, record and commit alike. What the client read is left to the caller. */
export function streamBoth(
  { dialect, surface, passthrough }: Ends,
  { model, echo }: Asked,
  head: ResponseHead,
  pieces: readonly Uint8Array[],
): { readonly translation: Told; readonly passing: Told } {
  const context = surfaceContext(model, { stream: true });
  const client = (write: (text: string) => void): ClientStream =>
    dialect.openStream(replyContext(echo), { write: (more) => write(textOf(more)) });
  const translation = run(client, surface.openStream(head, context), translated, pieces);
  const passing = run(client, passthrough.openStream(head, context), passed, pieces);
  expect(passing.failures).toEqual(translation.failures);
  expect(recordOf(passing.recorded)).toEqual(recordOf(translation.recorded));
  expect(passing.commits).toEqual(translation.commits);
  return { translation, passing };
}

/** Takes one good upstream stream both ways and a third time with its content told beside the frames. */
export function expectTapped(
  ends: Ends,
  asked: Asked,
  pieces: readonly Uint8Array[],
  head: ResponseHead,
): void {
  const { translation, passing } = streamBoth(ends, asked, head, pieces);
  const context = surfaceContext(asked.model, { stream: true, tapsContent: true });
  const client = (write: (text: string) => void): ClientStream =>
    ends.dialect.openStream(replyContext(asked.echo), { write: (more) => write(textOf(more)) });
  const tapped = run(client, ends.passthrough.openStream(head, context), passed, pieces);
  expect({ ...tapped, recorded: [] }).toEqual({ ...passing, recorded: [] });
  expect(foldEvents(tapped.recorded).choices).toEqual(foldEvents(translation.recorded).choices);
}

type Answer = ReturnType<Dialect['encode']>;

/** Takes one whole answer both ways: the same failure, or the same reply but for its parts, with what either client gets. */
export function decodeBoth(
  { dialect, surface, passthrough, native }: Ends,
  { model, echo }: Asked,
  head: ResponseHead,
  body: Uint8Array,
): 'failure' | { readonly translation: Answer; readonly passing: Answer } {
  const context = surfaceContext(model);
  const one = surface.decode(head, body, context);
  const other = passthrough.decode(head, body, context);
  if (one.type === 'failure' || other.type === 'failure') {
    expect([one.type, other.type]).toEqual(['failure', 'failure']);
    if (one.type === 'failure' && other.type === 'failure')
      expect(describeFailure(other.failure)).toEqual(describeFailure(one.failure));
    return 'failure';
  }
  const withoutParts = one.reply.choices.map((choice) => ({ ...choice, parts: [] }));
  expect(other.reply).toEqual({ ...one.reply, choices: withoutParts });
  const tapping = surfaceContext(model, { tapsContent: true });
  expect(passthrough.decode(head, body, tapping)).toEqual({ ...other, reply: one.reply });
  return {
    translation: dialect.encode({ type: 'reply', reply: one.reply, context: replyContext(echo) }),
    passing: native.encode(other.body, replyContext(echo)),
  };
}
