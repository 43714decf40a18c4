// Where log lines go. Standard output is written asynchronously and in batches: a reader that stalls must not stall the
// gateway, and a system call a line would cost more than the line. What this costs: a line shows up to FLUSH_MS late, and
// a process that is killed outright loses the last batch. Leaving in any other way, a crash included, writes it out (pino
// sees to that at exit). A reader that stays away loses lines, counted, once WAITING_BYTES_MAX are waiting.

import { pino } from 'pino';

import type { Timer, Timers } from '../core/platform/index.ts';

export type LogSink = { write(line: string): void };

export type LogDestination = LogSink & {
  /** Lines lost because nobody read them. */
  dropped(): number;
  close(): Promise<void>;
};

const BATCH_BYTES = 4096;
const WAITING_BYTES_MAX = 16 * 1024 * 1024;
const FLUSH_MS = 100;
const CLOSE_MS = 2000;
const STANDARD_OUTPUT = 1;

/** Lines to standard output, or to the sink that is given, with `guard` applied to each. */
export function createLogDestination(
  guard: (line: string) => string,
  timers: Timers,
  sink: LogSink | undefined,
): LogDestination {
  if (sink !== undefined) {
    return {
      write: (line) => sink.write(guard(line)),
      dropped: () => 0,
      close: () => Promise.resolve(),
    };
  }
  let stream: ReturnType<typeof openStream> | undefined;
  let flush: Timer | undefined;
  let dropped = 0;

  function openStream(): ReturnType<typeof pino.destination> {
    const opened = pino.destination({
      dest: STANDARD_OUTPUT,
      sync: false,
      minLength: BATCH_BYTES,
      maxLength: WAITING_BYTES_MAX,
    });
    opened.on('drop', () => {
      dropped += 1;
    });
    return opened;
  }

  return {
    write(line) {
      stream ??= openStream();
      stream.write(guard(line));
      flush ??= timers.after(FLUSH_MS, () => {
        flush = undefined;
        stream?.flush();
      });
    },
    dropped: () => dropped,
    close() {
      flush?.cancel();
      flush = undefined;
      const opened = stream;
      if (opened === undefined) return Promise.resolve();
      return new Promise((resolve) => {
        const limit = timers.after(CLOSE_MS, resolve);
        opened.flush(() => {
          limit.cancel();
          resolve();
        });
      });
    },
  };
}
