// A model that does as the gateway's instructions say, for the simulated org: it reads tools, formats and results out of the
// prompt, and writes its calls in the form it was shown. It knows the instruction from the outside, by its words alone.

import type { Message, Question, Reader, Tool } from '../../simulator/main.ts';

export const readPrompt: Reader = (question) => {
  const system = question.messages
    .filter((message) => message.role === 'system')
    .map((message) => message.text)
    .join('\n');
  const word = /<call-(\w+)>/.exec(system)?.[1];
  const format = formatIn(system);
  if (word === undefined && format === undefined) return undefined;
  const tools = word === undefined ? question.tools : toolsIn(system);
  const read: Question = {
    ...question,
    messages:
      word === undefined
        ? question.messages
        : question.messages.flatMap((message) => readResults(message, word)),
    tools,
    toolMode: word === undefined ? question.toolMode : toolModeIn(system, tools),
    parallelCalls:
      word === undefined ? question.parallelCalls : !system.includes('at most one tool in a turn'),
    format: format ?? question.format,
  };
  return {
    question: read,
    write(answer) {
      if (word === undefined || answer.toolCalls.length === 0) return answer;
      const calls = answer.toolCalls.map((call) => `<call-${word}>${JSON.stringify(call)}</call-${word}>`);
      const text = [...(answer.text === '' ? [] : [answer.text]), ...calls].join('\n');
      return {
        ...answer,
        text,
        toolCalls: [],
        finish: answer.finish === 'tool_calls' ? 'stop' : answer.finish,
      };
    },
  };
};

function toolsIn(system: string): readonly Tool[] {
  const [, list = ''] = system.split('The tools, one a line:\n');
  const tools: Tool[] = [];
  for (const line of list.split('\n')) {
    if (!line.startsWith('{"name":')) break;
    const { name, parameters }: { name: string; parameters: unknown } = JSON.parse(line);
    tools.push({ name, parameters });
  }
  return tools;
}

function toolModeIn(system: string, tools: readonly Tool[]): Question['toolMode'] {
  if (tools.length === 0) return 'none';
  if (system.includes('you must call the tool')) return 'tool';
  return system.includes('you must call at least one tool') ? 'any' : 'auto';
}

function formatIn(system: string): Question['format'] | undefined {
  const schema = /It must fit this JSON Schema, called .*:\n(?<schema>\{.*\})/.exec(system)?.groups?.[
    'schema'
  ];
  if (schema !== undefined) return { schema: JSON.parse(schema) as unknown };
  return /nswer with one JSON object and nothing else/.test(system) ? 'json' : undefined;
}

/** Results come in the user's messages, before what the user says. */
function readResults(message: Message, word: string): readonly Message[] {
  if (message.role !== 'user') return [message];
  const block = new RegExp(`<result-${word} [^\\n]*>\\n([^]*?)\\n</result-${word}>`, 'g');
  const results = [...message.text.matchAll(block)].map(([, text = '']): Message => ({ role: 'tool', text }));
  const rest = message.text.replaceAll(block, '').trim();
  if (results.length === 0) return [message];
  return rest === '' ? results : [...results, { role: 'user', text: rest }];
}
