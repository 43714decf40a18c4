// What the interpreter asks of JSON values: their kind, whether two are equal, how one is shown. All of it counts against
// a budget, since both the schema and the value are a stranger's.

import type { JsonObject, JsonValue } from '../../../core/neutral/index.ts';

/** Thrown inside this folder alone: the question costs more than it may. */
export class OutOfBudget extends Error {
  override readonly name = 'OutOfBudget';
}

export class Budget {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  /** @throws OutOfBudget */
  spend(steps = 1): void {
    this.#left -= steps;
    if (this.#left < 0) throw new OutOfBudget();
  }
}

export type Kind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

export function kindOf(value: JsonValue): Kind {
  if (value === null) return 'null';
  if (isList(value)) return 'array';
  const kind = typeof value;
  return kind === 'string' || kind === 'number' || kind === 'boolean' ? kind : 'object';
}

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function isRecord(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member of its own: a schema may well have one called `constructor`. */
export function own(record: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

export function ownNumber(record: JsonObject, name: string): number | undefined {
  const value = own(record, name);
  return typeof value === 'number' ? value : undefined;
}

/** Deeper than any body this gateway takes, and far from any stack's end. */
const DEPTH_MAX = 400;

export function isEqual(a: JsonValue, b: JsonValue, budget: Budget, depth = 0): boolean {
  budget.spend();
  if (a === b) return true;
  if (depth > DEPTH_MAX) throw new OutOfBudget();
  if (isList(a)) {
    if (!isList(b) || a.length !== b.length) return false;
    return a.every((item, index) => {
      const other = b[index];
      return other !== undefined && isEqual(item, other, budget, depth + 1);
    });
  }
  if (!isRecord(a) || !isRecord(b)) return false;
  const names = Object.keys(a);
  budget.spend(names.length);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => {
    const [one, other] = [own(a, name), own(b, name)];
    return one !== undefined && other !== undefined && isEqual(one, other, budget, depth + 1);
  });
}

const SHOWN_CHARACTERS_MAX = 60;
const SHOWN_ITEMS_MAX = 12;

/** Short enough for a sentence, however large the value is. */
function show(value: JsonValue): string {
  if (isList(value)) return value.length === 0 ? '[]' : 'a list';
  if (isRecord(value)) return 'an object';
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, SHOWN_CHARACTERS_MAX) : value);
  return typeof value === 'string' && value.length > SHOWN_CHARACTERS_MAX ? `${text}…` : text;
}

export function showAll(values: readonly JsonValue[]): string {
  const shown = values.slice(0, SHOWN_ITEMS_MAX).map(show).join(', ');
  return values.length > SHOWN_ITEMS_MAX ? `${shown}, …` : shown;
}

/** One step of a JSON pointer (RFC 6901), cut where the name is absurd. */
export function pointerStep(name: string | number): string {
  const text = typeof name === 'number' ? String(name) : name.slice(0, SHOWN_CHARACTERS_MAX);
  return `/${text.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
