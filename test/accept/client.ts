// One client of a real-time scene: asks over a real socket, reads the answer as strictly as a careful client, and says what
// became of it. It may leave before the end. It knows no test runner, so that the soak can use it too.

import { request, type Agent, type IncomingMessage } from 'node:http';

import { createChatGrammar } from '../../src/protocols/openai-chat/index.ts';
import { expectMessage, readMessageStream } from '../contract/read-anthropic-messages.ts';
import { readFrames, readWith, STRICT } from '../contract/stream-faults.ts';

export type Question = {
  readonly url: string;
  readonly clientKey: string | undefined;
  readonly dialect: 'openai-chat' | 'anthropic-messages';
  readonly model: string;
  readonly stream: boolean;
  /** A word like `NONCE-x7`, which a right answer says back. */
  readonly nonce: string;
  /** Milliseconds after the request was sent at which the client leaves. */
  readonly leaveAfterMs?: number;
  /** Later than any limit of the gateway: an answer that takes longer hangs. */
  readonly hungAfterMs: number;
  readonly agent: Agent;
};

/** `told`: an error in the dialect's own form, as an answer or as the end of a stream. `wrong` is anything else. */
export type Seen = {
  readonly type: 'served' | 'told' | 'left' | 'wrong' | 'hung';
  /** 0 where no head came. */
  readonly status: number;
  /** What is wrong, or what the error says. */
  readonly detail: string;
  readonly retryAfterS: number | undefined;
  readonly durationMs: number;
};

type Reading = { readonly type: 'served' | 'told'; readonly detail: string };

export async function askOnce(question: Question): Promise<Seen> {
  const startedMs = performance.now();
  const over = Promise.withResolvers<Pick<Seen, 'type' | 'detail'>>();
  let head: IncomingMessage | undefined;
  const sent = request(`${question.url}${PATHS[question.dialect]}`, {
    method: 'POST',
    agent: question.agent,
    headers: {
      'content-type': 'application/json',
      ...(question.clientKey === undefined ? {} : { authorization: `Bearer ${question.clientKey}` }),
    },
  });
  const timers = [setTimeout(() => over.resolve({ type: 'hung', detail: 'no end' }), question.hungAfterMs)];
  // From when the request is on its way: one that never was cannot be counted by anyone.
  sent.on('finish', () => {
    if (question.leaveAfterMs === undefined) return;
    timers.push(setTimeout(() => over.resolve({ type: 'left', detail: '' }), question.leaveAfterMs));
  });
  sent.on('error', (error) =>
    over.resolve({ type: 'wrong', detail: `the connection broke: ${error.message}` }),
  );
  sent.on('response', (response) => {
    head = response;
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', (error) =>
      over.resolve({ type: 'wrong', detail: `the answer broke: ${error.message}` }),
    );
    response.on('end', () => over.resolve(judge(question, response, Buffer.concat(chunks).toString('utf8'))));
  });
  sent.end(bodyOf(question));
  const ended = await over.promise;
  for (const timer of timers) clearTimeout(timer);
  if (ended.type === 'left' || ended.type === 'hung') sent.destroy();
  const retryAfter = head?.headers['retry-after'];
  return {
    ...ended,
    status: head?.statusCode ?? 0,
    retryAfterS: retryAfter === undefined ? undefined : Number(retryAfter),
    durationMs: performance.now() - startedMs,
  };
}

const PATHS = { 'openai-chat': '/v1/chat/completions', 'anthropic-messages': '/v1/messages' } as const;

function bodyOf({ dialect, model, stream, nonce }: Question): string {
  return JSON.stringify({
    model,
    stream,
    messages: [{ role: 'user', content: `Say it back: ${nonce}` }],
    ...(dialect === 'anthropic-messages' ? { max_tokens: 500 } : {}),
  });
}

function judge(
  question: Question,
  { statusCode }: IncomingMessage,
  text: string,
): Pick<Seen, 'type' | 'detail'> {
  try {
    const reading = read(question, statusCode ?? 0, text);
    if (reading.type === 'served' && !reading.detail.includes(question.nonce)) {
      return { type: 'wrong', detail: `the answer lacks ${question.nonce}: ${reading.detail.slice(0, 200)}` };
    }
    return reading;
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return { type: 'wrong', detail: `${why} in ${text.slice(-300)}` };
  }
}

function read({ dialect, stream }: Question, status: number, text: string): Reading {
  if (status !== 200) return { type: 'told', detail: errorOf(JSON.parse(text)) };
  if (dialect === 'openai-chat') return stream ? readChunks(text) : readCompletion(JSON.parse(text));
  return stream
    ? readMessages(text)
    : { type: 'served', detail: JSON.stringify(expectMessage(JSON.parse(text))) };
}

function errorOf(body: unknown): string {
  const error: unknown = isRecord(body) ? body['error'] : undefined;
  if (!isRecord(error) || typeof error['message'] !== 'string' || typeof error['type'] !== 'string') {
    throw new Error('an error that is not in the form of its dialect');
  }
  return `${error['type']}: ${error['message']}`;
}

function readMessages(text: string): Reading {
  const { ending, error, message } = readMessageStream(text);
  if (ending === 'open') throw new Error('a stream without an end');
  if (error !== undefined) return { type: 'told', detail: `${error.type}: ${error.message}` };
  return { type: 'served', detail: JSON.stringify(message) };
}

function readCompletion(body: unknown): Reading {
  if (!isRecord(body) || body['object'] !== 'chat.completion') throw new Error('not a completion');
  const { message, finish_reason: finish } = firstChoice(body);
  if (!isRecord(message) || typeof message['content'] !== 'string') throw new Error('no content');
  if (typeof finish !== 'string') throw new Error('no finish_reason');
  return { type: 'served', detail: message['content'] };
}

function readChunks(text: string): Reading {
  const { ending, error, choices } = readWith(createChatGrammar(STRICT), readFrames(text));
  if (ending === 'open') throw new Error('a stream without an end');
  if (error !== undefined) return { type: 'told', detail: `${error.type}: ${error.message}` };
  return { type: 'served', detail: choices[0]?.content ?? '' };
}

function firstChoice(chunk: unknown): Record<string, unknown> {
  const choices: unknown = isRecord(chunk) ? chunk['choices'] : undefined;
  if (!Array.isArray(choices)) throw new Error('a chunk without choices');
  const choice: unknown = choices[0];
  return isRecord(choice) ? choice : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
