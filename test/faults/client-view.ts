// What a client saw of one exchange, read as strictly as a client would: an answer or a stream, never both, ended once,
// grammatical in its dialect. Times of what matters are kept. Writes can be refused, as a full socket does.

import { expect } from 'vitest';

import type { Answer } from '../../src/dialects/port.ts';
import type { ClientOut } from '../../src/pipeline/port.ts';
import type { SimulatedTime } from '../simulated-time.ts';
import { READERS, type DialectId } from './dialect-readers.ts';

export type Ending =
  | {
      readonly type: 'answer';
      readonly status: number;
      readonly text: string;
      readonly retryAfterS: number | undefined;
    }
  | { readonly type: 'finished' | 'failed' | 'open'; readonly text: string; readonly keepAlives: number }
  | { readonly type: 'nothing' };

export class ClientView implements ClientOut {
  readonly #time: SimulatedTime;
  readonly #answers: Answer[] = [];
  #waiting: (() => void) | undefined;
  text = '';
  ends = 0;
  openedAtMs: number | undefined;
  firstWriteAtMs: number | undefined;
  endedAtMs: number | undefined;
  /** Writes are refused while set. */
  full = false;
  /** The longest pause between two writes of an opened stream that could take them. */
  silenceMsMax = 0;
  #lastMs = 0;
  /** Pieces written although an earlier one was refused and nothing had drained. */
  writesWhileFull = 0;

  constructor(time: SimulatedTime) {
    this.#time = time;
  }

  answer(answer: Answer): void {
    this.#answers.push(answer);
    this.endedAtMs = this.#time.clock.monotonicMs();
  }

  openStream(): void {
    expect(this.openedAtMs).toBeUndefined();
    this.openedAtMs = this.#time.clock.monotonicMs();
    this.#lastMs = this.openedAtMs;
  }

  #noteSilence(): void {
    const nowMs = this.#time.clock.monotonicMs();
    if (this.#waiting === undefined) this.silenceMsMax = Math.max(this.silenceMsMax, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }

  write(frame: string | Uint8Array): boolean {
    this.#noteSilence();
    this.firstWriteAtMs ??= this.#lastMs;
    if (this.#waiting !== undefined) this.writesWhileFull += 1;
    // One character a byte, so that a binary framing can be read back.
    this.text += typeof frame === 'string' ? frame : Buffer.from(frame).toString('latin1');
    return !this.full;
  }

  onDrain(run: () => void): void {
    this.#waiting = run;
  }

  end(): void {
    this.ends += 1;
    this.endedAtMs = this.#time.clock.monotonicMs();
  }

  drain(): void {
    this.full = false;
    this.#lastMs = this.#time.clock.monotonicMs();
    const run = this.#waiting;
    this.#waiting = undefined;
    run?.();
  }

  /** @throws where an ending is not one that the dialect knows. */
  read(dialect: DialectId): Ending {
    const [answer] = this.#answers;
    expect(this.#answers.length).toBeLessThanOrEqual(1);
    if (answer !== undefined) {
      expect(this.openedAtMs).toBeUndefined();
      expect(this.text).toBe('');
      return readAnswer(answer, dialect);
    }
    if (this.openedAtMs === undefined) return { type: 'nothing' };
    const reading = READERS[dialect].stream(this.text);
    expect(this.ends).toBe(reading.type === 'open' ? 0 : 1);
    return reading;
  }
}

function readAnswer(answer: Answer, dialect: DialectId): Ending {
  const retryAfter = answer.headers['retry-after'];
  const told = {
    status: answer.status,
    retryAfterS: retryAfter === undefined ? undefined : Number(retryAfter),
  };
  if (answer.status === 200) {
    return { type: 'answer', ...told, text: READERS[dialect].answer(answer.body) };
  }
  return { type: 'answer', ...told, text: READERS[dialect].error(answer.body) };
}
