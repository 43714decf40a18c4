// Reads the tools of a chat request, the tool configuration and the response format (3.4).
import type { Question, Tool } from '../mind.ts';
import type { Model } from '../models.ts';
import { strictFault } from '../strict-schemas.ts';
import type { Body } from './classic-body.ts';
import { isRecord } from './classic-body.ts';
import { bad } from './gateway-body.ts';
import type { Context } from './surface.ts';

const schemaDepthMax = 64;
const namedSchemas = ['properties', '$defs', 'definitions', 'patternProperties'];
const listedSchemas = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const singleSchemas = ['items', 'additionalProperties', 'not'];

/** The path of the first type name that is not in lower case (8 #17, [O M]). */
function upperCaseType(schema: unknown, path: string, depth: number): string | undefined {
  if (!isRecord(schema) || depth > schemaDepthMax) return undefined;
  const { type } = schema;
  const types: unknown[] = Array.isArray(type) ? type : [type];
  if (types.some((name) => typeof name === 'string' && name !== name.toLowerCase())) return `${path}.type`;
  const inner: [string, unknown][] = [];
  for (const key of namedSchemas) {
    if (isRecord(schema[key])) {
      for (const [name, item] of Object.entries(schema[key])) inner.push([`${path}.${key}.${name}`, item]);
    }
  }
  for (const key of listedSchemas) {
    if (Array.isArray(schema[key])) {
      for (const [index, item] of schema[key].entries()) inner.push([`${path}.${key}[${index}]`, item]);
    }
  }
  for (const key of singleSchemas) inner.push([`${path}.${key}`, schema[key]]);
  for (const [at, item] of inner) {
    const found = upperCaseType(item, at, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Only inside `function` does the word count (3.4): beside it, it is one of the extra keys that mean nothing. */
function checkStrict(context: Context, declared: Body, model: Model, path: string): void {
  const { strict, parameters } = declared;
  if (strict !== undefined && strict !== null && typeof strict !== 'boolean') {
    throw bad(context, `${path}.strict must be a boolean`);
  }
  if (strict !== true || model.family !== 'gpt') return;
  const fault = strictFault(parameters ?? {});
  if (fault === undefined) return;
  throw bad(context, `Invalid schema for function '${String(declared['name'])}': ${fault}`, 400);
}

function readTool(context: Context, value: unknown, model: Model, path: string): Tool | undefined {
  if (!isRecord(value)) throw bad(context, `${path} must be an object`);
  const type = value['type'] ?? 'function';
  if (type === 'web_search') return undefined;
  if (type !== 'function') throw bad(context, `${path}.type must be function or web_search`);
  const { function: declared } = value;
  if (!isRecord(declared)) throw bad(context, `${path}.function is required`);
  const { name, parameters } = declared;
  if (typeof name !== 'string' || name === '') throw bad(context, `${path}.function.name is required`);
  if (parameters !== undefined && parameters !== null && !isRecord(parameters)) {
    throw bad(context, `${path}.function.parameters must be an object`);
  }
  const wrong = upperCaseType(parameters, `${path}.function.parameters`, 0);
  if (wrong !== undefined && context.org.upperCaseSchemaTypes === 'refused') {
    throw bad(context, `${wrong}: type names are lower case`, 400);
  }
  checkStrict(context, declared, model, `${path}.function`);
  return { name, parameters: parameters ?? {} };
}

const modes = ['auto', 'none', 'any', 'tool'] as const;
const isMode = (value: unknown): value is Question['toolMode'] =>
  (modes as readonly unknown[]).includes(value);

export type ToolChoice = Pick<Question, 'tools' | 'toolMode' | 'parallelCalls'>;

function allowedNames(context: Context, config: Body, tools: readonly Tool[]): readonly string[] | undefined {
  const { allowed_tools: allowed } = config;
  if (allowed === undefined || allowed === null) return undefined;
  if (!Array.isArray(allowed)) throw bad(context, 'tool_config.allowed_tools must be a list');
  return allowed.map((entry: unknown, index) => {
    const name: unknown = isRecord(entry) ? entry['name'] : undefined;
    if (typeof name !== 'string' || !tools.some((tool) => tool.name === name)) {
      throw bad(context, `tool_config.allowed_tools[${index}].name is not one of the tools`);
    }
    return name;
  });
}

export function readToolChoice(context: Context, body: Body, model: Model): ToolChoice {
  const declared = body['tools'] ?? [];
  if (!Array.isArray(declared)) throw bad(context, 'tools must be a list');
  const tools = declared
    .map((tool: unknown, index) => readTool(context, tool, model, `tools[${index}]`))
    .filter((tool) => tool !== undefined);
  if (tools.length > 0 && !model.tools) throw bad(context, 'The model does not support tools', 400);
  const config = body['tool_config'] ?? {};
  if (!isRecord(config)) throw bad(context, 'tool_config must be an object');
  const mode = config['mode'] ?? 'auto';
  if (!isMode(mode)) throw bad(context, `tool_config.mode must be one of ${modes.join(', ')}`);
  const parallel = config['parallel_calls'] ?? true;
  if (typeof parallel !== 'boolean') throw bad(context, 'tool_config.parallel_calls must be a boolean');
  const allowed = allowedNames(context, config, tools);
  if ((mode === 'any' || mode === 'tool') && tools.length === 0) {
    throw bad(context, `tool_config.mode ${mode} needs tools`);
  }
  return {
    tools: allowed === undefined ? tools : tools.filter((tool) => allowed.includes(tool.name)),
    toolMode: mode,
    parallelCalls: parallel,
  };
}

/** The format the vendor parameters ask for. Claude's vendor knows no `response_format`; what happens then is an option. */
export function readFormat(context: Context, parameters: Body, model: Model): Question['format'] {
  const { response_format: asked, guided_json: guided } = parameters;
  if (asked === undefined && guided === undefined) return 'text';
  if (model.family === 'claude' && context.org.claudeResponseFormat !== 'honoured') {
    if (context.org.claudeResponseFormat === 'ignored') return 'text';
    throw bad(context, 'response_format: Extra inputs are not permitted', 400);
  }
  if (guided !== undefined) return { schema: guided };
  if (!isRecord(asked)) throw bad(context, 'response_format must be an object', 400);
  if (asked['type'] === 'text') return 'text';
  if (asked['type'] === 'json_object') return 'json';
  const { json_schema: named } = asked;
  if (asked['type'] !== 'json_schema' || !isRecord(named) || !isRecord(named['schema'])) {
    throw bad(context, 'response_format.json_schema.schema is required', 400);
  }
  return { schema: named['schema'] };
}

const efforts = ['minimal', 'low', 'medium', 'high'];

/** True when the model is to reason. "OpenAI and Gemini only"; the flat `reasoning_effort` has no effect (3.4). */
export function readReasoning(context: Context, body: Body, model: Model): boolean {
  const { reasoning_settings: settings } = body;
  if (settings === undefined || settings === null) return false;
  if (!isRecord(settings)) throw bad(context, 'reasoning_settings must be an object');
  const { reasoning_budget: budget } = settings;
  if (budget !== undefined && budget !== null) {
    const effort = isRecord(budget) && efforts.includes(String(budget['effort']));
    const tokens = isRecord(budget) && Number.isInteger(budget['tokens']);
    if (effort === tokens) {
      throw bad(
        context,
        `reasoning_settings.reasoning_budget must be {effort: ${efforts.join('|')}} or {tokens}`,
      );
    }
  }
  if (model.family !== 'gpt' && model.family !== 'gemini') return false;
  if (context.org.reasoningSettings === 'refused')
    throw bad(context, 'reasoning_settings is not supported', 400);
  return context.org.reasoningSettings === 'honoured' && model.reasoning && isRecord(budget);
}
