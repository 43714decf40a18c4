// A model as the catalogue knows it: data, not behaviour.

export type ModelFamily = 'claude' | 'gpt' | 'gemini' | 'nova' | 'nemotron' | 'embedding' | 'custom';

export type Model = {
  /** The name shown to clients, for example `claude-sonnet-4-6`. */
  readonly id: string;
  /** Salesforce's API name, for example `sfdc_ai__DefaultBedrockAnthropicClaude46Sonnet`. */
  readonly apiName: string;
  readonly family: ModelFamily;
  /** Tokens of input and output together; undefined where nobody said. */
  readonly contextTokens: number | undefined;
  readonly outputTokensMax: number | undefined;
  readonly carries: {
    readonly tools: boolean;
    readonly images: boolean;
    readonly documents: boolean;
    readonly reasoning: boolean;
  };
  /** Takes its time even when it is not asked to reason, so its calls are given more. */
  readonly slow?: boolean;
  /** Width of its vectors, for a model that makes embeddings and whose width is known. */
  readonly embeddingDimensions?: number | undefined;
  /** When Salesforce listed it, seconds since the epoch: constant, so that model lists do not change by themselves. */
  readonly createdS: number;
  /** `salesforce-<vendor>`, as the predecessor's clients know it. */
  readonly ownedBy: string;
};
