// Asks the models as any client would: OpenAI's chat completions over HTTP, streamed. What it cannot read is told, never
// printed as if it were the answer.

import { GatewayError } from '../core/errors/index.ts';
import { createSseParser } from '../core/wire/index.ts';
import { inCommandWords } from './faults.ts';
import type { OwnGateway } from './own-gateway.ts';

export type Turn = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string };

export type Question = {
  readonly model: string;
  readonly turns: readonly Turn[];
  readonly maxTokens?: number | undefined;
  readonly temperature?: number | undefined;
  /** The one tool that the model must call; the answer's text is its arguments. */
  readonly tool?:
    | { readonly name: string; readonly description: string; readonly parameters: object }
    | undefined;
};

export type ModelAnswer = {
  readonly text: string;
  readonly finish: string | undefined;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly surface: string | undefined;
};

/** One event of the stream, as far as it is read. */
type Chunk = {
  readonly choices?: readonly {
    readonly delta?: {
      readonly content?: string | null;
      readonly tool_calls?: readonly { readonly function?: { readonly arguments?: string } }[];
    };
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: { readonly prompt_tokens?: number; readonly completion_tokens?: number } | null;
  readonly error?: { readonly message?: string };
};

const EVENT_BYTES_MAX = 16 * 1024 * 1024;

export async function callGateway(
  gateway: OwnGateway,
  path: string,
  body: unknown,
  signal?: AbortSignal,
): Promise<Response> {
  const response = await fetch(`${gateway.url}${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    ...(signal === undefined ? {} : { signal }),
  });
  if (response.ok) return response;
  const told: { error?: { message?: string } } = JSON.parse(await response.text());
  throw new GatewayError(
    'upstream_rejected',
    inCommandWords(told.error?.message ?? `The gateway answered ${response.status}.`),
  );
}

/** @throws GatewayError with the gateway's own words. */
export async function askModel(
  gateway: OwnGateway,
  question: Question,
  onText: (text: string) => void,
  signal?: AbortSignal,
): Promise<ModelAnswer> {
  const { model, turns, maxTokens, temperature, tool } = question;
  const body = {
    model,
    messages: turns,
    stream: true,
    stream_options: { include_usage: true },
    ...(maxTokens === undefined ? {} : { max_completion_tokens: maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(tool === undefined ? {} : demandTool(tool)),
  };
  const response = await callGateway(gateway, '/v1/chat/completions', body, signal);
  const reading = new Reading(onText);
  const parser = createSseParser({
    eventBytesMax: EVENT_BYTES_MAX,
    onEvent: (_name, data) => reading.take(data),
  });
  for await (const piece of response.body ?? []) parser.push(piece);
  parser.end();
  return reading.answer(response.headers.get('x-forcegate-surface') ?? undefined);
}

function demandTool(tool: NonNullable<Question['tool']>): object {
  return {
    tools: [{ type: 'function', function: tool }],
    tool_choice: { type: 'function', function: { name: tool.name } },
  };
}

class Reading {
  readonly #onText: (text: string) => void;
  #text = '';
  #finish: string | undefined;
  #inputTokens: number | undefined;
  #outputTokens: number | undefined;

  constructor(onText: (text: string) => void) {
    this.#onText = onText;
  }

  take(data: string): void {
    if (data === '[DONE]') return;
    const chunk: Chunk = JSON.parse(data);
    if (chunk.error !== undefined)
      throw new GatewayError('upstream_error', chunk.error.message ?? 'The answer broke off.');
    const choice = chunk.choices?.[0];
    const called = choice?.delta?.tool_calls?.map((call) => call.function?.arguments ?? '').join('');
    const text = called ?? choice?.delta?.content ?? '';
    if (text !== '') {
      this.#text += text;
      this.#onText(text);
    }
    this.#finish = choice?.finish_reason ?? this.#finish;
    this.#inputTokens = chunk.usage?.prompt_tokens ?? this.#inputTokens;
    this.#outputTokens = chunk.usage?.completion_tokens ?? this.#outputTokens;
  }

  answer(surface: string | undefined): ModelAnswer {
    return {
      text: this.#text,
      finish: this.#finish,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      surface,
    };
  }
}
