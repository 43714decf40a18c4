// What a body says that its format's decoder does not read: tags, cache keys, hints, fields nobody knows. They become the
// call's labels, so that dropping them is told. A format's rules say which of them are checked, mean nothing, or are refused.

import type { JsonValue } from '../neutral/index.ts';
import type { JsonReader } from './json-reader.ts';

/** Gives the label, or undefined for a field that asks for nothing. @throws GatewayError for one that is refused. */
export type LabelRule = (field: JsonReader) => JsonValue | undefined;

type LabelsByName = { readonly [name: string]: JsonValue };

const NO_LABELS: LabelsByName = {};

export class Labels {
  readonly #decoded: ReadonlySet<string>;
  readonly #rules: ReadonlyMap<string, LabelRule>;
  /** Undefined while there are none, as in most calls. */
  #found: Map<string, JsonValue> | undefined;

  /** @param decoded Fields that are read elsewhere. A field with neither a reader nor a rule is a label as it is. */
  constructor(decoded: ReadonlySet<string>, rules: ReadonlyMap<string, LabelRule>) {
    this.#decoded = decoded;
    this.#rules = rules;
  }

  /** A hint found deep in the body, under a name that says where, for example `messages.name`. */
  add(name: string, value: JsonValue): void {
    this.#found ??= new Map();
    this.#found.set(name, value);
  }

  /** The labels of the body's own fields, with those added before. */
  collect(body: JsonReader): LabelsByName {
    for (const name of Object.keys(body.expectObject())) {
      if (this.#decoded.has(name)) continue;
      const field = body.given(name);
      if (field?.value === undefined) continue;
      const rule = this.#rules.get(name);
      const label = rule === undefined ? field.value : rule(field);
      if (label !== undefined) this.add(name, label);
    }
    // `fromEntries` defines own properties, so a field called `__proto__` is only a field.
    return this.#found === undefined ? NO_LABELS : Object.fromEntries(this.#found);
  }
}
