// The tools of a Messages request and what is said about choosing them. Only tools that the caller runs and describes
// itself exist here; those that Anthropic runs or has built into its models are refused by name.

import type { Labels } from '../../core/wire/index.ts';
import type { Call, JsonObject, Tool, ToolChoice } from '../../core/neutral/index.ts';
import type { JsonReader } from '../../core/wire/json-reader.ts';
import { decodeCache, withCache } from './content.ts';

const TOOL_NAME = /^[A-Za-z0-9_-]{1,128}$/;
const TYPE_NAME = /^[A-Za-z0-9_]{1,64}$/;
/** Types that the caller runs, but whose description only Anthropic's models know. */
const BUILT_IN = /^(?:bash|text_editor|computer|memory)_/;
/** Keeps an upstream's deferred loading alive; it is never called. */
const PLACEHOLDER = 'DeferredToolPlaceholder';
const NO_PARAMETERS: JsonObject = { type: 'object', properties: {} };
/** Fields with a meaning here, and flags that ask nothing of a model. */
const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'type',
  'name',
  'description',
  'input_schema',
  'strict',
  'cache_control',
  'defer_loading',
  'eager_input_streaming',
]);

function expectCustomType(type: JsonReader): void {
  const name = type.expectString();
  if (name === 'custom') return;
  const told = TYPE_NAME.test(name) ? `is '${name}', which` : 'names a tool that';
  const why = BUILT_IN.test(name)
    ? "is not supported: it is built into Anthropic's models; describe it as a custom tool with an input_schema."
    : 'is not supported: tools that run at Anthropic do not exist here.';
  throw type.fault(`${told} ${why}`, 'unsupported');
}

function decodeTool(entry: JsonReader, labels: Labels): Tool | undefined {
  const type = entry.given('type');
  if (type !== undefined) expectCustomType(type);
  const name = entry.stringAt('name');
  if (!TOOL_NAME.test(name)) {
    throw entry.field('name').fault('must be 1 to 128 characters of a-z, A-Z, 0-9, underscore and dash.');
  }
  if (entry.given('defer_loading')?.expectBoolean() === true && name === PLACEHOLDER) return undefined;
  const fields = entry.expectObject();
  for (const key in fields) {
    if (!KNOWN_FIELDS.has(key) && fields[key] !== null) labels.add(`tools.${key}`, true);
  }
  const tool = {
    name,
    description: entry.given('description')?.expectString(),
    parameters: entry.given('input_schema')?.expectObject() ?? NO_PARAMETERS,
    strict: entry.given('strict')?.expectBoolean(),
  };
  return withCache(tool, decodeCache(entry));
}

function decodeToolChoice(field: JsonReader, tools: readonly Tool[]): ToolChoice {
  if (field.isAbsent) return { type: 'auto' };
  const typeField = field.field('type');
  const type = typeField.expectOneOf(['auto', 'any', 'tool', 'none']);
  if (type === 'auto' || type === 'none') return { type };
  if (type === 'any') {
    if (tools.length === 0) throw typeField.fault("is only allowed to be 'any' when 'tools' are specified.");
    return { type: 'required' };
  }
  const name = field.field('name');
  const chosen = name.expectString();
  if (!tools.some((tool) => tool.name === chosen)) throw name.fault('names no tool of this request.');
  return { type: 'named', name: chosen };
}

function decodeParallel(field: JsonReader): boolean | undefined {
  if (field.isAbsent) return undefined;
  const disabled = field.field('disable_parallel_tool_use').optionalBoolean();
  return disabled === undefined ? undefined : !disabled;
}

export function decodeTools(
  body: JsonReader,
  labels: Labels,
): Pick<Call, 'tools' | 'toolChoice' | 'parallelToolCalls'> {
  const tools: Tool[] = [];
  const names = new Set<string>();
  for (const entry of body.field('tools').optionalArray() ?? []) {
    const tool = decodeTool(entry, labels);
    if (tool === undefined) continue;
    if (names.has(tool.name)) throw entry.field('name').fault('is the name of an earlier tool too.');
    names.add(tool.name);
    tools.push(tool);
  }
  const choice = body.field('tool_choice');
  return { tools, toolChoice: decodeToolChoice(choice, tools), parallelToolCalls: decodeParallel(choice) };
}
