// The official Anthropic clients, asked whole and streamed: two lines of versions, and the one for Bedrock. The text of every stream is kept
// beside what the client made of it, and both must say the same.

import { AnthropicBedrock } from '@anthropic-ai/bedrock-sdk';
import Anthropic from '@anthropic-ai/sdk';
import Anthropic0x from 'anthropic-sdk-0x';
import { expect } from 'vitest';

import { expectMessage, readMessageStream } from '../contract/read-anthropic-messages.ts';
import { keepStreams } from './kept-streams.ts';
import type { Stage } from './stage.ts';

export type Message = Anthropic.Message;
export type Settings = Omit<Anthropic.MessageCreateParamsNonStreaming, 'model' | 'stream' | 'max_tokens'> & {
  readonly max_tokens?: number;
};
export type Ask = (settings: Settings) => Promise<Message>;

const OUTPUT_TOKENS_MAX = 4_000;

export function connect1x(stage: Stage): Anthropic {
  return new Anthropic({ baseURL: stage.url, apiKey: stage.clientKey, maxRetries: 0 });
}

function connect0x(stage: Stage): Anthropic {
  const client = new Anthropic0x({ baseURL: stage.url, apiKey: stage.clientKey, maxRetries: 0 });
  // The types of the two lines differ; the calls made here are in both.
  return client as unknown as Anthropic;
}

/** It says the model in the path, and reads AWS event streams. */
function connectBedrock(stage: Stage): Anthropic {
  const client = new AnthropicBedrock({ baseURL: stage.url, apiKey: stage.clientKey, maxRetries: 0 });
  // It lacks what Bedrock lacks; the calls made here are in both.
  return client as unknown as Anthropic;
}

export const VERSIONS = [
  { version: '1.x', connect: connect1x },
  { version: '0.x', connect: connect0x },
] as const;

/** All that converse; errors and lists are another format's with the last. */
export const CLIENTS = [...VERSIONS, { version: 'Bedrock', connect: connectBedrock }] as const;

export function askWhole(client: Anthropic, model: string): Ask {
  return async (settings) => {
    const message = await client.messages.create({ max_tokens: OUTPUT_TOKENS_MAX, ...settings, model });
    expectMessage(message);
    return message;
  };
}

export function askStreamed(client: Anthropic, model: string): Ask {
  return async (settings) => {
    const texts: Promise<string>[] = [];
    const listening = client.withOptions({ fetch: keepStreams(texts) });
    const stream = listening.messages.stream({ max_tokens: OUTPUT_TOKENS_MAX, ...settings, model });
    const message = await stream.finalMessage();
    expect(texts).toHaveLength(1);
    const reading = readMessageStream((await texts[0]) ?? '');
    expect(reading.ending).toBe('finished');
    expect(message.content).toMatchObject(reading.message?.content ?? []);
    expect(message).toMatchObject({
      id: reading.message?.['id'],
      stop_reason: reading.message?.['stop_reason'],
    });
    return message;
  };
}

export const MODES = [
  { mode: 'stream', askVia: askStreamed },
  { mode: 'whole', askVia: askWhole },
] as const;

export function textOf(message: Message): string {
  return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

export function callsOf(message: Message): { id: string; name: string; input: unknown }[] {
  return message.content.flatMap((block) =>
    block.type === 'tool_use' ? [{ id: block.id, name: block.name, input: block.input }] : [],
  );
}
