// A model that reads more out of its prompt than the mind does by itself: tools, formats and results told in words. How
// they are told is a gateway's affair and unknown here, so whoever tries a gateway brings the reader along.
import type { Answer, Question } from './mind.ts';
import { think } from './mind.ts';
import type { ScriptedReply } from './replies.ts';

export type Reading = {
  /** What the prompt really asks. */
  readonly question: Question;
  /** The answer in the words that the prompt asked for. */
  readonly write: (answer: Answer) => Answer;
};

/** Undefined for a prompt that says nothing of the kind. */
export type Reader = (question: Question) => Reading | undefined;

export function thinkAsRead(
  question: Question,
  reply: ScriptedReply | undefined,
  reader: Reader | undefined,
): Answer {
  const reading = reader?.(question);
  return reading === undefined ? think(question, reply) : reading.write(think(reading.question, reply));
}
