// An output limit that the surface does not hold, because it has none or only takes larger ones, is held by the gateway: in
// every format, whole and streamed, the caller gets no more than it asked for and is told so, and the org's own count
// stands beside it and in the log.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CLASSIC_ONLY } from './orgs.ts';
import { readInvokeFrames } from '../contract/read-invoke-stream.ts';
import { openStage, type Stage } from './stage.ts';

const LIMIT = 6;
const WORDS = Array.from({ length: 40 }, (_, number) => `word${number}`).join(' ');

type Told = {
  readonly text: string;
  readonly finish: unknown;
  readonly output: unknown;
  readonly counted: unknown;
};
type Body = Readonly<Record<string, unknown>>;
type Reading = {
  readonly whole: (body: unknown) => Told;
  /** From the objects of its stream. */
  readonly streamed: (events: readonly unknown[]) => Told;
};
type Format = Reading & {
  readonly format: string;
  readonly path: (model: string, stream: boolean) => string;
  readonly body: (model: string, stream: boolean) => Body;
};

const user = [{ role: 'user', content: 'Say many words.' }];
const streamUsage = (stream: boolean): Body => (stream ? { stream_options: { include_usage: true } } : {});

/** What stands at a path of keys and places, joined by dots. */
function at(value: unknown, path: string): unknown {
  let found = value;
  for (const key of path.split('.')) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}

const listAt = (value: unknown, path: string): readonly unknown[] => {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
};
const textIn = (values: readonly unknown[], path: string): string =>
  values
    .map((value) => at(value, path))
    .filter((text) => typeof text === 'string')
    .join('');
const COUNTED = 'salesforce.counted_output_tokens';

const messages: Reading = {
  whole: (body) => ({
    text: textIn(listAt(body, 'content'), 'text'),
    finish: at(body, 'stop_reason'),
    output: at(body, 'usage.output_tokens'),
    counted: at(body, COUNTED),
  }),
  streamed(events) {
    const last = events.find((event) => at(event, 'type') === 'message_delta');
    return {
      text: textIn(events, 'delta.text'),
      finish: at(last, 'delta.stop_reason'),
      output: at(last, 'usage.output_tokens'),
      counted: at(last, COUNTED),
    };
  },
};

const response = (resource: unknown): Told => ({
  text: textIn(
    listAt(resource, 'output').flatMap((item) => listAt(item, 'content')),
    'text',
  ),
  finish: at(resource, 'incomplete_details.reason'),
  output: at(resource, 'usage.output_tokens'),
  counted: at(resource, COUNTED),
});

const choices = (wholeText: string, pieceOfText: string): Reading => ({
  whole: (body) => ({
    text: textIn(listAt(body, 'choices'), wholeText),
    finish: at(body, 'choices.0.finish_reason'),
    output: at(body, 'usage.completion_tokens'),
    counted: at(body, COUNTED),
  }),
  streamed: (events) => ({
    text: textIn(events, `choices.0.${pieceOfText}`),
    finish: textIn(events, 'choices.0.finish_reason'),
    output: at(events.at(-1), 'usage.completion_tokens'),
    counted: events.map((event) => at(event, COUNTED)).find((count) => count !== undefined),
  }),
});

const FORMATS: readonly Format[] = [
  {
    format: 'chat completions',
    path: () => '/v1/chat/completions',
    body: (model, stream) => ({ model, messages: user, max_tokens: LIMIT, stream, ...streamUsage(stream) }),
    ...choices('message.content', 'delta.content'),
  },
  {
    format: 'completions',
    path: () => '/v1/completions',
    body: (model, stream) => ({
      model,
      prompt: 'Say many words.',
      max_tokens: LIMIT,
      stream,
      ...streamUsage(stream),
    }),
    ...choices('text', 'text'),
  },
  {
    format: 'responses',
    path: () => '/v1/responses',
    body: (model, stream) => ({ model, input: 'Say many words.', max_output_tokens: LIMIT, stream }),
    whole: response,
    streamed: (events) => response(at(events.at(-1), 'response')),
  },
  {
    format: 'messages',
    path: () => '/v1/messages',
    body: (model, stream) => ({ model, messages: user, max_tokens: LIMIT, stream }),
    ...messages,
  },
  {
    format: 'bedrock invoke',
    path: (model, stream) => `/model/${model}/invoke${stream ? '-with-response-stream' : ''}`,
    body: () => ({ anthropic_version: 'bedrock-2023-05-31', messages: user, max_tokens: LIMIT }),
    ...messages,
  },
];

const HOLDING = [
  { why: 'has no limit', model: 'claude-sonnet-4-6', surface: 'chat-generations', org: CLASSIC_ONLY },
  { why: 'takes only larger ones', model: 'gpt-5.4', surface: 'responses', org: {} },
];

function eventsOf(type: string, bytes: Buffer): readonly unknown[] {
  const text = type.startsWith('application/vnd.amazon')
    ? readInvokeFrames(bytes.toString('latin1')).events
    : bytes.toString();
  const data = text.split('\n').flatMap((line) => (line.startsWith('data: {') ? [line.slice(6)] : []));
  return data.map((line) => JSON.parse(line));
}

describe.each(HOLDING)('a limit on $surface, which $why', ({ model, surface, org }) => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage({ org });
    // Where there is a surface that takes every limit, it is asked first.
    await stage.script({
      match: { surface: 'gateway-generations' },
      fault: { type: 'status', status: 404 },
      times: 100,
    });
  });
  afterAll(() => stage.close());

  it('holds for each of several choices, which are counted together', async () => {
    await stage.script({ match: { surface }, reply: { text: WORDS }, times: 2 });
    const answer = await fetch(`${stage.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${stage.clientKey}` },
      body: JSON.stringify({ model, messages: user, max_tokens: LIMIT, n: 2 }),
    });
    const body: unknown = await answer.json();
    expect(listAt(body, 'choices').map((choice) => at(choice, 'finish_reason'))).toEqual([
      'length',
      'length',
    ]);
    expect(at(body, 'usage.completion_tokens')).toBeLessThanOrEqual(2 * LIMIT);
    expect(at(body, COUNTED)).toBeGreaterThan(2 * LIMIT);
  });

  describe.each(FORMATS)('asked for in $format', ({ path, body, whole, streamed }) => {
    it.each([false, true])('is held, and told in usage (streamed: %s)', async (stream) => {
      await stage.script({ match: { surface }, reply: { text: WORDS } });
      const answer = await fetch(`${stage.url}${path(model, stream)}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${stage.clientKey}` },
        body: JSON.stringify(body(model, stream)),
      });
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect([answer.status, answer.headers.get('x-forcegate-surface')], bytes.toString()).toEqual([
        200,
        surface,
      ]);
      expect(answer.headers.get('x-forcegate-emulated')).toBe('output-limit');
      const told = stream
        ? streamed(eventsOf(answer.headers.get('content-type') ?? '', bytes))
        : whole(JSON.parse(bytes.toString()));
      expect(WORDS.startsWith(told.text)).toBe(true);
      expect(told.text).not.toBe('');
      expect(told.finish).toMatch(/length|max_(?:output_)?tokens/u);
      expect(told.output).toBeGreaterThan(0);
      expect(told.output).toBeLessThanOrEqual(LIMIT);
      expect(told.counted).toBeGreaterThan(LIMIT);
      await stage.idle();
      const line: unknown = JSON.parse(stage.log.at(-1) ?? '{}');
      expect(line).toMatchObject({ output_tokens: told.counted });
    });
  });
});
