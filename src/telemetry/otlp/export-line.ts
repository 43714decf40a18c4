// The way of one kind of telemetry to the collector: one export at a time within a time limit, and a word in the log when
// exporting begins to fail and when it works again, not for each failure between.

import type { Timers } from '../../core/platform/index.ts';
import { EXPORT_MS } from './options.ts';

/** An exporter of the published SDK. */
export type Exporter<T> = {
  export(batch: T, done: (result: { readonly code: number; readonly error?: Error }) => void): void;
  shutdown(): Promise<void>;
};

export type ExportLineDependencies = {
  readonly timers: Timers;
  readonly clean: (text: string) => string;
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  readonly tell: (message: string, fields: Readonly<Record<string, unknown>>) => void;
};

const SUCCESS = 0;

export class ExportLine<T> {
  readonly #signal: string;
  readonly #exporter: Exporter<T>;
  readonly #deps: ExportLineDependencies;
  #failing = false;
  #lost = 0;
  #ended = false;

  /** @param signal What is exported, for the log. */
  constructor(signal: string, exporter: Exporter<T>, deps: ExportLineDependencies) {
    this.#signal = signal;
    this.#exporter = exporter;
    this.#deps = deps;
  }

  /** Resolves when the collector has taken it, or it is lost. @param lost How much is lost with it, for the log. */
  async send(batch: T, lost: number): Promise<void> {
    if (this.#ended) return;
    const fault = await this.#export(batch);
    const { warn, tell, clean } = this.#deps;
    if (fault !== undefined) {
      this.#lost += lost;
      if (!this.#failing) warn('telemetry: export failed', { signal: this.#signal, why: clean(fault) });
      this.#failing = true;
    } else if (this.#failing) {
      this.#failing = false;
      tell('telemetry: export works again', { signal: this.#signal, lost: this.#lost });
      this.#lost = 0;
    }
  }

  /** What never came to be sent is lost as well. */
  noteLost(count: number): void {
    this.#lost += count;
  }

  /** Sends nothing more, whatever still waits: for when the time that closing has is over. */
  end(): void {
    this.#ended = true;
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  #export(batch: T): Promise<string | undefined> {
    return new Promise((resolve) => {
      const limit = this.#deps.timers.after(EXPORT_MS, () => resolve(`no answer within ${EXPORT_MS} ms`));
      const end = (fault: string | undefined): void => {
        limit.cancel();
        resolve(fault);
      };
      try {
        this.#exporter.export(batch, ({ code, error }) =>
          end(code === SUCCESS ? undefined : (wordsOf(error) ?? 'unknown')),
        );
      } catch (thrown) {
        end(wordsOf(thrown) ?? 'unknown');
      }
    });
  }
}

/** Not what the collector wrote, which may hold anything; a refused connection says all in its code. */
function wordsOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const code = 'code' in thrown ? thrown.code : undefined;
  if (typeof code === 'number') return `HTTP ${code}`;
  return typeof code === 'string' ? code : thrown.message;
}
