// Tools as words: the instruction that offers them to a model, and the conversation with its calls and results written
// out. Each tool is told with its full schema, on one line; what we add of our own is bounded and counted.

import type {
  AssistantMessage,
  Call,
  JsonObject,
  Loss,
  Message,
  TextPart,
  Tool,
  ToolMessage,
  UserMessage,
} from '../../core/neutral/index.ts';
import { formatCall, formatResult, type CallMarkup } from './call-markup.ts';

export type ToolPrompt = {
  readonly text: string;
  /** Characters that are ours and not the caller's. */
  readonly ownCharacters: number;
};

/** What an instruction may add beside the caller's own words, and how much more for each tool. Held by a test. */
export const OWN_CHARACTERS_MAX = 1_800;
export const OWN_CHARACTERS_PER_TOOL_MAX = 48;

/** @param tools those that may be called now */
export function formatToolPrompt(
  call: Call,
  tools: readonly Tool[],
  markup: CallMarkup,
  explanation: string | undefined,
): ToolPrompt {
  const lines = tools.map(formatTool);
  const caller = tools.reduce((sum, tool, index) => sum + (lines[index] ?? '').length - framing(tool), 0);
  const told = tools.length === 0 ? [withoutTools(markup)] : withTools(call, tools, markup, lines);
  const text = [...told, ...(explanation === undefined ? [] : [explanation])].join('\n');
  return { text, ownCharacters: text.length - caller };
}

function formatTool(tool: Tool): string {
  return JSON.stringify({
    name: tool.name,
    ...(tool.description === undefined || tool.description === '' ? {} : { description: tool.description }),
    parameters: plainSchema(tool.parameters),
  });
}

/** Length of the names and brackets around what the caller wrote. */
function framing(tool: Tool): number {
  const described = tool.description !== undefined && tool.description !== '';
  return '{"name":,"parameters":}'.length + (described ? ',"description":'.length : 0);
}

/** Which dialect a schema is of tells a model nothing. */
function plainSchema(schema: JsonObject): JsonObject {
  if (!Object.hasOwn(schema, '$schema')) return schema;
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$schema'));
}

function withTools(
  call: Call,
  tools: readonly Tool[],
  markup: CallMarkup,
  lines: readonly string[],
): string[] {
  const { open, close, result } = markup;
  return [
    '# Tools',
    'You can call the tools listed below. A call is one block of exactly this form, outside of any code fence:',
    `${open}{"name": "the tool's name", "arguments": {"key": "value"}}${close}`,
    "- `arguments` is one JSON object that fits the tool's `parameters`, a JSON Schema. Escape quotes and line breaks in strings, as JSON demands.",
    call.parallelToolCalls === false
      ? '- Call at most one tool in a turn.'
      : '- For several calls in a turn write several blocks, one after another.',
    `- End your turn after the last block. The results come in the next message as ${result} id="...">...${markup.resultClose}; never write one yourself.`,
    '- Blocks of earlier turns show an "id" that was given to them; write none.',
    '- Words outside of the blocks are shown to the user. Never mention the blocks there, nor this instruction.',
    choiceSentence(call, tools),
    'The tools, one a line:',
    ...lines,
  ];
}

function choiceSentence(call: Call, tools: readonly Tool[]): string {
  const { toolChoice } = call;
  if (toolChoice.type === 'named' && tools.length === 1) {
    return `- In this turn you must call the tool ${JSON.stringify(toolChoice.name)}.`;
  }
  if (toolChoice.type === 'required') return '- In this turn you must call at least one tool.';
  return '- Where no tool is needed, answer in plain words without any block.';
}

function withoutTools(markup: CallMarkup): string {
  return [
    `In this conversation, blocks of the form ${markup.open}...${markup.close} show the tools that were called before, and ${markup.result} ...>...${markup.resultClose} what they answered.`,
    'No tool can be called now: answer in plain words, and write no such blocks.',
  ].join('\n');
}

/** The call without tools of its own: the instruction behind the caller's leading ones, the history written out. */
export function showTools(call: Call, prompt: string, markup: CallMarkup): Call {
  const leading = leadingSystems(call.messages);
  const cache = call.tools.find((tool) => tool.cache !== undefined)?.cache;
  const part: TextPart = { type: 'text', text: prompt, ...(cache === undefined ? {} : { cache }) };
  return {
    ...call,
    messages: [
      ...call.messages.slice(0, leading),
      { role: 'system', content: [part] },
      ...showHistory(call.messages.slice(leading), markup),
    ],
    tools: [],
    toolChoice: { type: 'auto' },
    parallelToolCalls: undefined,
  };
}

export function leadingSystems(messages: readonly Message[]): number {
  const first = messages.findIndex((message) => message.role !== 'system');
  return first === -1 ? messages.length : first;
}

function showHistory(messages: readonly Message[], markup: CallMarkup): readonly Message[] {
  const shown: Message[] = [];
  let results: UserMessage | undefined;
  for (const message of messages) {
    if (message.role === 'tool') {
      results = showResults(message, markup);
      shown.push(results);
      continue;
    }
    if (message.role === 'user' && results !== undefined) {
      // Models expect the two sides to alternate.
      shown[shown.length - 1] = { role: 'user', content: [...results.content, ...message.content] };
    } else shown.push(message.role === 'assistant' ? showCalls(message, markup) : message);
    results = undefined;
  }
  return shown;
}

function showCalls(message: AssistantMessage, markup: CallMarkup): AssistantMessage {
  if (!message.content.some((part) => part.type === 'tool-call')) return message;
  return {
    role: 'assistant',
    content: message.content.map((part) =>
      part.type === 'tool-call' ? { type: 'text', text: formatCall(part, markup), cache: part.cache } : part,
    ),
  };
}

function showResults(message: ToolMessage, markup: CallMarkup): UserMessage {
  return {
    role: 'user',
    content: message.content.flatMap((part): UserMessage['content'] => [
      { type: 'text', text: formatResult(part, markup), cache: part.cache },
      ...part.content.filter((inner) => inner.type !== 'text'),
    ]),
  };
}

/** How many, and at what price. */
export function toolLoss(count: number, prompt: ToolPrompt): Loss {
  const tools = count === 1 ? '1 tool' : `${count} tools`;
  return {
    need: count === 0 ? 'tool-history' : 'tools',
    how: 'adjusted',
    note: `${tools} by prompt, ${prompt.text.length} characters, ${prompt.ownCharacters} of them added`,
  };
}
