// The deltas that make up the mass of a stream, known by the beginning and end of their JSON text, so that they can pass
// without being parsed. Whatever is not certain is no plain delta and takes the longer way: another order of fields, a
// delta that says nothing, a signature, an unknown type.

export type DeltaKind = 'text' | 'thinking' | 'tool_use';

export type PlainDelta = {
  readonly kind: DeltaKind;
  /** The block's number, and where in the text it ends. */
  readonly index: number;
  readonly indexEnd: number;
};

const BEFORE_INDEX = '{"type":"content_block_delta","index":';
const INDEX_DIGITS_MAX = 6;
const END = '"}}';

const SHAPES: readonly { readonly kind: DeltaKind; readonly before: string }[] = [
  { kind: 'text', before: ',"delta":{"type":"text_delta","text":"' },
  { kind: 'tool_use', before: ',"delta":{"type":"input_json_delta","partial_json":"' },
  { kind: 'thinking', before: ',"delta":{"type":"thinking_delta","thinking":"' },
];

const ZERO = 48;
const NINE = 57;

export function sniffDelta(data: string): PlainDelta | undefined {
  if (!data.startsWith(BEFORE_INDEX) || !data.endsWith(END)) return undefined;
  let indexEnd = BEFORE_INDEX.length;
  let index = 0;
  for (; indexEnd < BEFORE_INDEX.length + INDEX_DIGITS_MAX; indexEnd += 1) {
    const code = data.charCodeAt(indexEnd);
    if (code < ZERO || code > NINE) break;
    index = index * 10 + code - ZERO;
  }
  for (const { kind, before } of SHAPES) {
    // Longer than its frame: it says something.
    if (data.startsWith(before, indexEnd)) {
      return data.length > indexEnd + before.length + END.length ? { kind, index, indexEnd } : undefined;
    }
  }
  return undefined;
}

/** The same delta for a block of another number. */
export function renumberDelta(data: string, delta: PlainDelta, index: number): string {
  return delta.index === index ? data : `${BEFORE_INDEX}${index}${data.slice(delta.indexEnd)}`;
}
