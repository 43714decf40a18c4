// Generators of Messages requests in the form in which the format's encoder writes them, so that reading and writing one
// gives it back: no blank text, results before other blocks, cache markers within their limit.

import * as fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/core/neutral/index.ts';

type Body = { readonly model: string; readonly stream: boolean } & JsonObject;
type Blocks = JsonObject[];

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((value) => value.trim() !== '');
const base64 = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes).toString('base64'));
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const input = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), json, { maxKeys: 3 });

/** An object without the keys whose value was not chosen. */
function compact(object: Record<string, JsonValue | undefined>): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined),
  );
}

const textBlock = text.map((value): JsonObject => ({ type: 'text', text: value }));
const image = fc
  .tuple(fc.constantFrom('image/png', 'image/jpeg', 'image/gif', 'image/webp'), base64)
  .map(([mediaType, data]): JsonObject => ({
    type: 'image',
    source: { type: 'base64', media_type: mediaType, data },
  }));
const imageByUrl = fc
  .webUrl({ validSchemes: ['https'] })
  .map((url): JsonObject => ({ type: 'image', source: { type: 'url', url } }));
const pdf = fc
  .tuple(base64, fc.option(text, { nil: undefined }))
  .map(([data, title]) =>
    compact({ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data }, title }),
  );
const userBlock = fc.oneof(textBlock, image, imageByUrl, pdf);

const assistantBlock = fc.oneof(
  textBlock,
  fc
    .tuple(text, base64)
    .map(([thinking, signature]): JsonObject => ({ type: 'thinking', thinking, signature })),
  base64.map((data): JsonObject => ({ type: 'redacted_thinking', data })),
  input.map((value): JsonObject => ({ type: 'tool_use', name: 'lookup', input: value })),
);

const result = fc
  .record({
    content: fc.option(fc.array(fc.oneof(textBlock, image), { minLength: 1, maxLength: 2 }), {
      nil: undefined,
    }),
    is_error: fc.constantFrom(true, undefined),
  })
  .map((fields) => compact(fields));

const exchange = fc.record({
  assistant: fc.array(assistantBlock, { minLength: 1, maxLength: 4 }),
  results: fc.array(result, { minLength: 4, maxLength: 4 }),
  user: fc.array(userBlock, { minLength: 1, maxLength: 3 }),
});

/** Calls get their ids, and each a result at the head of the user's turn. */
function messagesOf(
  first: Blocks,
  exchanges: readonly { assistant: Blocks; results: Blocks; user: Blocks }[],
) {
  const messages: JsonObject[] = [{ role: 'user', content: first }];
  for (const [turn, { assistant, results, user }] of exchanges.entries()) {
    const content = assistant.map((block, place) =>
      block['type'] === 'tool_use' ? Object.assign({ id: `toolu_${turn}_${place}` }, block) : block,
    );
    const answers = content.flatMap((block, place) =>
      'id' in block ? [{ ...results[place], type: 'tool_result', tool_use_id: block['id'] }] : [],
    );
    messages.push({ role: 'assistant', content }, { role: 'user', content: [...answers, ...user] });
  }
  return messages;
}

const cache = fc.constantFrom({ type: 'ephemeral' }, { type: 'ephemeral', ttl: '1h' });
const tools = fc.uniqueArray(
  fc
    .record({
      name: fc.constantFrom('lookup', 'add', 'get_weather'),
      description: fc.option(text, { nil: undefined }),
      input_schema: fc.constantFrom(
        { type: 'object' },
        { type: 'object', properties: { a: { type: 'string' } } },
      ),
      strict: fc.constantFrom(true, undefined),
      cache_control: fc.option(cache, { nil: undefined }),
    })
    .map((fields) => compact(fields)),
  { maxLength: 2, selector: (tool) => tool['name'] },
);

/** Thinking bears neither sampling nor a forced tool. */
const thinkingSettings = fc.oneof(
  fc
    .integer({ min: 1024, max: 31_999 })
    .map((budget) => ({ thinking: { type: 'enabled', budget_tokens: budget } })),
  fc.constantFrom('low', 'medium', 'high', 'xhigh', 'max').map((effort) => ({
    thinking: { type: 'adaptive' },
    output_config: { effort },
  })),
  fc.constant({ thinking: { type: 'adaptive' } }),
);
const plainSettings = fc
  .record({
    thinking: fc.constantFrom({ type: 'disabled' }, undefined),
    temperature: fc.constantFrom(0, 0.5, 1, undefined),
    top_p: fc.constantFrom(0.1, 1, undefined),
    top_k: fc.constantFrom(1, 40, undefined),
    output_config: fc.constantFrom(
      { format: { type: 'json_schema', schema: { type: 'object' } } },
      undefined,
    ),
    tool_choice: fc.constantFrom(
      { type: 'any' },
      { type: 'none' },
      { type: 'auto', disable_parallel_tool_use: true },
      undefined,
    ),
  })
  .map((fields) => compact(fields));

export const arbitraryMessagesRequest: fc.Arbitrary<Body> = fc
  .record({
    stream: fc.boolean(),
    system: fc.array(fc.tuple(textBlock, fc.option(cache, { nil: undefined })), { maxLength: 2 }),
    first: fc.array(userBlock, { minLength: 1, maxLength: 3 }),
    exchanges: fc.array(exchange, { maxLength: 3 }),
    tools,
    stop: fc.option(fc.array(text, { minLength: 1, maxLength: 2 }), { nil: undefined }),
    settings: fc.oneof(thinkingSettings, plainSettings),
  })
  .map(({ stream, system, first, exchanges, tools: given, stop, settings }) => {
    const { tool_choice: choice, ...others } = settings as JsonObject;
    const fields = compact({
      max_tokens: 32_000,
      system:
        system.length === 0
          ? undefined
          : system.map(([block, hint]) => compact({ ...block, cache_control: hint })),
      messages: messagesOf(first, exchanges),
      tools: given.length === 0 ? undefined : given,
      tool_choice: given.length === 0 ? undefined : choice,
      stop_sequences: stop,
    });
    return Object.assign({ model: 'claude-test', stream }, fields, others);
  });
