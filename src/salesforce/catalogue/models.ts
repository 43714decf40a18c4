// The models Salesforce offers, as data: section 4 of the reference sheet. Limits are Salesforce's where it states them,
// else the vendor's; undefined where nobody said. `V`, `P`, `T`, `R`: images, PDFs, tools, reasoning. `L`: slow, being large or
// reasoning unasked, as GPT and Gemini do.

import type { Model, ModelFamily } from '../../core/neutral/index.ts';

type Row = readonly [
  id: string,
  apiName: string,
  contextTokens: number | undefined,
  outputTokensMax: number | undefined,
  traits: string,
  /** Still answers under its name, but is gone from Salesforce's newest lists: resolved, and not shown. */
  visibility?: 'hidden',
];

/** Width of the vectors of every embedding model in the table (reference 2.5). */
const EMBEDDING_DIMENSIONS = 1_536;

export const API_PREFIX = 'sfdc_ai__Default';

/** 2026-08-15, the day to which the table's facts go: Salesforce publishes no dates, and lists must not change by themselves. */
export const LISTED_S = 1_786_752_000;

const M = 1_000_000;
const K = 1_000;

const CLAUDE: readonly Row[] = [
  ['claude-sonnet-5', 'BedrockAnthropicClaude5Sonnet', M, 128 * K, 'VPTR'],
  ['claude-opus-4-8', 'BedrockAnthropicClaude48Opus', M, 128 * K, 'VPTRL'],
  ['claude-opus-4-7', 'BedrockAnthropicClaude47Opus', M, 128 * K, 'VPTRL'],
  ['claude-opus-4-6', 'BedrockAnthropicClaude46Opus', M, 128 * K, 'VPTRL'],
  ['claude-sonnet-4-6', 'BedrockAnthropicClaude46Sonnet', 200 * K, 16_384, 'VPTR'],
  ['claude-opus-4-5', 'BedrockAnthropicClaude45Opus', 200 * K, 64 * K, 'VPTL'],
  ['claude-sonnet-4-5', 'BedrockAnthropicClaude45Sonnet', 200 * K, 8_192, 'VPT'],
  ['claude-haiku-4-5', 'BedrockAnthropicClaude45Haiku', 200 * K, 64 * K, 'VPT'],
  ['claude-sonnet-4', 'BedrockAnthropicClaude4Sonnet', 200 * K, 8_192, 'VPT'],
  ['claude-3-7-sonnet', 'BedrockAnthropicClaude37Sonnet', 200 * K, 8_192, 'VPT', 'hidden'],
  ['claude-3-haiku', 'BedrockAnthropicClaude3Haiku', 200 * K, 4_096, 'VT', 'hidden'],
];

// Where sources disagree about PDFs (a bracketed P), they are taken as carried: the SDK lists them.
const GPT: readonly Row[] = [
  ['gpt-5.6-sol', 'GPT56Sol', 1_050 * K, 128 * K, 'VTRL'],
  ['gpt-5.6-terra', 'GPT56Terra', 1_050 * K, 128 * K, 'VTRL'],
  ['gpt-5.6-luna', 'GPT56Luna', 1_050 * K, 128 * K, 'VTRL'],
  ['gpt-5.5', 'GPT55', 1_050 * K, 128 * K, 'VPTRL'],
  ['gpt-5.4', 'GPT54', 1_050 * K, 128 * K, 'VPTRL'],
  ['gpt-5.4-mini', 'GPT54Mini', undefined, undefined, 'VTRL'],
  ['gpt-5.2', 'GPT52', 272 * K, 128 * K, 'VTRL'],
  ['gpt-5.1', 'GPT51', 272 * K, 128 * K, 'VTRL'],
  ['gpt-5', 'GPT5', 272 * K, 128 * K, 'VPTRL'],
  ['gpt-5-mini', 'GPT5Mini', 272 * K, 128 * K, 'VTRL'],
  ['gpt-4.1', 'GPT41', 1_047_576, 32_768, 'VT'],
  ['gpt-4.1-mini', 'GPT41Mini', 1_047_576, 32_768, 'VT'],
  ['gpt-4o', 'GPT4Omni', 128 * K, 16_384, 'VT'],
  ['gpt-4o-mini', 'GPT4OmniMini', 128 * K, 16_384, 'VT'],
  ['gpt-4o-mini-openai', 'OpenAIGPT4OmniMini', 128 * K, 16_384, 'VPT'],
  ['o3', 'O3', 200 * K, 100 * K, 'VTRL'],
  ['o4-mini', 'O4Mini', 200 * K, 100 * K, 'VTRL'],
];

const EMBEDDING: readonly Row[] = [
  ['text-embedding-ada-002', 'OpenAITextEmbeddingAda_002', 8_191, undefined, ''],
  ['text-embedding-ada-002-azure', 'AzureOpenAITextEmbeddingAda_002', 8_191, undefined, ''],
];

const GEMINI: readonly Row[] = [
  ['gemini-3.5-flash', 'VertexAIGemini35Flash', M, 64 * K, 'VPTRL'],
  ['gemini-3.1-pro', 'VertexAIGeminiPro31', M, 64 * K, 'VPTRL'],
  ['gemini-3.1-flash-lite', 'VertexAIGemini31FlashLite', M, 64 * K, 'VPT'],
  ['gemini-3-flash', 'VertexAIGemini30Flash', M, 64 * K, 'VPTRL'],
  ['gemini-3-pro', 'VertexAIGeminiPro30', M, 64 * K, 'VPTRL', 'hidden'],
  ['gemini-2.5-pro', 'VertexAIGeminiPro25', 1_048_576, 65_535, 'VPTRL'],
  ['gemini-2.5-flash', 'VertexAIGemini25Flash001', 1_048_576, 65_535, 'VPT'],
  ['gemini-2.5-flash-lite', 'VertexAIGemini25FlashLite001', 1_048_576, 65_535, 'VPT'],
  ['gemini-2.0-flash', 'VertexAIGemini20Flash001', M, 8 * K, 'V', 'hidden'],
  ['gemini-2.0-flash-lite', 'VertexAIGemini20FlashLite001', M, 8 * K, 'V', 'hidden'],
];

const NOVA: readonly Row[] = [
  ['nova-pro', 'BedrockAmazonNovaPro', 300 * K, 10 * K, 'VPT'],
  ['nova-lite', 'BedrockAmazonNovaLite', 300 * K, 10 * K, 'VPT'],
];

const NEMOTRON: readonly Row[] = [
  ['nemotron-3-nano-30b', 'BedrockNvidiaNemotronNano330b', undefined, undefined, ''],
  ['nemotron-3-super-120b', 'BedrockNvidiaNemotronSuper3120b', undefined, undefined, ''],
];

export const OWNERS: Readonly<Record<ModelFamily, string>> = {
  claude: 'salesforce-anthropic',
  gpt: 'salesforce-openai',
  gemini: 'salesforce-google',
  nova: 'salesforce-amazon',
  nemotron: 'salesforce-nvidia',
  embedding: 'salesforce-openai',
  custom: 'salesforce-custom',
};

export type KnownModel = { readonly model: Model; readonly hidden: boolean };

function modelsOf(family: ModelFamily, rows: readonly Row[]): KnownModel[] {
  return rows.map(([id, apiName, contextTokens, outputTokensMax, traits, visibility]) => ({
    hidden: visibility === 'hidden',
    model: {
      id,
      apiName: API_PREFIX + apiName,
      family,
      contextTokens,
      outputTokensMax,
      carries: {
        images: traits.includes('V'),
        documents: traits.includes('P'),
        tools: traits.includes('T'),
        reasoning: traits.includes('R'),
      },
      ...(traits.includes('L') && { slow: true }),
      ...(family === 'embedding' && { embeddingDimensions: EMBEDDING_DIMENSIONS }),
      createdS: LISTED_S,
      ownedBy: OWNERS[family],
    },
  }));
}

/** In the order clients are shown. */
export const KNOWN_MODELS: readonly KnownModel[] = [
  ...modelsOf('claude', CLAUDE),
  ...modelsOf('gpt', GPT),
  ...modelsOf('gemini', GEMINI),
  ...modelsOf('nova', NOVA),
  ...modelsOf('nemotron', NEMOTRON),
  ...modelsOf('embedding', EMBEDDING),
];
