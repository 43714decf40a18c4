// The scenes of the OpenAI client matrix. Each plants nonces and looks for them on both sides: in what the org was sent, and
// in what the client shows.

import { randomUUID } from 'node:crypto';

import type OpenAI from 'openai';
import { expect } from 'vitest';

import type { PlayedBy, SceneOf } from './matrix.ts';
import { expectPlace, newMarker, pdfWith, pngWith, type MediaField } from './media.ts';
import { callsOf, type Ask, type Seen } from './openai-clients.ts';
import { CACHED_USAGE, COUNTED, oddText, threeCalls } from './scripted.ts';

type Messages = OpenAI.Chat.ChatCompletionMessageParam[];
type Given = { readonly ask: Ask };
type Played = PlayedBy<Given>;
type Scene = SceneOf<Given, Seen>;

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

const conversation: readonly Scene[] = [
  {
    name: 'text',
    async play({ ask, stage }) {
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
      return [seen];
    },
  },
  {
    name: 'tools',
    async play({ ask, stage }) {
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
      return [seen];
    },
  },
  {
    name: 'parallel tools',
    async play({ ask, stage }) {
      const nonce = randomUUID();
      const toolCalls = threeCalls(nonce);
      await stage.script({ match: { contains: nonce }, reply: { toolCalls } });
      const seen = await ask({ messages: [{ role: 'user', content: nonce }], tools: [WEATHER, CLOCK] });
      const calls = callsOf(seen.message);
      const made = calls.map((call) => ({ name: call.name, arguments: JSON.parse(call.arguments) }));
      expect(made).toEqual(toolCalls);
      expect(new Set(calls.map((call) => call.id)).size).toBe(3);
      expect(seen.finish).toBe('tool_calls');
      return [seen];
    },
  },
  {
    name: 'results',
    async play({ ask }) {
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
      return [first, second];
    },
  },
  {
    name: 'unicode',
    async play({ ask, stage }) {
      const text = oddText();
      await stage.script({ match: {}, reply: { text, chunks: 12 } });
      const seen = await ask({ messages: [{ role: 'user', content: text }] });
      expect(seen.message.content).toBe(text);
      expect(await stage.lastUpstreamBody()).toContain(JSON.stringify(text).slice(1, -1));
      return [seen];
    },
  },
  {
    name: '50 turns',
    async play({ ask, stage }) {
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
      const body = await stage.lastUpstreamBody();
      const told = messages.map(({ content }) => body.indexOf(JSON.stringify(content)));
      expect(told).toEqual(told.toSorted((a, b) => a - b));
      expect(told).not.toContain(-1);
      return [seen];
    },
  },
];

type Part = OpenAI.Chat.ChatCompletionContentPart;

/** Asks about a file, which must reach its field upstream and be read there. */
async function playFile(
  played: Played,
  part: Part,
  file: { readonly data: string; readonly marker: string; readonly field: MediaField },
): Promise<readonly Seen[]> {
  const seen = await played.ask({
    messages: [{ role: 'user', content: [{ type: 'text', text: 'What is this?' }, part] }],
  });
  expect(seen.message.content).toContain(file.marker);
  await expectPlace(played, file.data, file.field);
  return [seen];
}

const files: readonly Scene[] = [
  {
    name: 'images',
    play(played) {
      const marker = newMarker();
      const data = pngWith(marker);
      const url = `data:image/png;base64,${data}`;
      return playFile(played, { type: 'image_url', image_url: { url } }, { data, marker, field: 'image' });
    },
  },
  {
    name: 'PDFs',
    play(played) {
      const marker = newMarker();
      const data = pdfWith(marker);
      const file = { filename: 'paper.pdf', file_data: `data:application/pdf;base64,${data}` };
      return playFile(played, { type: 'file', file }, { data, marker, field: 'document' });
    },
  },
];

const settings: readonly Scene[] = [
  {
    name: 'reasoning effort',
    async play({ ask, stage, surface }) {
      const nonce = randomUUID();
      await stage.script({
        match: { contains: nonce },
        reply: { text: `so ${nonce}`, reasoning: 'because' },
      });
      const seen = await ask({ messages: [{ role: 'user', content: nonce }], reasoning_effort: 'high' });
      expect(seen.message.content).toBe(`so ${nonce}`);
      // A surface without a setting for it answers all the same.
      const sent = (await stage.lastUpstreamBody()).includes('"effort":"high"');
      expect(sent).toBe(surface !== 'chat-generations');
      return [seen];
    },
  },
  {
    name: 'JSON by schema',
    async play({ ask, stage, org }) {
      const schema = {
        type: 'object',
        properties: { city: { type: 'string' }, warm: { type: 'boolean' } },
        required: ['city', 'warm'],
        additionalProperties: false,
      };
      const seen = await ask({
        messages: [{ role: 'user', content: 'Where is it warm?' }],
        response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } },
      });
      const spoken: unknown = JSON.parse(seen.message.content ?? '');
      expect(spoken).toEqual({ city: expect.any(String), warm: expect.any(Boolean) });
      // Where the surface has no field for it, the schema is told in words.
      const told = org === 'GPT' ? '"strict":true' : String.raw`\"additionalProperties\":false`;
      expect(await stage.lastUpstreamBody()).toContain(told);
      return [seen];
    },
  },
  {
    name: 'stop sequences',
    // The Responses format has no stop sequences, so the call is carried by the other surface of the same org.
    elsewhere: { GPT: 'gateway-generations' },
    async play({ ask }) {
      const nonce = randomUUID();
      const seen = await ask({
        messages: [{ role: 'user', content: `${nonce} HALT after` }],
        stop: ['HALT', 'never'],
      });
      expect(seen.message.content).toContain(nonce);
      expect(seen.message.content).not.toContain('HALT');
      expect(seen.finish).toBe('stop');
      return [seen];
    },
  },
  {
    name: 'output limit',
    async play({ ask }) {
      const content = `${randomUUID()} ${'long '.repeat(100)}`;
      const seen = await ask({ messages: [{ role: 'user', content }], max_completion_tokens: 20 });
      expect(seen.finish).toBe('length');
      expect(seen.message.content).toContain('Echo');
      expect(seen.message.content?.length).toBeLessThan(200);
      // Also where the reply is cut here: the usage is of what the caller gets.
      expect(seen.usage?.completion_tokens).toBe(20);
      return [seen];
    },
  },
  {
    name: 'cached usage',
    async play({ ask, stage, org }) {
      await stage.script({ match: {}, reply: { text: 'counted', usage: CACHED_USAGE } });
      const seen = await ask({ messages: [{ role: 'user', content: 'count' }] });
      const [cached, reasoning] = COUNTED[org];
      expect(seen.usage).toMatchObject({ prompt_tokens: 1_000, completion_tokens: 50, total_tokens: 1_050 });
      expect(seen.usage?.prompt_tokens_details?.cached_tokens ?? 0).toBe(cached);
      expect(seen.usage?.completion_tokens_details?.reasoning_tokens ?? 0).toBe(reasoning);
      return [seen];
    },
  },
];

export const SCENES: readonly Scene[] = [...conversation, ...files, ...settings];
