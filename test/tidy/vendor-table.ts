// A vendor's word outside its folders is a bug: the neutral core then leans to one side. Zones and words are data, and
// every exception carries its reason.

const SALESFORCE_WORDS: readonly string[] = ['salesforce', 'sfdc', 'einstein', 'tnk', 'apex'];
const OPENAI_WORDS: readonly string[] = ['openai', 'gpt', 'chatgpt', 'codex'];
const ANTHROPIC_WORDS: readonly string[] = ['anthropic', 'claude'];
const OTHER_WORDS: readonly string[] = [
  'bedrock',
  'aws',
  'amazon',
  'nova',
  'gemini',
  'google',
  'vertex',
  'azure',
  'nemotron',
  'nvidia',
];

const ALL = [...SALESFORCE_WORDS, ...OPENAI_WORDS, ...ANTHROPIC_WORDS, ...OTHER_WORDS];

type Zone = { readonly folder: string; readonly banned: readonly string[] };

/** The first zone that fits a file says which words it may not use in identifiers and string literals. */
export const ZONES: readonly Zone[] = [
  { folder: 'src/core/', banned: ALL },
  { folder: 'src/pipeline/', banned: ALL },
  { folder: 'src/server/', banned: ALL },
  { folder: 'src/policy/', banned: ALL },
  { folder: 'src/telemetry/', banned: ALL },
  { folder: 'src/store/', banned: ALL },
  { folder: 'src/dialects/openai-*/', banned: [...SALESFORCE_WORDS, ...ANTHROPIC_WORDS, ...OTHER_WORDS] },
  { folder: 'src/protocols/openai-*/', banned: [...SALESFORCE_WORDS, ...ANTHROPIC_WORDS, ...OTHER_WORDS] },
  { folder: 'src/dialects/anthropic-*/', banned: [...SALESFORCE_WORDS, ...OPENAI_WORDS, ...OTHER_WORDS] },
  { folder: 'src/dialects/bedrock-*/', banned: [...SALESFORCE_WORDS, ...OPENAI_WORDS] },
  { folder: 'src/protocols/anthropic/', banned: [...SALESFORCE_WORDS, ...OPENAI_WORDS, ...OTHER_WORDS] },
];

type Allowance = {
  /** A file, a folder or a pattern. */
  readonly path: string;
  readonly words: readonly string[];
  readonly reason: string;
};

/** Each must still be needed; the test says when it is not. */
export const ALLOWANCES: readonly Allowance[] = [
  {
    path: 'src/core/neutral/model.ts',
    words: ['claude', 'gpt', 'gemini', 'nova', 'nemotron'],
    reason:
      'the union of model families: routing chooses by it, and a union is the only closed list a compiler checks',
  },
  {
    path: 'src/dialects/*/',
    words: ['salesforce'],
    reason: 'the documented extension field of replies that carries Trust Layer results to the caller',
  },
  {
    path: 'src/protocols/openai-chat/seal.ts',
    words: ['gemini', 'google'],
    reason:
      'the published field of a tool call in which a model gets its own state back, named by its vendor',
  },
];

/**
 * Sentences shown to callers and operators must say whose fault it is. A literal is a sentence when it holds a blank:
 * no key, header or model name does. Only the product on the other side may be named there, never a model's vendor.
 */
export const WORDS_OF_SENTENCES: readonly string[] = ['salesforce'];
