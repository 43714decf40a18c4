// Streams of the Responses format as a server sends them: items in their order with deltas cut anywhere, the last event with all
// of it or with nothing, and the same damaged.

import * as fc from 'fast-check';
import type { JsonObject } from '../../src/core/neutral/index.ts';

export type Frame = JsonObject;
type Script = { readonly frames: readonly Frame[]; readonly whole: JsonObject };
type Item = { readonly done: JsonObject; readonly deltas: (index: number) => Frame[] };

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('Hello', ' world', '"quoted"', 'line\nbreak', 'ž\u{1F680}', '\\'),
);
const pieces = fc.array(text, { maxLength: 4 });

const message: fc.Arbitrary<Item> = fc
  .record({ pieces, refused: fc.boolean(), obfuscated: fc.boolean() })
  .map(({ pieces: said, refused, obfuscated }) => {
    const [kind, field] = refused ? ['refusal', 'refusal'] : ['output_text', 'text'];
    const part = { type: kind, [field]: said.join('') };
    return {
      done: { type: 'message', id: 'msg_up', role: 'assistant', status: 'completed', content: [part] },
      deltas: (index) => {
        const place = { item_id: 'msg_up', output_index: index, content_index: 0 };
        return [
          { type: 'response.content_part.added', ...place, part: { type: kind, [field]: '' } },
          ...said.map((delta) => ({
            type: `response.${kind}.delta`,
            ...place,
            delta,
            ...(obfuscated ? { logprobs: [], obfuscation: 'xy' } : {}),
          })),
          { type: `response.${kind}.done`, ...place, [field]: said.join('') },
          { type: 'response.content_part.done', ...place, part },
        ];
      },
    };
  });

const reasoning: fc.Arbitrary<Item> = fc
  .record({ pieces, sealed: fc.boolean() })
  .map(({ pieces: said, sealed }) => ({
    done: {
      type: 'reasoning',
      id: 'rs_up',
      summary: said.length === 0 ? [] : [{ type: 'summary_text', text: said.join('') }],
      ...(sealed ? { encrypted_content: 'gAAAA' } : {}),
    },
    deltas: (index) =>
      said.map((delta) => ({
        type: 'response.reasoning_summary_text.delta',
        item_id: 'rs_up',
        output_index: index,
        summary_index: 0,
        delta,
      })),
  }));

const functionCall: fc.Arbitrary<Item> = fc
  .record({ name: fc.constantFrom('run', 'patch', 'agents__wait'), pieces, id: fc.integer({ min: 1 }) })
  .map(({ name, pieces: said, id }) => ({
    done: {
      type: 'function_call',
      id: 'fc_up',
      call_id: `call_${id}`,
      name,
      arguments: said.join(''),
      status: 'completed',
    },
    deltas: (index) =>
      said.map((delta) => ({
        type: 'response.function_call_arguments.delta',
        item_id: 'fc_up',
        output_index: index,
        delta,
      })),
  }));

const ending = fc.record({
  status: fc.constantFrom('completed', 'completed', 'incomplete', 'failed'),
  usage: fc.boolean(),
  told: fc.boolean(),
});

function endOf(status: string): JsonObject {
  if (status === 'incomplete') return { status, incomplete_details: { reason: 'max_output_tokens' } };
  return status === 'failed' ? { status, error: { code: 'server_error', message: 'It broke.' } } : { status };
}

const USAGE = {
  input_tokens: 9,
  input_tokens_details: { cached_tokens: 3 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 2 },
};

/** A response told whole and as a stream. */
export const responseScript: fc.Arbitrary<Script> = fc
  .record({
    items: fc.array(fc.oneof(message, message, reasoning, functionCall), { maxLength: 4 }),
    end: ending,
    numbered: fc.boolean(),
  })
  .map(({ items, end, numbered }) => {
    const head = { id: 'resp_up', object: 'response', model: 'gpt-up' };
    const whole = {
      ...head,
      output: items.map(({ done }) => done),
      ...endOf(end.status),
      ...(end.usage ? { usage: USAGE } : {}),
    };
    const added = ({ done }: Item): JsonObject => ({
      ...done,
      ...(done['type'] === 'message' ? { content: [] } : {}),
      ...(done['type'] === 'reasoning' ? { summary: [], encrypted_content: null } : {}),
      ...(done['type'] === 'function_call' ? { arguments: '' } : {}),
    });
    const last = end.told ? whole : { ...whole, output: [] };
    const frames: Frame[] = [
      { type: 'response.created', response: { ...head, status: 'in_progress', output: [] } },
      ...items.flatMap((item, index) => [
        { type: 'response.output_item.added', output_index: index, item: added(item) },
        ...item.deltas(index),
        { type: 'response.output_item.done', output_index: index, item: item.done },
      ]),
      { type: `response.${end.status}`, response: last },
    ];
    const told = numbered
      ? frames.map(({ type, ...rest }, index) => ({ type: type ?? '', sequence_number: index, ...rest }))
      : frames;
    return { frames: told, whole };
  });

const NOISE: readonly Frame[] = [
  { type: 'ping' },
  { type: 'response.of_the_future', delta: 'x' },
  { type: 'error', code: 'rate_limit_exceeded', message: 'Slow down.' },
  { error: { code: 'server_error', message: 'It broke.' } },
  { errorCode: 'INTERNAL', message: 'Not here.' },
];

/** With frames gone, told twice, in another order, or that belong to nothing. */
export const damagedResponse: fc.Arbitrary<readonly Frame[]> = fc
  .record({
    script: responseScript,
    steps: fc.array(
      fc.tuple(
        fc.constantFrom<Step[]>('drop', 'double', 'swap', 'noise'),
        fc.nat(30),
        fc.constantFrom(...NOISE),
      ),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ script, steps }) =>
    steps.reduce<readonly Frame[]>(
      (frames, [step, pick, noise]) => damage(frames, step, pick, noise),
      script.frames,
    ),
  );

type Step = 'drop' | 'double' | 'swap' | 'noise';

function damage(frames: readonly Frame[], step: Step, pick: number, noise: Frame): readonly Frame[] {
  const at = pick % Math.max(frames.length, 1);
  const frame = frames[at];
  if (frame === undefined) return frames;
  if (step === 'drop') return frames.toSpliced(at, 1);
  if (step === 'swap') return frames.toSpliced(at, 1).concat(frame);
  return frames.toSpliced(at, 0, step === 'double' ? frame : noise);
}
