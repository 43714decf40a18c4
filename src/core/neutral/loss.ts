// What did not arrive as the client wrote it. Never silent: it goes into a header and the log.

import type { Need } from './needs.ts';

export type Loss = {
  readonly need: Need;
  /** `dropped`: not sent at all. `adjusted`: sent with another value. */
  readonly how: 'dropped' | 'adjusted';
  /** For example `2 sent as 1`. Never a caller's text. */
  readonly note: string | undefined;
};

/** The beginning of a conversation, left out by the operator's bounds before any surface was asked. */
export type ConversationLoss = {
  readonly need: 'conversation';
  readonly how: 'dropped';
  readonly note: string;
};

/** All that can be told of a call. */
export type CallLoss = Loss | ConversationLoss;
