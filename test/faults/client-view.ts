// What a client saw of one exchange, read as strictly as a client would: an answer or a stream, never both, ended once,
// grammatical in its dialect. Times of what matters are kept. Writes can be refused, as a full socket does.

import { expect } from 'vitest';

import type { Answer } from '../../src/dialects/port.ts';
import type { ClientOut } from '../../src/pipeline/port.ts';
import { expectMessage, readMessageStream } from '../contract/anthropic-grammar.ts';
import { readChatStream, readCompletion } from '../contract/read-openai-chat.ts';
import type { SimulatedTime } from '../simulated-time.ts';

export const DIALECT_IDS = ['openai-chat', 'anthropic-messages'] as const;
export type DialectId = (typeof DIALECT_IDS)[number];

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

  write(text: string): boolean {
    this.#noteSilence();
    this.firstWriteAtMs ??= this.#lastMs;
    if (this.#waiting !== undefined) this.writesWhileFull += 1;
    this.text += text;
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
    const reading = dialect === 'openai-chat' ? readChat(this.text) : readMessages(this.text);
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
    const text = dialect === 'openai-chat' ? completionText(answer.body) : messageText(answer.body);
    return { type: 'answer', ...told, text };
  }
  const body = JSON.parse(answer.body) as { type?: string; error: { type: string; message: string } };
  expect(body.error).toMatchObject({ type: expect.any(String), message: expect.any(String) });
  if (dialect === 'anthropic-messages') expect(body.type).toBe('error');
  return { type: 'answer', ...told, text: body.error.message };
}

function completionText(body: string): string {
  const { choices } = readCompletion(body) as { choices: { content: string }[] };
  return choices[0]?.content ?? '';
}

function messageText(body: string): string {
  return expectMessage(JSON.parse(body))
    .content.map((block) => (typeof block['text'] === 'string' ? block['text'] : ''))
    .join('');
}

type StreamEnding = Extract<Ending, { keepAlives: number }>;

function readChat(text: string): StreamEnding {
  const { ending, reply } = readChatStream(text);
  const { choices } = reply as { choices: { content: string }[] };
  const keepAlives = text.split('\n\n').filter((frame) => frame.startsWith(':')).length;
  return { type: ending, text: choices[0]?.content ?? '', keepAlives };
}

function readMessages(text: string): StreamEnding {
  const { ending, names } = readMessageStream(text);
  // Text of a block that an error cut off never reached the message, but it reached the client.
  const said = [...text.matchAll(/"type":"text_delta","text":("(?:[^"\\]|\\.)*")/gu)].map(
    ([, json]) => JSON.parse(json ?? '""') as string,
  );
  // The first ping belongs to the opening.
  return {
    type: ending,
    text: said.join(''),
    keepAlives: names.filter((name) => name === 'ping').length - 1,
  };
}
