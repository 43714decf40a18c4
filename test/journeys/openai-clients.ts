// The official OpenAI client asked whole and streamed; both give the same view of the reply, and each stream is held to its
// grammar.

import type OpenAI from 'openai';
import { expect } from 'vitest';

import { readChatStream } from '../contract/read-openai-chat.ts';
import { keepStreams } from './kept-streams.ts';

export type Message = OpenAI.Chat.ChatCompletionMessage;
export type Settings = Omit<OpenAI.Chat.ChatCompletionCreateParamsNonStreaming, 'model' | 'stream'>;
export type Seen = {
  readonly message: Message;
  readonly finish: string;
  readonly usage: OpenAI.CompletionUsage | undefined;
};
export type Ask = (settings: Settings) => Promise<Seen>;

export function askWhole(client: OpenAI, model: string): Ask {
  return async (settings) => {
    const reply = await client.chat.completions.create({ model, ...settings });
    const choice = reply.choices[0];
    if (choice === undefined) throw new Error('a reply without choices');
    return { message: choice.message, finish: choice.finish_reason, usage: reply.usage };
  };
}

export function askStreamed(client: OpenAI, model: string): Ask {
  return async (settings) => {
    const texts: Promise<string>[] = [];
    const listening = client.withOptions({ fetch: keepStreams(texts) });
    const stream = listening.chat.completions.stream({
      model,
      ...settings,
      stream_options: { include_usage: true },
    });
    const reply = await stream.finalChatCompletion();
    expect(readChatStream((await texts.at(-1)) ?? '').ending).toBe('finished');
    const choice = reply.choices[0];
    if (choice === undefined) throw new Error('a stream without choices');
    return { message: choice.message, finish: choice.finish_reason, usage: reply.usage };
  };
}

export function callsOf(message: Message): { id: string; name: string; arguments: string }[] {
  return (message.tool_calls ?? []).flatMap((call) =>
    call.type === 'function'
      ? [{ id: call.id, name: call.function.name, arguments: call.function.arguments }]
      : [],
  );
}
