// Under which plain names the tools of a request are known to a model. This format has kinds of tools that others lack:
// `custom` ones, which take bare text; `namespace` groups; a search for tools that the client runs. All of them become
// functions on the way up, and their calls become again what the client knows on the way down.

import type { JsonObject, JsonValue } from '../../core/neutral/index.ts';
import { objectOf, textOf } from '../../core/wire/index.ts';

export type ToolKind = 'function' | 'custom' | 'tool_search';

/** A tool as the client knows it. */
export type KnownTool = {
  readonly kind: ToolKind;
  readonly name: string;
  readonly namespace: string | undefined;
};

const NAME_CHARACTERS_MAX = 64;
const OUTSIDE = /[^A-Za-z0-9_-]/g;
const BETWEEN = '__';
/** Room for a number that tells two names apart. */
const SUFFIX_CHARACTERS = 6;

/** The name a model knows the tool by, before names that are alike are told apart. */
export function plainName(tool: { readonly name: string; readonly namespace: string | undefined }): string {
  const { name, namespace } = tool;
  if (namespace === undefined) return fit(name);
  return fit(namespace.endsWith(BETWEEN) ? `${namespace}${name}` : `${namespace}${BETWEEN}${name}`);
}

function fit(name: string): string {
  return (name.replace(OUTSIDE, '_') || 'tool').slice(0, NAME_CHARACTERS_MAX);
}

/** Tools by the names models know them by. */
export class ToolNames {
  readonly #byPlain = new Map<string, KnownTool>();
  readonly #byOwn = new Map<string, string>();

  has(tool: KnownTool): boolean {
    return this.#byOwn.has(keyOf(tool));
  }

  /** The name a tool goes by; the same each time. */
  add(tool: KnownTool): string {
    const key = keyOf(tool);
    const known = this.#byOwn.get(key);
    if (known !== undefined) return known;
    const wanted = plainName(tool);
    let plain = wanted;
    for (let number = 2; this.#byPlain.has(plain); number += 1) {
      plain = `${wanted.slice(0, NAME_CHARACTERS_MAX - SUFFIX_CHARACTERS)}_${number}`;
    }
    this.#byPlain.set(plain, tool);
    this.#byOwn.set(key, plain);
    return plain;
  }

  /** The name of a tool that a history or a choice speaks of; undefined where the request has no such tool. */
  find(tool: KnownTool): string | undefined {
    return this.#byOwn.get(keyOf(tool));
  }

  /** What the way down needs: the tools that are not plain functions of the same name. */
  toJson(): JsonObject {
    const entries: [string, JsonValue][] = [];
    for (const [plain, { kind, name, namespace }] of this.#byPlain) {
      if (kind === 'function' && namespace === undefined && name === plain) continue;
      entries.push([plain, { kind, name, ...(namespace === undefined ? {} : { namespace }) }]);
    }
    return Object.fromEntries(entries);
  }
}

function keyOf({ kind, name, namespace }: KnownTool): string {
  return JSON.stringify([kind, namespace ?? null, name]);
}

/** The tool behind a name a model used; a plain function where nothing else is known of it. */
export function knownTool(names: JsonObject, plain: string): KnownTool {
  const entry = Object.hasOwn(names, plain) ? objectOf(names[plain]) : {};
  const kind = entry['kind'];
  return {
    kind: kind === 'custom' || kind === 'tool_search' ? kind : 'function',
    name: textOf(entry['name']) ?? plain,
    namespace: textOf(entry['namespace']),
  };
}

/** A custom tool's one argument. */
export const CUSTOM_INPUT = 'input';

/** The arguments of a custom tool's call as the function it became takes them. */
export function wrapInput(input: string): string {
  return JSON.stringify({ [CUSTOM_INPUT]: input });
}

/** The way back. A model that ignored the schema and wrote bare text meant that text. */
export function unwrapInput(argumentText: string, parse: (text: string) => JsonValue | undefined): string {
  const value = parse(argumentText);
  if (typeof value === 'string') return value;
  return textOf(objectOf(value)[CUSTOM_INPUT]) ?? argumentText;
}
