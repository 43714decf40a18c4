// What is Bedrock's own, with Anthropic's official client for it, through the gateway to a simulated org: names in the path,
// keys in place of signatures, AWS's words for errors. What a conversation needs is played in anthropic-messages.test.ts.

import { randomUUID } from 'node:crypto';

import { AnthropicBedrock } from '@anthropic-ai/bedrock-sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { readInvokeFrames } from '../contract/read-invoke-stream.ts';
import { openStage, type Stage } from './stage.ts';

const SETTINGS = { max_tokens: 100, messages: [{ role: 'user' as const, content: 'hello' }] };
const BODY = { anthropic_version: 'bedrock-2023-05-31', ...SETTINGS };

let stage: Stage;
let client: AnthropicBedrock;

beforeAll(async () => {
  stage = await openStage();
  client = new AnthropicBedrock({ baseURL: stage.url, apiKey: stage.clientKey, maxRetries: 0 });
});
beforeEach(() => stage.reset());
afterAll(() => stage.close());

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${stage.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': stage.clientKey, ...headers },
    body: JSON.stringify(body),
  });
}

describe('the model in the path', () => {
  it.each([
    ['our own name', 'claude-sonnet-4-6', 'Claude46Sonnet'],
    ['a cross-region name', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'Claude45Sonnet'],
    ['a global name', 'global.anthropic.claude-haiku-4-5-20251001-v1:0', 'Claude45Haiku'],
    [
      'the ARN of an inference profile',
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-6-v1',
      'Claude46Opus',
    ],
    [
      'the ARN of a foundation model',
      'arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0',
      'Claude45Sonnet',
    ],
    ['an API name', 'sfdc_ai__DefaultBedrockAnthropicClaude45Sonnet', 'Claude45Sonnet'],
  ])('may be %s', async (_what, model, served) => {
    const message = await client.messages.create({ ...SETTINGS, model });
    expect(message.model).toBe(model);
    expect((await stage.journal()).at(-1)?.path).toContain(served);
  });

  it('may stand there with its colon unescaped, as Claude Code writes it', async () => {
    const response = await post('/model/anthropic.claude-sonnet-4-5-20250929-v1:0/invoke', BODY);
    expect(response.status).toBe(200);
    expect(Number(response.headers.get('x-amzn-bedrock-input-token-count'))).toBeGreaterThan(0);
  });

  it('is told in AWS’s words when nobody has it', async () => {
    const response = await post('/model/claude-sonet-4-6/invoke', BODY);
    expect(response.status).toBe(404);
    expect(response.headers.get('x-amzn-errortype')).toBe('ResourceNotFoundException');
    expect(await response.json()).toEqual({ message: expect.stringContaining('claude-sonnet-4-6') });
  });
});

describe('a caller', () => {
  it('is known by its key as a bearer or as x-api-key', async () => {
    const bearer = { authorization: `Bearer ${stage.clientKey}`, 'x-api-key': '' };
    expect((await post('/model/claude-sonnet-4-6/invoke', BODY, bearer)).status).toBe(200);
    expect((await post('/model/claude-sonnet-4-6/invoke', BODY)).status).toBe(200);
  });

  it('that signs is refused and told what to set', async () => {
    const signing = new AnthropicBedrock({
      baseURL: stage.url,
      awsAccessKey: 'AKIDEXAMPLE',
      awsSecretKey: 'example',
      awsRegion: 'us-east-1',
      maxRetries: 0,
    });
    const refused = signing.messages.create({ ...SETTINGS, model: 'claude-sonnet-4-6' });
    await expect(refused).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('AWS_BEARER_TOKEN_BEDROCK'),
    });
    expect(await stage.journal()).toEqual([]);
  });
});

describe('what is not served', () => {
  it.each([
    ['GET', '/inference-profiles?type=SYSTEM_DEFINED'],
    ['POST', '/model/claude-sonnet-4-6/converse'],
    ['GET', '/model/claude-sonnet-4-6'],
  ])('%s %s is a 404 in AWS’s shape', async (method, path) => {
    const response = await fetch(`${stage.url}${path}`, { method });
    expect(response.status).toBe(404);
    expect(response.headers.get('x-amzn-errortype')).toBe('ResourceNotFoundException');
    expect(await response.json()).toEqual({ message: expect.stringMatching(/here/) });
  });
});

describe('a stream', () => {
  it('that breaks after its beginning ends with an exception frame', async () => {
    await stage.script({ match: {}, fault: { type: 'error-event', afterChunks: 1 } });
    const response = await post('/model/claude-sonnet-4-6/invoke-with-response-stream', BODY);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/vnd.amazon.eventstream');
    const bytes = Buffer.from(await response.arrayBuffer());
    const { events, exception } = readInvokeFrames(bytes.toString('latin1'));
    expect(events).toContain('event: message_start');
    expect(events).not.toContain('event: message_stop');
    expect(exception?.type).toMatch(/Exception$/);
    expect(exception?.message).not.toBe('');
  });

  it('that breaks makes the client raise', async () => {
    await stage.script({ match: {}, fault: { type: 'error-event', afterChunks: 1 } });
    const stream = client.messages.stream({ ...SETTINGS, model: 'claude-sonnet-4-6' });
    await expect(stream.finalMessage()).rejects.toThrow(/./);
  });

  it('carries what the org said and nothing twice', async () => {
    const nonce = randomUUID();
    await stage.script({ match: { contains: 'hello' }, reply: { text: `seen ${nonce}`, chunks: 9 } });
    const stream = client.messages.stream({ ...SETTINGS, model: 'claude-sonnet-4-6' });
    expect(await stream.finalText()).toBe(`seen ${nonce}`);
  });

  it('of a model of another make is the same format', async () => {
    const nonce = randomUUID();
    await stage.script({ match: {}, reply: { text: `seen ${nonce}`, chunks: 3 } });
    const stream = client.messages.stream({ ...SETTINGS, model: 'gpt-5.4' });
    const message = await stream.finalMessage();
    expect(message).toMatchObject({ model: 'gpt-5.4', content: [{ type: 'text', text: `seen ${nonce}` }] });
  });
});
