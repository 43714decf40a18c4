// The official SDKs, each asked in the ways that a program asks: a text, a stream, a tool with its result, an answer by a
// schema. They stand here, and not beside the other clients, because their versions are those of our own manifest.

import type { Anthropic } from '@anthropic-ai/sdk';
import OpenAI from 'openai';

import { callsOf, CLIENTS, textOf } from './anthropic-clients.ts';
import type { Stage } from './stage.ts';

export const CITY_SCHEMA = {
  type: 'object' as const,
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

/** One client, asked in each of the four ways. */
export type Asker = {
  text(prompt: string): Promise<string>;
  /** In its pieces. */
  stream(prompt: string): Promise<readonly string[]>;
  /** Offers `get_weather`, whose result is made from the city, and gives the last text. */
  withTool(prompt: string, weather: (city: string) => string): Promise<string>;
  bySchema(prompt: string): Promise<unknown>;
};

export type OfficialSdk = {
  readonly client: string;
  /** Of its package in our own `node_modules`. */
  readonly folder: string;
  readonly create: (stage: Stage, model: string) => Asker;
};

const TOOL = { name: 'get_weather', description: 'The weather of a city' };
const OUTPUT_TOKENS_MAX = 1_000;

export function connectOpenAi(stage: Stage): OpenAI {
  return new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: stage.clientKey, maxRetries: 0 });
}

function cityIn(text: string): string {
  const { city }: { city: string } = JSON.parse(text);
  return city;
}

function askChat(client: OpenAI, model: string): Asker {
  const messages = (content: string): OpenAI.Chat.ChatCompletionMessageParam[] => [{ role: 'user', content }];
  return {
    async text(prompt) {
      const reply = await client.chat.completions.create({ model, messages: messages(prompt) });
      return reply.choices[0]?.message.content ?? '';
    },
    async stream(prompt) {
      const pieces: string[] = [];
      const stream = client.chat.completions.stream({ model, messages: messages(prompt) });
      stream.on('content', (piece) => void pieces.push(piece));
      await stream.finalChatCompletion();
      return pieces;
    },
    async withTool(prompt, weather) {
      const runner = client.chat.completions.runTools({
        model,
        messages: messages(prompt),
        tools: [
          {
            type: 'function',
            function: { ...TOOL, parameters: CITY_SCHEMA, parse: cityIn, function: weather },
          },
        ],
      });
      return (await runner.finalContent()) ?? '';
    },
    async bySchema(prompt) {
      const reply = await client.chat.completions.create({
        model,
        messages: messages(prompt),
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'place', strict: true, schema: CITY_SCHEMA },
        },
      });
      return JSON.parse(reply.choices[0]?.message.content ?? '');
    },
  };
}

function askResponses(client: OpenAI, model: string): Asker {
  return {
    text: async (input) => (await client.responses.create({ model, input })).output_text,
    async stream(input) {
      const pieces: string[] = [];
      const stream = client.responses.stream({ model, input });
      stream.on('response.output_text.delta', ({ delta }) => void pieces.push(delta));
      await stream.finalResponse();
      return pieces;
    },
    async withTool(prompt, weather) {
      const tools: OpenAI.Responses.Tool[] = [
        { type: 'function', ...TOOL, parameters: CITY_SCHEMA, strict: true },
      ];
      const asked: OpenAI.Responses.ResponseInputItem[] = [{ role: 'user', content: prompt }];
      const { output } = await client.responses.create({ model, tools, input: asked, store: false });
      const results = output.flatMap((item): OpenAI.Responses.ResponseInputItem[] =>
        item.type === 'function_call'
          ? [{ type: 'function_call_output', call_id: item.call_id, output: weather(cityIn(item.arguments)) }]
          : [],
      );
      const told = output as OpenAI.Responses.ResponseInputItem[];
      const input = [...asked, ...told, ...results];
      return (await client.responses.create({ model, tools, input, store: false })).output_text;
    },
    async bySchema(input) {
      const format = { type: 'json_schema' as const, name: 'place', strict: true, schema: CITY_SCHEMA };
      return JSON.parse((await client.responses.create({ model, input, text: { format } })).output_text);
    },
  };
}

function askMessages(client: Anthropic, model: string): Asker {
  const settings = (content: string): Anthropic.MessageCreateParamsNonStreaming => ({
    model,
    max_tokens: OUTPUT_TOKENS_MAX,
    messages: [{ role: 'user', content }],
  });
  return {
    text: async (prompt) => textOf(await client.messages.create(settings(prompt))),
    async stream(prompt) {
      const pieces: string[] = [];
      const stream = client.messages.stream(settings(prompt));
      stream.on('text', (piece) => void pieces.push(piece));
      await stream.finalMessage();
      return pieces;
    },
    async withTool(prompt, weather) {
      const asked = { ...settings(prompt), tools: [{ ...TOOL, input_schema: CITY_SCHEMA }] };
      const first = await client.messages.create(asked);
      const results = callsOf(first).map(({ id, input }) => ({
        type: 'tool_result' as const,
        tool_use_id: id,
        content: weather(cityIn(JSON.stringify(input))),
      }));
      const messages: Anthropic.MessageParam[] = [
        ...asked.messages,
        { role: 'assistant', content: first.content },
        { role: 'user', content: results },
      ];
      return textOf(await client.messages.create({ ...asked, messages }));
    },
    async bySchema(prompt) {
      const format = { type: 'json_schema' as const, schema: CITY_SCHEMA };
      return JSON.parse(
        textOf(await client.messages.create({ ...settings(prompt), output_config: { format } })),
      );
    },
  };
}

const ANTHROPIC_FOLDERS = {
  '1.x': ['@anthropic-ai/sdk', '@anthropic-ai/sdk'],
  '0.x': ['@anthropic-ai/sdk', 'anthropic-sdk-0x'],
  Bedrock: ['@anthropic-ai/bedrock-sdk', '@anthropic-ai/bedrock-sdk'],
} as const;

export const OFFICIAL_SDKS: readonly OfficialSdk[] = [
  {
    client: 'openai (chat)',
    folder: 'openai',
    create: (stage, model) => askChat(connectOpenAi(stage), model),
  },
  {
    client: 'openai (responses)',
    folder: 'openai',
    create: (stage, model) => askResponses(connectOpenAi(stage), model),
  },
  ...CLIENTS.map(({ version, connect }): OfficialSdk => {
    const [client, folder] = ANTHROPIC_FOLDERS[version];
    return { client, folder, create: (stage, model) => askMessages(connect(stage), model) };
  }),
];
