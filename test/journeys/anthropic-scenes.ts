// The scenes of the Anthropic client matrix. Each plants nonces and looks for them on both sides: in what the org was sent,
// and in what the client shows.

import { randomUUID } from 'node:crypto';

import type Anthropic from '@anthropic-ai/sdk';
import { expect } from 'vitest';

import { callsOf, textOf } from './anthropic-clients.ts';
import { THINKING_SCENES } from './anthropic-thinking.ts';
import { assistant, user, type Scene } from './anthropic-turns.ts';
import { expectPlace, newMarker, pdfWith, pngWith } from './media.ts';
import type { OrgCase } from './orgs.ts';
import { oddText, threeCalls } from './scripted.ts';

const WEATHER: Anthropic.Tool = {
  name: 'get_weather',
  description: 'Weather of a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const CLOCK: Anthropic.Tool = {
  name: 'get_time',
  description: 'The time now',
  input_schema: { type: 'object', properties: {} },
};
const TOOLS = [WEATHER, CLOCK];

/** A call that was made and what came of it, as two turns. */
function answered(content: Anthropic.ToolResultBlockParam['content']): Anthropic.MessageParam[] {
  return [
    user('Look at it.'),
    assistant([{ type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Rome' } }]),
    user([{ type: 'tool_result', tool_use_id: 'toolu_1', content: content ?? '' }]),
  ];
}

const image = (data: string): Anthropic.ImageBlockParam => ({
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data },
});
const document = (data: string): Anthropic.DocumentBlockParam => ({
  type: 'document',
  title: 'paper.pdf',
  source: { type: 'base64', media_type: 'application/pdf', data },
});

const conversation: readonly Scene[] = [
  {
    name: 'text',
    async play({ ask, stage }) {
      const nonce = randomUUID();
      const system = `Be brief ${randomUUID()}.`;
      await stage.script({ match: { contains: nonce }, reply: { text: `seen ${nonce}`, chunks: 4 } });
      const reply = await ask({ system, messages: [user(`say ${nonce}`)] });
      expect(textOf(reply)).toBe(`seen ${nonce}`);
      expect(reply).toMatchObject({ role: 'assistant', stop_reason: 'end_turn', stop_sequence: null });
      expect(await stage.lastUpstreamBody()).toContain(system);
      return [reply];
    },
  },
  {
    name: 'unicode',
    async play({ ask, stage }) {
      const text = oddText();
      await stage.script({ match: {}, reply: { text, chunks: 12 } });
      const reply = await ask({ messages: [user(text)] });
      expect(textOf(reply)).toBe(text);
      expect(await stage.lastUpstreamBody()).toContain(JSON.stringify(text).slice(1, -1));
      return [reply];
    },
  },
  {
    name: '50 turns',
    async play({ ask, stage }) {
      const nonce = randomUUID();
      const messages: Anthropic.MessageParam[] = [];
      for (let turn = 0; turn < 50; turn += 1) {
        messages.push(user(`question ${turn}${turn === 7 ? ` ${nonce}` : ''}`), assistant(`answer ${turn}`));
      }
      await stage.script({ match: { contains: nonce }, reply: { text: `remembered ${nonce}` } });
      const reply = await ask({ messages: [...messages, user('the last')] });
      expect(textOf(reply)).toBe(`remembered ${nonce}`);
      const body = await stage.lastUpstreamBody();
      const told = messages.map(({ content }) => body.indexOf(JSON.stringify(content)));
      expect(told).toEqual(told.toSorted((a, b) => a - b));
      expect(told).not.toContain(-1);
      return [reply];
    },
  },
  {
    name: 'stop sequences',
    // The Responses format has no stop sequences, so the call is carried by the other surface of the same org.
    elsewhere: { GPT: 'gateway-generations' },
    async play({ ask, org }) {
      const nonce = randomUUID();
      const reply = await ask({ messages: [user(`${nonce} HALT after`)], stop_sequences: ['HALT'] });
      expect(textOf(reply)).toContain(nonce);
      expect(textOf(reply)).not.toContain('HALT');
      // Claude says why it stopped, and so does whoever cuts a reply here; other vendors have one word for both endings.
      const told = org === 'Claude' || org === 'classic-only';
      expect(reply.stop_reason).toBe(told ? 'stop_sequence' : 'end_turn');
      expect(reply.stop_sequence).toBe(told ? 'HALT' : null);
      return [reply];
    },
  },
  {
    name: 'output limit',
    async play({ ask, stage }) {
      const nonce = randomUUID();
      const reply = await ask({ messages: [user(`${nonce} ${'long '.repeat(100)}`)], max_tokens: 20 });
      expect(reply.stop_reason).toBe('max_tokens');
      expect(textOf(reply)).toContain('Echo');
      expect(textOf(reply).length).toBeLessThan(200);
      // Also where the reply is cut here: the usage is of what the caller gets.
      expect(reply.usage.output_tokens).toBe(20);
      expect(await stage.lastUpstreamBody()).toContain(nonce);
      return [reply];
    },
  },
];

/** What is counted of the usage below: Messages counts cached tokens beside the input, and only some orgs tell them. */
const CACHED_USAGE = { input: 1_000, output: 50, cacheRead: 600, cacheWrite: 100 };
const COUNTED: Readonly<Record<OrgCase['org'], readonly [input: number, read: number, written: number]>> = {
  Claude: [300, 600, 100],
  GPT: [400, 600, 0],
  Gemini: [1_000, 0, 0],
  'classic-only': [300, 600, 100],
};
const ANSWER_SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, warm: { type: 'boolean' } },
  required: ['city', 'warm'],
  additionalProperties: false,
};

const settings: readonly Scene[] = [
  {
    name: 'cached usage',
    async play({ ask, stage, org }) {
      await stage.script({ match: {}, reply: { text: 'counted', usage: CACHED_USAGE } });
      const reply = await ask({ messages: [user('count')] });
      const [input, read, written] = COUNTED[org];
      expect(reply.usage).toMatchObject({
        input_tokens: input,
        output_tokens: 50,
        cache_read_input_tokens: read,
        cache_creation_input_tokens: written,
      });
      return [reply];
    },
  },
  {
    name: 'JSON by schema',
    async play({ ask, stage, org }) {
      const reply = await ask({
        messages: [user('Where is it warm?')],
        output_config: { format: { type: 'json_schema', schema: ANSWER_SCHEMA } },
      });
      const spoken: unknown = JSON.parse(textOf(reply));
      expect(spoken).toEqual({ city: expect.any(String), warm: expect.any(Boolean) });
      // Where the surface has no field for it, the schema is told in words.
      const quote = org === 'GPT' ? '"' : String.raw`\"`;
      expect(await stage.lastUpstreamBody()).toContain(`${quote}additionalProperties${quote}:false`);
      return [reply];
    },
  },
  {
    name: 'the extras of a coding tool',
    async play({ ask, stage }) {
      const nonce = randomUUID();
      const entry = `reminder ${randomUUID()}`;
      await stage.script({ match: { contains: nonce }, reply: { text: `done ${nonce}` } });
      const reply = await ask({
        system: [
          { type: 'text', text: 'billing: none' },
          { type: 'text', text: 'You write code.', cache_control: { type: 'ephemeral' } },
        ],
        messages: [
          user('hello'),
          assistant('hi'),
          user([{ type: 'text', text: nonce, cache_control: { type: 'ephemeral', ttl: '1h' } }]),
          { role: 'system', content: entry },
        ],
        metadata: { user_id: '{"device":"x"}' },
        tools: TOOLS,
        tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      });
      expect(textOf(reply)).toBe(`done ${nonce}`);
      expect(await stage.lastUpstreamBody()).toContain(entry);
      return [reply];
    },
  },
];

const tools: readonly Scene[] = [
  {
    name: 'a forced tool',
    async play({ ask }) {
      const reply = await ask({
        messages: [user('Hello.')],
        tools: TOOLS,
        tool_choice: { type: 'tool', name: 'get_weather' },
      });
      expect(callsOf(reply)).toMatchObject([{ name: 'get_weather', input: { city: expect.any(String) } }]);
      expect(reply.stop_reason).toBe('tool_use');
      return [reply];
    },
  },
  {
    name: 'tools',
    async play({ ask, stage }) {
      const nonce = randomUUID();
      const toolCalls = [{ name: 'get_weather', arguments: { city: nonce } }];
      await stage.script({ match: { contains: nonce }, reply: { text: 'Looking.', toolCalls } });
      const reply = await ask({ messages: [user(`weather of ${nonce}`)], tools: TOOLS });
      expect(reply.stop_reason).toBe('tool_use');
      expect(callsOf(reply)).toMatchObject([{ name: 'get_weather', input: { city: nonce } }]);
      expect(textOf(reply)).toBe('Looking.');
      expect(await stage.lastUpstreamBody()).toContain('Weather of a city');
      return [reply];
    },
  },
  {
    name: 'parallel tools',
    async play({ ask, stage }) {
      const nonce = randomUUID();
      const toolCalls = threeCalls(nonce);
      await stage.script({ match: { contains: nonce }, reply: { toolCalls } });
      const reply = await ask({ messages: [user(nonce)], tools: TOOLS });
      const calls = callsOf(reply);
      expect(calls.map(({ name, input }) => ({ name, arguments: input }))).toEqual(toolCalls);
      expect(new Set(calls.map(({ id }) => id)).size).toBe(3);
      expect(reply.stop_reason).toBe('tool_use');
      return [reply];
    },
  },
  {
    name: 'results',
    async play({ ask, stage }) {
      const nonce = randomUUID();
      const messages = [user('Call get_weather and get_time.')];
      const first = await ask({ messages, tools: TOOLS });
      const [weather, clock] = callsOf(first);
      expect([weather?.name, clock?.name]).toEqual(['get_weather', 'get_time']);
      messages.push(
        assistant(first.content),
        user([
          { type: 'tool_result', tool_use_id: weather?.id ?? '', content: `sunny ${nonce}` },
          {
            type: 'tool_result',
            tool_use_id: clock?.id ?? '',
            content: [{ type: 'text', text: `broken ${nonce}` }],
            is_error: true,
          },
        ]),
      );
      const second = await ask({ messages, tools: TOOLS });
      expect(textOf(second)).toContain(`sunny ${nonce}`);
      expect(textOf(second)).toContain(`broken ${nonce}`);
      expect(second.stop_reason).toBe('end_turn');
      expect(await stage.lastUpstreamBody()).toContain(`broken ${nonce}`);
      return [first, second];
    },
  },
];

const files: readonly Scene[] = [
  {
    name: 'images',
    async play(played) {
      const marker = newMarker();
      const data = pngWith(marker);
      const reply = await played.ask({
        messages: [user([{ type: 'text', text: 'What is this?' }, image(data)])],
      });
      expect(textOf(reply)).toContain(marker);
      await expectPlace(played, data, 'image');
      return [reply];
    },
  },
  {
    name: 'results with images',
    async play(played) {
      const marker = newMarker();
      const data = pngWith(marker);
      const nonce = randomUUID();
      const reply = await played.ask({
        messages: answered([{ type: 'text', text: `a picture ${nonce}` }, image(data)]),
        tools: TOOLS,
      });
      expect(textOf(reply)).toContain(marker);
      expect(textOf(reply)).toContain(nonce);
      await expectPlace(played, data, 'resultImage');
      return [reply];
    },
  },
  {
    name: 'PDFs',
    async play(played) {
      const marker = newMarker();
      const data = pdfWith(marker);
      const reply = await played.ask({
        messages: [user([document(data), { type: 'text', text: 'Sum it up.' }])],
      });
      expect(textOf(reply)).toContain(marker);
      await expectPlace(played, data, 'document');
      return [reply];
    },
  },
];

export const SCENES: readonly Scene[] = [
  ...conversation,
  ...settings,
  ...tools,
  ...files,
  ...THINKING_SCENES,
];
