// Random bytes for decoders: samples with damage, envelopes of the right outline with anything in their fields, headers.

import * as fc from 'fast-check';

import type { Sample } from './surface-corpus.ts';

export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return ends.map((end, index) => bytes.slice(index === 0 ? 0 : ends[index - 1], end));
}

/** Samples with bytes changed, left out and doubled. */
export function mutated(samples: readonly Sample[]): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.constantFrom(...samples), fc.nat(3_000), fc.nat(60), fc.uint8Array({ maxLength: 4 }))
    .map(([{ bytes }, at, length, put]) =>
      Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(Math.min(at + length, bytes.length))]),
    );
}

export const anyHeaders = fc.dictionary(
  fc.constantFrom('retry-after', 'x-ratelimit-reset', 'content-type', 'x-request-id', 'date'),
  fc.oneof(
    fc.string(),
    fc.constantFrom('7', '-1', '1e9', 'Wed, 21 Oct 2026 07:28:12 GMT', 'application/json'),
    fc.array(fc.string()),
  ),
);

const wrong = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constant(null));
const either = <T>(right: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 4, arbitrary: right }, wrong);

/** Envelopes of the right outline with anything in their fields. */
export const anyEnvelope: fc.Arbitrary<unknown> = fc
  .record({
    id: either(fc.string()),
    generations: either(
      fc.array(
        fc.record(
          {
            content: either(fc.string()),
            contents: either(
              fc.array(
                fc.record({ type: fc.constantFrom('thinking_summary', 'text'), content: fc.string() }),
              ),
            ),
            parameters: either(
              fc.record({
                finish_reason: either(fc.constantFrom('stop', 'x')),
                index: either(fc.integer({ min: -1, max: 3 })),
              }),
            ),
            tool_invocations: either(
              fc.array(
                fc.record(
                  {
                    index: either(fc.nat(3)),
                    id: either(fc.constantFrom('a', 'b', '')),
                    function: either(
                      fc.record({
                        name: either(fc.constantFrom('f', '')),
                        arguments: either(fc.constantFrom('{', '}', '{}', '')),
                      }),
                    ),
                  },
                  { requiredKeys: [] },
                ),
                { maxLength: 3 },
              ),
            ),
            contentQuality: either(fc.record({ scanToxicity: wrong })),
          },
          { requiredKeys: [] },
        ),
        { maxLength: 3 },
      ),
    ),
    parameters: either(
      fc.record({ usage: either(fc.dictionary(fc.constantFrom('prompt_tokens', 'outputTokens'), wrong)) }),
    ),
    name: fc.constantFrom('generation_details', 'generationDetails'),
  })
  .map(({ id, name, generations, parameters }) => ({ id, [name]: { generations, parameters } }));
