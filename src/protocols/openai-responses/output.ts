// The output of a response while it arrives: items, in them parts, in them pieces of text. Tells neutral events with at most
// one part open: the first item that has not ended is told as it comes, what belongs to later ones is held. Whole items go
// through here too and complete what deltas began, so that a stream folds to the reply a whole response gives.

import { GatewayError } from '../../core/errors/index.ts';
import type { Event, JsonObject, Seal } from '../../core/neutral/index.ts';
import { objectsOf, textOf } from '../../core/wire/index.ts';
import { SEAL_MAKER } from './seal.ts';

type PartType = 'text' | 'reasoning' | 'tool-call';

type Part = {
  readonly type: PartType;
  /** Of a tool call. */
  id: string | undefined;
  name: string | undefined;
  seal: Seal | undefined;
  /** Received and not told yet. */
  held: string[];
  /** Characters received, told or not: what a whole text says beyond them is its rest. */
  received: number;
  /** Of a reasoning part: the summary under way. */
  summary: number;
  opened: boolean;
  /** Nothing of it is to come. */
  ended: boolean;
};

type Item = {
  /** By the place the format gives them. */
  readonly parts: Map<number, Part>;
  /** Those that are not wholly told, in order of arrival. */
  readonly queue: Part[];
  ended: boolean;
};

const ITEMS_MAX = 1_024;
const PARTS_MAX = 256;
/** Characters of later items held while an earlier one is open. */
const HELD_CHARACTERS_MAX = 8 * 1024 * 1024;
const BETWEEN_SUMMARIES = '\n\n';

const CHOICE = 0;

export class Output {
  readonly #newId: () => string;
  readonly #emit: (event: Event) => void;
  readonly #items = new Map<number, Item>();
  /** Items that are not wholly told, in order of arrival. The first is the open one. */
  #queue: Item[] = [];
  #heldCharacters = 0;
  /** Whether any item has come, told or not: even one without text is the model's word. */
  hasItems = false;
  toolSeen = false;
  refused = false;

  constructor(newId: () => string, emit: (event: Event) => void) {
    this.#newId = newId;
    this.#emit = emit;
  }

  addItem(index: number, item: JsonObject): void {
    this.#item(index);
    if (item['type'] === 'function_call') this.#nameCall(this.#part(index, 0, 'tool-call'), item);
    this.#advance();
  }

  addText(index: number, part: number, text: string): void {
    this.#append(this.#part(index, part, 'text'), text);
  }

  /** As `addText`, where nothing has to be held, opened or completed for it; false says to take the longer way. */
  passText(index: number, place: number, text: string): boolean {
    const item = this.#items.get(index);
    const part = item?.parts.get(place);
    if (item === undefined || part === undefined || item !== this.#queue[0] || part !== item.queue[0])
      return false;
    if (part.type !== 'text' || !part.opened || part.ended || part.held.length > 0) return false;
    part.received += text.length;
    this.#emit({ type: 'text-delta', choice: CHOICE, text });
    return true;
  }

  addRefusal(index: number, part: number, text: string): void {
    this.refused = true;
    this.addText(index, part, text);
  }

  addArguments(index: number, text: string): void {
    this.#append(this.#part(index, 0, 'tool-call'), text);
  }

  addSummary(index: number, summary: number, text: string): void {
    const part = this.#part(index, 0, 'reasoning');
    const between = BETWEEN_SUMMARIES.repeat(Math.min(Math.max(0, summary - part.summary), PARTS_MAX));
    part.summary = Math.max(part.summary, summary);
    this.#append(part, between + text);
  }

  /** The whole text of a part; whatever deltas did not bring is added. */
  completeText(index: number, part: number, text: string): void {
    const found = this.#part(index, part, 'text');
    this.#complete(found, text);
    found.ended = true;
    this.#advance();
  }

  completeRefusal(index: number, part: number, text: string): void {
    this.refused = true;
    this.completeText(index, part, text);
  }

  completeArguments(index: number, text: string): void {
    this.#complete(this.#part(index, 0, 'tool-call'), text);
  }

  /** A whole item. It ends here. */
  endItem(index: number, item: JsonObject): void {
    const found = this.#item(index);
    if (found.ended) return;
    this.#completeItem(index, item);
    found.ended = true;
    for (const part of found.parts.values()) part.ended = true;
    this.#advance();
  }

  /** The response is over: items whose end was not told end here. */
  end(): void {
    for (const item of this.#queue) {
      item.ended = true;
      for (const part of item.parts.values()) part.ended = true;
    }
    this.#advance();
  }

  #completeItem(index: number, item: JsonObject): void {
    switch (item['type']) {
      case 'message':
        for (const [place, part] of objectsOf(item['content']).entries())
          this.#completeContent(index, place, part);
        return;
      case 'function_call': {
        const part = this.#part(index, 0, 'tool-call');
        this.#nameCall(part, item);
        this.#complete(part, textOf(item['arguments']) ?? '');
        return;
      }
      case 'reasoning': {
        const part = this.#part(index, 0, 'reasoning');
        const summaries = objectsOf(item['summary']).map((summary) => textOf(summary['text']) ?? '');
        this.#complete(part, summaries.join(BETWEEN_SUMMARIES));
        const value = textOf(item['encrypted_content']) ?? '';
        if (value !== '') part.seal = { maker: SEAL_MAKER, value };
        return;
      }
      default:
      // Items of tools that run at the vendor hold nothing a client asked for here.
    }
  }

  #completeContent(index: number, place: number, part: JsonObject): void {
    if (part['type'] === 'refusal') this.refused = true;
    const text = textOf(part['type'] === 'refusal' ? part['refusal'] : part['text']);
    if (text !== undefined) this.#complete(this.#part(index, place, 'text'), text);
  }

  #nameCall(part: Part, item: JsonObject): void {
    const named = (field: string): string | undefined => textOf(item[field]) || undefined;
    part.id ??= named('call_id') ?? named('id');
    part.name ??= named('name');
  }

  #item(index: number): Item {
    const found = this.#items.get(index);
    if (found !== undefined) return found;
    if (this.#items.size === ITEMS_MAX) throw broken('more output items than the gateway accepts');
    const item: Item = { parts: new Map(), queue: [], ended: false };
    this.#items.set(index, item);
    this.#queue.push(item);
    this.hasItems = true;
    return item;
  }

  #part(index: number, place: number, type: PartType): Part {
    const { parts, queue, ended } = this.#item(index);
    const found = parts.get(place);
    if (found?.type === type) return found;
    if (found !== undefined) throw broken('an output item of two kinds');
    if (parts.size === PARTS_MAX) throw broken('an output item of more parts than the gateway accepts');
    const part: Part = {
      type,
      id: undefined,
      name: undefined,
      seal: undefined,
      held: [],
      received: 0,
      summary: 0,
      opened: false,
      ended,
    };
    parts.set(place, part);
    queue.push(part);
    return part;
  }

  #complete(part: Part, text: string): void {
    if (text.length > part.received) this.#append(part, text.slice(part.received));
  }

  #append(part: Part, text: string): void {
    // A part that has ended was told whole; its client cannot take more of it.
    if (text === '' || part.ended) return;
    part.received += text.length;
    part.held.push(text);
    this.#heldCharacters += text.length;
    this.#advance();
    if (this.#heldCharacters > HELD_CHARACTERS_MAX)
      throw broken('more interleaved output than the gateway can hold');
  }

  #advance(): void {
    for (let item = this.#queue[0]; item !== undefined; item = this.#queue[0]) {
      for (let part = item.queue[0]; part !== undefined; part = item.queue[0]) {
        this.#tell(part);
        if (!part.ended) return;
        item.queue.shift();
      }
      if (!item.ended) return;
      this.#queue.shift();
    }
  }

  #tell(part: Part): void {
    if (!part.opened && !this.#open(part)) return;
    for (const text of part.held) this.#tellDelta(part, text);
    part.held = [];
    if (part.ended) this.#emit({ type: 'part-end', choice: CHOICE, seal: part.seal });
  }

  /** False while there is nothing to open it with. A text or a thought of no characters is never told. */
  #open(part: Part): boolean {
    if (part.type === 'tool-call') {
      if (part.name === undefined) {
        if (!part.ended) return false;
        throw broken('a function call without a name');
      }
      this.toolSeen = true;
      const id = part.id ?? `call_${this.#newId()}`;
      this.#emit({ type: 'tool-call-start', choice: CHOICE, id, name: part.name });
    } else {
      if (part.held.length === 0 && part.seal === undefined) return false;
      this.#emit({ type: part.type === 'text' ? 'text-start' : 'reasoning-start', choice: CHOICE });
    }
    part.opened = true;
    return true;
  }

  #tellDelta(part: Part, text: string): void {
    this.#heldCharacters -= text.length;
    if (part.type === 'text') this.#emit({ type: 'text-delta', choice: CHOICE, text });
    else if (part.type === 'reasoning') this.#emit({ type: 'reasoning-delta', choice: CHOICE, text });
    else this.#emit({ type: 'tool-call-delta', choice: CHOICE, arguments: text });
  }
}

function broken(what: string): GatewayError {
  return new GatewayError('upstream_protocol', `The model sent ${what}.`);
}
