// The cells of the matrix that cannot exist, each with its reason. A cell that is neither run nor told here fails the test,
// and so does a reason that no cell needs.

import { FAULTS, OTHER_FAULTS, PHASES, type Phase, type Shape } from './fault-table.ts';
import { SURFACE_IDS, type SurfaceId } from './wire-samples.ts';

const FAULT_NAMES: readonly string[] = [...FAULTS.map(({ name }) => name), ...OTHER_FAULTS];

export type Cell = {
  readonly fault: string;
  readonly surface: SurfaceId;
  readonly phase: Phase;
  readonly shape: Shape;
};

export type EmptyCells = { readonly reason: string; readonly holds: (cell: Cell) => boolean };

const BEFORE_A_HEAD = new Set([
  'connection refused',
  'connect timeout',
  'a failed TLS handshake',
  'silence before the first byte',
  'an expired token',
  'a login that is down',
]);
const IN_AN_ANSWER = new Set([
  'silence in the answer',
  'a truncated answer',
  'an error event',
  'an empty answer',
]);

const isStatus = (fault: string): boolean => fault.startsWith('status ');

/** The first that holds is a cell's reason. */
export const EMPTY_CELLS: readonly EmptyCells[] = [
  {
    reason:
      'a whole answer is given in one piece at its end: nothing of it is opened by silence or committed before',
    holds: ({ phase, shape }) => shape === 'whole' && (phase === 'opened' || phase === 'committed'),
  },
  {
    reason:
      'this surface answers whole: its call commits at its end, when nothing can go wrong with it any more',
    holds: ({ surface, phase }) => surface === 'chat-generations' && phase === 'committed',
  },
  {
    reason: 'once the head of an answer has come, nothing can fail before it',
    holds: ({ fault, phase }) => BEFORE_A_HEAD.has(fault) && (phase === 'waiting' || phase === 'committed'),
  },
  {
    reason: 'a status is the head itself: an answer that has begun has another',
    holds: ({ fault, phase }) => isStatus(fault) && (phase === 'waiting' || phase === 'committed'),
  },
  {
    reason: "this surface's errors tell no wait in their body (reference 2.8)",
    holds: ({ fault, surface }) =>
      fault === 'status 429 with a reset in the body' && surface === 'chat-generations',
  },
  {
    reason: 'before the head there is nothing of the answer in which it could happen',
    holds: ({ fault, phase }) => IN_AN_ANSWER.has(fault) && phase === 'before headers',
  },
  {
    reason: 'there is no event where nothing streams',
    holds: ({ fault, shape, surface }) =>
      fault === 'an error event' && (shape === 'whole' || surface === 'chat-generations'),
  },
  {
    reason: 'an answer that gave content is neither empty nor an error from its start',
    holds: ({ fault, phase }) =>
      (fault === 'an empty answer' || fault === 'an error in a 200') && phase === 'committed',
  },
  {
    reason: 'a whole body ends by its length, whatever the connection does after it',
    holds: ({ fault, shape, surface }) =>
      fault === 'a connection that stays open' && (shape === 'whole' || surface === 'chat-generations'),
  },
  {
    reason: 'a connection stays open after the finish, and the finish comes after content',
    holds: ({ fault, phase }) =>
      fault === 'a connection that stays open' && (phase === 'before headers' || phase === 'waiting'),
  },
  {
    reason: 'a client to which nothing is written yet cannot stop reading',
    holds: ({ fault, phase }) =>
      fault === 'a client that stops reading' && (phase === 'before headers' || phase === 'waiting'),
  },
];

export const ALL_CELLS: readonly Cell[] = FAULT_NAMES.flatMap((fault) =>
  SURFACE_IDS.flatMap((surface) =>
    PHASES.flatMap((phase) =>
      (['stream', 'whole'] as const).map((shape) => ({ fault, surface, phase, shape })),
    ),
  ),
);

export function reasonOf(cell: Cell): string | undefined {
  return EMPTY_CELLS.find(({ holds }) => holds(cell))?.reason;
}

export const cellName = ({ fault, surface, phase, shape }: Cell): string =>
  `${fault} / ${surface} / ${phase} / ${shape}`;
