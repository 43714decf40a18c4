// The official OpenAI client on Responses, asked whole and streamed; both give the same view of the response, and each stream is
// held to its grammar.

import type OpenAI from 'openai';
import { expect } from 'vitest';

import { readResponseStream } from '../contract/read-openai-responses.ts';
import { keepStreams } from './kept-streams.ts';

export type Settings = Omit<OpenAI.Responses.ResponseCreateParamsNonStreaming, 'model' | 'stream'>;
type Items = OpenAI.Responses.ResponseInputItem[];
export type Seen = {
  readonly id: string;
  readonly text: string;
  readonly status: string | undefined;
  readonly cut: string | undefined;
  readonly output: Items;
  readonly usage: OpenAI.Responses.ResponseUsage | undefined;
};
export type Ask = (settings: Settings) => Promise<Seen>;

function view(response: OpenAI.Responses.Response): Seen {
  return {
    id: response.id,
    text: response.output_text,
    status: response.status,
    cut: response.incomplete_details?.reason,
    // What a client sends back is what it got.
    output: response.output as Items,
    usage: response.usage,
  };
}

export function askWhole(client: OpenAI, model: string): Ask {
  return async (settings) => view(await client.responses.create({ model, ...settings }));
}

export function askStreamed(client: OpenAI, model: string): Ask {
  return async (settings) => {
    const texts: Promise<string>[] = [];
    const listening = client.withOptions({ fetch: keepStreams(texts) });
    const stream = listening.responses.stream({ model, ...settings });
    const response = await stream.finalResponse();
    expect(readResponseStream((await texts.at(-1)) ?? '').ending).toBe('finished');
    return view(response);
  };
}

type Call = { readonly id: string; readonly name: string; readonly arguments: string };

export function callsOf(output: Items): readonly Call[] {
  return output.flatMap((item) =>
    item.type === 'function_call' ? [{ id: item.call_id, name: item.name, arguments: item.arguments }] : [],
  );
}
