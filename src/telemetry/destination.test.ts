// Log lines are gathered, written in batches, counted when lost, and written out before closing.

import { describe, expect, it } from 'vitest';

import { createSimulatedTime } from '../../test/simulated-time.ts';
import { BatchDestination, type BatchStream } from './destination.ts';

type Batches = {
  readonly destination: BatchDestination;
  readonly written: string[];
  readonly time: ReturnType<typeof createSimulatedTime>;
  readonly tell: (event: 'drain' | 'drop' | 'error', dropped?: string) => void;
};

function create(): Batches {
  const written: string[] = [];
  const listeners = new Map<string, (dropped: unknown) => void>();
  const stream: BatchStream = {
    write: (text) => written.push(text),
    on: (event, run) => listeners.set(event, run),
    writeNow: (text) => void written.push(`now: ${text}`),
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
    const half = `${'x'.repeat(40_000)}\n`;
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
    const close = async (): Promise<void> => {
      await destination.close();
      closed = true;
    };
    const closing = close();
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

  it('that wait are written when the process exits', async () => {
    const before = process.listeners('exit');
    const { destination, written } = create();
    destination.write('last canary\n');
    const added = process.listeners('exit').filter((listener) => !before.includes(listener));
    for (const listener of added) listener(1);
    expect(written).toEqual(['now: last -\n']);
    await destination.close();
    expect(process.listeners('exit')).toEqual(before);
  });

  it('that cannot be written hold up nothing', async () => {
    const { destination, time, tell } = create();
    destination.write('one\n');
    await time.advance(100);
    tell('error');
    await destination.close();
    expect(time.pending()).toBe(0);
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
