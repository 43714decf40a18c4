// `$fromAI(key, description, type, defaultValue)`: how a workflow tool writes "the model shall choose this value". Where a
// text holds one it is explained to the model, and its default steps in for an argument that was left out. Nothing of it
// is evaluated, and calls without one know nothing of it.

import type { Call, JsonObject, JsonValue, Tool } from '../../core/neutral/index.ts';
import type { ReadArguments } from './call-reader.ts';
import { isList, isRecord, own } from './schema/json-values.ts';

export type Placeholder = {
  readonly key: string;
  readonly description: string | undefined;
  readonly type: string | undefined;
  readonly defaultValue: JsonValue | undefined;
};

const SIGN = '$fromAI(';
const PER_TEXT_MAX = 20;
const ARGUMENT_CHARACTERS_MAX = 400;

const ARGUMENT =
  /\s*(?:(["'`])((?:\\.|(?!\1)[^\\]){0,400})\1|(-?\d{1,20}(?:\.\d{1,20})?|true|false|null))\s*/y;

/** Those of a text, oldest first. What is no call of this form is left alone. */
export function findPlaceholders(text: string): readonly Placeholder[] {
  const found: Placeholder[] = [];
  for (
    let at = text.indexOf(SIGN);
    at !== -1 && found.length < PER_TEXT_MAX;
    at = text.indexOf(SIGN, at + 1)
  ) {
    const [key, description, type, defaultValue] = readArguments(text, at + SIGN.length);
    if (typeof key !== 'string' || key === '') continue;
    found.push({
      key,
      description: typeof description === 'string' && description !== '' ? description : undefined,
      type: typeof type === 'string' && type !== '' ? type : undefined,
      defaultValue: typed(defaultValue, type),
    });
  }
  return found;
}

function readArguments(text: string, start: number): readonly (JsonValue | undefined)[] {
  const values: JsonValue[] = [];
  let at = start;
  while (values.length < 4) {
    ARGUMENT.lastIndex = at;
    const found = ARGUMENT.exec(text);
    if (found === null) break;
    values.push(found[3] === undefined ? unescaped(found[2] ?? '') : word(found[3]));
    at = ARGUMENT.lastIndex;
    if (text.charAt(at) !== ',') break;
    at += 1;
  }
  return values;
}

const unescaped = (text: string): string =>
  text.slice(0, ARGUMENT_CHARACTERS_MAX).replaceAll(/\\(.)/gs, '$1');

function word(text: string): JsonValue {
  if (text === 'null') return null;
  return text === 'true' || text === 'false' ? text === 'true' : Number(text);
}

/** Defaults are often written as texts, whatever the type. */
function typed(value: JsonValue | undefined, type: JsonValue | undefined): JsonValue | undefined {
  if (typeof value !== 'string') return value;
  if (type === 'number' && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value);
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

/** By tool and argument. */
export type PlaceholderDefaults = ReadonlyMap<string, ReadonlyMap<string, JsonValue>>;

export type CallPlaceholders = {
  /** For the instruction; undefined where the call holds none. */
  readonly explanation: string | undefined;
  readonly defaults: PlaceholderDefaults;
};

const EXPLANATION =
  'Where a description or a message holds $fromAI(key, description, type, default), it stands for a value that you choose yourself from the conversation: of that type, as described; the default where nothing else is said. Never write $fromAI in an argument.';

export function readPlaceholders(call: Call): CallPlaceholders {
  const defaults = new Map<string, ReadonlyMap<string, JsonValue>>();
  let occurs = call.messages.some((message) =>
    message.content.some((part) => part.type === 'text' && part.text.includes(SIGN)),
  );
  for (const tool of call.tools) {
    if (!JSON.stringify([tool.description ?? '', tool.parameters]).includes(SIGN)) continue;
    occurs = true;
    const ofTool = defaultsOf(tool);
    if (ofTool.size > 0) defaults.set(tool.name, ofTool);
  }
  return { explanation: occurs ? EXPLANATION : undefined, defaults };
}

/** Of the arguments whose own schema holds a placeholder: only there it is clear what it stands for. */
function defaultsOf(tool: Tool): ReadonlyMap<string, JsonValue> {
  const found = new Map<string, JsonValue>();
  const properties = own(tool.parameters, 'properties');
  if (!isRecord(properties)) return found;
  for (const name of Object.keys(properties)) {
    const [first] = textsOf(own(properties, name)).flatMap(findPlaceholders);
    if (first?.defaultValue !== undefined) found.set(name, first.defaultValue);
  }
  return found;
}

function textsOf(schema: JsonValue | undefined): readonly string[] {
  if (!isRecord(schema)) return [];
  return ['description', 'default'].flatMap((name) => {
    const value = own(schema, name);
    return typeof value === 'string' ? [value] : [];
  });
}

export function fillDefaults(given: ReadArguments, tool: Tool, all: PlaceholderDefaults): ReadArguments {
  const defaults = all.get(tool.name);
  if (defaults === undefined) return given;
  const required = own(tool.parameters, 'required');
  const missing: Record<string, JsonValue> = {};
  for (const [name, value] of defaults) {
    if (isList(required) && required.includes(name) && !Object.hasOwn(given.value, name))
      missing[name] = value;
  }
  const names = Object.keys(missing);
  if (names.length === 0) return given;
  const added = JSON.stringify(missing).slice(0, -1);
  const rest = given.text.trim().slice(1);
  const value: JsonObject = { ...missing, ...given.value };
  return { text: Object.keys(given.value).length === 0 ? `${added}}` : `${added},${rest}`, value };
}
