// The official OpenAI client through the gateway to a simulated org, over TLS and real sockets. The simulated org answers
// with the nonce only if it reached the upstream body, and the client must show it: success alone proves nothing.

import { randomUUID } from 'node:crypto';

import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { REFUSED_CELLS } from './refused-cells.ts';
import { openStage, type Stage } from './stage.ts';

const ORGS = [
  { org: 'Claude', model: 'claude-sonnet-4-6' },
  { org: 'GPT', model: 'gpt-5.4' },
  { org: 'Gemini', model: 'gemini-2.5-flash' },
  { org: 'classic-only', model: 'claude-sonnet-4-6' },
] as const;

type Messages = OpenAI.Chat.ChatCompletionMessageParam[];
type Message = OpenAI.Chat.ChatCompletionMessage;
type Settings = { readonly messages: Messages; readonly tools?: OpenAI.Chat.ChatCompletionTool[] };
type Seen = {
  readonly message: Message;
  readonly finish: string;
  readonly usage: OpenAI.CompletionUsage | undefined;
};
type Ask = (settings: Settings) => Promise<Seen>;
type Scene = { readonly name: string; readonly play: (ask: Ask, stage: Stage) => Promise<void> };

const WEATHER: OpenAI.Chat.ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const CLOCK: OpenAI.Chat.ChatCompletionTool = {
  type: 'function',
  function: { name: 'get_time', description: 'The time now' },
};

function callsOf(message: Message): { id: string; name: string; arguments: string }[] {
  return (message.tool_calls ?? []).flatMap((call) =>
    call.type === 'function'
      ? [{ id: call.id, name: call.function.name, arguments: call.function.arguments }]
      : [],
  );
}

const SCENES: readonly Scene[] = [
  {
    name: 'text',
    async play(ask, stage) {
      const nonce = randomUUID();
      await stage.script({ match: { contains: nonce }, reply: { text: `seen ${nonce}`, chunks: 4 } });
      const seen = await ask({
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: `say ${nonce}` },
        ],
      });
      expect(seen).toMatchObject({
        message: { role: 'assistant', content: `seen ${nonce}` },
        finish: 'stop',
      });
      expect(seen.usage?.completion_tokens).toBeGreaterThan(0);
      expect(seen.usage?.total_tokens).toBe(
        (seen.usage?.prompt_tokens ?? 0) + (seen.usage?.completion_tokens ?? 0),
      );
    },
  },
  {
    name: 'tools',
    async play(ask, stage) {
      const nonce = randomUUID();
      await stage.script({
        match: { contains: nonce },
        reply: { text: 'Looking.', toolCalls: [{ name: 'get_weather', arguments: { city: nonce } }] },
      });
      const seen = await ask({
        messages: [{ role: 'user', content: `weather of ${nonce}` }],
        tools: [WEATHER, CLOCK],
      });
      expect(seen.finish).toBe('tool_calls');
      expect(callsOf(seen.message)).toMatchObject([{ name: 'get_weather', id: expect.stringMatching(/./) }]);
      expect(JSON.parse(callsOf(seen.message)[0]?.arguments ?? '')).toEqual({ city: nonce });
    },
  },
  {
    name: 'parallel tools',
    async play(ask, stage) {
      const nonce = randomUUID();
      await stage.script({
        match: { contains: nonce },
        reply: {
          toolCalls: [
            { name: 'get_weather', arguments: { city: nonce } },
            { name: 'get_time', arguments: {} },
            { name: 'get_weather', arguments: { city: `not ${nonce}` } },
          ],
        },
      });
      const seen = await ask({ messages: [{ role: 'user', content: nonce }], tools: [WEATHER, CLOCK] });
      const calls = callsOf(seen.message);
      expect(calls.map((call) => [call.name, JSON.parse(call.arguments)])).toEqual([
        ['get_weather', { city: nonce }],
        ['get_time', {}],
        ['get_weather', { city: `not ${nonce}` }],
      ]);
      expect(new Set(calls.map((call) => call.id)).size).toBe(3);
      expect(seen.finish).toBe('tool_calls');
    },
  },
  {
    name: 'multi-turn with results',
    async play(ask) {
      const nonce = randomUUID();
      const messages: Messages = [{ role: 'user', content: 'Call get_weather and get_time.' }];
      const first = await ask({ messages, tools: [WEATHER, CLOCK] });
      const calls = callsOf(first.message);
      expect(calls.map((call) => call.name)).toEqual(['get_weather', 'get_time']);
      messages.push(first.message);
      for (const call of calls)
        messages.push({ role: 'tool', tool_call_id: call.id, content: `${call.name}: ${nonce}` });
      const second = await ask({ messages, tools: [WEATHER, CLOCK] });
      expect(second.message.content).toContain(`get_weather: ${nonce}`);
      expect(second.message.content).toContain(`get_time: ${nonce}`);
      expect(second.finish).toBe('stop');
    },
  },
  {
    name: 'unicode',
    async play(ask, stage) {
      const text = `naïve 日本語 👩‍👩‍👧 \u{1F680} "quoted" \\ back\nline\ttab \u2028 ${randomUUID()}`;
      await stage.script({ match: {}, reply: { text, chunks: 12 } });
      const seen = await ask({ messages: [{ role: 'user', content: text }] });
      expect(seen.message.content).toBe(text);
      expect(await stage.lastUpstreamBody()).toContain(JSON.stringify(text).slice(1, -1));
    },
  },
  {
    name: '50-turn history',
    async play(ask, stage) {
      const nonce = randomUUID();
      const messages: Messages = [];
      for (let turn = 0; turn < 50; turn += 1) {
        messages.push({ role: 'user', content: `question ${turn}${turn === 7 ? ` ${nonce}` : ''}` });
        messages.push({ role: 'assistant', content: `answer ${turn}` });
      }
      messages.push({ role: 'user', content: 'the last' });
      await stage.script({ match: { contains: nonce }, reply: { text: `remembered ${nonce}` } });
      const seen = await ask({ messages });
      expect(seen.message.content).toBe(`remembered ${nonce}`);
      const body: { messages: unknown[] } = JSON.parse(await stage.lastUpstreamBody());
      expect(body.messages).toHaveLength(101);
    },
  },
];

function askWhole(client: OpenAI, model: string): Ask {
  return async (settings) => {
    const reply = await client.chat.completions.create({ model, ...settings });
    const choice = reply.choices[0];
    if (choice === undefined) throw new Error('a reply without choices');
    return { message: choice.message, finish: choice.finish_reason, usage: reply.usage };
  };
}

function askStreamed(client: OpenAI, model: string): Ask {
  return async (settings) => {
    const stream = client.chat.completions.stream({
      model,
      ...settings,
      stream_options: { include_usage: true },
    });
    const reply = await stream.finalChatCompletion();
    const choice = reply.choices[0];
    if (choice === undefined) throw new Error('a stream without choices');
    return { message: choice.message, finish: choice.finish_reason, usage: reply.usage };
  };
}

const MODES = [
  { mode: 'stream', ask: askStreamed },
  { mode: 'whole', ask: askWhole },
] as const;

describe.each(ORGS)('on $org', ({ org, model }) => {
  let stage: Stage;
  let client: OpenAI;

  beforeAll(async () => {
    stage = await openStage(
      org === 'classic-only' ? { org: { entitled: { classic: true, gateway: false } } } : {},
    );
    client = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: stage.clientKey, maxRetries: 0 });
  });

  afterAll(() => stage.close());

  describe.each(MODES)('$mode', ({ ask }) => {
    it.each(SCENES)('$name', async ({ name, play }) => {
      const refused = REFUSED_CELLS.find((cell) => cell.org === org && cell.scene === name);
      const played = play(ask(client, model), stage);
      if (refused === undefined) {
        await played;
        expect(await stage.unconsumed()).toEqual([]);
        return;
      }
      await expect(played).rejects.toMatchObject({ status: 400, code: refused.code });
      await stage.reset();
    });
  });
});
