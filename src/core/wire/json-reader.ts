// Reads a parsed JSON body field by field, for the hand-written decoders of dialects and surfaces. A wrong field is a
// GatewayError that names its JSON path, for example `messages[2].content[0].type`; the path is put together only then.
// Messages name fields and types, never the caller's values. `null` counts as absent, as the public formats have it.

import { GatewayError, type ErrorCode } from '../errors/index.ts';
import type { JsonObject, JsonValue } from '../neutral/index.ts';

export type NumberRange = { readonly min?: number; readonly max?: number };

const ANY_NUMBER: NumberRange = {};
const PLAIN_KEY = /^[A-Za-z_$][\w$]*$/;
const KEY_CHARACTERS_MAX = 64;

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function nameType(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function describeRange(range: NumberRange): string {
  if (range.min !== undefined && range.max !== undefined) return ` from ${range.min} to ${range.max}`;
  if (range.min !== undefined) return ` of at least ${range.min}`;
  return range.max === undefined ? '' : ` of at most ${range.max}`;
}

export class JsonReader {
  /** Undefined where the field is missing. */
  readonly value: JsonValue | undefined;
  readonly #parent: JsonReader | undefined;
  readonly #key: string | number;

  constructor(value: JsonValue | undefined, parent?: JsonReader, key: string | number = '') {
    this.value = value;
    this.#parent = parent;
    this.#key = key;
  }

  /** JSON path from the root; empty for the root itself. */
  get path(): string {
    if (this.#parent === undefined) return '';
    const before = this.#parent.path;
    if (typeof this.#key === 'number') return `${before}[${this.#key}]`;
    const key = this.#key.slice(0, KEY_CHARACTERS_MAX);
    if (!PLAIN_KEY.test(key)) return `${before}[${JSON.stringify(key)}]`;
    return before === '' ? key : `${before}.${key}`;
  }

  /** Missing or null. */
  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** An error about this field, to be thrown: `fault('must be short.')` reads "'stop' must be short.". */
  fault(what: string, code: ErrorCode = 'invalid_request'): GatewayError {
    const path = this.path;
    const subject = path === '' ? 'The request body' : `'${path}'`;
    return new GatewayError(code, `${subject} ${what}`, path === '' ? {} : { param: path });
  }

  #wrongType(wanted: string): GatewayError {
    if (this.value === undefined && this.#parent !== undefined) return this.fault('is required.');
    return this.fault(`must be ${wanted}, not ${nameType(this.value)}.`);
  }

  expectObject(): JsonObject {
    if (!isJsonObject(this.value)) throw this.#wrongType('an object');
    return this.value;
  }

  /** A reader of one field of this object. The field may be missing. @throws when this is no object. */
  field(key: string): JsonReader {
    return new JsonReader(this.expectObject()[key], this, key);
  }

  /**
   * As `field`, and undefined where that is absent: of the dozens of optional fields of a format a request has a few, and
   * the others are not worth a reader each.
   */
  given(key: string): JsonReader | undefined {
    const value = this.expectObject()[key];
    return value === undefined || value === null ? undefined : new JsonReader(value, this, key);
  }

  /** `field(key).expectString()`, without a reader where all is well: large bodies are mostly strings. */
  stringAt(key: string): string {
    const value = this.expectObject()[key];
    return typeof value === 'string' ? value : this.field(key).expectString();
  }

  /** `field(key).expectNonEmptyString()`, in the same way. */
  nonEmptyStringAt(key: string): string {
    const value = this.expectObject()[key];
    return typeof value === 'string' && value !== '' ? value : this.field(key).expectNonEmptyString();
  }

  /** Readers of all items of this array. */
  expectArray(): JsonReader[] {
    if (!isJsonArray(this.value)) throw this.#wrongType('an array');
    return this.value.map((item, index) => new JsonReader(item, this, index));
  }

  optionalArray(): JsonReader[] | undefined {
    return this.isAbsent ? undefined : this.expectArray();
  }

  optionalObject(): JsonObject | undefined {
    return this.isAbsent ? undefined : this.expectObject();
  }

  expectString(): string {
    if (typeof this.value !== 'string') throw this.#wrongType('a string');
    return this.value;
  }

  expectNonEmptyString(): string {
    const text = this.expectString();
    if (text === '') throw this.fault('must not be empty.');
    return text;
  }

  optionalString(): string | undefined {
    return this.isAbsent ? undefined : this.expectString();
  }

  expectBoolean(): boolean {
    if (typeof this.value !== 'boolean') throw this.#wrongType('a boolean');
    return this.value;
  }

  optionalBoolean(): boolean | undefined {
    return this.isAbsent ? undefined : this.expectBoolean();
  }

  expectNumber(range: NumberRange = ANY_NUMBER): number {
    if (typeof this.value !== 'number') throw this.#wrongType('a number');
    // `1e999` is valid JSON and parses to Infinity.
    if (!Number.isFinite(this.value) || !isWithin(this.value, range)) {
      throw this.fault(`must be a number${describeRange(range)}.`);
    }
    return this.value;
  }

  optionalNumber(range: NumberRange = ANY_NUMBER): number | undefined {
    return this.isAbsent ? undefined : this.expectNumber(range);
  }

  expectInteger(range: NumberRange = ANY_NUMBER): number {
    if (typeof this.value !== 'number') throw this.#wrongType('an integer');
    // Beyond 2^53 the parsed number is no longer the one the caller wrote.
    if (!Number.isSafeInteger(this.value) || !isWithin(this.value, range)) {
      throw this.fault(`must be an integer${describeRange(range)}.`);
    }
    return this.value;
  }

  optionalInteger(range: NumberRange = ANY_NUMBER): number | undefined {
    return this.isAbsent ? undefined : this.expectInteger(range);
  }

  expectOneOf<const T extends string>(allowed: readonly T[]): T {
    const text = this.expectString();
    for (const candidate of allowed) if (candidate === text) return candidate;
    throw this.fault(`must be one of: ${allowed.join(', ')}.`);
  }

  optionalOneOf<const T extends string>(allowed: readonly T[]): T | undefined {
    return this.isAbsent ? undefined : this.expectOneOf(allowed);
  }
}

function isWithin(value: number, range: NumberRange): boolean {
  return (range.min === undefined || value >= range.min) && (range.max === undefined || value <= range.max);
}
