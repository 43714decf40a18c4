// Log lines are gathered, written in batches, counted when lost, and written out before closing.

import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createSimulatedTime } from '../../test/simulated-time.ts';
import { RotatingFile } from '../core/platform/index.ts';
import { BatchDestination, createTee, type BatchStream } from './destination.ts';

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

  it('that are under way are written out when the process exits, with nothing behind them', async () => {
    const before = process.listeners('exit');
    const { destination, written, time, tell } = create();
    destination.write('one\n');
    await time.advance(100);
    for (const listener of process.listeners('exit')) if (!before.includes(listener)) listener(1);
    expect(written).toEqual(['one\n', 'now: ']);
    tell('drain');
    await destination.close();
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

describe('lines to two places', () => {
  const place = (writeNow: (text: string) => void): BatchStream & { drain(): void; fail(): void } => {
    const listeners = new Map<string, (about: unknown) => void>();
    return {
      write: () => undefined,
      on: (event, run) => listeners.set(event, run),
      writeNow,
      drain: () => listeners.get('drain')?.(undefined),
      fail: () => listeners.get('error')?.(new Error('no space')),
    };
  };

  it('reach the second one at the last moment where the first one fails', () => {
    const written: string[] = [];
    const gone = place(() => {
      throw new Error('the reader left');
    });
    const tee = createTee([gone, place((text) => written.push(text))]);
    expect(() => tee.writeNow('last\n')).toThrow('the reader left');
    expect(written).toEqual(['last\n']);
  });

  it('are waited for in the one where the other failed', async () => {
    const time = createSimulatedTime();
    const [first, second] = [place(() => undefined), place(() => undefined)];
    const destination = new BatchDestination(
      (line) => line,
      time.timers,
      () => createTee([first, second]),
    );
    destination.write('one\n');
    const state = { closed: false };
    const closing = destination.close().then(() => (state.closed = true));
    second.fail();
    await time.advance(1);
    expect(state.closed).toBe(false);
    first.drain();
    await closing;
    expect(time.pending()).toBe(0);
  });
});

describe('a process that crashes', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'forcegate-crash-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const run = (script: string): { readonly out: string; readonly code: number | null } => {
    const imports = [
      `import { systemTimers } from '${from('../core/platform/index.ts')}';`,
      `import { RotatingFile } from '${from('../core/platform/index.ts')}';`,
      `import { BatchDestination, createTee, openStandardOutput } from '${from('./destination.ts')}';`,
    ];
    const args = ['--input-type=module', '-e', [...imports, script].join('\n')];
    const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 });
    return { out: stdout, code: status };
  };
  const from = (path: string): string => new URL(path, import.meta.url).href;

  it('loses no line, and writes none twice, to standard output and to a file', async () => {
    const path = join(directory, 'api.log');
    // One batch is under way, one waits in the streams, one line waits for its batch.
    const { out, code } = run(`
      const file = new RotatingFile({ path: ${JSON.stringify(path)}, fileBytesMax: 1e9, oldFilesMax: 1 });
      const tee = createTee([openStandardOutput(), file]);
      const log = new BatchDestination((line) => line, systemTimers, () => tee);
      for (const batch of ['1\\n', '2\\n']) tee.write(batch);
      log.write('3\\n');
      throw new Error('a crash');`);
    expect(code).toBe(1);
    expect(await readFile(path, 'utf8')).toBe('1\n2\n3\n');
    // The batch that the system is writing to standard output is nobody's to order any more.
    expect(out.replace('1\n', '')).toBe('2\n3\n');
  });
});

describe('lines to a file that cannot be written', () => {
  it('are counted as dropped', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'forcegate-blocked-'));
    await writeFile(join(directory, 'a-file'), '');
    const path = join(directory, 'a-file', 'api.log');
    const file = new RotatingFile({ path, fileBytesMax: 100, oldFilesMax: 1 });
    const time = createSimulatedTime();
    const destination = new BatchDestination(
      (line) => line,
      time.timers,
      () => file,
    );
    destination.write('one\n');
    destination.write('two\n');
    await destination.close();
    expect(destination.dropped()).toBe(2);
    await rm(directory, { recursive: true });
  });
});
