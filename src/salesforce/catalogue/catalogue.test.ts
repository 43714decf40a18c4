// The catalogue: every name a client may send finds its model, and a name that means nothing finds its neighbours.

import { describe, expect, it } from 'vitest';

import { createCatalogue } from './index.ts';
import { KNOWN_MODELS } from './models.ts';

const catalogue = createCatalogue();

function idOf(name: string, from = catalogue): string {
  const found = from.resolve(name);
  return found.type === 'found' ? found.model.id : `unknown, nearest ${found.nearest.join(' ')}`;
}

const VENDOR_NAMES: readonly (readonly [string, string])[] = [
  // Dated ids of the vendors.
  ['claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'],
  ['claude-haiku-4-5-20251001', 'claude-haiku-4-5'],
  ['claude-opus-4-5-20251101', 'claude-opus-4-5'],
  ['claude-sonnet-4-20250514', 'claude-sonnet-4'],
  ['claude-3-7-sonnet-latest', 'claude-3-7-sonnet'],
  ['gpt-4o-2024-08-06', 'gpt-4o'],
  ['gpt-4o-mini-2024-07-18', 'gpt-4o-mini'],
  ['gpt-4.1-2025-04-14', 'gpt-4.1'],
  ['gpt-5-2025-08-07', 'gpt-5'],
  ['o3-2025-04-16', 'o3'],
  ['gemini-2.5-flash-001', 'gemini-2.5-flash'],
  ['gemini-2.5-flash-preview-05-20', 'gemini-2.5-flash'],
  // Other spellings, with regions and providers before the name.
  ['anthropic.claude-3-haiku-20240307-v1:0', 'claude-3-haiku'],
  ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'],
  ['global.anthropic.claude-opus-4-6-v1', 'claude-opus-4-6'],
  ['amazon.nova-pro-v1:0', 'nova-pro'],
  ['us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'],
  [
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-6-v1',
    'claude-opus-4-6',
  ],
  [
    'arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0',
    'claude-sonnet-4-5',
  ],
  ['anthropic/claude-sonnet-4.5', 'claude-sonnet-4-5'],
  ['claude-sonnet-4-5@20250929', 'claude-sonnet-4-5'],
  ['claude-4.6-opus', 'claude-opus-4-6'],
  ['models/gemini-2.5-pro', 'gemini-2.5-pro'],
  ['openai/gpt-5.4', 'gpt-5.4'],
  ['GPT-4o', 'gpt-4o'],
  [' gpt-4o ', 'gpt-4o'],
  // What clients have built in and Salesforce does not offer.
  ['claude-opus-4-1-20250805', 'claude-opus-4-5'],
  ['claude-opus-4-20250514', 'claude-opus-4-5'],
  ['claude-3-5-haiku-20241022', 'claude-haiku-4-5'],
  ['claude-3-5-sonnet-20241022', 'claude-3-7-sonnet'],
];

describe('a name', () => {
  it.each(VENDOR_NAMES)('%s means %s', (name, id) => {
    expect(idOf(name)).toBe(id);
  });

  it.each([
    ['claude-3-haiku', 'sfdc_ai__DefaultBedrockAnthropicClaude3Haiku'],
    ['claude-3-sonnet', 'sfdc_ai__DefaultBedrockAnthropicClaude37Sonnet'],
    ['claude-4-sonnet', 'sfdc_ai__DefaultBedrockAnthropicClaude4Sonnet'],
    ['gpt-4', 'sfdc_ai__DefaultGPT4Omni'],
    ['gpt-4-mini', 'sfdc_ai__DefaultGPT4OmniMini'],
    ['gpt-4-turbo', 'sfdc_ai__DefaultGPT4Omni'],
    ['gpt-3.5-turbo', 'sfdc_ai__DefaultGPT4OmniMini'],
    ['gpt-3.5-turbo-0125', 'sfdc_ai__DefaultGPT4OmniMini'],
    ['gemini-pro', 'sfdc_ai__DefaultVertexAIGemini25Flash001'],
    ['gemini-1.5-pro', 'sfdc_ai__DefaultVertexAIGemini25Flash001'],
    ['default', 'sfdc_ai__DefaultBedrockAnthropicClaude45Haiku'],
  ])('of the predecessor, %s, means %s', (name, apiName) => {
    expect(catalogue.resolve(name)).toMatchObject({ type: 'found', model: { apiName } });
  });

  it.each([
    ['sfdc_ai__DefaultBedrockAnthropicClaude46Sonnet', 'claude-sonnet-4-6'],
    ['llmgateway__BedrockAnthropicClaude46Sonnet', 'claude-sonnet-4-6'],
    ['llmgateway__OpenAIGPT54', 'gpt-5.4'],
    ['llmgateway__VertexAIGemini25Flash001', 'gemini-2.5-flash'],
    ['sfdc_ai__DefaultOpenAIGPT35Turbo', 'gpt-4o-mini-openai'],
  ])('of the API, %s, means %s', (name, id) => {
    expect(idOf(name)).toBe(id);
  });

  it.each([
    ['sfdc_ai__DefaultBedrockAnthropicClaude9Sonnet', 'claude', 'salesforce-anthropic'],
    ['sfdc_ai__DefaultGPT99', 'gpt', 'salesforce-openai'],
    ['sfdc_ai__DefaultO9', 'gpt', 'salesforce-openai'],
    ['llmgateway__VertexAIGemini9', 'gemini', 'salesforce-google'],
    ['sfdc_ai__DefaultBedrockAmazonNovaMax', 'nova', 'salesforce-amazon'],
    ['sfdc_ai__DefaultSomethingNew', 'custom', 'salesforce-custom'],
    ['acme__Claude_for_support', 'custom', 'salesforce-custom'],
    ['OpenAITextEmbedding__x', 'custom', 'salesforce-custom'],
    ['sfdc_ai__DefaultOpenAITextEmbedding3', 'embedding', 'salesforce-openai'],
  ])('of the API that is not known, %s, passes through as %s', (name, family, ownedBy) => {
    expect(catalogue.resolve(name)).toMatchObject({
      type: 'found',
      model: {
        id: name,
        apiName: name,
        family,
        ownedBy,
        contextTokens: undefined,
        outputTokensMax: undefined,
      },
    });
  });

  it.each([
    ['claude-sonet-4-6', 'claude-sonnet-4-6'],
    ['gpt-5.44', 'gpt-5.4'],
    ['gemini-2.5-flsh', 'gemini-2.5-flash'],
    ['us.anthropic.claude-opus-5-5', 'claude-opus-4-5'],
    ['eu.anthropic.claude-opus-5-5-20261001-v1:0', 'claude-opus-4-5'],
  ])('that is mistyped or not there yet, %s, is unknown and near to %s', (name, near) => {
    const found = catalogue.resolve(name);
    expect(found.type === 'unknown' && found.nearest[0]).toBe(near);
    expect(found.type === 'unknown' && found.nearest.length).toBeLessThanOrEqual(3);
  });

  it.each([
    '',
    '   ',
    'llama',
    '../../x',
    'a__',
    '__a',
    '9__a',
    'a__b/c',
    'a__b?x',
    'x'.repeat(100_000),
    `a__${'x'.repeat(500)}`,
  ])('that means nothing is unknown (%#)', (name) => {
    expect(catalogue.resolve(name)).toEqual({ type: 'unknown', nearest: [] });
  });
});

describe('the list', () => {
  it('shows each model once, in the same order each time, and resolves every entry', () => {
    const ids = catalogue.list().map((model) => model.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(createCatalogue().list()).toEqual(catalogue.list());
    for (const id of ids) expect(idOf(id)).toBe(id);
  });

  it('leaves out what is gone from the lists of Salesforce, which still resolves', () => {
    const ids = catalogue.list().map((model) => model.id);
    for (const gone of ['claude-3-haiku', 'claude-3-7-sonnet', 'gemini-3-pro', 'gemini-2.0-flash']) {
      expect(ids).not.toContain(gone);
      expect(idOf(gone)).toBe(gone);
    }
    expect(ids).toContain('claude-sonnet-4-6');
  });

  it('never gives two models one API name', () => {
    const names = catalogue.list().map((model) => model.apiName);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('configuration', () => {
  it('adds aliases, which go before everything else', () => {
    const configured = createCatalogue({
      aliases: { fast: 'gpt-4o-mini-2024-07-18', 'gpt-4': 'claude-sonnet-4-6', ours: 'acme__Model' },
    });
    expect(idOf('fast', configured)).toBe('gpt-4o-mini');
    expect(idOf('gpt-4', configured)).toBe('claude-sonnet-4-6');
    expect(configured.resolve('ours')).toMatchObject({ model: { apiName: 'acme__Model' } });
  });

  it('refuses an alias that means nothing, and names the nearest', () => {
    expect(() => createCatalogue({ aliases: { fast: 'gpt-4oo' } })).toThrow(/"fast".*"gpt-4oo".*gpt-4o\?/);
  });

  it('knows which models take their time: the large ones, and those that reason unasked', () => {
    const slow = KNOWN_MODELS.filter(({ model }) => model.slow === true).map(({ model }) => model.id);
    expect(slow).toEqual(expect.arrayContaining(['claude-opus-4-8', 'gpt-5', 'o3', 'gemini-2.5-pro']));
    for (const quick of ['claude-haiku-4-5', 'claude-sonnet-4-6', 'gpt-4o', 'gemini-2.5-flash-lite']) {
      expect(slow).not.toContain(quick);
    }
  });

  it('adds models and replaces facts', () => {
    const configured = createCatalogue({
      models: [
        {
          id: 'support',
          apiName: 'Support_Model',
          family: 'claude',
          contextTokens: 1000,
          carries: { documents: false },
        },
        { id: 'gpt-4o', apiName: 'sfdc_ai__DefaultGPT4Omni', family: 'gpt', outputTokensMax: 5 },
      ],
    });
    expect(configured.resolve('support')).toMatchObject({
      model: {
        apiName: 'Support_Model',
        family: 'claude',
        contextTokens: 1000,
        carries: { tools: true, documents: false },
        ownedBy: 'salesforce-anthropic',
      },
    });
    expect(configured.resolve('gpt-4o-2024-08-06')).toMatchObject({ model: { outputTokensMax: 5 } });
    expect(configured.resolve('gpt-4')).toMatchObject({ model: { outputTokensMax: 5 } });
    expect(configured.list().filter((model) => model.id === 'gpt-4o')).toHaveLength(1);
  });

  const known = KNOWN_MODELS.map(({ model }) => model);

  it.each(known)('that changes one fact of $id leaves its others', (model) => {
    const { id, apiName } = model;
    const fewer = createCatalogue({ models: [{ id, apiName, outputTokensMax: 5 }] });
    expect(fewer.resolve(id)).toEqual({ type: 'found', model: { ...model, outputTokensMax: 5 } });
    const plain = createCatalogue({ models: [{ id, apiName, carries: { tools: false } }] });
    expect(plain.resolve(id)).toEqual({
      type: 'found',
      model: { ...model, carries: { ...model.carries, tools: false } },
    });
  });

  it('takes the facts of a known model under a new id from its API name', () => {
    const apiName = 'sfdc_ai__DefaultGPT54';
    const configured = createCatalogue({ models: [{ id: 'team-model', apiName, contextTokens: 1000 }] });
    const model = known.find((candidate) => candidate.apiName === apiName);
    expect(configured.resolve('team-model')).toEqual({
      type: 'found',
      model: { ...model, id: 'team-model', contextTokens: 1000 },
    });
  });

  it('takes the facts of a known id that gets an API name of the org’s own, unless it is of another family', () => {
    const models = (family?: 'gpt' | 'claude') =>
      createCatalogue({ models: [{ id: 'gpt-4o', apiName: 'acme__Ours', family }] }).resolve('gpt-4o');
    const facts = { apiName: 'acme__Ours', family: 'gpt', contextTokens: 128_000, outputTokensMax: 16_384 };
    expect(models()).toMatchObject({ model: facts });
    expect(models('gpt')).toMatchObject({ model: facts });
    expect(models('claude')).toMatchObject({
      model: { family: 'claude', ownedBy: 'salesforce-anthropic', contextTokens: undefined },
    });
  });
});

describe('a name that was asked for before', () => {
  it('means the same object, and is forgotten when a thousand others were asked for', () => {
    const asked = createCatalogue();
    const modelOf = (name: string) => {
      const resolution = asked.resolve(name);
      return resolution.type === 'found' ? resolution.model : undefined;
    };
    const first = modelOf('acme__First');
    expect(modelOf('acme__First')).toBe(first);
    for (let index = 0; index < 1_000; index += 1) modelOf(`acme__Other${index}`);
    expect(modelOf('acme__First')).not.toBe(first);
    expect(modelOf('acme__First')).toEqual(first);
  });
});
