// Reads messages, whole and streamed, as a careful client would. Throws at the first break of the grammar that users have as
// `forcegate validate-stream`.

import type { JsonObject } from '../../src/core/neutral/index.ts';
import { FaultLog } from '../../src/core/wire/index.ts';
import {
  checkMessage,
  createMessageGrammar,
  MESSAGE_RULES,
  type ReadMessage,
} from '../../src/protocols/anthropic/index.ts';
import { expectNoFault, readFrames, readWith, STRICT } from './stream-faults.ts';

export type { ReadMessage };

export type MessageStreamReading = {
  /** The message the stream adds up to; undefined where it never began. */
  readonly message: ReadMessage | undefined;
  /** `open` where neither a proper end nor an error came. */
  readonly ending: 'finished' | 'failed' | 'open';
  readonly error: { readonly type: string; readonly message: string } | undefined;
  /** Names of the events in order. */
  readonly names: readonly string[];
};

/** Holds a whole message object to its shape. */
export function expectMessage(value: unknown): ReadMessage {
  const log = new FaultLog(MESSAGE_RULES, STRICT);
  checkMessage(value as JsonObject, log);
  expectNoFault(log.list);
  return value as ReadMessage;
}

/** @throws where the grammar is broken, also where anything follows the ending. */
export function readMessageStream(text: string): MessageStreamReading {
  const recorded = readFrames(text);
  if (recorded.comments > 0) throw new Error('stream grammar: keep-alives of this format are pings');
  const { message, ending, error, names } = readWith(createMessageGrammar(STRICT), recorded);
  const { type = '', message: words = '' } = error ?? {};
  return { message, ending, error: error === undefined ? undefined : { type, message: words }, names };
}
