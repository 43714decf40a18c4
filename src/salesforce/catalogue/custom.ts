// Models the table does not know: an API name of Salesforce's that is newer than the table, or a configuration an
// administrator made and called by its own API name (reference 6.3). They are passed through; the org decides.

import type { Model, ModelFamily } from '../../core/neutral/index.ts';
import { LISTED_S, OWNERS } from './models.ts';

/** Namespace, two underscores, name. A plain word is a mistake, not a name to spend an upstream call on. */
const API_NAME = /^[A-Za-z][A-Za-z0-9_]*__[A-Za-z0-9_]+$/;
/** Names by Salesforce say their provider; names by an administrator say anything. */
const SALESFORCE_NAME = /^(?:sfdc_ai|llmgateway)__/;

const FAMILY_SIGNS: readonly (readonly [RegExp, ModelFamily])[] = [
  [/embedding/i, 'embedding'],
  [/anthropic|claude/i, 'claude'],
  [/vertexai|gemini/i, 'gemini'],
  [/nova/i, 'nova'],
  [/nemotron/i, 'nemotron'],
  [/openai|gpt|default_?o\d/i, 'gpt'],
];

export function isApiName(name: string): boolean {
  return API_NAME.test(name);
}

/** A model of unknown limits. What it carries is not known either: it is tried, and the upstream's refusal is told. */
export function modelOfApiName(apiName: string, id = apiName, family = guessFamily(apiName)): Model {
  const isChat = family !== 'embedding';
  return {
    id,
    apiName,
    family,
    contextTokens: undefined,
    outputTokensMax: undefined,
    carries: { tools: isChat, images: isChat, documents: isChat, reasoning: isChat && family !== 'custom' },
    createdS: LISTED_S,
    ownedBy: OWNERS[family],
  };
}

function guessFamily(apiName: string): ModelFamily {
  if (!SALESFORCE_NAME.test(apiName)) return 'custom';
  return FAMILY_SIGNS.find(([sign]) => sign.test(apiName))?.[1] ?? 'custom';
}
