// The scenes of the Responses client matrix. Each plants nonces and looks for them on both sides: in what the org was sent, and
// in what the client shows.

import { randomUUID } from 'node:crypto';

import type OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { expect } from 'vitest';
import { z } from 'zod';

import type { PlayedBy, SceneOf } from './matrix.ts';
import { expectPlace, newMarker, pdfWith, pngWith, type MediaField } from './media.ts';
import { callsOf, type Ask, type Seen, type Settings } from './responses-clients.ts';
import { CACHED_USAGE, COUNTED, oddText, threeCalls } from './scripted.ts';

type Given = { readonly ask: Ask; readonly client: OpenAI; readonly model: string };
type Played = PlayedBy<Given>;
type Scene = SceneOf<Given, Seen>;

const WEATHER = {
  type: 'function',
  name: 'get_weather',
  description: 'Weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: false,
} as const;
const CLOCK = {
  type: 'function',
  name: 'get_time',
  description: 'The time now',
  parameters: null,
  strict: false,
} as const;

const conversation: readonly Scene[] = [
  {
    name: 'text',
    async play({ ask, stage }) {
      const nonce = randomUUID();
      const order = randomUUID();
      await stage.script({ match: { contains: nonce }, reply: { text: `seen ${nonce}`, chunks: 4 } });
      const seen = await ask({ instructions: order, input: `say ${nonce}` });
      expect(seen).toMatchObject({ text: `seen ${nonce}`, status: 'completed' });
      expect(await stage.lastUpstreamBody()).toContain(order);
      expect(seen.usage?.output_tokens).toBeGreaterThan(0);
      expect(seen.usage?.total_tokens).toBe(
        (seen.usage?.input_tokens ?? 0) + (seen.usage?.output_tokens ?? 0),
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
      const seen = await ask({ input: `weather of ${nonce}`, tools: [WEATHER, CLOCK] });
      expect(seen).toMatchObject({ status: 'completed', text: 'Looking.' });
      expect(callsOf(seen.output)).toMatchObject([{ name: 'get_weather', id: expect.stringMatching(/./) }]);
      expect(JSON.parse(callsOf(seen.output)[0]?.arguments ?? '')).toEqual({ city: nonce });
      return [seen];
    },
  },
  {
    name: 'parallel tools',
    async play({ ask, stage }) {
      const nonce = randomUUID();
      const toolCalls = threeCalls(nonce);
      await stage.script({ match: { contains: nonce }, reply: { toolCalls } });
      const seen = await ask({ input: nonce, tools: [WEATHER, CLOCK] });
      const calls = callsOf(seen.output);
      const made = calls.map((call) => ({ name: call.name, arguments: JSON.parse(call.arguments) }));
      expect(made).toEqual(toolCalls);
      expect(new Set(calls.map((call) => call.id)).size).toBe(3);
      return [seen];
    },
  },
  {
    name: 'results',
    async play({ ask }) {
      const nonce = randomUUID();
      const input: OpenAI.Responses.ResponseInput = [
        { role: 'user', content: 'Call get_weather and get_time.' },
      ];
      const first = await ask({ input, tools: [WEATHER, CLOCK], store: false });
      const calls = callsOf(first.output);
      expect(calls.map((call) => call.name)).toEqual(['get_weather', 'get_time']);
      input.push(...first.output, ...calls.map((call) => resultOf(call.id, `${call.name}: ${nonce}`)));
      const second = await ask({ input, tools: [WEATHER, CLOCK], store: false });
      expect(second.text).toContain(`get_weather: ${nonce}`);
      expect(second.text).toContain(`get_time: ${nonce}`);
      return [first, second];
    },
  },
  {
    name: 'unicode',
    async play({ ask, stage }) {
      const text = oddText();
      await stage.script({ match: {}, reply: { text, chunks: 12 } });
      const seen = await ask({ input: text });
      expect(seen.text).toBe(text);
      expect(await stage.lastUpstreamBody()).toContain(JSON.stringify(text).slice(1, -1));
      return [seen];
    },
  },
];

function resultOf(callId: string, output: string) {
  return { type: 'function_call_output', call_id: callId, output } as const;
}

const stored: readonly Scene[] = [
  {
    name: 'a stored response',
    async play({ ask, client, stage }) {
      const nonce = randomUUID();
      const first = await ask({ input: `remember ${nonce}` });
      await stage.script({ match: { contains: nonce }, reply: { text: `remembered ${nonce}` } });
      const second = await ask({ previous_response_id: first.id, input: 'what was it?' });
      expect(second.text).toBe(`remembered ${nonce}`);
      const found = await client.responses.retrieve(second.id);
      expect(found).toMatchObject({
        id: second.id,
        output_text: second.text,
        previous_response_id: first.id,
      });
      const items = await client.responses.inputItems.list(second.id, { order: 'asc' });
      expect(items.data.map(({ type }) => type)).toEqual(['message', 'message', 'message']);
      await client.responses.delete(second.id);
      await expect(client.responses.retrieve(second.id)).rejects.toMatchObject({ status: 404 });
      await expect(client.responses.cancel(first.id)).rejects.toMatchObject({ status: 400 });
      await expect(ask({ previous_response_id: second.id, input: 'more' })).rejects.toMatchObject({
        status: 400,
        code: 'previous_response_not_found',
      });
      return [first, second];
    },
  },
  {
    name: 'a stored turn with tools',
    async play({ ask }) {
      const nonce = randomUUID();
      const first = await ask({ input: 'Call get_weather and get_time.', tools: [WEATHER, CLOCK] });
      const second = await ask({
        previous_response_id: first.id,
        input: callsOf(first.output).map((call) => resultOf(call.id, `${call.name}: ${nonce}`)),
        tools: [WEATHER, CLOCK],
      });
      expect(second.text).toContain(`get_weather: ${nonce}`);
      expect(second.text).toContain(`get_time: ${nonce}`);
      return [first, second];
    },
  },
  {
    name: 'a response that is not stored',
    async play({ ask, client }) {
      const seen = await ask({ input: 'forget', store: false });
      await expect(client.responses.retrieve(seen.id)).rejects.toMatchObject({ status: 404 });
      return [seen];
    },
  },
];

/** Tools as a coding agent sends them; the published types do not know all of them. */
const AGENT_TOOLS = [
  { type: 'custom', name: 'patch', description: 'Edits files.', format: { type: 'text' } },
  { type: 'namespace', name: 'agents', description: 'Helpers', tools: [{ ...WEATHER, name: 'wait' }] },
  { type: 'web_search' },
] as unknown as NonNullable<Settings['tools']>;

const agents: readonly Scene[] = [
  {
    name: 'custom and grouped tools',
    async play({ ask, stage }) {
      const nonce = randomUUID();
      await stage.script({
        match: { contains: nonce },
        reply: {
          toolCalls: [
            { name: 'patch', arguments: { input: `*** Begin "${nonce}"\n` } },
            { name: 'agents__wait', arguments: { city: nonce } },
          ],
        },
      });
      const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: nonce }];
      const first = await ask({ input, tools: AGENT_TOOLS });
      const [patch, wait] = first.output.filter(({ type }) => type !== 'reasoning');
      expect(patch).toMatchObject({
        type: 'custom_tool_call',
        name: 'patch',
        input: `*** Begin "${nonce}"\n`,
      });
      expect(wait).toMatchObject({ type: 'function_call', name: 'wait', namespace: 'agents' });
      const [id = ''] = callsOf(first.output).map((call) => call.id);
      const patchId = patch?.type === 'custom_tool_call' ? patch.call_id : '';
      input.push(
        ...first.output,
        { type: 'custom_tool_call_output', call_id: patchId, output: `patched ${nonce}` },
        resultOf(id, `waited ${nonce}`),
      );
      const second = await ask({ input, tools: AGENT_TOOLS });
      expect(second.text).toContain(`patched ${nonce}`);
      expect(second.text).toContain(`waited ${nonce}`);
      return [first, second];
    },
  },
  {
    name: 'reasoning that comes back',
    async play({ ask, stage, org }) {
      const nonce = randomUUID();
      await stage.script({
        match: { contains: nonce },
        reply: {
          reasoning: `because ${nonce}`,
          toolCalls: [{ name: 'get_weather', arguments: { city: 'x' } }],
        },
      });
      const settings = {
        tools: [WEATHER],
        reasoning: { effort: 'high', summary: 'auto' },
        store: false,
      } as const;
      const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: nonce }];
      const first = await ask({ input, ...settings, tools: [WEATHER] });
      const [call] = callsOf(first.output);
      input.push(...first.output, resultOf(call?.id ?? '', `rain ${nonce}`));
      const second = await ask({ input, ...settings, tools: [WEATHER] });
      expect(second.text).toContain(`rain ${nonce}`);
      const sealed = first.output.flatMap((item) =>
        item.type === 'reasoning' && item.encrypted_content !== undefined
          ? [item.encrypted_content ?? '']
          : [],
      );
      // The classic surface tells no reasoning.
      expect(sealed.length > 0).toBe(org !== 'classic-only');
      const body = await stage.lastUpstreamBody();
      // What is told as another maker's is marked; the value behind the mark goes back.
      for (const seal of sealed) expect(body).toContain(seal.split(':').at(-1));
      return [first, second];
    },
  },
];

/** Asks about a file, which must reach its field upstream and be read there. */
async function playFile(
  played: Played,
  part: OpenAI.Responses.ResponseInputContent,
  file: { readonly data: string; readonly marker: string; readonly field: MediaField },
): Promise<readonly Seen[]> {
  const seen = await played.ask({
    input: [{ role: 'user', content: [{ type: 'input_text', text: 'What is this?' }, part] }],
  });
  expect(seen.text).toContain(file.marker);
  await expectPlace(played, file.data, file.field);
  return [seen];
}

const files: readonly Scene[] = [
  {
    name: 'images',
    play(played) {
      const marker = newMarker();
      const data = pngWith(marker);
      const image = `data:image/png;base64,${data}`;
      const part = { type: 'input_image', image_url: image, detail: 'auto' } as const;
      return playFile(played, part, { data, marker, field: 'image' });
    },
  },
  {
    name: 'PDFs',
    play(played) {
      const marker = newMarker();
      const data = pdfWith(marker);
      const file = `data:application/pdf;base64,${data}`;
      const part = { type: 'input_file', filename: 'paper.pdf', file_data: file } as const;
      return playFile(played, part, { data, marker, field: 'document' });
    },
  },
];

const settings: readonly Scene[] = [
  {
    name: 'JSON by schema',
    async play({ ask, client, model }) {
      const answer = z.object({ city: z.string(), warm: z.boolean() });
      const format = zodTextFormat(answer, 'answer');
      const parsed = await client.responses.parse({ model, input: 'Where is it warm?', text: { format } });
      expect(parsed.output_parsed).toEqual({ city: expect.any(String), warm: expect.any(Boolean) });
      const seen = await ask({ input: 'Where is it warm?', text: { format } });
      expect(answer.parse(JSON.parse(seen.text))).toBeDefined();
      return [{ ...seen, usage: undefined }, seen];
    },
  },
  {
    name: 'output limit',
    async play({ ask }) {
      const seen = await ask({ input: `${randomUUID()} ${'long '.repeat(100)}`, max_output_tokens: 20 });
      expect(seen).toMatchObject({ status: 'incomplete', cut: 'max_output_tokens' });
      expect(seen.text).toContain('Echo');
      expect(seen.text.length).toBeLessThan(200);
      return [seen];
    },
  },
  {
    name: 'cached usage',
    async play({ ask, stage, org }) {
      await stage.script({ match: {}, reply: { text: 'counted', usage: CACHED_USAGE } });
      const seen = await ask({ input: 'count' });
      const [cached, reasoning] = COUNTED[org];
      expect(seen.usage).toMatchObject({ input_tokens: 1_000, output_tokens: 50, total_tokens: 1_050 });
      expect(seen.usage?.input_tokens_details.cached_tokens).toBe(cached);
      expect(seen.usage?.output_tokens_details.reasoning_tokens).toBe(reasoning);
      return [seen];
    },
  },
];

export const SCENES: readonly Scene[] = [...conversation, ...stored, ...agents, ...files, ...settings];
