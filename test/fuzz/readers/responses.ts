// How clients of Responses read answers: whole, streamed, counted and compacted.

import { readResponse, readResponseStream } from '../../contract/read-openai-responses.ts';
import type { RouteGenerator } from '../generator.ts';
import {
  demand,
  expectCount,
  expectFields,
  expectJsonHead,
  expectList,
  expectText,
  isStream,
  jsonOf,
} from './demand.ts';

type Read = RouteGenerator['read'];

const ENDED: ReadonlySet<unknown> = new Set(['completed', 'incomplete']);

function expectEnded(reading: unknown, model: unknown): void {
  const resource = expectFields(reading, 'the response');
  demand(resource['model'] === model, 'the model is the one asked for');
  demand(ENDED.has(resource['status']), 'the response has ended');
  const usage = expectFields(resource['usage'], 'usage');
  const input = expectCount(usage['input_tokens'], 'input_tokens');
  const output = expectCount(usage['output_tokens'], 'output_tokens');
  demand(usage['total_tokens'] === input + output, 'total_tokens is the sum');
}

export const readResponses: Read = (answer, { draft }) => {
  const model = draft.body?.['model'];
  demand(isStream(answer) === (draft.body?.['stream'] === true), 'a stream comes when it is asked for');
  const text = answer.body.toString('utf8');
  if (!isStream(answer)) {
    expectJsonHead(answer);
    expectEnded(readResponse(text), model);
    return 'whole';
  }
  const { ending, reply } = readResponseStream(text);
  demand(ending !== 'open', 'a stream has an ending');
  if (ending === 'finished') expectEnded(reply, model);
  return ending;
};

export const expectInputTokens: Read = (answer) => {
  expectJsonHead(answer);
  const body = expectFields(jsonOf(answer), 'the body');
  demand(body['object'] === 'response.input_tokens', 'the object is a count');
  demand(expectCount(body['input_tokens'], 'input_tokens') > 0, 'something is counted');
  return 'whole';
};

export const expectCompaction: Read = (answer) => {
  expectJsonHead(answer);
  const body = expectFields(jsonOf(answer), 'the body');
  demand(body['object'] === 'response.compaction', 'the object is a compaction');
  const items = expectList(body['output'], 'output').map((item) => expectFields(item, 'an item'));
  demand(
    items.some((item) => item['type'] === 'compaction'),
    'a compaction is told',
  );
  for (const item of items) expectText(item['encrypted_content'], 'encrypted_content');
  return 'whole';
};

export const expectNothing: Read = ({ status }) => {
  throw new Error(`nothing is there to be told, but the answer is ${status}`);
};
