// The deltas that make up the mass of a stream, known by their JSON text, so that they need not be parsed. Whatever is not
// certain is no plain delta and takes the longer way: another order of fields, an escaped character, an unknown field. Most
// deltas of a stream say the same of where they belong, so that piece of text is read once.

export type PlainDelta = { readonly item: number; readonly part: number; readonly text: string };

const BEGINNING = '{"type":"response.output_text.delta"';
const NUMBER = ',"sequence_number":';
const LOGPROBS = ',"logprobs":[]';
const OBFUSCATION = ',"obfuscation":"';
/** Where a delta belongs, up to its first character. */
const PLACE =
  /(?:,"item_id":"[\w.-]*")?(?:,"output_index":(0|[1-9]\d{0,8}))?(?:,"content_index":(0|[1-9]\d{0,8}))?,"delta":"/y;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const ZERO = 0x30;
const NINE = 0x39;

/** The end of a string's characters that all stand for themselves; -1 where one does not, or where there is no end. */
function endOfPlain(data: string, from: number): number {
  for (let at = from; at < data.length; at += 1) {
    const code = data.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH || code < SPACE) return -1;
  }
  return -1;
}

/** Past the event's number, where it stands here. A number with a needless zero is left for the longer way to refuse. */
function skipNumber(data: string, from: number): number {
  if (!data.startsWith(NUMBER, from)) return from;
  const first = from + NUMBER.length;
  let at = first;
  for (; ; at += 1) {
    const code = data.charCodeAt(at);
    if (!(code >= ZERO && code <= NINE)) break;
  }
  const isNumber = at === first + 1 || (at > first && data.charCodeAt(first) !== ZERO);
  return isNumber ? at : from;
}

/** Whether nothing follows that says anything. */
function saysNoMore(data: string, from: number): boolean {
  let at = data.startsWith(LOGPROBS, from) ? from + LOGPROBS.length : from;
  if (data.startsWith(OBFUSCATION, at)) {
    const end = endOfPlain(data, at + OBFUSCATION.length);
    if (end === -1) return false;
    at = end + 1;
  }
  at = skipNumber(data, at);
  return at === data.length - 1 && data.endsWith('}');
}

/** For the deltas of one stream. */
export class DeltaSniffer {
  #place = '';
  #item = 0;
  #part = 0;

  /** Undefined where the text is not certainly a plain delta. */
  sniff(data: string): PlainDelta | undefined {
    if (!data.startsWith(BEGINNING)) return undefined;
    const placed = skipNumber(data, BEGINNING.length);
    const isKnown = this.#place !== '' && data.startsWith(this.#place, placed);
    const start = isKnown ? placed + this.#place.length : this.#readPlace(data, placed);
    if (start === -1) return undefined;
    const end = endOfPlain(data, start);
    if (end <= start || !saysNoMore(data, end + 1)) return undefined;
    return { item: this.#item, part: this.#part, text: data.slice(start, end) };
  }

  #readPlace(data: string, from: number): number {
    PLACE.lastIndex = from;
    const found = PLACE.exec(data);
    if (found === null) return -1;
    this.#place = found[0];
    this.#item = Number(found[1] ?? 0);
    this.#part = Number(found[2] ?? 0);
    return PLACE.lastIndex;
  }
}
