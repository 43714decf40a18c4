// What a model wrote between the marks, as calls: the name is one of the tools offered, the arguments are a JSON object
// that fits the tool's schema, kept as they were written. Whatever is wrong is said in words that the model can act on.

import type { JsonObject, JsonValue, Tool } from '../../core/neutral/index.ts';
import { fillDefaults, type PlaceholderDefaults } from './placeholders.ts';
import { rawItems, rawMembers, readJson, type ReadJson } from './json-text.ts';
import { formatFaults, judge } from './schema/interpreter.ts';
import { isList, isRecord } from './schema/json-values.ts';

export type ReadCall =
  | { readonly type: 'call'; readonly name: string; readonly arguments: string }
  /** `name` is what the model wanted to call, where that can be told. */
  | { readonly type: 'fault'; readonly name: string | undefined; readonly message: string };

export type CallRules = {
  /** By name; only those that may be called. */
  readonly tools: ReadonlyMap<string, Tool>;
  readonly defaults: PlaceholderDefaults;
};

const ARGUMENT_NAMES = ['arguments', 'parameters', 'input', 'args'] as const;
const CALLS_MAX = 128;
const NAMES_SHOWN_MAX = 20;
const NAME_SHOWN_CHARACTERS = 80;

export function readCalls(source: string, rules: CallRules): readonly ReadCall[] {
  const json = readJson(source);
  if (json === undefined) return [fault(undefined, 'it is not valid JSON')];
  if (!isList(json.value)) return [readCall(json, rules)];
  return rawItems(json.text)
    .slice(0, CALLS_MAX)
    .flatMap((text) => {
      const item = readJson(text);
      return item === undefined ? [] : [readCall(item, rules)];
    });
}

function fault(name: string | undefined, message: string): ReadCall {
  return { type: 'fault', name: name?.slice(0, NAME_SHOWN_CHARACTERS), message };
}

function readCall({ text, value }: ReadJson, rules: CallRules): ReadCall {
  if (!isRecord(value)) return fault(undefined, 'it is not a JSON object');
  const members = rawMembers(text);
  const inner = value['function'];
  // The form in which other interfaces write calls.
  if (isRecord(inner) && !members.has('name')) {
    return readCall({ text: members.get('function') ?? '{}', value: inner }, rules);
  }
  const name = [value['name'], value['tool'], inner].find((one) => typeof one === 'string');
  if (typeof name !== 'string') return fault(undefined, 'it has no "name"');
  const tool = rules.tools.get(name);
  if (tool === undefined) return fault(name, `there is no such tool to call now; there is ${namesOf(rules)}`);
  const given = readArguments(members, value);
  if (given === undefined) return fault(name, '"arguments" is not a JSON object');
  const filled = fillDefaults(given, tool, rules.defaults);
  const verdict = judge(tool.parameters, filled.value);
  if (verdict.type === 'invalid') return fault(name, formatFaults(verdict.faults));
  return { type: 'call', name, arguments: filled.text };
}

function namesOf(rules: CallRules): string {
  const names = [...rules.tools.keys()].slice(0, NAMES_SHOWN_MAX).map((name) => JSON.stringify(name));
  return names.length === 0 ? 'none' : names.join(', ');
}

export type ReadArguments = { readonly text: string; readonly value: JsonObject };

function readArguments(members: ReadonlyMap<string, string>, value: JsonObject): ReadArguments | undefined {
  const key = ARGUMENT_NAMES.find((name) => members.has(name));
  const text = key === undefined ? undefined : members.get(key);
  const given: JsonValue | undefined = key === undefined ? undefined : value[key];
  if (text === undefined || given === undefined || given === null || given === '')
    return { text: '{}', value: {} };
  if (isRecord(given)) return { text, value: given };
  // JSON inside of a string, as some interfaces have it.
  const inner = typeof given === 'string' ? readJson(given) : undefined;
  return inner !== undefined && isRecord(inner.value) ? { text: inner.text, value: inner.value } : undefined;
}
