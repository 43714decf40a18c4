// Random calls, over everything a client may ask for: what holds for these holds for every call.

import * as fc from 'fast-check';

import {
  REASONING_EFFORTS,
  type Call,
  type Message,
  type OutputFormat,
  type Tool,
  type ToolChoice,
} from '../../src/core/neutral/index.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const textPart = fc.record({ type: fc.constant('text' as const), text });
const cachedTextPart = textPart.map((part) => ({ ...part, cache: { ttl: undefined } }));
const seal = fc.constantFrom(
  undefined,
  { maker: 'gemini', value: 'c2VhbA==' },
  { maker: 'claude', value: 'x' },
);

const mediaPart = fc.constantFrom('image' as const, 'document' as const).map((type) => ({
  type,
  source: {
    type: 'base64' as const,
    mimeType: type === 'image' ? 'image/png' : 'application/pdf',
    data: 'AAAA',
  },
  fileName: undefined,
}));

const turn: fc.Arbitrary<readonly Message[]> = fc
  .record({
    user: fc.array(fc.oneof({ weight: 6, arbitrary: textPart }, cachedTextPart, mediaPart), {
      minLength: 1,
      maxLength: 3,
    }),
    answer: fc.option(
      fc.array(
        fc.oneof(textPart, fc.record({ type: fc.constant('reasoning' as const), text, seal }), textPart),
        { maxLength: 2 },
      ),
      { nil: undefined },
    ),
    calls: fc.array(
      fc.record({ name: fc.constantFrom('look', 'find'), seal, media: fc.boolean(), isError: fc.boolean() }),
      {
        maxLength: 2,
      },
    ),
  })
  .map(({ user, answer, calls }): Message[] => {
    const messages: Message[] = [{ role: 'user', content: user }];
    if (answer === undefined) return messages;
    const made = calls.map(({ name, seal: carried }, index) => ({
      type: 'tool-call' as const,
      id: `call_${index}`,
      name,
      arguments: '{}',
      seal: carried,
    }));
    messages.push({ role: 'assistant', content: [...answer, ...made] });
    if (calls.length === 0) return messages;
    const results = calls.map(({ name, media, isError }, index) => ({
      type: 'tool-result' as const,
      callId: `call_${index}`,
      name,
      isError,
      content: [
        { type: 'text' as const, text: 'result' },
        ...(media
          ? [
              {
                type: 'image' as const,
                source: { type: 'base64' as const, mimeType: 'image/jpeg', data: 'AAAA' },
                fileName: 'a.jpg',
              },
            ]
          : []),
      ],
    }));
    messages.push({ role: 'tool', content: results });
    return messages;
  });

const messages: fc.Arbitrary<readonly Message[]> = fc
  .tuple(
    fc.array(textPart, { maxLength: 2 }),
    // Few, so that ten files are never passed.
    fc.array(turn, { minLength: 1, maxLength: 2 }),
  )
  .map(([system, turns]) => {
    const leading = system.map((part): Message => ({ role: 'system', content: [part] }));
    return leading.concat(turns.flat());
  });

const tool: fc.Arbitrary<Tool> = fc.record({
  name: fc.constantFrom('look', 'find'),
  description: fc.option(text, { nil: undefined }),
  parameters: fc.constant({ type: 'object' }),
  strict: fc.constantFrom(undefined, true, false),
  cache: fc.constantFrom(undefined, undefined, { ttl: '5m' }),
});

const toolChoice: fc.Arbitrary<ToolChoice> = fc.oneof(
  fc.constantFrom('auto' as const, 'none' as const, 'required' as const).map((type) => ({ type })),
  fc.constant({ type: 'named' as const, name: 'look' }),
);

const format: fc.Arbitrary<OutputFormat> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ type: 'text' as const }) },
  fc.constant({ type: 'json-object' as const }),
  fc.record({
    type: fc.constant('json-schema' as const),
    name: fc.constant('answer'),
    description: fc.constantFrom(undefined, 'an answer'),
    schema: fc.constant({ type: 'object' }),
    strict: fc.constantFrom(undefined, true),
  }),
);

const maybe = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(values, { nil: undefined });
const number = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });

export const arbitraryCall: fc.Arbitrary<Call> = fc.record({
  model: fc.constant('any'),
  messages,
  tools: fc.array(tool, { maxLength: 2 }),
  toolChoice,
  parallelToolCalls: fc.constantFrom(undefined, true, false),
  format,
  maxOutputTokens: maybe(fc.integer({ min: 1, max: 200_000 })),
  stop: fc.array(fc.string({ minLength: 1, maxLength: 4 }), { maxLength: 2 }),
  sampling: fc.record({
    temperature: maybe(number(0, 2)),
    topP: maybe(number(0, 1)),
    topK: maybe(fc.nat(100)),
    seed: maybe(fc.integer()),
    frequencyPenalty: maybe(number(-2, 2)),
    presencePenalty: maybe(number(-2, 2)),
  }),
  reasoning: maybe(
    fc.record({ effort: maybe(fc.constantFrom(...REASONING_EFFORTS)), budgetTokens: maybe(fc.nat(10_000)) }),
  ),
  labels: fc.constantFrom({}, { user: 'u1' }),
  stream: fc.boolean(),
  choices: fc.constant(1),
});
