// The keywords about numbers, texts and sizes. Each gives its complaint, or undefined. `pattern` is never run: a regular
// expression of a stranger's can take for ever, and a timer cannot interrupt it. Formats are annotations and are ignored.

import type { JsonObject, JsonValue } from '../../../core/neutral/index.ts';
import { isList, isRecord, kindOf, own, ownNumber, type Budget } from './json-values.ts';

const A: Readonly<Record<string, string>> = {
  array: 'an array',
  object: 'an object',
  integer: 'an integer',
};

const nameOf = (type: JsonValue): string =>
  typeof type === 'string' ? (A[type] ?? `a ${type}`) : 'of no type';

function isOfType(value: JsonValue, type: JsonValue): boolean {
  if (type === 'integer') return typeof value === 'number' && Number.isInteger(value);
  if (typeof type !== 'string' || type === 'any') return true;
  return kindOf(value) === type;
}

export function faultOfType(schema: JsonObject, value: JsonValue): string | undefined {
  const type = own(schema, 'type');
  if (type === undefined) return undefined;
  const types = isList(type) ? type : [type];
  if (types.length === 0 || types.some((one) => isOfType(value, one))) return undefined;
  const kind = kindOf(value);
  return `must be ${types.map(nameOf).join(' or ')}, not ${kind === 'null' ? 'null' : nameOf(kind)}`;
}

function faultOfNumber(schema: JsonObject, value: number): string | undefined {
  const minimum = ownNumber(schema, 'minimum');
  const maximum = ownNumber(schema, 'maximum');
  // Draft 4 has booleans here, later drafts numbers.
  const above = own(schema, 'exclusiveMinimum') === true ? minimum : ownNumber(schema, 'exclusiveMinimum');
  const below = own(schema, 'exclusiveMaximum') === true ? maximum : ownNumber(schema, 'exclusiveMaximum');
  if (above !== undefined && value <= above) return `must be greater than ${above}`;
  if (below !== undefined && value >= below) return `must be less than ${below}`;
  if (minimum !== undefined && value < minimum) return `must be at least ${minimum}`;
  if (maximum !== undefined && value > maximum) return `must be at most ${maximum}`;
  const multiple = ownNumber(schema, 'multipleOf');
  if (multiple === undefined || multiple <= 0) return undefined;
  const times = value / multiple;
  // 0.3 is a multiple of 0.1, whatever binary fractions say.
  const off = Math.abs(times - Math.round(times));
  return Number.isFinite(times) && off > Math.abs(times) * Number.EPSILON * 4
    ? `must be a multiple of ${multiple}`
    : undefined;
}

/** Work on a text is charged by its length. */
const CHARACTERS_PER_STEP = 256;

function faultOfText(schema: JsonObject, value: string, budget: Budget): string | undefined {
  const least = ownNumber(schema, 'minLength');
  const most = ownNumber(schema, 'maxLength');
  if (least === undefined && most === undefined) return undefined;
  budget.spend(Math.ceil(value.length / CHARACTERS_PER_STEP));
  // Characters are counted as code points (JSON Schema validation 6.3).
  let characters = 0;
  for (const _ of value) characters += 1;
  if (least !== undefined && characters < least) return `must have at least ${least} characters`;
  if (most !== undefined && characters > most) return `must have at most ${most} characters`;
  return undefined;
}

function faultOfSize(schema: JsonObject, count: number, what: 'Items' | 'Properties'): string | undefined {
  const least = ownNumber(schema, `min${what}`);
  const most = ownNumber(schema, `max${what}`);
  const word = what === 'Items' ? 'items' : 'members';
  if (least !== undefined && count < least) return `must have at least ${least} ${word}`;
  if (most !== undefined && count > most) return `must have at most ${most} ${word}`;
  return undefined;
}

export function faultOfScalars(schema: JsonObject, value: JsonValue, budget: Budget): string | undefined {
  if (typeof value === 'number') return faultOfNumber(schema, value);
  if (typeof value === 'string') return faultOfText(schema, value, budget);
  if (isList(value)) return faultOfSize(schema, value.length, 'Items');
  if (isRecord(value)) return faultOfSize(schema, Object.keys(value).length, 'Properties');
  return undefined;
}
