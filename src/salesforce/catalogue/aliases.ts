// Other names for known models, as data: those of the gateway this one succeeds, those clients have built in, and old
// API names. Keys are in canonical form (see canonical-name.ts); values are ids of models.

/**
 * The predecessor's names. Its two servers disagreed on some: `gpt-3.5-turbo`, `gpt-4-turbo` and `gpt-4-mini` were
 * answered by Claude on one of them. Here a name keeps its vendor, and follows Salesforce's own rerouting of the same
 * names (reference 4.5): GPT-3.5 Turbo is served by GPT-4o mini, GPT-4 and GPT-4 Turbo by GPT-4o.
 */
const PREDECESSOR = {
  // Its name says 3, and 3.7 is what it has always been.
  'claude-3-sonnet': 'claude-3-7-sonnet',
  'claude-4-sonnet': 'claude-sonnet-4',
  'gpt-4': 'gpt-4o',
  'gpt-4-mini': 'gpt-4o-mini',
  'gpt-4-turbo': 'gpt-4o',
  'gpt-3-5-turbo': 'gpt-4o-mini',
  'gemini-pro': 'gemini-2.5-flash',
  'gemini-1-5-pro': 'gemini-2.5-flash',
  'gemini-pro-vision': 'gemini-2.5-flash',
  // It was Claude 3 Haiku, which is gone from Salesforce's lists; this is its successor.
  default: 'claude-haiku-4-5',
} as const;

/** Names that clients send by themselves and Salesforce does not offer: the nearest of the same vendor and class. */
const BUILT_INTO_CLIENTS = {
  'claude-opus-4-1': 'claude-opus-4-5',
  'claude-opus-4': 'claude-opus-4-5',
  'claude-3-opus': 'claude-opus-4-5',
  'claude-3-5-sonnet': 'claude-3-7-sonnet',
  'claude-3-5-haiku': 'claude-haiku-4-5',
  'gpt-4-32k': 'gpt-4o',
  'gpt-3-5-turbo-16k': 'gpt-4o-mini',
  'chatgpt-4o': 'gpt-4o',
} as const;

export const ALIASES: Readonly<Record<string, string>> = { ...PREDECESSOR, ...BUILT_INTO_CLIENTS };

/** Old API names, without their prefix, and who serves them (reference 4.5). Asked for directly, in case that ends. */
export const REROUTED: Readonly<Record<string, string>> = {
  AzureOpenAIGPT35Turbo: 'gpt-4o-mini',
  AzureOpenAIGPT35Turbo_16k: 'gpt-4o-mini',
  AzureOpenAIGPT4Turbo: 'gpt-4o',
  OpenAIGPT35Turbo: 'gpt-4o-mini-openai',
  OpenAIGPT35Turbo_16k: 'gpt-4o-mini-openai',
  OpenAIGPT4: 'gpt-4o',
  OpenAIGPT4_32k: 'gpt-4o',
  OpenAIGPT4Turbo: 'gpt-4o',
};
