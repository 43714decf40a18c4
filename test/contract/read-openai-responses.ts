// Reads responses, whole and streamed, as a careful client would, and holds a stream to its grammar: numbers without a gap,
// items and parts that open, grow and end in their order, and a last event that repeats exactly what was told. Ids and times are
// left out of the reading, after a check that they are there.

import { expect } from 'vitest';
import type { StreamReading } from './dialect.ts';

type Fields = Record<string, unknown>;

/** Every field of the response object. */
const FIELDS = [
  'background',
  'completed_at',
  'created_at',
  'error',
  'frequency_penalty',
  'id',
  'incomplete_details',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'model',
  'object',
  'output',
  'parallel_tool_calls',
  'presence_penalty',
  'previous_response_id',
  'prompt_cache_key',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'status',
  'store',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'truncation',
  'usage',
  'user',
];

const ITEM_IDS: Readonly<Record<string, RegExp>> = {
  message: /^msg_./,
  reasoning: /^rs_./,
  function_call: /^fc_./,
  custom_tool_call: /^ctc_./,
  tool_search_call: /^tsc_./,
};

function fieldsOf(value: unknown): Fields {
  expect(value).toBeTypeOf('object');
  return value as Fields;
}

function readItem(item: Fields): Fields {
  const { id, ...rest } = item;
  expect(id).toMatch(ITEM_IDS[String(item['type'])] ?? /^$/);
  return rest;
}

function checkResource(resource: Fields): void {
  const { salesforce: _extension, ...known } = resource;
  expect(Object.keys(known).toSorted()).toEqual(FIELDS);
  expect(resource['id']).toMatch(/^resp_./);
  expect(resource['object']).toBe('response');
  expect(resource['created_at']).toBeTypeOf('number');
}

function readResource(resource: Fields): unknown {
  checkResource(resource);
  const { id: _id, created_at: _created, completed_at: _completed, output, ...rest } = resource;
  return { ...rest, output: (output as Fields[]).map(readItem) };
}

export function readResponse(body: string): unknown {
  return readResource(fieldsOf(JSON.parse(body)));
}

type OpenItem = { readonly item: Fields; text: string; isPartOpen: boolean; isPartDone: boolean };

/** The items of one stream as they are told. */
class ItemReader {
  readonly done: Fields[] = [];
  #open: OpenItem | undefined;

  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  read(name: string, event: Fields): void {
    const step = name.replace(/^response\./, '');
    if (step === 'output_item.added') {
      expect(this.#open).toBeUndefined();
      expect(event['output_index']).toBe(this.done.length);
      const item = fieldsOf(event['item']);
      readItem(item);
      this.#open = { item, text: '', isPartOpen: false, isPartDone: false };
      return;
    }
    const open = this.#open;
    if (open === undefined) throw new Error(`${name} without an item under way`);
    expect(event['output_index']).toBe(this.done.length);
    if (step === 'output_item.done') {
      this.#end(open, fieldsOf(event['item']));
      return;
    }
    expect(event['item_id']).toBe(open.item['id']);
    this.#readPart(open, step, event);
  }

  #readPart(open: OpenItem, step: string, event: Fields): void {
    const steps = PART_STEPS[String(open.item['type'])];
    if (steps === undefined) throw new Error(`${step} in an item that has no parts`);
    if (step === steps.added) {
      expect([open.isPartOpen, open.isPartDone]).toEqual([false, false]);
      open.isPartOpen = true;
    } else if (step === steps.delta) {
      expect(open.isPartOpen || steps.added === undefined).toBe(true);
      expect(open.isPartDone).toBe(false);
      open.text += String(event['delta']);
    } else if (step === steps.textDone) {
      expect(event[steps.field]).toBe(open.text);
      if (steps.partDone === undefined) open.isPartDone = true;
    } else if (step === steps.partDone) {
      expect(fieldsOf(event['part'])['text']).toBe(open.text);
      open.isPartDone = true;
    } else throw new Error(`${step} in an item of type ${String(open.item['type'])}`);
  }

  #end(open: OpenItem, item: Fields): void {
    expect(item['id']).toBe(open.item['id']);
    expect(item['type']).toBe(open.item['type']);
    if (open.isPartOpen) expect(open.isPartDone).toBe(true);
    expect(TEXTS[String(item['type'])]?.(item) ?? '').toBe(open.text);
    this.done.push(item);
    this.#open = undefined;
  }
}

type PartSteps = {
  readonly added: string | undefined;
  readonly delta: string;
  readonly textDone: string;
  readonly field: string;
  readonly partDone: string | undefined;
};

const PART_STEPS: Readonly<Record<string, PartSteps>> = {
  message: {
    added: 'content_part.added',
    delta: 'output_text.delta',
    textDone: 'output_text.done',
    field: 'text',
    partDone: 'content_part.done',
  },
  reasoning: {
    added: 'reasoning_summary_part.added',
    delta: 'reasoning_summary_text.delta',
    textDone: 'reasoning_summary_text.done',
    field: 'text',
    partDone: 'reasoning_summary_part.done',
  },
  function_call: {
    added: undefined,
    delta: 'function_call_arguments.delta',
    textDone: 'function_call_arguments.done',
    field: 'arguments',
    partDone: undefined,
  },
  custom_tool_call: {
    added: undefined,
    delta: 'custom_tool_call_input.delta',
    textDone: 'custom_tool_call_input.done',
    field: 'input',
    partDone: undefined,
  },
};

const partText = (item: Fields, field: string): string =>
  (item[field] as Fields[]).map(({ text }) => String(text)).join('');

const TEXTS: Readonly<Record<string, (item: Fields) => string>> = {
  message: (item) => partText(item, 'content'),
  reasoning: (item) => partText(item, 'summary'),
  function_call: (item) => String(item['arguments']),
  custom_tool_call: (item) => String(item['input']),
};

type Frame = { readonly name: string; readonly event: Fields };

/** The frames of a stream without keep-alives, and whether `[DONE]` closed it. */
function responseFrames(text: string): {
  readonly frames: readonly Frame[];
  readonly isClosed: boolean;
} {
  expect(text === '' || text.endsWith('\n\n')).toBe(true);
  const pieces = text.split('\n\n').filter((piece) => piece !== '' && !piece.startsWith(':'));
  const isClosed = pieces.at(-1) === 'data: [DONE]';
  const frames = (isClosed ? pieces.slice(0, -1) : pieces).map((piece): Frame => {
    const found = /^event: (\S+)\ndata: (.*)$/s.exec(piece);
    if (found?.[1] === undefined || found[2] === undefined) throw new Error(`no frame: ${piece}`);
    const event = fieldsOf(JSON.parse(found[2]));
    expect(event['type']).toBe(found[1]);
    return { name: found[1], event };
  });
  return { frames, isClosed };
}

const ENDINGS: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
]);

export function readResponseStream(text: string): StreamReading {
  const { frames, isClosed } = responseFrames(text);
  const items = new ItemReader();
  let ending: StreamReading['ending'] = 'open';
  let message: string | undefined;
  let reply: unknown;
  for (const [index, { name, event }] of frames.entries()) {
    expect(event['sequence_number']).toBe(index);
    expect(ending).toBe('open');
    if (index < 2) {
      expect(name).toBe(index === 0 ? 'response.created' : 'response.in_progress');
      expect(event['response']).toMatchObject({ status: 'in_progress', output: [], usage: null });
      checkResource(fieldsOf(event['response']));
    } else if (name === 'response.in_progress') {
      // Told again where nothing else was to tell, with what is done by then.
      const resource = fieldsOf(event['response']);
      checkResource(resource);
      expect(resource).toMatchObject({ status: 'in_progress', output: items.done, usage: null });
    } else if (name === 'error') {
      message = String(fieldsOf(event['error'])['message']);
      expect(event['message']).toBe(message);
    } else if (ENDINGS.has(name)) {
      const resource = fieldsOf(event['response']);
      reply = readResource(resource);
      expect(`response.${String(resource['status'])}`).toBe(name);
      ending = name === 'response.failed' ? 'failed' : 'finished';
      if (ending === 'finished') expect(items.isOpen).toBe(false);
      else expect(fieldsOf(resource['error'])['message']).toBe(message);
      expect(resource['output']).toEqual(items.done);
    } else items.read(name, event);
  }
  expect(isClosed).toBe(ending !== 'open');
  return { reply, ending, message };
}
