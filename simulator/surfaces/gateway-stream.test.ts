// The event stream of the gateway: section 3.6 of the reference sheet, and what one prompt and embeddings do there.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { Frame, FreeJson } from '../test-client.ts';
import { claude, framesOf, gemini, gpt, now, TestOrg, weather } from '../test-client.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await TestOrg.open({ org: { scoringEvents: 'after-usage' } });
});
afterAll(() => org.close());
afterEach(() => org.reset());

type Details = { generations: FreeJson[]; parameters: FreeJson };

const detailsOf = (frames: readonly Frame[]): Details[] =>
  frames
    .filter((frame) => frame.event === 'generation' && frame.data !== '[DONE]')
    .map((frame) => JSON.parse(frame.data).generation_details as Details);

const textOf = (frames: readonly Frame[]): string =>
  detailsOf(frames)
    .map((details) => details.generations[0]?.content ?? '')
    .join('');

describe('the event stream', () => {
  it.each([gpt, claude, gemini])(
    'tells the same text and usage as the whole reply on %s (3.6, O H)',
    async (model) => {
      const frames = await org.stream(model, 'Grüße 🙂 an alle');
      const whole = (await org.chat(model, 'Grüße 🙂 an alle')).json.generation_details;
      expect(textOf(frames)).toBe(whole.generations[0].content);
      const { usage } =
        detailsOf(frames).findLast((details) => 'usage' in details.parameters)?.parameters ?? {};
      const counts = (blob: Record<string, unknown>) =>
        Object.values(blob).filter((value) => typeof value === 'number' && value > 0);
      expect(counts(usage)).toEqual(counts(whole.parameters.usage));
    },
  );

  it('names its content type and gives every frame an event line (3.6, O H)', async () => {
    const reply = await org.streamReply(gpt, 'x');
    expect(reply.headers['content-type']).toBe('text/event-stream');
    expect(framesOf(reply.text).every((frame) => frame.event !== undefined)).toBe(true);
  });

  it('ends GPT with finish, usage without generations, scores, [DONE] (3.6, O H)', async () => {
    const frames = await org.stream(gpt, 'x');
    const [finish, usage] = detailsOf(frames).slice(-2);
    expect(finish?.generations[0]).toMatchObject({ content: '', parameters: { finish_reason: 'stop' } });
    expect(usage?.generations).toEqual([]);
    expect(usage?.parameters).toMatchObject({ provider: 'openai', usage: { prompt_tokens: 4 } });
    expect(frames.slice(-4).map((frame) => [frame.event, frame.data.slice(0, 6)])).toEqual([
      ['scoringStarted', '{}'],
      ['scores', '{"id":'],
      ['scoringCompleted', '{}'],
      ['generation', '[DONE]'],
    ]);
  });

  it('repeats the whole text in the scores event (3.6, O H; 8 #11)', async () => {
    const frames = await org.stream(claude, 'hello');
    const scores = JSON.parse(frames.find((frame) => frame.event === 'scores')?.data ?? '');
    const [generation] = scores.generation_details.generations;
    expect(generation.content).toBe(textOf(frames));
    expect(generation.generation_safety_score.safety_score).toBe(0.9999);
    expect(Object.keys(generation.generation_safety_score.category_scores).sort()).toEqual([
      'biased',
      'hate',
      'identity',
      'physical',
      'profanity',
      'sexual',
      'toxicity',
      'violence',
    ]);
  });

  it('streams GPT tool calls in fragments (3.6, O H)', async () => {
    const frames = await org.stream(gpt, 'call all tools', { tools: [weather, now] });
    const fragments = detailsOf(frames).flatMap((details) => details.generations[0]?.tool_invocations ?? []);
    expect(fragments[0]).toEqual({
      index: 0,
      id: expect.stringMatching(/^call_/u),
      function: { name: 'get_weather', arguments: '' },
    });
    const rest = fragments.slice(1, -1);
    expect(rest.length).toBeGreaterThan(1);
    for (const fragment of rest)
      expect(fragment).toEqual({ index: 0, function: { arguments: expect.any(String) } });
    expect(rest.map((fragment) => fragment.function.arguments).join('')).toBe('{"city":"sample","days":2}');
    expect(fragments.at(-1)).toMatchObject({ index: 1, function: { name: 'get_time' } });
    const finish = detailsOf(frames).find(
      (details) => details.generations[0]?.parameters.finish_reason !== null,
    );
    expect(finish?.generations[0].parameters.finish_reason).toBe('tool_calls');
  });

  it('streams whole Claude tool calls, several in one chunk, and never a stop reason (3.6, O H)', async () => {
    const reply = await org.streamReply(claude, 'call all tools', { tools: [weather, now] });
    const details = detailsOf(framesOf(reply.text));
    const withCalls = details.filter((item) => item.generations[0]?.tool_invocations !== undefined);
    expect(withCalls).toHaveLength(1);
    expect(withCalls[0]?.generations[0].content).toBeNull();
    expect(withCalls[0]?.generations[0].tool_invocations).toHaveLength(2);
    expect(reply.text).not.toMatch(/stop_reason|finish_reason|"type"/u);
  });

  it('streams Claude usage under other keys than in JSON, on a chunk with null content (3.6, O H; 8 #8)', async () => {
    const details = detailsOf(await org.stream(claude, 'x'));
    const last = details.at(-1);
    expect(last?.generations[0].content).toBeNull();
    expect(last?.parameters).toEqual({
      model: 'anthropic.claude-sonnet-4-6',
      usage: {
        inputTokens: 4,
        outputTokens: expect.any(Number),
        totalTokens: expect.any(Number),
        cacheReadInputTokens: null,
        cacheWriteInputTokens: null,
      },
    });
  });

  it('streams whole Gemini calls, one for each chunk, with its usage keys (3.6, O M)', async () => {
    const details = detailsOf(await org.stream(gemini, 'call all tools', { tools: [weather, now] }));
    const calls = details.map((item) => item.generations[0]?.tool_invocations).filter(Boolean);
    expect(calls.map((group) => group.length)).toEqual([1, 1]);
    expect(calls[0][0].function.arguments).toBe('{"city":"sample","days":2}');
    expect(details.at(-1)?.parameters.usage).toHaveProperty('inputTokenCount');
  });

  it('counts in every Gemini chunk when the org has it so, and then in no chunk of its own (3.6, I L)', async () => {
    await org.set({ geminiStreamUsage: 'in-every-chunk' });
    const details = detailsOf((await org.stream(gemini, 'hello')).filter(({ event }) => event !== 'scores'));
    const counts = details.map((item) => item.parameters.usage.outputTokenCount);
    expect(counts.length).toBeGreaterThan(2);
    expect(counts).toEqual(counts.toSorted((a: number, b: number) => a - b));
    expect(details.at(-1)?.generations[0].parameters.finish_reason).toBe('STOP');
  });

  it('refuses before it streams, as JSON (3.10, O H)', async () => {
    const reply = await org.streamReply('gpt-4o', 'x');
    expect([reply.status, reply.headers['content-type']]).toEqual([400, 'application/json']);
  });

  it('cuts text into as many deltas as a script says, never through a character (issue)', async () => {
    await org.say({ match: {}, reply: { text: '🙂🙂🙂🙂', chunks: 4 } });
    const deltas = detailsOf(await org.stream(claude, 'x')).map((details) => details.generations[0].content);
    expect(deltas).toEqual(['🙂', '🙂', '🙂', '🙂', null]);
  });
});

describe('one prompt on the gateway', () => {
  const post = (path: string, rest = {}) =>
    org.post(`/ai/gpt/v1/generations${path}`, { model: gpt, prompt: 'hello', ...rest });

  it('answers flat generations, as many as asked for (3.6 end, O H)', async () => {
    const reply = (await post('', { num_generations: 2, max_tokens: 2 })).json;
    expect(reply.generations).toHaveLength(2);
    expect(reply.generations[1]).toMatchObject({
      text: 'Echo: he',
      parameters: { finish_reason: 'length', index: 1 },
    });
    expect(reply.parameters.usage).toMatchObject({ completion_tokens: 2 });
  });

  it('streams text deltas (3.6 end, O H)', async () => {
    const frames = framesOf((await post('/stream')).text).filter((frame) => frame.data !== '[DONE]');
    const chunks = frames.map((frame) => JSON.parse(frame.data));
    expect(chunks.map((chunk) => chunk.generations[0]?.text ?? '').join('')).toBe(
      'Echo: hello ✓ (saw 1 message)',
    );
    expect(chunks.at(-1).parameters.usage).toHaveProperty('prompt_tokens');
  });

  it('checks its ranges in the flat body (3.6 end, O H)', async () => {
    expect((await post('', { temperature: 2 })).json.message).toBe('temperature must be between 0 and 1');
    expect((await post('', { prompt: 7 })).status).toBe(400);
  });
});

describe('embeddings and feedback on the gateway', () => {
  it('answers vectors in snake case, the model optional (3.11, I L)', async () => {
    const reply = await org.post('/ai/gpt/v1/embeddings', { input: ['a', 'b'] });
    expect(reply.json.embeddings[1].embedding).toHaveLength(1536);
    expect(reply.json.parameters.model).toBe('text-embedding-ada-002-v2');
    expect((await org.post('/ai/gpt/v1/embeddings', { input: 'a' })).status).toBe(400);
    const code = '/einstein/gpt/code/v1.1/embeddings';
    expect(
      (await org.post(code, { input: ['a'], model: 'llmgateway__OpenAITextEmbeddingAda_002' })).status,
    ).toBe(200);
  });

  it('receives feedback with 202 (3.11, O M)', async () => {
    const post = (body: unknown) => org.post('/ai/gpt/v1/feedback', body);
    expect((await post({ generation_id: 'x', feedback: 'BAD' })).status).toBe(202);
    expect((await post({ feedback: null })).status).toBe(400);
    expect((await post({ feedback: 'OK' })).status).toBe(400);
  });
});
