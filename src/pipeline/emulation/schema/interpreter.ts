// An interpreting JSON Schema validator for schemas that strangers wrote: nothing of a schema is ever run, every walk has
// a budget, and whatever cannot be decided is said to be undecided and never held against the value.

import type { JsonObject, JsonValue } from '../../../core/neutral/index.ts';
import { Budget, isEqual, isList, isRecord, OutOfBudget, own, pointerStep, showAll } from './json-values.ts';
import { resolveReference } from './references.ts';
import { faultOfScalars, faultOfType } from './scalars.ts';

/** `pointer` is a JSON pointer into the value, empty for the whole; `message` completes "the value at …". */
export type SchemaFault = { readonly pointer: string; readonly message: string };

export type SchemaVerdict =
  | { readonly type: 'valid' }
  | { readonly type: 'invalid'; readonly faults: readonly SchemaFault[] }
  /** Too large, too deep or too twisted to be decided here. */
  | { readonly type: 'undecided' };

const STEPS_MAX = 50_000;
/** Schemas inside schemas, references followed included. */
const DEPTH_MAX = 200;
/** References followed without going deeper into the value: a longer chain is a circle. */
const REFERENCES_MAX = 24;
/** Enough for a model to mend its answer; more would only make the prompt longer. */
const FAULTS_MAX = 6;

export function judge(schema: JsonValue, value: JsonValue): SchemaVerdict {
  const walk = new Walk(schema);
  try {
    const faults = walk.check(schema, value, { pointer: '', depth: 0, references: 0 });
    return faults.length === 0 ? { type: 'valid' } : { type: 'invalid', faults };
  } catch (thrown) {
    if (thrown instanceof OutOfBudget) return { type: 'undecided' };
    throw thrown;
  }
}

/** For a repair prompt: one line a fault. */
export function formatFaults(faults: readonly SchemaFault[]): string {
  return faults
    .map(({ pointer, message }) => `${pointer === '' ? 'the value' : pointer} ${message}`)
    .join('; ');
}

type Place = { readonly pointer: string; readonly depth: number; readonly references: number };
type Faults = readonly SchemaFault[];

const NONE: Faults = [];
const one = (place: Place, message: string): Faults => [{ pointer: place.pointer, message }];

class Walk {
  readonly #root: JsonValue;
  readonly #budget = new Budget(STEPS_MAX);
  /** Keywords met that are not judged here. A `not` or `oneOf` over one of them decides nothing. */
  #unjudged = 0;

  constructor(root: JsonValue) {
    this.#root = root;
  }

  check(schema: JsonValue, value: JsonValue, place: Place): Faults {
    this.#budget.spend();
    if (place.depth > DEPTH_MAX) throw new OutOfBudget();
    if (schema === false) return one(place, 'is not allowed');
    if (!isRecord(schema)) return NONE;
    // OpenAPI's way to say "or null".
    if (value === null && own(schema, 'nullable') === true) return NONE;
    if (own(schema, 'pattern') !== undefined && typeof value === 'string') this.#unjudged += 1;
    const plain =
      faultOfType(schema, value) ??
      this.#faultOfValues(schema, value) ??
      faultOfScalars(schema, value, this.#budget);
    if (plain !== undefined) return one(place, plain);
    const faults: SchemaFault[] = [];
    if (isRecord(value)) faults.push(...this.#members(schema, value, place));
    else if (isList(value)) faults.push(...this.#items(schema, value, place));
    faults.push(...this.#reference(schema, value, place), ...this.#combined(schema, value, place));
    return faults.length > FAULTS_MAX ? faults.slice(0, FAULTS_MAX) : faults;
  }

  #faultOfValues(schema: JsonObject, value: JsonValue): string | undefined {
    const allowed = own(schema, 'enum');
    if (isList(allowed) && !allowed.some((item) => isEqual(item, value, this.#budget))) {
      return `must be one of: ${showAll(allowed)}`;
    }
    const constant = own(schema, 'const');
    if (constant === undefined || isEqual(constant, value, this.#budget)) return undefined;
    return `must be ${showAll([constant])}`;
  }

  #members(schema: JsonObject, value: JsonObject, place: Place): Faults {
    const faults: SchemaFault[] = [...this.#missing(schema, value, place)];
    const properties = own(schema, 'properties');
    const known = isRecord(properties) ? properties : undefined;
    const others = own(schema, 'additionalProperties');
    const patterns = own(schema, 'patternProperties') !== undefined;
    if (patterns) this.#unjudged += 1;
    const named = own(schema, 'propertyNames');
    for (const name of Object.keys(value)) {
      this.#budget.spend();
      if (faults.length > FAULTS_MAX) break;
      const inner = deeper(place, name);
      const member = own(value, name);
      if (member === undefined) continue;
      const rule = known === undefined ? undefined : own(known, name);
      if (rule !== undefined) faults.push(...this.check(rule, member, inner));
      // A name that none of them lists may still fit a pattern, and those are not run.
      else if (others === false && !patterns) {
        faults.push(...one(inner, `is not a member that is allowed${namesOf(known)}`));
      } else if (others !== undefined && !patterns) faults.push(...this.check(others, member, inner));
      if (named !== undefined && this.check(named, name, inner).length > 0) {
        faults.push(...one(inner, 'has a name that is not allowed'));
      }
    }
    return faults;
  }

  *#missing(schema: JsonObject, value: JsonObject, place: Place): Generator<SchemaFault> {
    const required = own(schema, 'required');
    if (isList(required)) yield* this.#absent(required, value, place);
    const dependent = own(schema, 'dependentRequired');
    if (!isRecord(dependent)) return;
    for (const name of Object.keys(dependent)) {
      this.#budget.spend();
      const names = own(dependent, name);
      if (isList(names) && Object.hasOwn(value, name)) yield* this.#absent(names, value, place);
    }
  }

  *#absent(names: readonly JsonValue[], value: JsonObject, place: Place): Generator<SchemaFault> {
    for (const name of names) {
      this.#budget.spend();
      if (typeof name !== 'string' || Object.hasOwn(value, name)) continue;
      yield { pointer: place.pointer + pointerStep(name), message: 'is required' };
    }
  }

  #items(schema: JsonObject, value: readonly JsonValue[], place: Place): Faults {
    const faults: SchemaFault[] = [];
    const items = own(schema, 'items');
    const prefix = own(schema, 'prefixItems') ?? (isList(items) ? items : undefined);
    const tuple = isList(prefix) ? prefix : [];
    const rest = isList(items) ? own(schema, 'additionalItems') : items;
    for (const [index, item] of value.entries()) {
      this.#budget.spend();
      if (faults.length > FAULTS_MAX) break;
      const rule = tuple[index] ?? rest;
      if (rule !== undefined) faults.push(...this.check(rule, item, deeper(place, index)));
    }
    const contained = own(schema, 'contains');
    if (contained !== undefined && own(schema, 'minContains') !== 0) {
      const found = value.some(
        (item, index) => this.check(contained, item, deeper(place, index)).length === 0,
      );
      if (!found) faults.push(...one(place, 'lacks an item that it must contain'));
    }
    if (own(schema, 'uniqueItems') === true && this.#repeats(value)) {
      faults.push(...one(place, 'must not have the same item twice'));
    }
    return faults;
  }

  #repeats(value: readonly JsonValue[]): boolean {
    return value.some((item, index) => {
      for (let other = 0; other < index; other += 1) {
        const before = value[other];
        if (before !== undefined && isEqual(before, item, this.#budget)) return true;
      }
      return false;
    });
  }

  #reference(schema: JsonObject, value: JsonValue, place: Place): Faults {
    const reference = own(schema, '$ref');
    if (own(schema, '$dynamicRef') !== undefined) this.#unjudged += 1;
    if (typeof reference !== 'string') return NONE;
    if (place.references >= REFERENCES_MAX) throw new OutOfBudget();
    const target = resolveReference(this.#root, reference);
    if (target === undefined) {
      this.#unjudged += 1;
      return NONE;
    }
    return this.check(target, value, {
      pointer: place.pointer,
      depth: place.depth + 1,
      references: place.references + 1,
    });
  }

  #combined(schema: JsonObject, value: JsonValue, place: Place): Faults {
    const inner: Place = { ...place, depth: place.depth + 1 };
    const faults: SchemaFault[] = [];
    const all = own(schema, 'allOf');
    if (isList(all)) for (const part of all) faults.push(...this.check(part, value, inner));
    const any = own(schema, 'anyOf');
    if (isList(any) && any.length > 0) faults.push(...this.#anyOf(any, value, inner));
    const exactly = own(schema, 'oneOf');
    if (isList(exactly) && exactly.length > 0) faults.push(...this.#oneOf(exactly, value, inner));
    const negated = own(schema, 'not');
    if (negated !== undefined && this.#tries(negated, value, inner) === true) {
      faults.push(...one(place, 'has a form that is not allowed'));
    }
    const condition = own(schema, 'if');
    if (condition !== undefined) faults.push(...this.#conditional(schema, condition, value, inner));
    return faults;
  }

  #conditional(schema: JsonObject, condition: JsonValue, value: JsonValue, place: Place): Faults {
    const holds = this.#tries(condition, value, place);
    if (holds === undefined) return NONE;
    const branch = own(schema, holds ? 'then' : 'else');
    return branch === undefined ? NONE : this.check(branch, value, place);
  }

  /** Undefined where it would fit but for a keyword that is not judged. */
  #tries(schema: JsonValue, value: JsonValue, place: Place): boolean | undefined {
    const before = this.#unjudged;
    const fits = this.check(schema, value, place).length === 0;
    return fits && this.#unjudged > before ? undefined : fits;
  }

  #anyOf(branches: readonly JsonValue[], value: JsonValue, place: Place): Faults {
    let nearest: Faults | undefined;
    for (const branch of branches) {
      const faults = this.check(branch, value, place);
      if (faults.length === 0) return NONE;
      nearest = nearer(nearest, faults);
    }
    return noneFits(nearest, place, branches.length);
  }

  #oneOf(branches: readonly JsonValue[], value: JsonValue, place: Place): Faults {
    let fitting = 0;
    let nearest: Faults | undefined;
    for (const branch of branches) {
      const before = this.#unjudged;
      const faults = this.check(branch, value, place);
      if (faults.length > 0) nearest = nearer(nearest, faults);
      else if (this.#unjudged > before) return NONE;
      else fitting += 1;
    }
    if (fitting === 1) return NONE;
    if (fitting > 1) return one(place, 'fits several forms of which exactly one is allowed');
    return noneFits(nearest, place, branches.length);
  }
}

const NAMES_SHOWN_MAX = 12;

function namesOf(properties: JsonObject | undefined): string {
  const names = Object.keys(properties ?? {});
  return names.length === 0 || names.length > NAMES_SHOWN_MAX ? '' : ` (allowed: ${showAll(names)})`;
}

function deeper(place: Place, name: string | number): Place {
  return { pointer: place.pointer + pointerStep(name), depth: place.depth + 1, references: 0 };
}

/** The form that was meant is likely the one in which the fault lies deepest. */
function nearer(nearest: Faults | undefined, faults: Faults): Faults {
  if (nearest === undefined) return faults;
  const depthOf = (list: Faults): number => Math.max(...list.map(({ pointer }) => pointer.split('/').length));
  return depthOf(faults) > depthOf(nearest) ? faults : nearest;
}

function noneFits(nearest: Faults | undefined, place: Place, count: number): Faults {
  if (count === 1 && nearest !== undefined) return nearest;
  const told = [...one(place, `fits none of the ${count} forms that are allowed`), ...(nearest ?? NONE)];
  return told.slice(0, FAULTS_MAX);
}
