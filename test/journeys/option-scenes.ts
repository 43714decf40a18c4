// Small scenes for the walk through the org's options. Each tells its own replies by its own nonce, so that many can be under
// way at once; success needs the nonce on the client's side, which the org says only if it was told.

import { randomUUID } from 'node:crypto';

import type Anthropic from '@anthropic-ai/sdk';
import type OpenAI from 'openai';
import { expect } from 'vitest';

import * as anthropic from './anthropic-clients.ts';
import { newMarker, pdfWith, pngWith } from './media.ts';
import * as openai from './openai-clients.ts';
import type { OrgCase } from './orgs.ts';
import type { Stage } from './stage.ts';

export type Place = {
  readonly name: string;
  readonly model: string;
  readonly surface: OrgCase['surface'];
};
export type At = {
  readonly stage: Stage;
  readonly place: Place;
  readonly openai: OpenAI;
  readonly anthropic: Anthropic;
};
export type OptionScene = (at: At) => Promise<void>;

const WEATHER = {
  name: 'get_weather',
  description: 'Weather of a city',
  schema: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
};
const CLOCK = {
  name: 'get_time',
  description: 'The time now',
  schema: { type: 'object' as const, properties: {} },
};
const OPENAI_TOOLS: OpenAI.Chat.ChatCompletionTool[] = [WEATHER, CLOCK].map(
  ({ name, description, schema }) => ({
    type: 'function',
    function: { name, description, parameters: schema },
  }),
);
const ANTHROPIC_TOOLS: Anthropic.Tool[] = [WEATHER, CLOCK].map(({ name, description, schema }) => ({
  name,
  description,
  input_schema: schema,
}));

type Mode = 'askWhole' | 'askStreamed';
const ASK_OPENAI = { askWhole: openai.askWhole, askStreamed: openai.askStreamed };
const ASK_ANTHROPIC = { askWhole: anthropic.askWhole, askStreamed: anthropic.askStreamed };

const openaiText =
  (mode: Mode, settings: Partial<openai.Settings> = {}): OptionScene =>
  async ({ openai: client, place, stage }) => {
    const nonce = randomUUID();
    await stage.script({ match: { contains: nonce }, reply: { text: `seen ${nonce}`, chunks: 3 } });
    const ask = ASK_OPENAI[mode](client, place.model);
    const seen = await ask({ messages: [{ role: 'user', content: nonce }], ...settings });
    expect(seen).toMatchObject({ message: { content: `seen ${nonce}` }, finish: 'stop' });
  };

const anthropicText =
  (mode: Mode, settings: Partial<anthropic.Settings> = {}, reply: object = {}): OptionScene =>
  async ({ anthropic: client, place, stage }) => {
    const nonce = randomUUID();
    await stage.script({ match: { contains: nonce }, reply: { text: `seen ${nonce}`, chunks: 3, ...reply } });
    const seen = await ASK_ANTHROPIC[mode](
      client,
      place.model,
    )({
      messages: [{ role: 'user', content: nonce }, ...(settings.messages ?? [])],
      ...without(settings, 'messages'),
    });
    expect(anthropic.textOf(seen)).toBe(`seen ${nonce}`);
    expect(seen.stop_reason).toBe('end_turn');
  };

function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const { [key]: _left, ...rest } = value;
  return rest;
}

/** Two calls at once, one without arguments, and the answer to their results. */
const openaiTools =
  (mode: Mode): OptionScene =>
  async ({ openai: client, place }) => {
    const ask = ASK_OPENAI[mode](client, place.model);
    const nonce = randomUUID();
    const content = `Call get_weather {"city":"${nonce}"} and get_time.`;
    const messages: OpenAI.Chat.ChatCompletionMessageParam[] = [{ role: 'user', content }];
    const first = await ask({ messages, tools: OPENAI_TOOLS });
    const calls = openai.callsOf(first.message);
    expect(calls.map((call) => [call.name, JSON.parse(call.arguments)])).toEqual([
      ['get_weather', { city: nonce }],
      ['get_time', {}],
    ]);
    expect(first.finish).toBe('tool_calls');
    messages.push(first.message);
    for (const { id, name } of calls)
      messages.push({ role: 'tool', tool_call_id: id, content: `${name} ${nonce}` });
    const second = await ask({ messages, tools: OPENAI_TOOLS });
    for (const { name } of calls) expect(second.message.content).toContain(`${name} ${nonce}`);
    expect(second.finish).toBe('stop');
  };

const anthropicTools =
  (mode: Mode): OptionScene =>
  async ({ anthropic: client, place }) => {
    const ask = ASK_ANTHROPIC[mode](client, place.model);
    const nonce = randomUUID();
    const content = `Call get_weather {"city":"${nonce}"} and get_time.`;
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content }];
    const first = await ask({ messages, tools: ANTHROPIC_TOOLS });
    const calls = anthropic.callsOf(first);
    expect(calls.map(({ name, input }) => [name, input])).toEqual([
      ['get_weather', { city: nonce }],
      ['get_time', {}],
    ]);
    expect(first.stop_reason).toBe('tool_use');
    const results = calls.map(({ id, name }) => ({
      type: 'tool_result' as const,
      tool_use_id: id,
      content: `${name} ${nonce}`,
    }));
    messages.push({ role: 'assistant', content: first.content }, { role: 'user', content: results });
    const second = await ask({ messages, tools: ANTHROPIC_TOOLS });
    for (const { name } of calls) expect(anthropic.textOf(second)).toContain(`${name} ${nonce}`);
    expect(second.stop_reason).toBe('end_turn');
  };

/** What every value is asked, on every surface that can be asked it. */
export const COMPACT = {
  'OpenAI text whole': openaiText('askWhole'),
  'OpenAI text streamed': openaiText('askStreamed'),
  'OpenAI tools streamed': openaiTools('askStreamed'),
  'Anthropic text streamed': anthropicText('askStreamed'),
  'Anthropic tools whole': anthropicTools('askWhole'),
  'Anthropic tools streamed': anthropicTools('askStreamed'),
} as const satisfies Record<string, OptionScene>;

/** The classic surface carries text alone. */
export const COMPACT_CLASSIC = {
  'OpenAI text whole': openaiText('askWhole'),
  'Anthropic text streamed': anthropicText('askStreamed'),
} as const satisfies Record<string, OptionScene>;

const picture: OptionScene = async ({ openai: client, place }) => {
  const marker = newMarker();
  const url = `data:image/png;base64,${pngWith(marker)}`;
  const content = [{ type: 'image_url' as const, image_url: { url } }];
  const seen = await openai.askStreamed(client, place.model)({ messages: [{ role: 'user', content }] });
  expect(seen.message.content).toContain(marker);
};

const paper: OptionScene = async ({ anthropic: client, place }) => {
  const marker = newMarker();
  const source = { type: 'base64' as const, media_type: 'application/pdf' as const, data: pdfWith(marker) };
  const content = [{ type: 'document' as const, source }];
  const seen = await anthropic.askWhole(client, place.model)({ messages: [{ role: 'user', content }] });
  expect(anthropic.textOf(seen)).toContain(marker);
};

const elevenPictures: OptionScene = async ({ anthropic: client, place }) => {
  const markers = Array.from({ length: 11 }, newMarker);
  const content = markers.map((marker) => ({
    type: 'image' as const,
    source: { type: 'base64' as const, media_type: 'image/png' as const, data: pngWith(marker) },
  }));
  const seen = await anthropic.askWhole(client, place.model)({ messages: [{ role: 'user', content }] });
  for (const marker of markers) expect(anthropic.textOf(seen)).toContain(marker);
};

const schema: OptionScene = async ({ openai: client, place }) => {
  const shape = {
    type: 'object',
    properties: { warm: { type: 'boolean' } },
    required: ['warm'],
    additionalProperties: false,
  };
  const seen = await openai.askWhole(
    client,
    place.model,
  )({
    messages: [{ role: 'user', content: 'Is it warm? Answer in JSON.' }],
    response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: shape } },
  });
  expect(JSON.parse(seen.message.content ?? '')).toEqual({ warm: expect.any(Boolean) });
};

const shortAnswer: OptionScene = async ({ openai: client, place }) => {
  const messages = [{ role: 'user' as const, content: 'long '.repeat(200) }];
  const seen = await openai.askStreamed(client, place.model)({ messages, max_completion_tokens: 5 });
  expect(seen.finish).toBe('length');
};

const longLimit: OptionScene = openaiText('askWhole', { max_completion_tokens: 1_000_000 });

/** A token that Salesforce has forgotten is replaced within the call. */
const forgottenToken: OptionScene = async (at) => {
  await at.stage.script({ match: {}, fault: { type: 'expire-token' } });
  await openaiText('askWhole')(at);
};

const failing =
  (fault: object, expected: object): OptionScene =>
  async ({ openai: client, place, stage }) => {
    const nonce = randomUUID();
    const messages = [{ role: 'user' as const, content: nonce }];
    for (const ask of [openai.askWhole, openai.askStreamed]) {
      await stage.script({ match: { contains: nonce }, reply: { text: 'one two three', chunks: 3 }, fault });
      await expect(ask(client, place.model)({ messages })).rejects.toMatchObject(expected);
    }
  };

const brokenStream =
  (type: 'error-event' | 'empty-stream'): OptionScene =>
  async ({ openai: client, anthropic: other, place, stage }) => {
    for (const ask of [openai.askStreamed(client, place.model), anthropic.askStreamed(other, place.model)]) {
      const nonce = randomUUID();
      const fault = type === 'empty-stream' ? { type } : { type, afterChunks: 1 };
      await stage.script({ match: { contains: nonce }, reply: { text: 'one two three', chunks: 3 }, fault });
      await expect(ask({ messages: [{ role: 'user', content: nonce }] }), type).rejects.toThrow(Error);
    }
  };

const noModel: OptionScene = async ({ openai: client }) => {
  const messages = [{ role: 'user' as const, content: 'x' }];
  const failure: unknown = await openai
    .askWhole(
      client,
      'sfdc_ai__DefaultNothing',
    )({ messages })
    .catch((error: unknown) => error);
  if (failure instanceof Error && 'code' in failure && failure.code === 'model_not_found') return;
  throw failure;
};

/** With the rest of its body just above 250,000 characters, and itself just below. */
const LONG_CHARACTERS = 249_980;

const longPrompt: OptionScene = async ({ openai: client, place }) => {
  const messages = [{ role: 'user' as const, content: 'x'.repeat(LONG_CHARACTERS) }];
  const seen = await openai.askWhole(client, place.model)({ messages });
  expect(seen.message.content).toContain('Echo: xxx');
};

const history: Anthropic.MessageParam[] = [{ role: 'assistant', content: 'I say:' }];
const entry: Anthropic.MessageParam[] = [{ role: 'system', content: 'Mind the time.' }];
const marked: Anthropic.MessageParam[] = [
  { role: 'assistant', content: 'Yes?' },
  {
    role: 'user',
    content: [{ type: 'text', text: 'Go on.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
  },
];

/** What only some options decide about. */
export const SPECIAL = {
  'thinking with a budget': anthropicText(
    'askStreamed',
    { thinking: { type: 'enabled', budget_tokens: 1_024 } },
    { reasoning: 'because' },
  ),
  'adaptive thinking': anthropicText(
    'askWhole',
    { thinking: { type: 'adaptive' } },
    { reasoning: 'because' },
  ),
  'thinking at most effort': anthropicText('askStreamed', {
    thinking: { type: 'adaptive' },
    output_config: { effort: 'max' },
  }),
  'minimal effort': openaiText('askWhole', { reasoning_effort: 'minimal' }),
  'no effort': openaiText('askWhole', { reasoning_effort: 'none' }),
  sampling: openaiText('askStreamed', {
    temperature: 1.7,
    top_p: 0.9,
    seed: 7,
    frequency_penalty: -1,
    presence_penalty: 0.5,
  }),
  'a system entry': anthropicText('askStreamed', { messages: entry }),
  'a begun answer': anthropicText('askWhole', { messages: history }),
  'cache marks': anthropicText('askWhole', { messages: marked }),
  'an image': picture,
  'a PDF': paper,
  'eleven images': elevenPictures,
  'JSON by schema': schema,
  'a short answer': shortAnswer,
  'a limit above the cap': longLimit,
  'a forgotten token': forgottenToken,
  'a rate limit': failing({ type: 'status', status: 429 }, { status: 429, code: 'rate_limit_exceeded' }),
  'a server error': failing({ type: 'status', status: 500 }, { status: 502, code: 'upstream_error' }),
  'a bad request': failing({ type: 'status', status: 400 }, { status: 400, code: 'upstream_rejected' }),
  'a broken stream': brokenStream('error-event'),
  'an empty stream': brokenStream('empty-stream'),
  'no such model': noModel,
  'a long prompt': longPrompt,
} as const satisfies Record<string, OptionScene>;

export type SpecialName = keyof typeof SPECIAL;

const ON_INVOKE = ['Claude on invoke'];
const ON_RESPONSES = ['GPT on responses'];

/** The places of special scenes that have no meaning elsewhere, or are refused there whatever the options are. */
export const PLACES_OF: { readonly [K in SpecialName]?: readonly string[] } = {
  'thinking at most effort': ON_INVOKE,
  'a system entry': ['Claude on invoke', 'Gemini', 'Claude on generations'],
  'a begun answer': ON_INVOKE,
  'cache marks': ['Claude on invoke', 'Gemini', 'Claude on generations'],
  'eleven images': ON_INVOKE,
  'JSON by schema': ON_RESPONSES,
  'no effort': ON_RESPONSES,
  // The generations formats have a reply of no words, which is a reply.
  'an empty stream': [...ON_INVOKE, ...ON_RESPONSES],
  'a forgotten token': [...ON_INVOKE, 'Gemini', 'GPT on classic'],
  'no such model': ['Gemini', 'GPT on generations', 'GPT on classic'],
};
