import { describe, expect, it } from 'vitest';

import { createSimulatedTime } from '../../test/simulated-time.ts';
import { BatchDestination, type BatchStream } from './destination.ts';

type Batches = {
  readonly destination: BatchDestination;
  readonly written: string[];
  readonly time: ReturnType<typeof createSimulatedTime>;
  tell(event: 'drain' | 'drop', dropped?: string): void;
};

function create(): Batches {
  const written: string[] = [];
  const listeners = new Map<string, (dropped: unknown) => void>();
  const stream: BatchStream = {
    write: (text) => written.push(text),
    on: (event, run) => listeners.set(event, run),
    flushSync: () => undefined,
  };
  const time = createSimulatedTime();
  return {
    destination: new BatchDestination(
      (line) => line.replace('canary', '-'),
      time.timers,
      () => stream,
    ),
    written,
    time,
    tell: (event, dropped) => listeners.get(event)?.(dropped),
  };
}

describe('lines to standard output', () => {
  it('are gathered for a moment and written together, guarded', async () => {
    const { destination, written, time, tell } = create();
    destination.write('one canary\n');
    destination.write('two\n');
    await time.advance(99);
    expect(written).toEqual([]);
    await time.advance(1);
    expect(written).toEqual(['one -\ntwo\n']);
    expect(time.pending()).toBe(0);
    tell('drain');
    await destination.close();
  });

  it('are written at once when they are a batch', async () => {
    const { destination, written, time, tell } = create();
    const half = `${'x'.repeat(5000)}\n`;
    destination.write(half);
    expect(written).toEqual([]);
    destination.write(half);
    expect(written).toEqual([half + half]);
    expect(time.pending()).toBe(0);
    tell('drain');
    await destination.close();
  });

  it('are counted when nobody reads them', async () => {
    const { destination, time, tell } = create();
    destination.write('one\n');
    await time.advance(100);
    tell('drop', 'one\ntwo\nthree\n');
    expect(destination.dropped()).toBe(3);
    tell('drain');
    await destination.close();
  });

  it('are all written before closing is over', async () => {
    const { destination, written, time, tell } = create();
    destination.write('one\n');
    let closed = false;
    const closing = destination.close().then(() => {
      closed = true;
    });
    expect(written).toEqual(['one\n']);
    await time.advance(1999);
    expect(closed).toBe(false);
    tell('drain');
    await closing;
    expect(time.pending()).toBe(0);
  });

  it('do not hold up closing for ever', async () => {
    const { destination, time } = create();
    destination.write('one\n');
    const closed = destination.close();
    await time.advance(2000);
    await closed;
  });

  it('open nothing until there is one', async () => {
    const destination = new BatchDestination(
      (line) => line,
      createSimulatedTime().timers,
      () => {
        throw new Error('opened');
      },
    );
    await destination.close();
    expect(destination.dropped()).toBe(0);
  });
});
