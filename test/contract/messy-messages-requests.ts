// Messages requests as clients really write them: the well-formed ones of test/fakes/arbitrary-messages-requests.ts with
// everything the format tolerates besides: system entries among the messages, one role twice in a row, blank texts, too many
// cache markers, odd and repeated tool ids, unknown fields, settings that do not go together.

import * as fc from 'fast-check';

import type { JsonObject, JsonValue } from '../../src/core/neutral/index.ts';
import { arbitraryMessagesRequest } from '../fakes/arbitrary-messages-requests.ts';

type Mess = (body: JsonObject) => JsonObject;
type Entry = { readonly role: string; readonly content: JsonValue };

const entriesOf = (body: JsonObject): Entry[] => body['messages'] as unknown as Entry[];
const withEntries = (body: JsonObject, messages: readonly Entry[]): JsonObject => ({ ...body, messages });

function mapBlocks(body: JsonObject, map: (block: JsonObject) => JsonValue): JsonObject {
  return withEntries(
    body,
    entriesOf(body).map(({ role, content }) => ({ role, content: (content as JsonObject[]).map(map) })),
  );
}

function replaceText(body: JsonObject, from: RegExp, to: string): JsonObject {
  return JSON.parse(JSON.stringify(body).replaceAll(from, to)) as JsonObject;
}

const THINKING = new Set<unknown>(['thinking', 'redacted_thinking']);

const MESSES: readonly Mess[] = [
  (body) => ({ ...body, metadata: { user_id: 'u' }, context_management: { edits: [{ type: 'x' }] } }),
  (body) => ({ ...body, anthropic_beta: ['a-1'], betas: ['b-2'], container: 'c', service_tier: 'auto' }),
  (body) => ({ ...body, system: 'Be brief.' }),
  (body) => ({ ...body, max_tokens: 1 }),
  (body) => ({ ...body, max_tokens: 200_000, temperature: 1, top_p: 0.99 }),
  (body) => ({ ...body, temperature: 0.2, top_p: 0.5, top_k: 3 }),
  (body) => ({ ...body, thinking: { type: 'enabled', budget_tokens: 500, display: 'omitted' } }),
  (body) => ({ ...body, thinking: { type: 'enabled', budget_tokens: 64_000 } }),
  (body) => ({ ...body, cache_control: { type: 'ephemeral' } }),
  (body) => (body['tools'] === undefined ? body : { ...body, tool_choice: { type: 'any' } }),
  (body) =>
    withEntries(
      body,
      entriesOf(body).flatMap((entry) => [
        entry,
        {
          role: 'system',
          content: [
            { type: 'text', text: 'A note.' },
            { type: 'text', text: ' ' },
          ],
        },
      ]),
    ),
  // One role twice in a row.
  (body) =>
    withEntries(
      body,
      entriesOf(body).flatMap((entry) => {
        const blocks = entry.content as JsonObject[];
        return blocks.length < 2
          ? [entry]
          : [
              { role: entry.role, content: blocks.slice(0, 1) },
              { role: entry.role, content: blocks.slice(1) },
            ];
      }),
    ),
  (body) =>
    mapBlocks(body, (block) =>
      THINKING.has(block['type'])
        ? block
        : { ...block, cache_control: { type: 'ephemeral', ttl: '5m', scope: 'global' } },
    ),
  (body) =>
    withEntries(
      body,
      entriesOf(body).map(({ role, content }) => ({
        role,
        id: 'msg_1',
        content: [...(content as JsonObject[]), { type: 'text', text: ' \n', citations: null }],
      })),
    ),
  // Thinking by a model that signs nothing, and by another maker.
  (body) => mapBlocks(body, (block) => (block['type'] === 'thinking' ? { ...block, signature: '' } : block)),
  (body) =>
    mapBlocks(body, (block) =>
      block['type'] === 'thinking' ? { ...block, signature: 'sealed:other:c2ln' } : block,
    ),
  (body) => withEntries(body, [...entriesOf(body), { role: 'assistant', content: 'It is \n' }]),
  (body) => replaceText(body, /toolu_/g, 'a:b|c/'),
  // Every turn counts its calls from one again.
  (body) => replaceText(body, /toolu_\d+_/g, 'call_'),
];

/** Without what this protocol's surface refuses, so that most requests are sent. */
function sendable(body: JsonObject): JsonObject {
  const { output_config: config, ...rest } = body;
  const isFormat = config !== undefined && 'format' in (config as JsonObject);
  const kept = isFormat || config === undefined ? rest : { ...rest, output_config: config };
  return mapBlocks(kept, (block) => {
    const source = block['source'] as JsonObject | undefined;
    return source?.['type'] === 'url'
      ? { ...block, source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }
      : block;
  });
}

export const messyMessagesRequest: fc.Arbitrary<JsonObject> = fc
  .tuple(
    arbitraryMessagesRequest,
    fc.subarray([...MESSES.keys()], { maxLength: 6 }),
    fc.integer({ min: 0, max: 4 }),
  )
  .map(([body, places, refused]) => {
    const mess = places.flatMap((place) => MESSES[place] ?? []);
    return mess.reduce((made: JsonObject, make) => make(made), refused === 0 ? body : sendable(body));
  });
