// Streams for the tests of grammars: pieces (an object an event, a string for raw data), the ways to break them, and which
// rules a broken one is told to break.

import type { JsonObject, JsonValue } from '../../src/core/neutral/index.ts';
import type { StreamFrame, StreamGrammar } from '../../src/core/wire/index.ts';

export type Piece = JsonObject | string;
export type Pieces = readonly Piece[];
export type Change = (pieces: Pieces) => Pieces;

/** How an event line is made of a piece; none of raw data. */
export type NameOf = (piece: JsonObject) => string | undefined;

export const typeOf: NameOf = ({ type }) => (typeof type === 'string' ? type : undefined);

export function framesOf(pieces: Pieces, nameOf: NameOf): StreamFrame[] {
  return pieces.map((piece, at) => ({
    number: at + 1,
    name: typeof piece === 'string' ? undefined : nameOf(piece),
    data: typeof piece === 'string' ? piece : JSON.stringify(piece),
  }));
}

/** Each rule once, in order. */
export function rulesBroken(grammar: StreamGrammar, frames: readonly StreamFrame[]): string[] {
  for (const frame of frames) grammar.read(frame);
  grammar.end();
  return [...new Set(grammar.faults.map(({ rule }) => rule))];
}

/** Changes the nth piece (from 0) that the search finds. */
export function edit(
  found: (piece: JsonObject) => boolean,
  change: (piece: JsonObject) => Piece | Pieces,
  nth = 0,
): Change {
  return (pieces) => {
    const places = pieces.flatMap((piece, at) => (typeof piece !== 'string' && found(piece) ? [at] : []));
    const place = places[nth];
    if (place === undefined) throw new Error('nothing to change in the stream');
    return pieces.flatMap((piece, at) =>
      at === place && typeof piece !== 'string' ? change(piece) : [piece],
    );
  };
}

export const without = (found: (piece: JsonObject) => boolean, nth = 0): Change => edit(found, () => [], nth);
export const twice = (found: (piece: JsonObject) => boolean, nth = 0): Change =>
  edit(found, (piece) => [piece, piece], nth);

/** A copy with the value at a path of keys replaced; `undefined` takes the key out. */
export function put(
  value: JsonValue,
  path: readonly (string | number)[],
  next: JsonValue | undefined,
): JsonObject {
  const copy: unknown = structuredClone(value);
  let at = copy as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  const last = path.at(-1) ?? '';
  if (next === undefined) delete at[last];
  else at[last] = next;
  return copy as JsonObject;
}

export type Mutation = { readonly title: string; readonly at: number; readonly pieces: Pieces };

/** Every frame dropped, doubled and swapped with the next. */
export function mutationsOf(pieces: Pieces): Mutation[] {
  return pieces.flatMap((piece, at): Mutation[] => {
    const [before, after] = [pieces.slice(0, at), pieces.slice(at + 1)];
    const next = after[0];
    const swapped =
      next === undefined
        ? []
        : [{ title: 'swapped', at, pieces: [...before, next, piece, ...after.slice(1)] }];
    return [
      { title: 'dropped', at, pieces: [...before, ...after] },
      { title: 'doubled', at, pieces: [...before, piece, piece, ...after] },
      ...swapped,
    ];
  });
}
