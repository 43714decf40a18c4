// A prompt above what a masking org takes. Salesforce gives no numbers for it; clients get ours, in the words they act on.

import { AnthropicBedrock } from '@anthropic-ai/bedrock-sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { connect1x } from './anthropic-clients.ts';
import { CLASSIC_ONLY } from './orgs.ts';
import { openStage, type Stage } from './stage.ts';

const MODEL = 'claude-opus-4-8';
const messages = [{ role: 'user' as const, content: 'many words '.repeat(45_000) }];
const REFUSED = {
  status: 400,
  message: expect.stringMatching(
    /prompt is too long: \d{5,} tokens > \d{5,} maximum \(the gateway's estimates\)\. Prompt size/,
  ),
};

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ org: { ...CLASSIC_ONLY, piiMasking: true } });
});
afterAll(() => stage.close());

it('is told in numbers to whoever speaks Messages', async () => {
  const asked = connect1x(stage).messages.create({ model: MODEL, max_tokens: 100, messages });
  await expect(asked).rejects.toMatchObject(REFUSED);
});

it('is told in numbers to whoever speaks Messages by way of Bedrock', async () => {
  const client = new AnthropicBedrock({ baseURL: stage.url, apiKey: stage.clientKey, maxRetries: 0 });
  const asked = client.messages.create({ model: MODEL, max_tokens: 100, messages });
  await expect(asked).rejects.toMatchObject(REFUSED);
});

it('is told in numbers, and by its code, to whoever speaks chat completions', async () => {
  const client = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: stage.clientKey, maxRetries: 0 });
  const asked = client.chat.completions.create({ model: MODEL, messages });
  await expect(asked).rejects.toMatchObject({ ...REFUSED, code: 'context_length_exceeded' });
});
