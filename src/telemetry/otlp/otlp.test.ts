// The parts of the export by themselves: how a caller's place in its trace is read, what is said of a collector that
// fails and recovers, and what becomes of spans that it does not take.

import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';

import { createSimulatedTime, settlePromises } from '../../../test/simulated-time.ts';
import { ExportLine, type Exporter } from './export-line.ts';
import { BATCH_DELAY_MS, BATCH_SPANS_MAX, EXPORT_MS, WAITING_SPANS_MAX } from './options.ts';
import { SpanQueue } from './span-queue.ts';
import { readTraceParent } from './trace-parent.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe("a caller's traceparent", () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [`  00-${TRACE}-${SPAN}-01 `, true],
    [`cc-${TRACE}-${SPAN}-01-what-comes-later`, true],
  ])('is read from %s', (text, sampled) => {
    expect(readTraceParent(text)).toEqual({ traceId: TRACE, spanId: SPAN, sampled });
  });

  it.each([
    undefined,
    '',
    TRACE,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-zz`,
    `cc-${TRACE}-${SPAN}-01-${'a'.repeat(300)}`,
  ])('counts as absent where it is %j', (text) => {
    expect(readTraceParent(text)).toBeUndefined();
  });
});

type Said = { readonly message: string; readonly fields: Readonly<Record<string, unknown>> };

/** An exporter that answers when it is told to. */
function createScene() {
  const time = createSimulatedTime();
  const said: Said[] = [];
  const batches: (readonly unknown[])[] = [];
  const open: ((error?: Error) => void)[] = [];
  const exporter: Exporter<ReadableSpan[]> = {
    export(batch, done) {
      batches.push(batch);
      open.push((error) => done(error === undefined ? { code: 0 } : { code: 1, error }));
    },
    shutdown: () => Promise.resolve(),
  };
  const say = (message: string, fields: Said['fields']): void => void said.push({ message, fields });
  const line = new ExportLine('traces', exporter, {
    timers: time.timers,
    clean: (text) => text.replace('hunter2', '[secret]'),
    warn: say,
    tell: say,
  });
  const queue = new SpanQueue(line, time.timers);
  return {
    time,
    said,
    batches,
    line,
    queue,
    add: (count: number) => {
      // The queue looks at no field of a span.
      for (let index = 0; index < count; index += 1) queue.onEnd({} as unknown as ReadableSpan);
    },
    answer: async (error?: Error): Promise<void> => {
      open.shift()?.(error);
      await settlePromises();
    },
  };
}

describe('ended spans', () => {
  it('wait for others, and go together', async () => {
    const { time, add, batches, answer } = createScene();
    add(2);
    await time.advance(BATCH_DELAY_MS - 1);
    expect(batches).toEqual([]);
    await time.advance(1);
    expect(batches.map(({ length }) => length)).toEqual([2]);
    await answer();
    expect(time.pending()).toBe(0);
  });

  it('go at once when they are a batch, one batch after the other', async () => {
    const { add, batches, answer } = createScene();
    add(BATCH_SPANS_MAX + 5);
    expect(batches.map(({ length }) => length)).toEqual([BATCH_SPANS_MAX]);
    await answer();
    expect(batches.map(({ length }) => length)).toEqual([BATCH_SPANS_MAX, 5]);
  });

  it('are lost, and counted, where the collector does not keep up', async () => {
    const { add, batches, said, answer } = createScene();
    add(BATCH_SPANS_MAX + WAITING_SPANS_MAX + 7);
    await answer(new Error('refused'));
    while (batches.length < 1 + WAITING_SPANS_MAX / BATCH_SPANS_MAX) await answer();
    await answer();
    expect(batches.reduce((sum, { length }) => sum + length, 0)).toBe(BATCH_SPANS_MAX + WAITING_SPANS_MAX);
    expect(said.at(-1)).toMatchObject({ fields: { lost: BATCH_SPANS_MAX + 7 } });
  });

  it('go on when an export is not answered', async () => {
    const { time, add, batches, said } = createScene();
    add(1);
    await time.advance(BATCH_DELAY_MS);
    add(1);
    await time.advance(EXPORT_MS);
    expect(batches.map(({ length }) => length)).toEqual([1, 1]);
    expect(said).toMatchObject([{ fields: { why: `no answer within ${EXPORT_MS} ms` } }]);
  });

  it('all go when the gateway closes, and none are taken after', async () => {
    const { time, queue, add, batches, answer } = createScene();
    add(3);
    const closed = queue.shutdown();
    await answer();
    await closed;
    add(1);
    expect(batches.map(({ length }) => length)).toEqual([3]);
    expect(time.pending()).toBe(0);
  });

  it('are not sent any more once the time for closing is over', async () => {
    const { time, line, queue, add, batches, answer } = createScene();
    add(BATCH_SPANS_MAX * 3);
    const closed = queue.shutdown();
    line.end();
    await answer(new Error('cut off'));
    await closed;
    expect(batches).toHaveLength(1);
    expect(time.pending()).toBe(0);
  });
});

describe('a collector that fails', () => {
  it('is told of once, and once when it works again, without what it said', async () => {
    const { time, add, said, answer } = createScene();
    const round = async (error?: Error): Promise<void> => {
      add(1);
      await time.advance(BATCH_DELAY_MS);
      await answer(error);
    };
    await round();
    expect(said).toEqual([]);
    for (let times = 0; times < 3; times += 1)
      await round(Object.assign(new Error('hunter2'), { code: 'ECONNREFUSED' }));
    expect(said).toEqual([
      { message: 'telemetry: export failed', fields: { signal: 'traces', why: 'ECONNREFUSED' } },
    ]);
    await round();
    await round();
    expect(said.slice(1)).toEqual([
      { message: 'telemetry: export works again', fields: { signal: 'traces', lost: 3 } },
    ]);
    await round(Object.assign(new Error('no'), { code: 503 }));
    await round();
    await round(new Error('it was hunter2'));
    expect(said.slice(3).map(({ fields }) => fields['why'])).toEqual([undefined, 'it was [secret]']);
    expect(said[2]?.fields['why']).toBe('HTTP 503');
  });
});
