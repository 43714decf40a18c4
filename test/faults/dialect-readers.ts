// How a client of each dialect reads an answer, an error and a stream, as strictly as the format allows. A dialect that carries
// conversations has a row here, and every scene is then played in it.

import { expect } from 'vitest';

import { expectMessage, readMessageStream } from '../contract/read-anthropic-messages.ts';
import { readInvokeFrames } from '../contract/read-invoke-stream.ts';
import { readChatStream, readCompletion } from '../contract/read-openai-chat.ts';
import { readCompletionStream } from '../contract/read-openai-completions.ts';
import { readResponse, readResponseStream } from '../contract/read-openai-responses.ts';
import { readFrames } from '../contract/stream-faults.ts';

export const DIALECT_IDS = [
  'openai-chat',
  'anthropic-messages',
  'openai-responses',
  'openai-completions',
  'bedrock-invoke',
] as const;
export type DialectId = (typeof DIALECT_IDS)[number];

/** Dialects that carry no conversation: none of the surfaces here is theirs. */
export const OTHER_DIALECT_IDS: readonly string[] = ['openai-embeddings'];

export type StreamEnding = {
  readonly type: 'finished' | 'failed' | 'open';
  readonly text: string;
  readonly keepAlives: number;
};

type Readers = {
  /** The text of a whole answer. */
  readonly answer: (body: string) => string;
  /** The message of an error. */
  readonly error: (body: string) => string;
  readonly stream: (text: string) => StreamEnding;
};

function openaiError(body: string): string {
  const { error } = JSON.parse(body) as { error: { type: string; message: string } };
  expect(error).toMatchObject({ type: expect.any(String), message: expect.any(String) });
  return error.message;
}

function messagesError(body: string): string {
  expect(JSON.parse(body)).toMatchObject({ type: 'error' });
  return openaiError(body);
}

function invokeError(body: string): string {
  const { message } = JSON.parse(body) as { message: string };
  expect(message).toBeTypeOf('string');
  return message;
}

function chatText(body: string): string {
  const { choices } = readCompletion(body) as { choices: { content: string }[] };
  return choices[0]?.content ?? '';
}

function readChat(text: string): StreamEnding {
  const { ending, reply } = readChatStream(text);
  const { choices } = reply as { choices: { content: string }[] };
  return { type: ending, text: choices[0]?.content ?? '', keepAlives: readFrames(text).comments };
}

function messageText(body: string): string {
  return expectMessage(JSON.parse(body))
    .content.map((block) => (typeof block['text'] === 'string' ? block['text'] : ''))
    .join('');
}

function readMessages(text: string): StreamEnding {
  const { ending, names } = readMessageStream(text);
  // Text of a block that an error cut off never reached the message, but it reached the client.
  const said = [...text.matchAll(/"type":"text_delta","text":("(?:[^"\\]|\\.)*")/gu)].map(
    ([, json]) => JSON.parse(json ?? '""') as string,
  );
  // The first ping belongs to the opening.
  return {
    type: ending,
    text: said.join(''),
    keepAlives: names.filter((name) => name === 'ping').length - 1,
  };
}

function readInvoke(text: string): StreamEnding {
  const { events, exception } = readInvokeFrames(text);
  const reading = readMessages(events);
  if (exception === undefined) return reading;
  expect(reading.type).toBe('open');
  return { ...reading, type: 'failed' };
}

function responseText(body: string): string {
  const { output } = readResponse(body) as { output: { content: { text: string }[] }[] };
  return output.flatMap(({ content }) => content.map(({ text }) => text)).join('');
}

function readResponses(text: string): StreamEnding {
  const { ending } = readResponseStream(text);
  // Items that an error cut off never reached the response, but they reached the client.
  const said = [...text.matchAll(/^event: response\.output_text\.delta\ndata: (.*)$/gmu)].map(
    ([, json]) => (JSON.parse(json ?? '{}') as { delta: string }).delta,
  );
  const toldUnderWay = [...text.matchAll(/^event: response\.in_progress$/gmu)].length;
  return { type: ending, text: said.join(''), keepAlives: Math.max(0, toldUnderWay - 1) };
}

type Completion = {
  readonly choices: readonly { readonly text: string }[];
};

const completionText = ({ choices }: Completion): string => choices.map(({ text }) => text).join('');

function readCompletions(text: string): StreamEnding {
  const { ending, reply } = readCompletionStream(text);
  return { type: ending, text: completionText(reply), keepAlives: readFrames(text).comments };
}

export const READERS: Readonly<Record<DialectId, Readers>> = {
  'openai-chat': { answer: chatText, error: openaiError, stream: readChat },
  'anthropic-messages': { answer: messageText, error: messagesError, stream: readMessages },
  'openai-responses': { answer: responseText, error: openaiError, stream: readResponses },
  'openai-completions': {
    answer: (body) => completionText(JSON.parse(body) as Completion),
    error: openaiError,
    stream: readCompletions,
  },
  'bedrock-invoke': { answer: messageText, error: invokeError, stream: readInvoke },
};
