// What an answer repeats of its request: the settings with their defaults, in the format's own words, and the names of tools
// that are no plain functions. Made when the request is decoded, read when the answer is written, opaque to all between.

import type { JsonObject, JsonValue } from '../../core/neutral/index.ts';
import { objectOf, type JsonReader } from '../../core/wire/index.ts';
import type { ToolNames } from './tool-names.ts';

/** `compaction`: a summary of the conversation, as an item of its own. */
export type AnswerShape = 'response' | 'compaction';

type EchoParts = { readonly shape: AnswerShape; readonly names: ToolNames; readonly store: boolean };

/** Every setting of the response object, as it is where the request says nothing. */
const DEFAULTS: JsonObject = {
  background: false,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  service_tier: 'default',
  store: false,
  temperature: 1,
  text: { format: { type: 'text' }, verbosity: 'medium' },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
  truncation: 'disabled',
  user: null,
  metadata: {},
};

/** Those that an answer repeats as they came. */
const REPEATED: readonly string[] = [
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'parallel_tool_calls',
  'previous_response_id',
  'prompt_cache_key',
  'safety_identifier',
  'temperature',
  'tool_choice',
  'tools',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'user',
  'metadata',
];

export function encodeEcho(body: JsonReader, { shape, names, store }: EchoParts): JsonObject {
  const settings: Record<string, JsonValue> = { store };
  for (const name of REPEATED) {
    const value = body.given(name)?.value;
    if (value !== undefined) settings[name] = value;
  }
  const reasoning = body.given('reasoning')?.expectObject();
  if (reasoning !== undefined) {
    settings['reasoning'] = { effort: reasoning['effort'] ?? null, summary: reasoning['summary'] ?? null };
  }
  const text = body.given('text')?.expectObject();
  if (text !== undefined) {
    settings['text'] = {
      format: text['format'] ?? { type: 'text' },
      verbosity: text['verbosity'] ?? 'medium',
    };
  }
  return { shape, names: names.toJson(), settings };
}

export type Echo = {
  readonly shape: AnswerShape;
  readonly names: JsonObject;
  readonly settings: JsonObject;
};

export function readEcho(echo: JsonObject | undefined): Echo {
  if (echo === undefined) return { shape: 'response', names: {}, settings: DEFAULTS };
  return {
    shape: echo['shape'] === 'compaction' ? 'compaction' : 'response',
    names: objectOf(echo['names']),
    settings: { ...DEFAULTS, ...objectOf(echo['settings']) },
  };
}
