// Tools on `invoke` in Anthropic's own form: custom tools with an input schema, and the four kinds of tool choice.
import type { Tool } from '../mind.ts';
import type { Model } from '../models.ts';
import type { Body } from './classic-body.ts';
import { isRecord } from './classic-body.ts';
import type { ToolChoice } from './gateway-tools.ts';
import { nativeRefusal, shown } from './native-errors.ts';
import type { Context } from './surface.ts';

const toolKeys = new Set(['type', 'name', 'description', 'input_schema', 'cache_control', 'strict']);
const toolName = /^[a-zA-Z0-9_-]{1,128}$/u;

const invalid = (context: Context, message: string): Error => nativeRefusal(context, 'invoke', 400, message);

/** Marks where caching is asked for; the caller counts. */
type SeeMarker = (block: Body, path: string) => void;

function readTool(context: Context, value: unknown, path: string, seeMarker: SeeMarker): Tool {
  if (!isRecord(value)) throw invalid(context, `${path}: Input should be an object`);
  const { type, name, input_schema: schema } = value;
  if (type !== undefined && type !== null && type !== 'custom') {
    throw invalid(
      context,
      `${path}: Input tag '${shown(type)}' found using 'type' does not match any of the expected tags: 'custom'`,
    );
  }
  if (typeof name !== 'string') throw invalid(context, `${path}.custom.name: Field required`);
  if (!toolName.test(name)) {
    throw invalid(
      context,
      `${path}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$': ${name}`,
    );
  }
  if (!isRecord(schema)) throw invalid(context, `${path}.custom.input_schema: Field required`);
  if (schema['type'] !== 'object') {
    throw invalid(context, `${path}.custom.input_schema.type: Input should be 'object'`);
  }
  const extra = Object.keys(value).find((key) => !toolKeys.has(key));
  if (extra !== undefined && context.org.invokeUnknownKeys === 'refused') {
    throw invalid(context, `${path}.custom.${extra}: Extra inputs are not permitted`);
  }
  if (value['strict'] === true && context.org.invokeOutputFormat === 'refused') {
    throw invalid(context, `${path}.custom.strict: Extra inputs are not permitted`);
  }
  seeMarker(value, path);
  return { name, parameters: schema };
}

const choiceTypes = ['auto', 'any', 'tool', 'none'] as const;
const isChoiceType = (value: unknown): value is (typeof choiceTypes)[number] =>
  (choiceTypes as readonly unknown[]).includes(value);

export function readInvokeTools(
  context: Context,
  body: Body,
  model: Model,
  seeMarker: SeeMarker,
): ToolChoice {
  const declared = body['tools'] ?? [];
  if (!Array.isArray(declared)) throw invalid(context, 'tools: Input should be a valid list');
  const tools = declared.map((tool: unknown, index) => readTool(context, tool, `tools.${index}`, seeMarker));
  if (new Set(tools.map((tool) => tool.name)).size < tools.length) {
    throw invalid(context, 'tools: Tool names must be unique.');
  }
  if (tools.length > 0 && !model.tools) throw invalid(context, `${model.vendorId} does not support tool use`);
  const choice = body['tool_choice'] ?? { type: 'auto' };
  const type: unknown = isRecord(choice) ? choice['type'] : undefined;
  if (!isRecord(choice) || !isChoiceType(type)) {
    throw invalid(context, "tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'");
  }
  if (body['tool_choice'] !== undefined && tools.length === 0 && type !== 'none') {
    throw invalid(context, 'tool_choice: may only be specified while providing tools');
  }
  const { disable_parallel_tool_use: alone = false, name } = choice;
  if (typeof alone !== 'boolean') {
    throw invalid(context, `tool_choice.${type}.disable_parallel_tool_use: Input should be a valid boolean`);
  }
  if (type === 'tool' && !tools.some((tool) => tool.name === name)) {
    throw invalid(context, `tool_choice: Tool '${shown(name)}' not found in provided tools`);
  }
  return {
    tools: type === 'tool' ? tools.filter((tool) => tool.name === name) : tools,
    toolMode: type,
    parallelCalls: !alone,
  };
}
