// A conversation as pieces that belong together: a tool call stays with its results, the system's words stay always, and
// so do the question under way and the newest piece. What is left out is left out from the beginning.

import type { Message } from '../../core/neutral/index.ts';

/** Messages that are kept or left out together. */
export type Piece = {
  readonly messages: readonly Message[];
  /** As callers count: each tool's result is a message of its own. */
  readonly count: number;
  /** System messages, the last question, the newest piece. */
  readonly pinned: boolean;
  readonly isSystem: boolean;
  /** A conversation may begin with it: models refuse one that begins with an answer. */
  readonly isQuestion: boolean;
};

function countOf(message: Message): number {
  return message.role === 'tool' ? message.content.length : 1;
}

export function splitConversation(messages: readonly Message[]): readonly Piece[] {
  const groups: Message[][] = [];
  for (const message of messages) {
    const previous = groups.at(-1);
    // Results belong to the calls before them.
    if (message.role === 'tool' && previous !== undefined && previous[0]?.role !== 'system')
      previous.push(message);
    else groups.push([message]);
  }
  const lastQuestion = groups.findLastIndex((group) => group[0]?.role === 'user');
  const newest = groups.findLastIndex((group) => group[0]?.role !== 'system');
  return groups.map((group, index) => {
    const role = group[0]?.role;
    return {
      messages: group,
      count: group.reduce((sum, message) => sum + countOf(message), 0),
      pinned: role === 'system' || index === lastQuestion || index === newest,
      isSystem: role === 'system',
      isQuestion: role === 'user',
    };
  });
}

/** Leaves out the first `count` pieces that may go, and answers that would then stand at the beginning. */
export function withoutFirst(pieces: readonly Piece[], count: number): readonly Piece[] {
  if (count === 0) return pieces;
  let left = count;
  const kept = pieces.filter((piece) => {
    if (piece.pinned || left === 0) return true;
    left -= 1;
    return false;
  });
  const begin = kept.findIndex((piece) => piece.isQuestion);
  return kept.filter((piece, index) => piece.pinned || index >= begin);
}

/** How many pieces must go so that at most `keep` messages stay beside the system's. Pinned ones count and stay. */
export function excessOf(pieces: readonly Piece[], keep: number): number {
  const spoken = pieces.filter((piece) => !piece.isSystem);
  let total = spoken.reduce((sum, piece) => sum + piece.count, 0);
  let excess = 0;
  for (const piece of spoken) {
    if (total <= keep) break;
    if (piece.pinned) continue;
    total -= piece.count;
    excess += 1;
  }
  return excess;
}

export function countAll(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + piece.count, 0);
}

export function messagesOf(pieces: readonly Piece[]): readonly Message[] {
  return pieces.flatMap((piece) => piece.messages);
}
