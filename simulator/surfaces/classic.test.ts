// The classic Models API: section 2 of the reference sheet.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { ada, claude, gemini, gpt, TestOrg } from '../test-client.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await TestOrg.open();
});
afterAll(() => org.close());
afterEach(() => org.reset());

const base = '/einstein/platform/v1';
const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/u;

const errorOf = (reply: { status: number; text: string }): unknown[] => {
  const body = JSON.parse(reply.text) as Record<string, unknown>;
  return [reply.status, body['errorCode'], body['messageCode']];
};

describe('chat-generations', () => {
  it('answers a GPT model with the documented envelope and usage (2.4, D)', async () => {
    const reply = await org.classic(gpt, 'Grüße');
    expect(reply.status).toBe(200);
    expect(reply.json).toEqual({
      id: expect.stringMatching(/^chatcmpl-/u),
      generationDetails: {
        generations: [
          {
            id: expect.stringMatching(uuid),
            role: 'assistant',
            content: 'Echo: Grüße ✓ (saw 1 message)',
            timestamp: expect.any(Number),
            parameters: { finish_reason: 'stop', refusal: null, index: 0, logprobs: null },
            contentQuality: {
              scanToxicity: {
                isDetected: false,
                categories: expect.arrayContaining([{ categoryName: 'hate', score: 0 }]),
              },
            },
          },
        ],
        parameters: {
          created: expect.any(Number),
          model: 'gpt-5.4',
          object: 'chat.completion',
          system_fingerprint: null,
          usage: expect.objectContaining({ prompt_tokens: 5, completion_tokens: 8, total_tokens: 13 }),
        },
      },
    });
  });

  it('answers Claude with its own usage keys and stop reason (2.4, O H; I M)', async () => {
    const { parameters, generations } = (await org.classic(claude, 'x')).json.generationDetails;
    expect(parameters).toMatchObject({
      type: 'MESSAGE',
      stop_reason: 'end_turn',
      model: 'claude-sonnet-4-6',
    });
    expect(Object.keys(parameters.usage)).toEqual([
      'inputTokenCount',
      'outputTokenCount',
      'totalTokenCount',
      'cacheWriteInputTokenCount',
      'cacheReadInputTokenCount',
    ]);
    expect(generations[0].parameters).toEqual({ type: 'text' });
  });

  it('answers Gemini with token counts (2.4, O H)', async () => {
    const { parameters } = (await org.classic(gemini, 'x')).json.generationDetails;
    expect(Object.keys(parameters.usage)).toEqual(['inputTokenCount', 'outputTokenCount', 'totalTokenCount']);
  });

  it('sends the documented response headers (2.2, D)', async () => {
    const { headers } = await org.classic(gpt, 'x');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-request-id': expect.stringMatching(uuid),
      'x-b3-traceid': expect.stringMatching(/^[\da-f]{32}$/u),
      'x-b3-spanid': expect.stringMatching(/^[\da-f]{32}$/u),
      'x-envoy-upstream-service-time': expect.stringMatching(/^\d+$/u),
      'transfer-encoding': 'chunked',
    });
  });

  it('ignores unknown fields, tools and stop included, with 200 (2.9, O H)', async () => {
    const rest = {
      tools: [{}],
      tool_choice: 'required',
      temperature: 9,
      max_tokens: 1,
      stop: ['Echo'],
      attachments: 3,
    };
    const reply = await org.classic(gpt, 'call all tools', rest);
    expect(reply.json.generationDetails.generations[0].content).toBe(
      'Echo: call all tools ✓ (saw 1 message)',
    );
  });

  it.each([
    ['OpenAI parts', [{ type: 'text', text: 'x' }]],
    ['an object', { text: 'x' }],
    ['a number', 7],
  ])('refuses content that is %s as unreadable (2.9, O H)', async (_name, content) => {
    expect(errorOf(await org.classic(gpt, content))).toEqual([400, 'BAD_ARGUMENT', 'E30020']);
  });

  it.each([
    ['content', { messages: [{ role: 'user' }] }, "$['messages'][0]['content']"],
    ['role', { messages: [{ content: 'x' }] }, "$['messages'][0]['role']"],
    ['messages', {}, "$['messages']"],
    ['defaultLocale', { messages: [], localization: {} }, "$['localization']['defaultLocale']"],
  ])('names a missing %s in targets (2.7, 2.8, D)', async (_name, body, reference) => {
    const reply = await org.post(`${base}/models/${gpt}/chat-generations`, body);
    expect(errorOf(reply)).toEqual([400, 'REQUIRED_FIELD_MISSING', 'E00001']);
    expect(reply.json.targets).toEqual([{ type: 'FIELD', reference }]);
  });

  it('refuses roles beyond user, assistant and system (2.4, D)', async () => {
    const body = { messages: [{ role: 'tool', content: 'x' }] };
    expect(errorOf(await org.post(`${base}/models/${gpt}/chat-generations`, body))[0]).toBe(400);
  });

  it('wraps a 415 in a 500 for multipart (2.9, O H)', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const reply = await org.post(`${base}/models/${gpt}/chat-generations`, '--x--', headers);
    expect(errorOf(reply)).toEqual([500, 'INTERNAL_ERROR', 'E00077']);
    expect(reply.json.message).toContain('HTTP 415 Unsupported Media Type');
  });

  it('takes the content type with a charset as documented (2.2, D)', async () => {
    const headers = { 'content-type': 'application/json;charset=utf-8' };
    const body = { messages: [{ role: 'user', content: 'x' }] };
    expect((await org.post(`${base}/models/${gpt}/chat-generations`, body, headers)).status).toBe(200);
  });

  it('refuses bodies that are not JSON objects (2.8, D)', async () => {
    for (const body of ['{', '[]', 'null', '"x"']) {
      expect(errorOf(await org.post(`${base}/models/${gpt}/chat-generations`, body))).toEqual([
        400,
        'BAD_ARGUMENT',
        'E30020',
      ]);
    }
  });

  it('caps characters when masking is on, and only then (2.10, O H)', async () => {
    const long = 'x'.repeat(460_001);
    expect((await org.classic('sfdc_ai__DefaultGPT55', long)).status).toBe(200);
    await org.set({ piiMasking: true });
    const reply = await org.classic('sfdc_ai__DefaultGPT55', long);
    expect(errorOf(reply)).toEqual([400, 'BAD_ARGUMENT', 'E30036']);
    expect(reply.json.message).toBe('Prompt size exceeds the token limit for when PII is enabled.');
    expect((await org.classic('sfdc_ai__DefaultGPT55', 'x'.repeat(459_000))).status).toBe(200);
  });

  it('answers beyond the window in the words of the vendor (2.10, O H; 7)', async () => {
    const reply = await org.classic(claude, 'x'.repeat(700_000));
    expect(reply.status).toBe(400);
    expect(reply.json.message).toMatch(/^prompt is too long: \d+ tokens > 200000 maximum$/u);
    const small = 'sfdc_ai__DefaultGPT4Omni';
    expect((await org.classic(small, 'x'.repeat(600_000))).json.message).toContain('maximum context length');
  });

  it('answers other methods and unknown operations with an error (2.1, D by absence)', async () => {
    const token = await org.token();
    const authorization = `Bearer ${token}`;
    const url = org.address.modelUrl + base;
    expect((await org.send('GET', `${url}/models`, undefined, { authorization })).status).toBe(404);
    expect((await org.post(`${base}/models/${gpt}/completions`, {})).status).toBe(404);
  });

  it('finds a toxic text toxic (6.1, D)', async () => {
    await org.say({ match: {}, reply: { text: 'a [toxic] word' } });
    const [generation] = (await org.classic(gpt, 'x')).json.generationDetails.generations;
    expect(generation.contentQuality.scanToxicity.isDetected).toBe(true);
  });
});

describe('generations', () => {
  it('answers a prompt with generatedText and null neighbours (2.3, D; 8 #24)', async () => {
    const reply = await org.post(`${base}/models/${gpt}/generations`, { prompt: 'Hi' });
    expect(reply.json).toMatchObject({
      generation: { generatedText: 'Echo: Hi ✓ (saw 1 message)', parameters: { finish_reason: 'stop' } },
      moreGenerations: null,
      prompt: null,
      parameters: { object: 'chat.completion', usage: { prompt_tokens: 4 } },
    });
  });

  it('names a missing prompt (2.8, D)', async () => {
    const reply = await org.post(`${base}/models/${gpt}/generations`, {});
    expect(reply.json.targets).toEqual([{ type: 'FIELD', reference: "$['prompt']" }]);
  });
});

describe('embeddings', () => {
  it('answers one unit vector of 1536 for each text, the same each time (2.5, D)', async () => {
    const reply = await org.post(`${base}/models/${ada}/embeddings`, { input: ['a cat', 'a dog', 'a cat'] });
    const vectors = reply.json.embeddings.map((item: { embedding: number[] }) => item.embedding);
    expect(reply.json.embeddings.map((item: { index: number }) => item.index)).toEqual([0, 1, 2]);
    expect(vectors[0]).toHaveLength(1536);
    expect(Math.hypot(...vectors[0])).toBeCloseTo(1, 10);
    expect(vectors[2]).toEqual(vectors[0]);
    expect(vectors[1]).not.toEqual(vectors[0]);
    expect(reply.json.parameters).toEqual({
      usage: { prompt_tokens: 6, total_tokens: 6 },
      model: 'text-embedding-ada-002-v2',
      object: 'list',
    });
  });

  it('takes only a list of strings and only embedding models (2.5, D)', async () => {
    const post = (model: string, input: unknown) => org.post(`${base}/models/${model}/embeddings`, { input });
    expect(errorOf(await post(ada, 'text'))).toEqual([400, 'BAD_ARGUMENT', 'E30020']);
    expect(errorOf(await post(ada, [[1, 2]]))).toEqual([400, 'BAD_ARGUMENT', 'E30020']);
    expect((await post(gpt, ['x'])).status).toBe(400);
    expect((await org.classic(ada, 'x')).status).toBe(400);
  });
});

describe('feedback', () => {
  it('is received with 202, and needs words without a verdict (2.6, D)', async () => {
    const post = (body: unknown) => org.post(`${base}/feedback`, body);
    const reply = await post({ generationId: 'any', feedback: 'GOOD' });
    expect([reply.status, reply.json]).toEqual([202, { message: 'Feedback received, Thank you!' }]);
    expect((await post({ feedback: null, feedbackText: 'fine' })).status).toBe(202);
    expect((await post({ feedback: null })).json.targets[0].reference).toBe("$['feedbackText']");
    expect((await post({ feedback: 'MEH' })).status).toBe(400);
  });
});
