// The part of the grammar that is inside items: they are added, grow in parts, and are done. Which events belong to which
// type of item is a table.

import type { JsonObject, JsonValue } from '../../core/neutral/index.ts';
import { isCount, isJsonObject, isSameJson, isText, quote, type FaultLog } from '../../core/wire/index.ts';
import type { ResponseRule } from './grammar-rules.ts';

const ITEM_IDS: Readonly<Record<string, RegExp>> = {
  message: /^msg_./u,
  reasoning: /^rs_./u,
  function_call: /^fc_./u,
  custom_tool_call: /^ctc_./u,
  tool_search_call: /^tsc_./u,
};

/** One way in which an item grows. */
type Channel = {
  readonly item: string;
  /** The field of a part, of the item where it has no parts, and of the channel's own `done`. */
  readonly field: string;
  /** The list of parts in the item, the index that names one, and what its events are called. */
  readonly parts?: { readonly list: string; readonly index: string; readonly name: string };
};

const CONTENT = { list: 'content', index: 'content_index', name: 'content_part' };
const SUMMARY = { list: 'summary', index: 'summary_index', name: 'reasoning_summary_part' };

/** By the name of the delta's event, without `response.` and `.delta`. */
const CHANNELS: Readonly<Record<string, Channel>> = {
  output_text: { item: 'message', field: 'text', parts: CONTENT },
  refusal: { item: 'message', field: 'refusal', parts: CONTENT },
  reasoning_text: { item: 'reasoning', field: 'text', parts: CONTENT },
  reasoning_summary_text: { item: 'reasoning', field: 'text', parts: SUMMARY },
  function_call_arguments: { item: 'function_call', field: 'arguments' },
  custom_tool_call_input: { item: 'custom_tool_call', field: 'input' },
};
const PARTS: Readonly<Record<string, typeof CONTENT>> = {
  content_part: CONTENT,
  reasoning_summary_part: SUMMARY,
};
/** Fields that hold what a part or an item says. */
const TEXT_FIELDS = ['text', 'refusal', 'arguments', 'input'] as const;

type Part = { text: string; state: 'open' | 'told' | 'done' };
type OpenItem = {
  readonly item: JsonObject;
  readonly index: number;
  /** By list; of an item without parts, the one under its field. */
  readonly parts: Map<string, Part[]>;
};

type Log = FaultLog<ResponseRule>;

/** What is an item of a response. */
export function checkItem(item: JsonObject, log: Log): void {
  const { id, type } = item;
  const isShaped = isText(id) && id !== '' && isText(type);
  if (!log.demand(isShaped, 'item-shape', `The item is ${quote(item)}.`)) return;
  const form = isText(type) ? ITEM_IDS[type] : undefined;
  const hasForm = isText(id) && form?.test(id) === true;
  log.demand(hasForm, 'item-id-form', `The id is ${quote(id)}, of ${quote(type)}.`);
}

function textOf(value: JsonObject): string {
  for (const field of TEXT_FIELDS) {
    const text = value[field];
    if (isText(text)) return text;
  }
  return '';
}

/** The item without what the official service encrypts anew each time it tells it. */
function unsealed(item: JsonObject): JsonObject {
  const { encrypted_content: _sealed, ...rest } = item;
  return rest;
}

export class ItemGrammar {
  readonly #log: Log;
  /** By output index, those that are done. */
  readonly #done = new Map<number, JsonObject>();
  readonly #open = new Map<number, OpenItem>();
  #added = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Holds the output of a response to the items that are done. @param rule Broken where they are others. */
  compareOutput(output: readonly JsonObject[], rule: 'output-same' | 'under-way-state'): void {
    const log = this.#log;
    const told = `The output has ${output.length} items, ${this.#done.size} are done.`;
    // Counted first: a small event may be repeated without end, and must not cost as much as all items.
    if (!log.demand(output.length === this.#done.size, rule, told)) return;
    const done = [...this.#done].toSorted(([one], [other]) => one - other).map(([, item]) => item);
    if (!log.demand(isSameJson(output.map(unsealed), done.map(unsealed)), rule, told)) return;
    const isSealedSame = output.every((item, at) =>
      isSameJson(item['encrypted_content'], done[at]?.['encrypted_content']),
    );
    log.demand(isSealedSame, 'output-sealed-same', 'Encrypted content is not what the done item had.');
  }

  /** The stream's last event has come. A failed response may leave an item open. */
  end(isFailed: boolean): void {
    const open = isFailed ? [] : [...this.#open.keys()];
    this.#log.demand(open.length === 0, 'item-still-open', `Item ${open.join(', ')} is not done.`);
  }

  /** @param step The event's name without `response.`. Gives whether it is one of an item's. */
  read(step: string, event: JsonObject): boolean {
    const [name = '', verb = ''] = step.split('.');
    if (step === 'output_item.added') this.#add(event);
    else if (step === 'output_item.done') this.#finish(event);
    else if (Object.hasOwn(PARTS, name)) this.#readPart(name, verb, event);
    else if (Object.hasOwn(CHANNELS, name) && (verb === 'delta' || verb === 'done'))
      this.#readText(name, verb, event);
    else return false;
    return true;
  }

  #add(event: JsonObject): void {
    const log = this.#log;
    const item = isJsonObject(event['item']) ? event['item'] : {};
    checkItem(item, log);
    const index = this.#added;
    this.#added += 1;
    log.demand(
      event['output_index'] === index,
      'item-index',
      `The index is ${quote(event['output_index'])}, not ${index}.`,
    );
    const { size } = this.#open;
    log.demand(size === 0, 'item-one', `It is added while ${size} others are not done.`);
    this.#open.set(index, { item, index, parts: new Map() });
  }

  /** The open item that an event names; of several faults, the first is told. */
  #openItem(event: JsonObject, step: string): OpenItem | undefined {
    const log = this.#log;
    const { output_index: index, item_id: id } = event;
    const named = isCount(index) ? this.#open.get(index) : undefined;
    const only = this.#open.size === 1 ? [...this.#open.values()][0] : undefined;
    const open = named ?? only;
    if (open === undefined) {
      log.tell('item-outside', `${step} comes for item ${quote(index)}, which is not open.`);
      return undefined;
    }
    log.demand(open === named, 'item-index', `The index is ${quote(index)}, not ${open.index}.`);
    if (step === 'output_item.done') return open;
    log.demand(
      id === open.item['id'],
      'item-id',
      `The item_id is ${quote(id)}, not ${quote(open.item['id'])}.`,
    );
    return open;
  }

  #readPart(name: string, verb: string, event: JsonObject): void {
    const log = this.#log;
    const open = this.#openItem(event, `${name}.${verb}`);
    const kind = PARTS[name];
    if (open === undefined || kind === undefined) return;
    const { list, index: field } = kind;
    const index = event[field];
    const owner = open.item['type'];
    const fits = owner === 'reasoning' || (owner === 'message' && list === 'content');
    log.demand(fits, 'item-type', `A ${name} comes in an item of type ${quote(owner)}.`);
    if (verb === 'added') {
      const siblings = partsIn(open, list);
      log.demand(
        index === siblings.length,
        'part-index',
        `The ${field} is ${quote(index)}, not ${siblings.length}.`,
      );
      const isOver = (siblings.at(-1)?.state ?? 'done') === 'done';
      log.demand(isOver, 'part-still-open', `A ${name} comes while another is open.`);
      siblings.push({ text: '', state: 'open' });
      return;
    }
    const part = this.#partAt(open, list, field, event);
    log.demand(
      part.state === 'told',
      'part-still-open',
      `The ${name} is done, but its text is ${part.state}.`,
    );
    part.state = 'done';
    const value = event['part'];
    const text = isJsonObject(value) ? textOf(value) : undefined;
    log.demand(
      text === part.text,
      'text-same',
      `The part has ${quote(text)}, the deltas ${quote(part.text)}.`,
    );
  }

  #partAt(open: OpenItem, list: string, field: string, event: JsonObject): Part {
    const log = this.#log;
    const index = event[field];
    const parts = partsIn(open, list);
    const found = isCount(index) ? parts[index] : undefined;
    if (found !== undefined) return found;
    const last = parts.at(-1);
    if (last !== undefined && last.state !== 'done') {
      log.tell('part-index', `The ${field} is ${quote(index)}.`);
      return last;
    }
    log.tell('part-outside', `Part ${quote(index)} is not open.`);
    // Told once: the part is taken to have begun here.
    const begun: Part = { text: '', state: 'open' };
    parts.push(begun);
    return begun;
  }

  #readText(name: string, verb: 'delta' | 'done', event: JsonObject): void {
    const log = this.#log;
    const open = this.#openItem(event, `${name}.${verb}`);
    const channel = CHANNELS[name];
    if (open === undefined || channel === undefined) return;
    const { item, field, parts } = channel;
    const owner = open.item['type'];
    if (!log.demand(owner === item, 'item-type', `${name} comes in an item of type ${quote(owner)}.`)) return;
    const part =
      parts === undefined ? wholeOf(open, field) : this.#partAt(open, parts.list, parts.index, event);
    log.demand(part.state === 'open', 'part-outside', `${name}.${verb} comes after the part is done.`);
    const text = event[verb === 'delta' ? 'delta' : field];
    if (verb === 'delta') part.text += isText(text) ? text : '';
    else {
      log.demand(
        text === part.text,
        'text-same',
        `${name} has ${quote(text)}, the deltas ${quote(part.text)}.`,
      );
      part.state = parts === undefined ? 'done' : 'told';
    }
  }

  #finish(event: JsonObject): void {
    const log = this.#log;
    const open = this.#openItem(event, 'output_item.done');
    const item = isJsonObject(event['item']) ? event['item'] : {};
    checkItem(item, log);
    if (open === undefined) return;
    this.#open.delete(open.index);
    const { id, type } = open.item;
    log.demand(item['id'] === id, 'item-id', `The id is ${quote(item['id'])}, and was ${quote(id)}.`);
    log.demand(
      item['type'] === type,
      'item-type',
      `The type is ${quote(item['type'])}, and was ${quote(type)}.`,
    );
    const isOver = [...open.parts.values()].flat().every(({ state }) => state === 'done');
    log.demand(isOver, 'part-still-open', 'The item is done, but a part of it is not.');
    this.#compareTexts(open, item);
    this.#done.set(open.index, item);
  }

  #compareTexts({ parts }: OpenItem, item: JsonObject): void {
    const told = textsOf(item).filter((text) => text !== '');
    const grown = [...parts.values()]
      .flat()
      .map(({ text }) => text)
      .filter((text) => text !== '');
    const isSame = isSameJson(told.toSorted(), grown.toSorted());
    this.#log.demand(isSame, 'text-same', `The item has ${quote(told)}, the deltas ${quote(grown)}.`);
  }
}

function partsIn({ parts }: OpenItem, list: string): Part[] {
  const found = parts.get(list) ?? [];
  parts.set(list, found);
  return found;
}

/** The one part of an item that has none by name. */
function wholeOf(open: OpenItem, field: string): Part {
  const parts = partsIn(open, field);
  const part = parts[0] ?? { text: '', state: 'open' };
  parts[0] = part;
  return part;
}

const partsOf = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter((part) => isJsonObject(part)) : [];

/** All that an item says and that its deltas must have said. */
function textsOf(item: JsonObject): readonly string[] {
  const type = item['type'];
  if (type === 'message') return partsOf(item['content']).map(textOf);
  if (type === 'reasoning') return [...partsOf(item['summary']), ...partsOf(item['content'])].map(textOf);
  return type === 'function_call' || type === 'custom_tool_call' ? [textOf(item)] : [];
}
