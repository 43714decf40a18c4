// Where log lines go. Standard output is written asynchronously and in batches: a reader that stalls must not stall the
// gateway, and a system call a line costs more than the line (measured: 1.6 µs a line in batches, 5 µs without); secrets
// are looked for once a batch as well. What this costs: a line shows up to FLUSH_MS late, and a process killed outright
// loses its last batch; leaving in any other way, a crash included, writes out all that was logged. A reader that stays away
// loses lines, counted, once WAITING_BYTES_MAX are waiting; so does a file that fails.

import { pino } from 'pino';

import type { Timer, Timers } from '../core/platform/index.ts';

export type LogSink = { write(line: string): void };

export type LogDestination = LogSink & {
  /** Lines lost because nobody read them, or their file could not be written. */
  dropped(): number;
  close(): Promise<void>;
};

/** What batches are written to: pino's asynchronous file stream, or a test's. */
export type BatchStream = {
  write(text: string): unknown;
  /** `drain` when nothing is left to write, `drop` with what was thrown away, `error` when it cannot be written. */
  on(event: 'drain' | 'drop' | 'error', run: (dropped: unknown) => void): unknown;
  /** Writes before it returns, behind all that came before and is not written yet: for the process's last moment. */
  writeNow(text: string): void;
};

const BATCH_CHARACTERS = 64 * 1024;
const WAITING_BYTES_MAX = 16 * 1024 * 1024;
const FLUSH_MS = 100;
const CLOSE_MS = 2000;
const STANDARD_OUTPUT = 1;

export function openStandardOutput(): BatchStream {
  const stream = pino.destination({ dest: STANDARD_OUTPUT, sync: false, maxLength: WAITING_BYTES_MAX });
  return {
    write: (text) => stream.write(text),
    on: (event, run) => stream.on(event, run),
    writeNow(text) {
      // What is with the system already it writes to its end before the process goes; the rest comes before the text.
      stream.flushSync();
      if (text !== '') pino.destination({ dest: STANDARD_OUTPUT, sync: true }).write(text);
    },
  };
}

/** Writes to each, and has drained when all have. */
export function createTee(streams: readonly BatchStream[]): BatchStream {
  const busy = new Set<BatchStream>();
  return {
    write(text) {
      for (const stream of streams) {
        busy.add(stream);
        stream.write(text);
      }
    },
    on(event, run) {
      for (const stream of streams) {
        if (event === 'drop') stream.on('drop', run);
        else
          stream.on(event, (about) => {
            busy.delete(stream);
            // One that failed must not be waited for, but the others.
            if (busy.size === 0) run(about);
          });
      }
    },
    writeNow(text) {
      const faults: unknown[] = [];
      for (const stream of streams) {
        try {
          stream.writeNow(text);
        } catch (thrown) {
          faults.push(thrown);
        }
      }
      if (faults.length > 0) throw faults[0];
    },
  };
}

/** For a sink that takes lines as they come. */
export function createSinkDestination(guard: (line: string) => string, sink: LogSink): LogDestination {
  return {
    write: (line) => sink.write(guard(line)),
    dropped: () => 0,
    close: () => Promise.resolve(),
  };
}

/** Opens its stream with the first line. */
export class BatchDestination implements LogDestination {
  readonly #guard: (line: string) => string;
  readonly #timers: Timers;
  readonly #open: () => BatchStream;
  #stream: BatchStream | undefined;
  #waiting = '';
  /** Whether the stream still has something to write. */
  #writing = false;
  #dropped = 0;
  #flush: Timer | undefined;
  #whenWritten: (() => void) | undefined;
  #heedsExit = false;
  readonly #atExit = (): void => this.#writeAtExit();
  readonly #writeWaiting = (): void => this.#writeBatch();

  constructor(guard: (line: string) => string, timers: Timers, open: () => BatchStream) {
    this.#guard = guard;
    this.#timers = timers;
    this.#open = open;
  }

  dropped(): number {
    return this.#dropped;
  }

  write(line: string): void {
    if (!this.#heedsExit) {
      this.#heedsExit = true;
      process.once('exit', this.#atExit);
    }
    this.#waiting += line;
    if (this.#waiting.length >= BATCH_CHARACTERS) this.#writeBatch();
    else this.#flush ??= this.#timers.after(FLUSH_MS, this.#writeWaiting);
  }

  close(): Promise<void> {
    this.#writeBatch();
    process.off('exit', this.#atExit);
    this.#heedsExit = false;
    if (!this.#writing) return Promise.resolve();
    return new Promise((resolve) => {
      const limit = this.#timers.after(CLOSE_MS, resolve);
      this.#whenWritten = () => {
        limit.cancel();
        resolve();
      };
    });
  }

  #writeBatch(): void {
    const text = this.#take();
    if (text === '') return;
    this.#writing = true;
    this.#opened().write(text);
  }

  #take(): string {
    this.#flush?.cancel();
    this.#flush = undefined;
    const text = this.#waiting;
    this.#waiting = '';
    return text === '' ? '' : this.#guard(text);
  }

  #opened(): BatchStream {
    if (this.#stream !== undefined) return this.#stream;
    const stream = this.#open();
    const written = (): void => {
      this.#writing = false;
      this.#whenWritten?.();
    };
    stream.on('drain', written);
    // A log that cannot be written (a full disk, a reader that left) must not end the process.
    stream.on('error', written);
    stream.on('drop', (dropped) => {
      this.#dropped += String(dropped).split('\n').length - 1;
    });
    this.#stream = stream;
    return stream;
  }

  #writeAtExit(): void {
    try {
      const text = this.#take();
      // Earlier batches may still be under way.
      if (text !== '' || this.#writing) this.#opened().writeNow(text);
    } catch {
      // The reader is gone, and nobody is left to tell.
    }
  }
}
