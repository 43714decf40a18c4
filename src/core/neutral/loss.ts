// What did not arrive as the client wrote it. Never silent: it goes into a header and the log.

import type { Need } from './needs.ts';

export type Loss = {
  readonly need: Need;
  /** `dropped`: not sent at all. `adjusted`: sent with another value. */
  readonly how: 'dropped' | 'adjusted';
  /** For example `2 sent as 1`. Never a caller's text, but for names of fields. Goes to the caller alone. */
  readonly note: string | undefined;
};

const FIELD_NAME = /^[A-Za-z_][\w.-]{0,39}$/;
const FIELD_NAMES_MAX = 8;

/** Of labels that nothing carries. Names those that look like names of fields, up to a most; the others are counted. */
export function droppedLabels(labels: Readonly<Record<string, unknown>>): Loss {
  const names = Object.keys(labels);
  const told = names.filter((name) => FIELD_NAME.test(name)).slice(0, FIELD_NAMES_MAX);
  const others = names.length - told.length;
  const more = others === 0 ? [] : [`${others} more`];
  return { need: 'labels', how: 'dropped', note: [...told, ...more].join(', ') };
}

/** The beginning of a conversation, left out by the operator's bounds before any surface was asked. */
export type ConversationLoss = {
  readonly need: 'conversation';
  readonly how: 'dropped';
  readonly note: string;
};

/** All that can be told of a call. */
export type CallLoss = Loss | ConversationLoss;
