// The models a simulated org can have: section 4 of the reference sheet as data. Names, vendor ids, context windows and
// what each takes. The vendor ids are what `model` says in replies; where none is published, one is made from the alias.

export type Family = 'claude' | 'gpt' | 'gemini' | 'nova' | 'nemotron' | 'ada';

export type Model = {
  /** The API name clients send on the classic surface and on `/ai/gpt/v1`. */
  readonly name: string;
  /** The id clients send on `/einstein/gpt/code/v1.1`. */
  readonly gatewayId: string;
  readonly family: Family;
  readonly label: string;
  /** What `model` says in replies. */
  readonly vendorId: string;
  readonly contextTokensMax: number;
  readonly outputTokensMax: number;
  readonly images: boolean;
  readonly pdfs: boolean;
  readonly tools: boolean;
  readonly reasoning: boolean;
  readonly kind: 'chat' | 'embeddings';
};

/** A configuration an administrator made over a foundation model, called by its own API name. */
export type CustomModel = { readonly name: string; readonly label?: string; readonly base?: string };

const prefix = 'sfdc_ai__Default';

type Row = readonly [
  name: string,
  vendorId: string,
  contextTokensMax: number,
  outputTokensMax: number,
  capabilities: string,
];

const claude: readonly Row[] = [
  ['BedrockAnthropicClaude5Sonnet', 'claude-sonnet-5', 1_000_000, 128_000, 'VPTR'],
  ['BedrockAnthropicClaude48Opus', 'claude-opus-4-8', 1_000_000, 128_000, 'VPTR'],
  ['BedrockAnthropicClaude47Opus', 'claude-opus-4-7', 1_000_000, 128_000, 'VPTR'],
  ['BedrockAnthropicClaude46Opus', 'claude-opus-4-6', 1_000_000, 128_000, 'VPTR'],
  ['BedrockAnthropicClaude46Sonnet', 'claude-sonnet-4-6', 200_000, 16_384, 'VPTR'],
  ['BedrockAnthropicClaude45Opus', 'claude-opus-4-5-20251101', 200_000, 64_000, 'VPT'],
  ['BedrockAnthropicClaude45Sonnet', 'claude-sonnet-4-5-20250929', 200_000, 8192, 'VPT'],
  ['BedrockAnthropicClaude45Haiku', 'claude-haiku-4-5-20251001', 200_000, 64_000, 'VPT'],
  ['BedrockAnthropicClaude4Sonnet', 'claude-sonnet-4-20250514', 200_000, 8192, 'VPT'],
  ['BedrockAnthropicClaude37Sonnet', 'claude-3-7-sonnet-20250219', 200_000, 8192, 'VPT'],
  ['BedrockAnthropicClaude3Haiku', 'claude-3-haiku-20240307', 200_000, 4096, 'VT'],
];

const gpt: readonly Row[] = [
  ['GPT56Sol', 'gpt-5.6-sol', 1_050_000, 128_000, 'VTR'],
  ['GPT56Terra', 'gpt-5.6-terra', 1_050_000, 128_000, 'VTR'],
  ['GPT56Luna', 'gpt-5.6-luna', 1_050_000, 128_000, 'VTR'],
  ['GPT55', 'gpt-5.5', 1_050_000, 128_000, 'VPTR'],
  ['GPT54', 'gpt-5.4', 1_050_000, 128_000, 'VPTR'],
  ['GPT54Mini', 'gpt-5.4-mini', 400_000, 128_000, 'VTR'],
  ['GPT52', 'gpt-5.2', 272_000, 128_000, 'VTR'],
  ['GPT51', 'gpt-5.1', 272_000, 128_000, 'VTR'],
  ['GPT5', 'gpt-5', 272_000, 128_000, 'VPTR'],
  ['GPT5Mini', 'gpt-5-mini', 272_000, 128_000, 'VTR'],
  ['GPT41', 'gpt-4.1', 1_047_576, 32_768, 'VT'],
  ['GPT41Mini', 'gpt-4.1-mini', 1_047_576, 32_768, 'VT'],
  ['GPT4Omni', 'gpt-4o-2024-08-06', 128_000, 16_384, 'VT'],
  ['GPT4OmniMini', 'gpt-4o-mini-2024-07-18', 128_000, 16_384, 'VT'],
  ['OpenAIGPT4OmniMini', 'gpt-4o-mini-2024-07-18', 128_000, 16_384, 'VPT'],
  ['O3', 'o3-2025-04-16', 200_000, 100_000, 'VTR'],
  ['O4Mini', 'o4-mini-2025-04-16', 200_000, 100_000, 'VTR'],
];

const gemini: readonly Row[] = [
  ['VertexAIGemini35Flash', 'gemini-3.5-flash', 1_048_576, 65_535, 'VPTR'],
  ['VertexAIGeminiPro31', 'gemini-3.1-pro', 1_048_576, 65_535, 'VPTR'],
  ['VertexAIGemini31FlashLite', 'gemini-3.1-flash-lite', 1_048_576, 65_535, 'VPT'],
  ['VertexAIGemini30Flash', 'gemini-3-flash', 1_048_576, 65_535, 'VPTR'],
  ['VertexAIGeminiPro30', 'gemini-3-pro', 1_048_576, 65_535, 'VPTR'],
  ['VertexAIGeminiPro25', 'gemini-2.5-pro', 1_048_576, 65_535, 'VPTR'],
  ['VertexAIGemini25Flash001', 'gemini-2.5-flash', 1_048_576, 65_535, 'VPT'],
  ['VertexAIGemini25FlashLite001', 'gemini-2.5-flash-lite', 1_048_576, 65_535, 'VPT'],
  ['VertexAIGemini20Flash001', 'gemini-2.0-flash-001', 1_048_576, 8192, 'V'],
  ['VertexAIGemini20FlashLite001', 'gemini-2.0-flash-lite-001', 1_048_576, 8192, 'V'],
];

const nova: readonly Row[] = [
  ['BedrockAmazonNovaPro', 'amazon.nova-pro-v1:0', 300_000, 10_000, 'VPT'],
  ['BedrockAmazonNovaLite', 'amazon.nova-lite-v1:0', 300_000, 10_000, 'VPT'],
];

const nemotron: readonly Row[] = [
  ['BedrockNvidiaNemotronNano330b', 'nvidia.nemotron-nano-3-30b', 128_000, 8192, ''],
  ['BedrockNvidiaNemotronSuper3120b', 'nvidia.nemotron-super-3-120b', 128_000, 8192, ''],
];

const ada: readonly Row[] = [
  ['OpenAITextEmbeddingAda_002', 'text-embedding-ada-002-v2', 8191, 0, ''],
  ['AzureOpenAITextEmbeddingAda_002', 'text-embedding-ada-002-v2', 8191, 0, ''],
];

// Old names keep working and are answered by another model (reference 4.5, [D]).
const reroutes: Readonly<Record<string, string>> = {
  AzureOpenAIGPT35Turbo: 'GPT4OmniMini',
  AzureOpenAIGPT35Turbo_16k: 'GPT4OmniMini',
  AzureOpenAIGPT4Turbo: 'GPT4Omni',
  OpenAIGPT35Turbo: 'OpenAIGPT4OmniMini',
  OpenAIGPT35Turbo_16k: 'OpenAIGPT4OmniMini',
  OpenAIGPT4: 'GPT4Omni',
  OpenAIGPT4_32k: 'GPT4Omni',
  OpenAIGPT4Turbo: 'GPT4Omni',
};

// The gateway's own ids always name a provider; geo-aware GPT names leave it out (reference 4).
const gatewayIdOf = (bare: string): string =>
  `llmgateway__${/^(?:Bedrock|VertexAI|OpenAI|AzureOpenAI)/u.test(bare) ? bare : `OpenAI${bare}`}`;

const modelsOf = (family: Family, rows: readonly Row[]): Model[] =>
  rows.map(([bare, vendorId, contextTokensMax, outputTokensMax, capabilities]) => ({
    name: prefix + bare,
    gatewayId: gatewayIdOf(bare),
    family,
    label: bare.replaceAll(/([a-z])([A-Z0-9])/gu, '$1 $2'),
    vendorId,
    contextTokensMax,
    outputTokensMax,
    images: capabilities.includes('V'),
    pdfs: capabilities.includes('P'),
    tools: capabilities.includes('T'),
    reasoning: capabilities.includes('R'),
    kind: family === 'ada' ? 'embeddings' : 'chat',
  }));

/** Every model of the catalogue, in the order of the reference sheet. */
export const models: readonly Model[] = [
  ...modelsOf('claude', claude),
  ...modelsOf('gpt', gpt),
  ...modelsOf('ada', ada),
  ...modelsOf('gemini', gemini),
  ...modelsOf('nova', nova),
  ...modelsOf('nemotron', nemotron),
];

const byName = new Map<string, Model>(models.map((model) => [model.name, model]));
const byGatewayId = new Map<string, Model>(models.map((model) => [model.gatewayId, model]));
for (const [old, target] of Object.entries(reroutes)) {
  const model = byName.get(prefix + target);
  if (model !== undefined) {
    byName.set(prefix + old, model);
    byGatewayId.set(gatewayIdOf(old), model);
  }
}

export type NameKind = 'api-name' | 'gateway-id';

/** The model that answers for a name: rerouted names give their replacement, custom names their base. */
export function findModel(
  asked: string,
  kind: NameKind | 'either',
  customModels: readonly CustomModel[],
): Model | undefined {
  const custom = customModels.find((candidate) => candidate.name === asked);
  if (custom !== undefined) return byName.get(custom.base ?? `${prefix}GPT4OmniMini`);
  if (kind === 'api-name') return byName.get(asked);
  if (kind === 'gateway-id') return byGatewayId.get(asked);
  return byName.get(asked) ?? byGatewayId.get(asked);
}

/** True for a name in the platform's own manner; anything else can only be a vendor id or a custom name. */
export const isPlatformName = (asked: string): boolean => /^(?:sfdc_ai|llmgateway)__/u.test(asked);
