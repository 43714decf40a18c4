import { describe, expect, it } from 'vitest';

import { createSimulatedTime } from '../../test/simulated-time.ts';
import { FileDestination, type FileWriter } from './destination.ts';

type Fault = { readonly code: string };
type Pending = { readonly text: string; done(written: number | Fault): void };

function create(): {
  destination: FileDestination;
  writes: Pending[];
  time: ReturnType<typeof createSimulatedTime>;
} {
  const writes: Pending[] = [];
  const file: FileWriter = {
    write(bytes, offset, done) {
      writes.push({
        text: bytes.subarray(offset).toString(),
        done: (written) =>
          typeof written === 'number'
            ? done(null, written)
            : done(Object.assign(new Error(written.code), written), 0),
      });
    },
    writeSync: () => undefined,
  };
  const time = createSimulatedTime();
  return {
    destination: new FileDestination((line) => line.replace('canary', '-'), time.timers, file),
    writes,
    time,
  };
}

const texts = (writes: readonly Pending[]): string[] => writes.map(({ text }) => text);

describe('lines to a file', () => {
  it('are gathered for a moment and written together, guarded', async () => {
    const { destination, writes, time } = create();
    destination.write('one canary\n');
    destination.write('two\n');
    await time.advance(99);
    expect(writes).toEqual([]);
    await time.advance(1);
    expect(texts(writes)).toEqual(['one -\ntwo\n']);
    writes[0]?.done(10);
    expect(time.pending()).toBe(0);
    await destination.close();
  });

  it('are written at once when they are a batch, one batch at a time', async () => {
    const { destination, writes, time } = create();
    const line = `${'x'.repeat(16 * 1024)}\n`;
    destination.write(line);
    destination.write('later\n');
    await time.advance(1000);
    expect(texts(writes)).toEqual([line]);
    writes[0]?.done(line.length);
    await time.advance(100);
    expect(texts(writes)).toEqual([line, 'later\n']);
    writes[1]?.done(6);
    await destination.close();
  });

  it('go on where a write ended early, or was told to wait', async () => {
    const { destination, writes, time } = create();
    destination.write('wörter\n');
    await time.advance(100);
    writes[0]?.done(3);
    expect(texts(writes)).toEqual(['wörter\n', 'rter\n']);
    writes[1]?.done({ code: 'EAGAIN' });
    expect(writes).toHaveLength(2);
    await time.advance(100);
    expect(writes[2]?.text).toBe('rter\n');
    writes[2]?.done(5);
    await destination.close();
    expect(destination.dropped()).toBe(0);
  });

  it('are counted as lost once too many wait for a reader', async () => {
    const { destination, writes } = create();
    const line = 'x'.repeat(1024 * 1024);
    for (let count = 0; count < 20; count += 1) destination.write(line);
    expect(writes).toHaveLength(1);
    expect(destination.dropped()).toBe(3);
  });

  it('are counted as lost when the reader is gone, and not tried again', async () => {
    const { destination, writes, time } = create();
    destination.write('one\n');
    destination.write('two\n');
    await time.advance(100);
    writes[0]?.done({ code: 'EPIPE' });
    destination.write('three\n');
    await time.advance(1000);
    expect(writes).toHaveLength(1);
    expect(destination.dropped()).toBe(3);
    await destination.close();
  });

  it('are all written before closing is over', async () => {
    const { destination, writes } = create();
    destination.write('one\n');
    const closed = destination.close();
    destination.write('two\n');
    writes[0]?.done(4);
    expect(texts(writes)).toEqual(['one\n', 'two\n']);
    writes[1]?.done(4);
    await closed;
  });

  it('do not hold up closing for ever', async () => {
    const { destination, time } = create();
    destination.write('one\n');
    const closed = destination.close();
    await time.advance(2000);
    await closed;
  });
});
