// The deltas that make up the mass of a stream, known by their JSON text, so that they need not be parsed. Whatever is not
// certain is no plain delta and takes the longer way: another order of fields, an escaped character, an unknown field.

export type PlainDelta = { readonly item: number; readonly part: number; readonly text: string };

const COUNT = '(?:0|[1-9][0-9]{0,8})';
/** Characters that stand for themselves. */
const PLAIN = '[^"\\\\\\u0000-\\u001f]';

const NUMBER = `(?:,"sequence_number":${COUNT})?`;

const SHAPE = new RegExp(
  `^\\{"type":"response\\.output_text\\.delta"${NUMBER}(?:,"item_id":"${PLAIN}*")?` +
    `(?:,"output_index":(${COUNT}))?(?:,"content_index":(${COUNT}))?,"delta":"(${PLAIN}+)"` +
    `(?:,"logprobs":\\[\\])?(?:,"obfuscation":"${PLAIN}*")?${NUMBER}\\}$`,
);
const BEGINNING = '{"type":"response.output_text.delta"';

export function sniffTextDelta(data: string): PlainDelta | undefined {
  if (!data.startsWith(BEGINNING)) return undefined;
  const found = SHAPE.exec(data);
  if (found?.[3] === undefined) return undefined;
  return { item: Number(found[1] ?? 0), part: Number(found[2] ?? 0), text: found[3] };
}
