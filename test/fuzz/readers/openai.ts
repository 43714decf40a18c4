// How clients of OpenAI's formats read answers: chat, older completions, embeddings and model lists.

import { readChatStream, readCompletion } from '../../contract/read-openai-chat.ts';
import { readCompletionStream } from '../../contract/read-openai-completions.ts';
import type { Asked, RouteGenerator } from '../generator.ts';
import {
  demand,
  expectCount,
  expectFields,
  expectJsonHead,
  expectList,
  expectText,
  isStream,
  jsonOf,
  type Json,
} from './demand.ts';

type Read = RouteGenerator['read'];
type Reading = ReturnType<Read>;

const FINISHES: ReadonlySet<unknown> = new Set([
  'stop',
  'length',
  'tool_calls',
  'content_filter',
  'function_call',
]);

function expectUsage(value: unknown): void {
  const usage = expectFields(value, 'usage');
  const prompt = expectCount(usage['prompt_tokens'], 'prompt_tokens');
  const completion = usage['completion_tokens'];
  const total = expectCount(usage['total_tokens'], 'total_tokens');
  if (completion !== undefined) expectCount(completion, 'completion_tokens');
  demand(total === prompt + Number(completion ?? 0), 'total_tokens is the sum');
}

/** As the SDK's stream reader: an ending is `[DONE]`, or a chunk with an error. */
function endingOf(ending: 'finished' | 'failed' | 'open'): Reading {
  demand(ending !== 'open', 'a stream has an ending');
  return ending;
}

const wantsStream = ({ draft }: Asked): boolean => draft.body?.['stream'] === true;
const wantsUsage = ({ draft }: Asked): boolean => {
  const options = draft.body?.['stream_options'];
  return (
    typeof options === 'object' &&
    options !== null &&
    !Array.isArray(options) &&
    options['include_usage'] === true
  );
};

/** Alternatives asked for, where the number is one. */
const asksFor = ({ draft }: Asked): number => Number(draft.body?.['n'] ?? 1);

type ChatReading = { model: string; choices: { finish: unknown }[]; usage: unknown };

function expectChat(reading: unknown, asked: Asked): ChatReading {
  const { model, choices, usage } = reading as ChatReading;
  demand(model === asked.draft.body?.['model'], 'the model is the one asked for');
  demand(choices.length === asksFor(asked), 'there are as many choices as asked for');
  for (const { finish } of choices) demand(FINISHES.has(finish), `the finish ${String(finish)} is known`);
  return { model, choices, usage };
}

export const readChat: Read = (answer, asked) => {
  demand(isStream(answer) === wantsStream(asked), 'a stream comes when it is asked for');
  const text = answer.body.toString('utf8');
  if (!isStream(answer)) {
    expectJsonHead(answer);
    expectUsage(expectChat(readCompletion(text), asked).usage);
    return 'whole';
  }
  const { ending, reply } = readChatStream(text);
  if (ending === 'finished') {
    const { usage } = expectChat(reply, asked);
    demand((usage !== undefined) === wantsUsage(asked), 'usage comes when it is asked for');
    if (usage !== undefined) expectUsage(usage);
  }
  return endingOf(ending);
};

function expectCompletionHead(piece: Json, asked: Asked): Json[] {
  demand(/^cmpl-./u.test(expectText(piece['id'], 'id')), 'the id begins with cmpl-');
  demand(piece['object'] === 'text_completion', 'the object is a text_completion');
  expectCount(piece['created'], 'created');
  demand(piece['model'] === asked.draft.body?.['model'], 'the model is the one asked for');
  return expectList(piece['choices'], 'choices').map((choice) => expectFields(choice, 'a choice'));
}

function readCompletionChunks(text: string, asked: Asked): Reading {
  const { ending, reply } = readCompletionStream(text);
  if (ending === 'finished') {
    const { model, choices, usage } = reply;
    demand(model === asked.draft.body?.['model'], 'the model is the one asked for');
    expectCompletionChoices(
      choices.map(({ finish }) => finish),
      asked,
    );
    demand((usage !== undefined) === wantsUsage(asked), 'usage comes when it is asked for');
    if (usage !== undefined) expectUsage(usage);
  }
  return endingOf(ending);
}

function expectCompletionChoices(finishes: readonly unknown[], asked: Asked): void {
  const prompt = asked.draft.body?.['prompt'];
  const prompts = Array.isArray(prompt) ? prompt.length : 1;
  demand(finishes.length === prompts * asksFor(asked), 'each prompt has its choices');
  for (const finish of finishes) demand(FINISHES.has(finish), `the finish ${String(finish)} is known`);
}

export const readCompletions: Read = (answer, asked) => {
  demand(isStream(answer) === wantsStream(asked), 'a stream comes when it is asked for');
  if (isStream(answer)) return readCompletionChunks(answer.body.toString('utf8'), asked);
  expectJsonHead(answer);
  const body = expectFields(jsonOf(answer), 'the body');
  const choices = expectCompletionHead(body, asked);
  for (const [place, choice] of choices.entries()) {
    demand(choice['index'] === place, 'choices stand in order');
    expectText(choice['text'], 'text');
  }
  expectCompletionChoices(
    choices.map((choice) => choice['finish_reason']),
    asked,
  );
  expectUsage(body['usage']);
  return 'whole';
};

function expectVector(value: unknown, encoding: unknown): void {
  if (encoding === 'base64') {
    const bytes = Buffer.from(expectText(value, 'embedding'), 'base64');
    demand(bytes.length > 0 && bytes.length % 4 === 0, 'base64 holds whole floats');
    return;
  }
  const numbers = expectList(value, 'embedding');
  demand(numbers.length > 0 && numbers.every((one) => Number.isFinite(one)), 'an embedding is numbers');
}

export const readEmbeddings: Read = (answer, { draft }) => {
  expectJsonHead(answer);
  const body = expectFields(jsonOf(answer), 'the body');
  demand(body['object'] === 'list', 'the object is a list');
  demand(body['model'] === draft.body?.['model'], 'the model is the one asked for');
  const input = draft.body?.['input'];
  const data = expectList(body['data'], 'data');
  demand(data.length === (Array.isArray(input) ? input.length : 1), 'each text has its embedding');
  for (const [place, item] of data.entries()) {
    const entry = expectFields(item, 'an entry');
    demand(entry['object'] === 'embedding' && entry['index'] === place, 'entries stand in order');
    expectVector(entry['embedding'], draft.body?.['encoding_format']);
  }
  expectUsage(body['usage']);
  return 'whole';
};

function expectModel(value: unknown): string {
  const model = expectFields(value, 'a model');
  demand(model['object'] === 'model', 'the object is a model');
  expectCount(model['created'], 'created');
  expectText(model['owned_by'], 'owned_by');
  return expectText(model['id'], 'id');
}

export const expectModelList: Read = (answer) => {
  expectJsonHead(answer);
  const body = expectFields(jsonOf(answer), 'the body');
  demand(body['object'] === 'list', 'the object is a list');
  const ids = expectList(body['data'], 'data').map(expectModel);
  demand(ids.length > 0 && new Set(ids).size === ids.length, 'models are listed once');
  return 'whole';
};

export const expectOneModel: Read = (answer) => {
  expectJsonHead(answer);
  demand(expectModel(jsonOf(answer)) !== '', 'the model is named');
  return 'whole';
};
