// The lists of models, as both makers' official clients read them: what the org really has where its user may ask, the table
// of known models where it may not.

import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';

import type { OrgState } from '../../simulator/main.ts';
import { connect1x } from './anthropic-clients.ts';
import { openStage, type Stage } from './stage.ts';

const HAS: Partial<OrgState> = {
  enabledModels: [
    'sfdc_ai__DefaultGPT54',
    'sfdc_ai__DefaultBedrockAnthropicClaude46Sonnet',
    'sfdc_ai__DefaultOpenAITextEmbeddingAda_002',
    'acme__Support',
  ],
  customModels: [{ name: 'acme__Support' }],
};
const LISTED = ['claude-sonnet-4-6', 'gpt-5.4', 'text-embedding-ada-002', 'acme__Support'];

async function withStage(org: Partial<OrgState>, play: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await openStage({ org });
  try {
    await play(stage);
  } finally {
    await stage.close();
  }
}

async function openaiNames(stage: Stage): Promise<readonly string[]> {
  const client = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: stage.clientKey, maxRetries: 0 });
  return (await client.models.list()).data.map(({ id }) => id);
}

describe('the list of models', () => {
  it.each(['bare', 'prefixed'] as const)('is the org’s own, with names that are %s', (names) =>
    withStage({ ...HAS, configuredModelNames: names }, async (stage) => {
      expect(await openaiNames(stage)).toEqual(LISTED);
      const listed = [];
      for await (const model of connect1x(stage).models.list({ limit: 1_000 })) listed.push(model);
      // That format has no call for embeddings.
      expect(listed.map(({ id }) => id)).toEqual(LISTED.filter((name) => !name.includes('embedding')));
      expect(listed[0]).toMatchObject({ type: 'model', max_input_tokens: 200_000, max_tokens: 16_384 });
    }),
  );

  it.each([403, 404] as const)('is the table’s where the org answers %i', (status) =>
    withStage({ ...HAS, configuredModelsStatus: status }, async (stage) => {
      const names = await openaiNames(stage);
      expect(names.length).toBeGreaterThan(20);
      expect(names).not.toContain('acme__Support');
    }),
  );

  it('holds models that can be called', () =>
    withStage(HAS, async (stage) => {
      const client = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: stage.clientKey, maxRetries: 0 });
      for (const model of (await openaiNames(stage)).filter((name) => !name.includes('embedding'))) {
        const reply = await client.chat.completions.create({
          model,
          messages: [{ role: 'user', content: 'hello' }],
        });
        expect(reply.choices).toHaveLength(1);
      }
    }));
});
