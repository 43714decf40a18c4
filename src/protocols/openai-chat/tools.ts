// The tools of a chat-completions call and what is said about choosing them, the older `functions` spelling included.

import type { JsonObject, Tool, ToolChoice } from '../../core/neutral/index.ts';
import type { JsonReader } from '../../core/wire/index.ts';
import { decodeCacheHint } from './content.ts';

const TOOL_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const NO_PARAMETERS: JsonObject = { type: 'object', properties: {} };

const AUTO: ToolChoice = { type: 'auto' };
const NO_ENTRIES: readonly JsonReader[] = [];

export type DecodedTools = { readonly tools: readonly Tool[]; readonly toolChoice: ToolChoice };

/** A tool type or the like that exists in the public format and does not here. */
export function expectFunctionType(type: JsonReader): void {
  const name = type.expectString();
  if (name === 'custom') {
    throw type.fault("is 'custom', which is not supported: only 'function' is.", 'unsupported');
  }
  if (name !== 'function') throw type.fault("is not supported: only 'function' is.", 'unsupported');
}

/** `marked` is the entry that may carry a cache mark: the function's own wrapper, where it has one. */
function decodeFunction(field: JsonReader, marked: JsonReader): Tool {
  const name = field.field('name');
  if (!TOOL_NAME.test(name.expectString())) {
    throw name.fault('must be 1 to 64 characters of a-z, A-Z, 0-9, underscore and dash.');
  }
  return {
    name: name.expectString(),
    description: field.given('description')?.expectString(),
    parameters: field.given('parameters')?.expectObject() ?? NO_PARAMETERS,
    strict: field.given('strict')?.optionalBoolean(),
    cache: decodeCacheHint(marked),
  };
}

function assertDistinct(functions: readonly JsonReader[]): void {
  const seen = new Set<string>();
  for (const field of functions) {
    const name = field.field('name');
    if (seen.has(name.expectString())) throw name.fault('is the name of an earlier tool too.');
    seen.add(name.expectString());
  }
}

function expectKnownName(name: JsonReader, known: ReadonlySet<string>): string {
  const chosen = name.expectString();
  if (!known.has(chosen)) throw name.fault('names no tool of this request.');
  return chosen;
}

function decodeChosenName(name: JsonReader, tools: readonly Tool[]): string {
  return expectKnownName(name, new Set(tools.map((tool) => tool.name)));
}

function decodeAllowed(allowed: JsonReader, tools: readonly Tool[]): DecodedTools {
  const mode = allowed.field('mode').expectOneOf(['auto', 'required']);
  const known = new Set(tools.map((tool) => tool.name));
  const names = new Set<string>();
  for (const entry of allowed.field('tools').expectArray()) {
    expectFunctionType(entry.field('type'));
    names.add(expectKnownName(entry.field('function').field('name'), known));
  }
  if (names.size === 0) throw allowed.field('tools').fault('must not be empty.');
  return { tools: tools.filter((tool) => names.has(tool.name)), toolChoice: { type: mode } };
}

function decodeToolChoice(field: JsonReader | undefined, tools: readonly Tool[]): DecodedTools {
  if (field === undefined) return { tools, toolChoice: AUTO };
  if (typeof field.value === 'string') {
    const type = field.expectOneOf(['auto', 'none', 'required']);
    if (type === 'required' && tools.length === 0) {
      throw field.fault("is only allowed to be 'required' when 'tools' are specified.");
    }
    return { tools, toolChoice: { type } };
  }
  const type = field.field('type');
  if (type.value === 'allowed_tools') return decodeAllowed(field.field('allowed_tools'), tools);
  expectFunctionType(type);
  const name = decodeChosenName(field.field('function').field('name'), tools);
  return { tools, toolChoice: { type: 'named', name } };
}

/** The older spelling: `auto`, `none` or `{name}`. */
function decodeFunctionCall(field: JsonReader, tools: readonly Tool[]): DecodedTools {
  if (typeof field.value === 'string') {
    return { tools, toolChoice: { type: field.expectOneOf(['auto', 'none']) } };
  }
  return { tools, toolChoice: { type: 'named', name: decodeChosenName(field.field('name'), tools) } };
}

export function decodeTools(body: JsonReader): DecodedTools {
  const entries = body.given('tools')?.expectArray() ?? NO_ENTRIES;
  const legacy = body.given('functions')?.expectArray() ?? NO_ENTRIES;
  if (entries.length > 0 && legacy.length > 0) {
    throw body.field('functions').fault("must not be given beside 'tools'.");
  }
  const functions = entries.map((entry) => {
    expectFunctionType(entry.field('type'));
    return entry.field('function');
  });
  const described = entries.length > 0 ? functions : legacy;
  const tools = described.map((field, index) => decodeFunction(field, entries[index] ?? field));
  if (described.length > 1) assertDistinct(described);
  const choice = body.given('tool_choice');
  const legacyChoice = body.given('function_call');
  if (choice !== undefined || legacyChoice === undefined) return decodeToolChoice(choice, tools);
  return decodeFunctionCall(legacyChoice, tools);
}
