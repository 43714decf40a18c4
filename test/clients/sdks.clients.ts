// The official SDKs, the AI SDK and LangChain through the gateway: text, a stream, a tool with its result, and an answer by a
// schema, by each of their providers on a model of each family; embeddings. The org answers with a nonce only if a nonce
// reached it.

import { randomUUID } from 'node:crypto';

import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ChatAnthropic } from '@langchain/anthropic';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { embed as embedAi, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai';
import type { LangChainModel } from 'langchain-shapes';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import {
  CITY_SCHEMA,
  connectOpenAi,
  OFFICIAL_SDKS,
  type Asker,
  type OfficialSdk,
} from '../journeys/official-askers.ts';
import { ORGS } from '../journeys/orgs.ts';
import { openStage, type Stage } from '../journeys/stage.ts';
import { FAST, judge, versionOf } from './cells.ts';
import { TURN_LIMIT_MS } from './programs.ts';

function askAi(model: unknown): Asker {
  return {
    text: async (prompt) => (await generateText({ model, prompt, maxRetries: 0 })).text,
    async stream(prompt) {
      const { textStream, finishReason, usage } = streamText({ model, prompt, maxRetries: 0 });
      const pieces = await Array.fromAsync(textStream);
      expect(await finishReason).toBe('stop');
      expect((await usage).outputTokens).toBeGreaterThan(0);
      return pieces;
    },
    async withTool(prompt, weather) {
      const getWeather = tool({
        description: 'The weather of a city',
        inputSchema: jsonSchema(CITY_SCHEMA),
        execute: ({ city }) => Promise.resolve(weather(city)),
      });
      const tools = { get_weather: getWeather };
      return (await generateText({ model, prompt, tools, stopWhen: stepCountIs(3), maxRetries: 0 })).text;
    },
    async bySchema(prompt) {
      const output = Output.object({ schema: jsonSchema(CITY_SCHEMA) });
      return (await generateText({ model, prompt, output, maxRetries: 0 })).output;
    },
  };
}

function askLangChain(model: LangChainModel, method?: string): Asker {
  return {
    text: async (prompt) => (await model.invoke(prompt)).text,
    async stream(prompt) {
      const pieces = await Array.fromAsync(await model.stream(prompt));
      return pieces.map(({ text }) => text).filter((text) => text !== '');
    },
    async withTool(prompt, weather) {
      const offered = { name: 'get_weather', description: 'The weather of a city', parameters: CITY_SCHEMA };
      const bound = model.bindTools([{ type: 'function', function: offered }]);
      const first = await bound.invoke(prompt);
      const [call] = first.tool_calls ?? [];
      const result = new ToolMessage({
        content: weather(call?.args.city ?? ''),
        tool_call_id: call?.id ?? '',
      });
      return (await bound.invoke([new HumanMessage(prompt), first, result])).text;
    },
    bySchema: (prompt) =>
      model
        .withStructuredOutput(
          { title: 'place', ...CITY_SCHEMA },
          ...(method === undefined ? [] : [{ method }]),
        )
        .invoke(prompt),
  };
}

type Sdk = OfficialSdk & {
  /** Its answers by a schema come as calls of a tool of this name. */
  readonly schemaTool?: string;
};

const settings = (stage: Stage) => ({ baseURL: `${stage.url}/v1`, apiKey: stage.clientKey });
const openAiChain = (stage: Stage, model: string, useResponsesApi: boolean): LangChainModel =>
  new ChatOpenAI({
    model,
    useResponsesApi,
    apiKey: stage.clientKey,
    maxRetries: 0,
    configuration: { baseURL: `${stage.url}/v1` },
  });

const OTHER_SDKS: readonly Sdk[] = [
  {
    client: '@ai-sdk/openai (responses)',
    folder: '@ai-sdk/openai',
    create: (stage, model) => askAi(createOpenAI(settings(stage))(model)),
  },
  {
    client: '@ai-sdk/openai (chat)',
    folder: '@ai-sdk/openai',
    create: (stage, model) => askAi(createOpenAI(settings(stage)).chat(model)),
  },
  {
    client: '@ai-sdk/anthropic',
    folder: '@ai-sdk/anthropic',
    create: (stage, model) => askAi(createAnthropic(settings(stage))(model)),
  },
  {
    client: '@ai-sdk/openai-compatible',
    folder: '@ai-sdk/openai-compatible',
    create(stage, model) {
      const options = {
        name: 'forcegate',
        supportsStructuredOutputs: true,
        includeUsage: true,
        ...settings(stage),
      };
      return askAi(createOpenAICompatible(options)(model));
    },
  },
  {
    client: '@langchain/openai (chat)',
    folder: '@langchain/openai',
    create: (stage, model) => askLangChain(openAiChain(stage, model, false), 'jsonSchema'),
  },
  {
    client: '@langchain/openai (responses)',
    folder: '@langchain/openai',
    create: (stage, model) => askLangChain(openAiChain(stage, model, true), 'jsonSchema'),
  },
  {
    client: '@langchain/anthropic',
    folder: '@langchain/anthropic',
    create(stage, model) {
      const options = { model, apiKey: stage.clientKey, anthropicApiUrl: stage.url, maxRetries: 0 };
      return askLangChain(new ChatAnthropic(options));
    },
    schemaTool: 'extract',
  },
];

const SDKS: readonly Sdk[] = [...OFFICIAL_SDKS, ...OTHER_SDKS];

type Embedder = {
  readonly client: string;
  readonly version: string;
  readonly create: (stage: Stage, model: string) => (text: string) => Promise<readonly number[]>;
};

const EMBEDDERS: readonly Embedder[] = [
  {
    client: 'openai (embeddings)',
    version: versionOf('openai', 'product'),
    create: (stage, model) => async (input) => {
      const { data } = await connectOpenAi(stage).embeddings.create({ model, input });
      return data[0]?.embedding ?? [];
    },
  },
  {
    client: '@ai-sdk/openai (embeddings)',
    version: versionOf('@ai-sdk/openai'),
    create: (stage, id) => async (value) => {
      const model = createOpenAI(settings(stage)).textEmbeddingModel(id);
      return (await embedAi({ model, value, maxRetries: 0 })).embedding;
    },
  },
  {
    client: '@langchain/openai (embeddings)',
    version: versionOf('@langchain/openai'),
    create: (stage, model) => (text) => {
      const configuration = { baseURL: `${stage.url}/v1` };
      const options = { model, apiKey: stage.clientKey, maxRetries: 0, configuration };
      return new OpenAIEmbeddings(options).embedQuery(text);
    },
  },
];

describe.each(ORGS)('on $model of an org of $org', { tags: [FAST] }, ({ model, surface, state }) => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage({ org: state });
  });
  afterEach(() => stage.reset());
  afterAll(() => stage.close());

  describe.each(SDKS)('$client of $folder', (sdk) => {
    const { client, folder, create, schemaTool } = sdk;
    const version = versionOf(folder, OFFICIAL_SDKS.includes(sdk) ? 'product' : 'clients');
    const cell = (feature: string) => ({ client, version, model, surface, feature });

    /** All that was scripted was said, by the surface that was meant. */
    async function expectSaid(calls: number): Promise<void> {
      expect(await stage.unconsumed()).toEqual([]);
      const served = (await stage.journal()).filter(({ status }) => status !== 404);
      expect(served.map((entry) => [entry.surface, entry.status, entry.outcome])).toEqual(
        Array.from({ length: calls }, () => [surface, 200, 'complete']),
      );
    }

    it('gives a text', { timeout: TURN_LIMIT_MS }, async (context) => {
      judge(context, cell('text'));
      const nonce = randomUUID();
      await stage.script({ match: { contains: nonce }, reply: { text: `seen ${nonce}` } });
      expect(await create(stage, model).text(`say ${nonce}`)).toBe(`seen ${nonce}`);
      await expectSaid(1);
    });

    it('gives a stream', { timeout: TURN_LIMIT_MS }, async (context) => {
      judge(context, cell('stream'));
      const nonce = randomUUID();
      await stage.script({ match: { contains: nonce }, reply: { text: `seen ${nonce} ✓`, chunks: 4 } });
      const pieces = await create(stage, model).stream(`say ${nonce}`);
      expect(pieces.join('')).toBe(`seen ${nonce} ✓`);
      await expectSaid(1);
    });

    it('calls a tool and tells what it gave', { timeout: TURN_LIMIT_MS }, async (context) => {
      judge(context, cell('tools'));
      const [city, sky, answer] = [randomUUID(), randomUUID(), randomUUID()];
      const call = { name: 'get_weather', arguments: { city } };
      await stage.script(
        { match: { contains: `about ${city}` }, reply: { toolCalls: [call] } },
        { match: { contains: sky }, reply: { text: answer } },
      );
      const weather = (asked: string): string => (asked === city ? sky : 'unknown');
      expect(await create(stage, model).withTool(`tell about ${city}`, weather)).toBe(answer);
      await expectSaid(2);
    });

    it('gives an answer by a schema', { timeout: TURN_LIMIT_MS }, async (context) => {
      judge(context, cell('structured output'));
      const city = randomUUID();
      const reply =
        schemaTool === undefined
          ? { text: JSON.stringify({ city }) }
          : { toolCalls: [{ name: schemaTool, arguments: { city } }] };
      await stage.script({ match: { contains: city }, reply });
      expect(await create(stage, model).bySchema(`which? ${city}`)).toEqual({ city });
      await expectSaid(1);
    });
  });
});

describe('embeddings', { tags: [FAST] }, () => {
  const model = 'text-embedding-ada-002';
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());

  it.for(EMBEDDERS)(
    'are made by $client',
    { timeout: TURN_LIMIT_MS },
    async ({ client, version, create }, context) => {
      judge(context, { client, version, model, surface: 'embeddings', feature: 'embeddings' });
      const embed = create(stage, model);
      const [text, other] = [randomUUID(), randomUUID()];
      const [vector, far] = [await embed(text), await embed(other)];
      expect(await stage.lastUpstreamBody()).toContain(other);
      // The org makes the same numbers of the same text, and the plainest way to ask for them has no coding.
      const plain = await connectOpenAi(stage).embeddings.create({
        model,
        input: text,
        encoding_format: 'float',
      });
      // The coding that the official client asks for has room for half of the digits.
      expect(vector.map(Math.fround)).toEqual(plain.data[0]?.embedding.map(Math.fround));
      expect(far).not.toEqual(vector);
    },
  );
});
