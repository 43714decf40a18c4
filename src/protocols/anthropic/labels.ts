// What a caller said that no model needs to hear: tags, cache edits, hints, fields we do not know. They become the call's
// labels, so that dropping them is told. Fields that ask for something a label cannot stand for are refused.

import type { JsonValue } from '../../core/neutral/index.ts';
import { Labels, type JsonReader, type LabelRule } from '../../core/wire/index.ts';

/** Fields that other parts of this folder decode, or that only say which version of the format is spoken. */
const DECODED: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'system',
  'tools',
  'tool_choice',
  'max_tokens',
  'stream',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'thinking',
  'output_config',
  'output_format',
  'cache_control',
  'thread',
  'anthropic_version',
  'anthropic_beta',
]);

/** Known fields that are refused, or are a label of a known type. Each gives its label, or undefined for a no-op. */
const RULES: ReadonlyMap<string, LabelRule> = new Map<string, LabelRule>([
  ['metadata', (field) => labelUnlessEmpty(field)],
  ['context_management', (field) => labelUnlessEmpty(field)],
  ['service_tier', decodeServiceTier],
  ['mcp_servers', refuseServers],
]);

function labelUnlessEmpty(field: JsonReader): JsonValue | undefined {
  const object = field.expectObject();
  return Object.keys(object).length === 0 ? undefined : object;
}

function decodeServiceTier(field: JsonReader): JsonValue | undefined {
  const tier = field.expectString();
  return tier === 'auto' ? undefined : tier;
}

function refuseServers(field: JsonReader): undefined {
  if (field.expectArray().length > 0) {
    throw field.fault('is not supported: no model here reaches MCP servers by itself.', 'unsupported');
  }
}

export function createLabels(): Labels {
  return new Labels(DECODED, RULES);
}
