// The part of a surface's contract that is about streams: the same events for any cut of the bytes, the grammar of events,
// one end, and the same reply as a whole answer gives.

import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import type { Event } from '../../src/core/neutral/index.ts';
import type { Surface } from '../../src/salesforce/surfaces/port.ts';
import { anyEnvelope, cut, mutated } from './arbitrary-envelopes.ts';
import { foldEvents, freshContext, runStream, type Sample, type StreamLog } from './surface-corpus.ts';

export function describeStreams(surface: Surface, samples: readonly Sample[]): void {
  const streams = samples.filter(({ file }) => file.stream);
  const run = (sample: Sample, pieces: readonly Uint8Array[]): StreamLog =>
    runStream(surface.openStream(sample.file.head, freshContext(sample.file)), pieces);

  it('tells the same events for any cut of the bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...streams),
        fc.array(fc.nat(5_000), { maxLength: 30 }),
        (sample, places) => {
          expect(run(sample, cut(sample.bytes, places))).toEqual(run(sample, [sample.bytes]));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('tells the same events byte by byte', () => {
    for (const sample of streams) {
      expect(
        run(
          sample,
          [...sample.bytes].map((byte) => Uint8Array.of(byte)),
        ),
      ).toEqual(run(sample, [sample.bytes]));
    }
  });

  const pairs = streams.flatMap((sample) =>
    sample.file.sameReplyAs === undefined ? [] : [[sample.name, sample.file.sameReplyAs, sample] as const],
  );
  it.each(pairs)('folds %s to the reply of %s', (_name, wholeName, sample) => {
    const whole = samples.find((candidate) => candidate.name === wholeName);
    if (whole === undefined) throw new Error(`no sample ${wholeName}`);
    const decoded = surface.decode(whole.file.head, whole.bytes, freshContext(whole.file));
    if (decoded.type === 'failure') throw decoded.failure.error;
    expect(withoutWording(foldEvents(run(sample, [sample.bytes]).events))).toEqual(
      withoutWording(decoded.reply),
    );
  });

  it('obeys the grammar of events and ends once, whatever comes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      mutated(streams),
      fc
        .array(
          fc.tuple(fc.constantFrom('generation', 'scores', 'error', '', 'scoringStarted'), anyEnvelope),
          { maxLength: 6 },
        )
        .map((events) =>
          Buffer.from(
            events.map(([name, data]) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`).join(''),
          ),
        ),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...streams),
        bytes,
        fc.array(fc.nat(3_000), { maxLength: 4 }),
        (sample, stream, places) => {
          const log = run(sample, cut(stream, places));
          expectGrammar(log);
          if (log.failures[0] !== undefined) expect(log.failures[0].error.code).not.toBe('internal');
        },
      ),
      { numRuns: 500 },
    );
  });

  it('fails or finishes a stream that is cut at any byte', () => {
    for (const sample of streams) {
      for (let end = 0; end < sample.bytes.length; end += 7)
        expectGrammar(run(sample, [sample.bytes.subarray(0, end)]));
    }
  });

  it('swallows what comes after the end', () => {
    for (const sample of streams) {
      const twice = run(sample, [sample.bytes, sample.bytes]);
      if (sample.file.head.headers['content-type'] === 'text/event-stream' && sample.name !== 'cut-stream') {
        expect([
          sample.name,
          twice.order.filter((type) => type === 'finish' || type === 'fail').length,
        ]).toEqual([sample.name, 1]);
      }
    }
  });
}

/** At most one part open per choice, each choice finished once, and one end: finishes and usage, or a failure. */
function expectGrammar(log: StreamLog): void {
  const open = new Map<number, string>();
  const finished = new Set<number>();
  for (const event of log.events) {
    if (event.type === 'reply-start' || event.type === 'usage') continue;
    expect(finished).not.toContain(event.choice);
    takeEvent(event, open, finished);
  }
  expect(log.failures.length).toBeLessThanOrEqual(1);
  if (log.failures.length === 1) expect(log.order.at(-1)).toBe('fail');
  else {
    expect(finished.size).toBeGreaterThan(0);
    expect([...open.keys()]).toEqual([]);
  }
}

function takeEvent(
  event: Exclude<Event, { type: 'reply-start' | 'usage' }>,
  open: Map<number, string>,
  finished: Set<number>,
): void {
  const { choice } = event;
  switch (event.type) {
    case 'text-start':
    case 'reasoning-start':
    case 'tool-call-start':
      expect(open.get(choice)).toBe(undefined);
      open.set(choice, event.type.replace('-start', '-delta'));
      return;
    case 'text-delta':
    case 'reasoning-delta':
    case 'tool-call-delta':
      expect(open.get(choice)).toBe(event.type);
      return;
    case 'part-end':
      expect(open.delete(choice)).toBe(true);
      return;
    case 'finish':
      expect(open.has(choice)).toBe(false);
      finished.add(choice);
      return;
    case 'safety':
  }
}

/** A stream may lack the vendor's own words for what a whole reply says. */
function withoutWording(reply: ReturnType<typeof foldEvents>): unknown {
  const { servedModel: _model, choices, ...rest } = reply;
  return { ...rest, choices: choices.map(({ finishRaw: _raw, ...choice }) => choice) };
}
