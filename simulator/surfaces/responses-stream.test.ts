// The event stream of `/responses`: section 3.8 of the reference sheet, OpenAI's complete sequence, and its failures.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { FreeJson } from '../test-client.ts';
import { flatTool, framesOf, now, TestOrg, weather } from '../test-client.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await TestOrg.open();
});
afterAll(() => org.close());
afterEach(() => org.reset());

const tools = [weather, now].map(flatTool);
const stream = async (input: unknown, rest = {}): Promise<FreeJson[]> => {
  const frames = framesOf((await org.responses(input, { stream: true, ...rest })).text);
  for (const { event, data } of frames) expect(JSON.parse(data).type).toBe(event);
  return frames.map(({ data }) => JSON.parse(data));
};
const typesOf = (events: FreeJson[]): string[] =>
  events.map((event) => event.type.replace(/^response\./u, ''));
const next = (fault: unknown) => org.say({ match: {}, reply: { text: 'abcdef', chunks: 6 }, fault });
const deltasOf = (events: FreeJson[], type: string): string[] =>
  events.flatMap((event) => (event.type === `response.${type}.delta` ? [event.delta] : []));

describe('the events', () => {
  it('are the complete sequence of a text, numbered from 0 (3.8, O H)', async () => {
    const reply = await org.responses('hello', { stream: true });
    expect(reply.headers['content-type']).toBe('text/event-stream');
    const events = await stream('hello');
    expect(typesOf(events)).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ]);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, index) => index));
    expect(events[0].response).toMatchObject({ status: 'in_progress', output: [], usage: null });
    expect(events[2].item).toMatchObject({ type: 'message', status: 'in_progress', content: [] });
    expect(events[3].part).toMatchObject({ type: 'output_text', text: '' });
    expect(events[4]).toMatchObject({ output_index: 0, content_index: 0, item_id: events[2].item.id });
    expect(events.at(-1).response.usage.total_tokens).toBeGreaterThan(0);
  });

  it('are those of a call: its arguments in fragments, then whole (3.8, O H)', async () => {
    const events = await stream('call get_weather', { tools });
    expect(typesOf(events).filter((type) => !type.endsWith('delta'))).toEqual([
      'created',
      'in_progress',
      'output_item.added',
      'function_call_arguments.done',
      'output_item.done',
      'completed',
    ]);
    const fragments = deltasOf(events, 'function_call_arguments');
    expect(fragments.length).toBeGreaterThan(1);
    expect(fragments.join('')).toBe(events.at(-3).arguments);
    expect(events[2].item).toMatchObject({ arguments: '', status: 'in_progress', name: 'get_weather' });
  });

  it('are those of a reasoning summary, before the text (3.8, I L)', async () => {
    await org.say({ match: {}, reply: { reasoning: 'because', text: 'a', chunks: 1 } });
    const events = await stream('x', { reasoning: { effort: 'low', summary: 'auto' } });
    expect(typesOf(events).slice(2, 9)).toEqual([
      'output_item.added',
      'reasoning_summary_part.added',
      'reasoning_summary_text.delta',
      'reasoning_summary_text.done',
      'reasoning_summary_part.done',
      'output_item.done',
      'output_item.added',
    ]);
    expect(events[2].item.summary).toEqual([]);
    expect(events[7].item.summary).toEqual([{ type: 'summary_text', text: 'because' }]);
  });

  it('are those of a refusal (3.8, I L)', async () => {
    await org.say({ match: {}, reply: { text: 'no', finish: 'refusal', chunks: 1 } });
    expect(typesOf(await stream('x')).slice(3, 7)).toEqual([
      'content_part.added',
      'refusal.delta',
      'refusal.done',
      'content_part.done',
    ]);
  });

  it.each([
    ['text', 'Grüße 🙂', {}],
    ['calls', 'call all tools', { tools }],
    ['reasoning', 'x', { reasoning: { effort: 'low' }, include: ['reasoning.encrypted_content'] }],
    ['a limit', 'x'.repeat(200), { max_output_tokens: 16 }],
  ])('end with the whole reply, made of the items before: %s (3.8, O H)', async (_name, input, rest) => {
    const clean = (value: unknown): FreeJson =>
      JSON.parse(JSON.stringify(value).replaceAll(/_[\da-f]{32}/gu, '_'));
    const whole = await org.responses(input, rest);
    const events = await stream(input, rest);
    const { response } = events.at(-1);
    expect(clean(response.output)).toEqual(clean(whole.json.output));
    expect([response.status, response.usage]).toEqual([whole.json.status, whole.json.usage]);
    expect(events.at(-1).type).toBe(`response.${response.status}`);
    const done = events.filter((event) => event.type === 'response.output_item.done');
    expect(done.map((event) => event.item)).toEqual(response.output);
    expect(events[0].response.id).toBe(response.id);
  });
});

describe('failures', () => {
  it('come as response.failed after the content so far (3.8, O H)', async () => {
    await next({ type: 'error-event', afterChunks: 2 });
    const events = await stream('x');
    expect(deltasOf(events, 'output_text')).toEqual(['a', 'b']);
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      sequence_number: events.length - 1,
      response: {
        id: events[0].response.id,
        status: 'failed',
        error: { code: 'server_error', message: 'The model provider failed' },
      },
    });
  });

  it('come as an error event where the org has it so, and before any other event (3.8, O H)', async () => {
    await org.set({ responsesFailureEvent: 'error' });
    await next({ type: 'error-event' });
    expect(await stream('x')).toEqual([
      {
        type: 'error',
        sequence_number: 0,
        code: 'server_error',
        message: 'The model provider failed',
        param: null,
      },
    ]);
    await org.set({ responsesFailureEvent: 'response.failed' });
    await next({ type: 'error-event' });
    expect((await stream('x'))[0].response).toMatchObject({ status: 'failed', output: [] });
  });

  it('can be an empty stream, of bytes or of content (3.8, O H)', async () => {
    await next({ type: 'empty-stream' });
    expect((await org.responses('x', { stream: true })).text).toBe('');
    await org.set({ emptyStream: 'no-content' });
    await next({ type: 'empty-stream' });
    expect(typesOf(await stream('x', { reasoning: { effort: 'low' } }))).toEqual([
      'created',
      'in_progress',
      'completed',
    ]);
  });

  it('can be 200 with a JSON error body, a cut, garbage and a broken connection (7, O)', async () => {
    await next({ type: 'ok-json-error' });
    const odd = await org.responses('x', { stream: true });
    expect([odd.status, odd.headers['content-type'], odd.json.errorCode]).toEqual([
      200,
      'application/json',
      'INTERNAL_ERROR',
    ]);
    await next({ type: 'truncate' });
    const cut = await stream('x');
    expect([deltasOf(cut, 'output_text').join(''), typesOf(cut).at(-1)]).toEqual([
      'abcdef',
      'output_text.delta',
    ]);
    await next({ type: 'garbage', afterChunks: 1 });
    const last = framesOf((await org.responses('x', { stream: true })).text).at(-1)?.data ?? '';
    expect(() => JSON.parse(last) as unknown).toThrow();
    await next({ type: 'garbage' });
    const whole = await org.responses('x');
    expect(() => whole.json).toThrow();
    await next({ type: 'reset', afterChunks: 1 });
    await expect(stream('x')).rejects.toThrow();
  });
});
