// What a dialect gives the fuzz: for each of its routes requests that are valid by construction and ways to spoil them, and
// how its clients read its answers. Everything is drawn from one chance, so that a seed and a number replay a request.

import type { Chance } from '../faults/schedule.ts';

/** JSON that may be changed in place. */
export type Tree = null | boolean | number | string | Tree[] | Fields;
export type Fields = { [name: string]: Tree };

export type Draft = {
  /** What stands for `*` in the route's path, not encoded; empty where it has none. */
  rest: string;
  /** Undefined for a request without a body. */
  body: Fields | undefined;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Makes a body invalid in every reading of its format; the body was valid before. */
export type Spoil = (body: Fields, chance: Chance) => void;

export type SeenAnswer = {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

/** Of the request an answer belongs to. */
export type Asked = { readonly route: string; readonly draft: Draft };

export type RouteGenerator = {
  readonly valid: (chance: Chance) => Draft;
  /** Empty for a route without a body. */
  readonly spoils: readonly Spoil[];
  /** Whatever it asks for is not there, so that it is always refused. */
  readonly isRefused?: true;
  /** Holds a whole answer or a stream to what clients read. `failed` where a stream ended in an error. @throws */
  readonly read: (answer: SeenAnswer, asked: Asked) => 'whole' | 'finished' | 'failed';
};

export type DialectGenerator = {
  /** By method and path, as the dialect lists them, for example `POST /v1/messages`. */
  readonly routes: Readonly<Record<string, RouteGenerator>>;
  /** Holds an error's answer to the format's schema. @throws */
  readonly readError: (answer: SeenAnswer) => void;
};

/** Assigns only where chance has it: most optional fields of a format are absent from most requests. */
export function maybe(chance: Chance, share: number, fields: Fields, name: string, value: () => Tree): void {
  if (chance.happens(share)) fields[name] = value();
}

export function many<T>(chance: Chance, from: number, to: number, make: (index: number) => T): T[] {
  return Array.from({ length: chance.between(from, to) }, (_, index) => make(index));
}

/** A spoil that sets one field of the body itself. */
export const set =
  (name: string, ...values: readonly Tree[]): Spoil =>
  (body, chance) => {
    body[name] = structuredClone(chance.pick(values));
  };

export const drop =
  (name: string): Spoil =>
  (body) => {
    delete body[name];
  };

/** A spoil that makes the list's next entry a wrong one. */
export const append =
  (name: string, ...values: readonly Tree[]): Spoil =>
  (body, chance) => {
    const list = body[name];
    body[name] = [...(Array.isArray(list) ? list : []), structuredClone(chance.pick(values))];
  };
