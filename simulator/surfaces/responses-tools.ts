// Tools of `/responses` (3.8): functions in the flat form, the forms of `tool_choice`, and the text format.
import type { Question, Tool } from '../mind.ts';
import type { Model } from '../models.ts';
import { strictFault } from '../strict-schemas.ts';
import type { Body } from './classic-body.ts';
import { isRecord } from './classic-body.ts';
import type { ToolChoice } from './gateway-tools.ts';
import { shown } from './native-errors.ts';
import { invalidRequest } from './responses-input.ts';
import type { Context } from './surface.ts';

const namePattern = /^[a-zA-Z0-9_-]{1,64}$/u;

function readName(context: Context, name: unknown, path: string): string {
  if (typeof name !== 'string') {
    throw invalidRequest(context, `Missing required parameter: '${path}'.`, {
      param: path,
      code: 'missing_required_parameter',
    });
  }
  if (namePattern.test(name)) return name;
  throw invalidRequest(
    context,
    `Invalid '${path}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$' and is no longer than 64.`,
    { param: path, code: 'invalid_value' },
  );
}

function checkStrict(context: Context, schema: unknown, what: string, param: string): void {
  const fault = strictFault(schema);
  if (fault === undefined) return;
  const code = 'invalid_function_parameters';
  throw invalidRequest(context, `Invalid schema for ${what}: ${fault}`, { param, code });
}

function readTool(context: Context, value: unknown, path: string): Tool | undefined {
  if (!isRecord(value)) {
    throw invalidRequest(context, `Invalid type for '${path}': expected an object.`, { param: path });
  }
  const { type, parameters, strict } = value;
  if (type === undefined) {
    throw invalidRequest(context, `Missing required parameter: '${path}.type'.`, { param: `${path}.type` });
  }
  if (type !== 'function') {
    if (context.org.responsesTools === 'ignored') return undefined;
    throw invalidRequest(context, `Invalid value: '${shown(type)}'. Supported values are: 'function'.`, {
      param: `${path}.type`,
      code: 'invalid_value',
    });
  }
  const name = readName(context, value['name'], `${path}.name`);
  const schema = parameters ?? {};
  if (!isRecord(schema) || (schema['type'] !== undefined && schema['type'] !== 'object')) {
    throw invalidRequest(
      context,
      `Invalid schema for function '${name}': schema must be a JSON Schema of 'type: "object"'.`,
      { param: `${path}.parameters`, code: 'invalid_function_parameters' },
    );
  }
  if (strict === true) checkStrict(context, schema, `function '${name}'`, `${path}.parameters`);
  return { name, parameters: schema };
}

type Choice = { readonly mode: Question['toolMode']; readonly names?: readonly string[] };

const modes: Readonly<Record<string, Question['toolMode']>> = { none: 'none', auto: 'auto', required: 'any' };

/** A mode, one function, or the functions that are allowed. */
function readChoice(context: Context, choice: unknown): Choice {
  const mode = typeof choice === 'string' ? modes[choice] : undefined;
  if (mode !== undefined) return { mode };
  if (isRecord(choice) && choice['type'] === 'function') {
    return { mode: 'tool', names: [readName(context, choice['name'], 'tool_choice.name')] };
  }
  if (isRecord(choice) && choice['type'] === 'allowed_tools' && Array.isArray(choice['tools'])) {
    const named: unknown[] = choice['tools'];
    const names = named.map((tool, index) =>
      readName(context, isRecord(tool) ? tool['name'] : undefined, `tool_choice.tools[${index}].name`),
    );
    const allowedMode = typeof choice['mode'] === 'string' ? modes[choice['mode']] : undefined;
    if (allowedMode !== undefined) return { mode: allowedMode, names };
  }
  throw invalidRequest(
    context,
    "Invalid value for 'tool_choice'. Supported are 'none', 'auto', 'required', a function and allowed_tools.",
    { param: 'tool_choice', code: 'invalid_value' },
  );
}

export function readResponsesTools(context: Context, body: Body, model: Model): ToolChoice {
  const declared = body['tools'] ?? [];
  if (!Array.isArray(declared)) {
    throw invalidRequest(context, "Invalid type for 'tools': expected an array of objects.", {
      param: 'tools',
    });
  }
  const tools = declared
    .map((tool: unknown, index) => readTool(context, tool, `tools[${index}]`))
    .filter((tool) => tool !== undefined);
  if (tools.length > 0 && !model.tools) {
    throw invalidRequest(context, 'tools are not supported with this model.', { param: 'tools' });
  }
  const { mode, names } = readChoice(context, body['tool_choice'] ?? 'auto');
  const unknown = names?.find((name) => !tools.some((tool) => tool.name === name));
  if (unknown !== undefined) {
    throw invalidRequest(context, `Tool choice '${unknown}' not found in 'tools' parameter.`, {
      param: 'tool_choice',
    });
  }
  if (mode === 'any' && tools.length === 0) {
    throw invalidRequest(context, "Tool choice 'required' must be specified with 'tools' parameter.", {
      param: 'tool_choice',
    });
  }
  const parallel = body['parallel_tool_calls'] ?? true;
  if (typeof parallel !== 'boolean') {
    throw invalidRequest(context, "Invalid type for 'parallel_tool_calls': expected a boolean.", {
      param: 'parallel_tool_calls',
    });
  }
  return {
    tools: names === undefined ? tools : tools.filter((tool) => names.includes(tool.name)),
    toolMode: mode,
    parallelCalls: parallel,
  };
}

function readSchema(context: Context, format: Body): Question['format'] {
  readName(context, format['name'], 'text.format.name');
  const { schema, strict } = format;
  if (!isRecord(schema)) {
    throw invalidRequest(context, "Missing required parameter: 'text.format.schema'.", {
      param: 'text.format.schema',
      code: 'missing_required_parameter',
    });
  }
  if (strict === true) {
    checkStrict(context, schema, `response_format '${shown(format['name'])}'`, 'text.format.schema');
  }
  return { schema };
}

/** The text format. `heard` is all the model was told: plain JSON mode demands the word in it. */
export function readTextFormat(context: Context, body: Body, heard: string): Question['format'] {
  const text = body['text'] ?? {};
  if (!isRecord(text)) {
    throw invalidRequest(context, "Invalid type for 'text': expected an object.", { param: 'text' });
  }
  const format = text['format'] ?? { type: 'text' };
  if (!isRecord(format)) {
    throw invalidRequest(context, "Invalid type for 'text.format': expected an object.", {
      param: 'text.format',
    });
  }
  if (format['type'] === 'text') return 'text';
  const { responsesFormat } = context.org;
  if (responsesFormat === 'ignored') return 'text';
  if (responsesFormat === 'refused') {
    throw invalidRequest(context, "'text.format' is not supported.", { param: 'text.format' });
  }
  if (format['type'] === 'json_schema') return readSchema(context, format);
  if (format['type'] !== 'json_object') {
    throw invalidRequest(context, `Invalid value: '${shown(format['type'])}'.`, {
      param: 'text.format.type',
      code: 'invalid_value',
    });
  }
  if (/json/iu.test(heard)) return 'json';
  throw invalidRequest(
    context,
    "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
    { param: 'input' },
  );
}
