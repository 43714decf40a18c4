// How clients of Anthropic's Messages read answers, over HTTP and over Bedrock's event stream.

import { expectMessage, readMessageStream } from '../../contract/read-anthropic-messages.ts';
import { readInvokeFrames } from '../../contract/read-invoke-stream.ts';
import type { Asked, RouteGenerator } from '../generator.ts';
import {
  demand,
  expectCount,
  expectFields,
  expectJsonHead,
  expectList,
  expectText,
  headerOf,
  isStream,
  jsonOf,
} from './demand.ts';

type Read = RouteGenerator['read'];

const BLOCKS: ReadonlySet<unknown> = new Set(['text', 'thinking', 'redacted_thinking', 'tool_use']);
const STOPS: ReadonlySet<unknown> = new Set([
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'refusal',
]);

function expectWhole(value: unknown, model: unknown): void {
  const message = expectMessage(value);
  demand(message['model'] === model, 'the model is the one asked for');
  for (const block of message.content) demand(BLOCKS.has(block.type), `the block ${block.type} is known`);
  demand(STOPS.has(message['stop_reason']), 'the message has stopped');
}

const modelOf = ({ draft }: Asked): unknown => (draft.rest === '' ? draft.body?.['model'] : draft.rest);

export const readMessages: Read = (answer, asked) => {
  demand(isStream(answer) === (asked.draft.body?.['stream'] === true), 'a stream comes when it is asked for');
  if (!isStream(answer)) {
    expectJsonHead(answer);
    expectWhole(jsonOf(answer), modelOf(asked));
    return 'whole';
  }
  const { ending, message } = readMessageStream(answer.body.toString('utf8'));
  demand(ending !== 'open', 'a stream has an ending');
  if (ending === 'finished') expectWhole(message, modelOf(asked));
  return ending;
};

export const readInvokeMessage: Read = (answer, asked) => {
  expectJsonHead(answer);
  expectWhole(jsonOf(answer), modelOf(asked));
  expectCount(Number(headerOf(answer.headers, 'x-amzn-bedrock-input-token-count')), 'the input count');
  return 'whole';
};

export const readInvokeStream: Read = (answer, asked) => {
  demand(answer.status === 200 && isStream(answer), 'a stream comes when it is asked for');
  const { events, exception } = readInvokeFrames(answer.body.toString('latin1'));
  const { ending, message } = readMessageStream(events);
  if (exception !== undefined) {
    demand(/^[a-z][A-Za-z]+Exception$/u.test(exception.type), 'the exception is named as AWS names them');
    return 'failed';
  }
  demand(ending === 'finished', 'a stream has an ending');
  expectWhole(message, modelOf(asked));
  return 'finished';
};

export const expectTokenCount: Read = (answer) => {
  expectJsonHead(answer);
  const { input_tokens: tokens, ...rest } = expectFields(jsonOf(answer), 'the body');
  demand(
    expectCount(tokens, 'input_tokens') > 0 && Object.keys(rest).length === 0,
    'a count is told and no more',
  );
  return 'whole';
};

function expectModel(value: unknown): string {
  const model = expectFields(value, 'a model');
  demand(model['type'] === 'model', 'the type is model');
  expectText(model['display_name'], 'display_name');
  demand(!Number.isNaN(Date.parse(expectText(model['created_at'], 'created_at'))), 'created_at is a time');
  return expectText(model['id'], 'id');
}

export const expectMessageModels: Read = (answer) => {
  expectJsonHead(answer);
  const body = expectFields(jsonOf(answer), 'the body');
  const ids = expectList(body['data'], 'data').map(expectModel);
  demand(body['has_more'] === false, 'the list is whole');
  demand(body['first_id'] === ids[0] && body['last_id'] === ids.at(-1), 'the ends are named');
  return 'whole';
};

export const expectMessageModel: Read = (answer) => {
  expectJsonHead(answer);
  demand(expectModel(jsonOf(answer)) !== '', 'the model is named');
  return 'whole';
};
