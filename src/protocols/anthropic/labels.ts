// What a caller said that no model needs to hear: tags, cache edits, hints, fields we do not know. They become the call's
// labels, so that dropping them is told. Fields that ask for something a label cannot stand for are refused.

import type { JsonValue } from '../../core/neutral/index.ts';
import type { JsonReader } from '../../core/wire/json-reader.ts';

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

type FieldRule = (field: JsonReader) => JsonValue | undefined;

/** Known fields that are refused, or are a label of a known type. Each gives its label, or undefined for a no-op. */
const RULES: ReadonlyMap<string, FieldRule> = new Map<string, FieldRule>([
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

export class Labels {
  readonly #found = new Map<string, JsonValue>();

  /** A hint found deep in the body, under a name that says where, for example `thinking.display`. */
  add(name: string, value: JsonValue): void {
    this.#found.set(name, value);
  }

  /** The labels of the body's own fields, with those added before. */
  collect(body: JsonReader): { readonly [name: string]: JsonValue } {
    for (const [name, value] of Object.entries(body.expectObject())) {
      if (value === null || DECODED.has(name)) continue;
      const rule = RULES.get(name);
      const label = rule === undefined ? value : rule(body.field(name));
      if (label !== undefined) this.#found.set(name, label);
    }
    // `fromEntries` defines own properties, so a field called `__proto__` is only a field.
    return Object.fromEntries(this.#found);
  }
}
