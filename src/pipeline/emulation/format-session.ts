// JSON where a surface has no field for it: the model is told the form, its text is held until it is whole, and only JSON
// that fits goes on, as it was written. A beginning of JSON that turns out wrong could not be taken back, so nothing is
// streamed before. What does not fit is asked for once more; then the answer counts as refused, in the model's own words.

import type {
  Call,
  Event,
  FinishReason,
  JsonValue,
  Loss,
  Message,
  OutputFormat,
} from '../../core/neutral/index.ts';
import { JsonExtent, readJson } from './json-text.ts';
import { DONE, type EmulationContext, type EmulationSession, type RoundEnd } from './port.ts';
import { formatFaults, judge } from './schema/interpreter.ts';
import { isRecord } from './schema/json-values.ts';
import { TextRecord } from './text-record.ts';
import { leadingSystems } from './tool-prompt.ts';

type Finish = Extract<Event, { type: 'finish' }>;
type JsonFormat = Exclude<OutputFormat, { type: 'text' }>;

const CHOICE = 0;
/** Text that is held for one reply. */
const FORMAT_CHARACTERS_MAX = 16_000_000;

export function openFormatSession(call: Call, context: EmulationContext): EmulationSession {
  const { format } = call;
  if (format.type === 'text') throw new Error('a call without a format needs no emulation of one');
  return new FormatSession(call, format, context);
}

class FormatSession implements EmulationSession {
  readonly call: Call;
  readonly loss: readonly Loss[];
  readonly #format: JsonFormat;
  readonly #out: (event: Event) => void;
  /** Texts of the reply, in parts. */
  #parts: string[][] = [];
  /** The answer of the round before, for when the next one fails. */
  #withheld: string[][] = [];
  #characters = 0;
  #partOpen: 'text' | 'other' | undefined;
  #toolCalled = false;
  #finish: Finish | undefined;

  constructor(call: Call, format: JsonFormat, { out }: EmulationContext) {
    this.#format = format;
    this.#out = out;
    const prompt = formatPrompt(format, call.tools.length > 0 && call.toolChoice.type !== 'none');
    this.call = { ...withInstruction(call, prompt), format: { type: 'text' } };
    this.loss = [{ need: format.type, how: 'adjusted', note: `by prompt, ${prompt.length} characters` }];
  }

  push(event: Event): void {
    switch (event.type) {
      case 'text-start':
        this.#partOpen = 'text';
        this.#parts.push([]);
        return;
      case 'text-delta':
        this.#hold(event.text);
        return;
      case 'finish':
        this.#finish = event;
        return;
      case 'part-end':
        if (this.#partOpen === 'text') {
          this.#partOpen = undefined;
          return;
        }
        break;
      case 'tool-call-start':
        // A turn that calls tools is not the answer: what was said before is no JSON and is not meant to be.
        this.#toolCalled = true;
        this.#tellHeld();
        this.#partOpen = 'other';
        break;
      case 'reasoning-start':
        this.#partOpen = 'other';
        break;
      case 'reply-start':
      case 'reasoning-delta':
      case 'tool-call-delta':
      case 'usage':
      case 'safety':
        break;
    }
    this.#out(event);
  }

  end(last: boolean): RoundEnd {
    const reason = this.#finish?.reason ?? 'stop';
    if (this.#toolCalled || (reason !== 'stop' && reason !== 'tool-calls')) {
      // Cut or refused upstream: it is told as it is, with the reason.
      this.#tellHeld();
      this.#tellFinish(reason);
      return DONE;
    }
    const read = this.#read();
    if (read.type === 'json') {
      this.#tellText(read.text);
      this.#tellFinish('stop');
      return DONE;
    }
    if (last) {
      this.#tellHeld();
      this.#tellFinish('refusal');
      return DONE;
    }
    const call = this.#repairCall(read.message);
    this.#withheld = this.#parts;
    this.#parts = [];
    this.#characters = 0;
    this.#finish = undefined;
    return { type: 'again', call };
  }

  giveUp(): void {
    this.#parts = this.#withheld;
    this.#tellHeld();
    this.#tellFinish('refusal');
  }

  prepare(call: Call): Call {
    return call;
  }

  #hold(text: string): void {
    const room = FORMAT_CHARACTERS_MAX - this.#characters;
    this.#characters += text.length;
    if (room > 0) this.#parts.at(-1)?.push(text.slice(0, room));
  }

  #read(): ReadFormat {
    const texts = this.#parts.map((pieces) => pieces.join(''));
    const whole = readFormat(texts.join(''), this.#format);
    const final = texts.at(-1);
    // A repair of something else may have left words before the answer.
    if (whole.type === 'json' || texts.length < 2 || final === undefined) return whole;
    return readFormat(final, this.#format);
  }

  #tellHeld(): void {
    const text = this.#parts.map((pieces) => pieces.join('')).join('');
    this.#parts = [];
    this.#tellText(text);
  }

  #tellText(text: string): void {
    if (text === '') return;
    this.#out({ type: 'text-start', choice: CHOICE });
    this.#out({ type: 'text-delta', choice: CHOICE, text });
    this.#out({ type: 'part-end', choice: CHOICE, seal: undefined });
  }

  #tellFinish(reason: FinishReason): void {
    this.#out({
      type: 'finish',
      choice: CHOICE,
      reason,
      raw: this.#finish?.raw,
      stopSequence: this.#finish?.stopSequence,
    });
  }

  #repairCall(fault: string): Call {
    const said = new TextRecord();
    for (const pieces of this.#parts) for (const piece of pieces) said.push(piece);
    const repair: Message[] = [
      { role: 'assistant', content: [{ type: 'text', text: said.text === '' ? '(nothing)' : said.text }] },
      {
        role: 'user',
        content: [
          {
            type: 'text',
            text: `That cannot be used: ${fault}. Answer again with the corrected JSON alone: no other words, no code fence.`,
          },
        ],
      },
    ];
    return { ...this.call, messages: [...this.call.messages, ...repair] };
  }
}

function withInstruction(call: Call, text: string): Call {
  const leading = leadingSystems(call.messages);
  const messages: readonly Message[] = [
    ...call.messages.slice(0, leading),
    { role: 'system', content: [{ type: 'text', text }] },
    ...call.messages.slice(leading),
  ];
  return { ...call, messages };
}

function formatPrompt(format: JsonFormat, hasTools: boolean): string {
  const when = hasTools ? 'When you answer without calling a tool, answer' : 'Answer';
  const form = `${when} with one JSON ${format.type === 'json-object' ? 'object' : 'value'} and nothing else: no other words, no code fence.`;
  if (format.type === 'json-object') return form;
  const about = format.description === undefined ? '' : ` (${format.description})`;
  return `${form} It must fit this JSON Schema, called ${JSON.stringify(format.name)}${about}:\n${JSON.stringify(format.schema)}`;
}

type ReadFormat =
  | { readonly type: 'json'; readonly text: string }
  | { readonly type: 'fault'; readonly message: string };

/** The JSON of an answer, without a fence or words around it. */
function readFormat(answer: string, format: JsonFormat): ReadFormat {
  const candidates = [answer, fenced(answer), firstValue(answer)];
  let fault: ReadFormat = { type: 'fault', message: 'it is not JSON' };
  for (const candidate of candidates) {
    const read = candidate === undefined || candidate.trim() === '' ? undefined : readJson(candidate);
    if (read === undefined) continue;
    const message = faultOf(read.value, format);
    if (message === undefined) return { type: 'json', text: read.text };
    if (fault.message === 'it is not JSON') fault = { type: 'fault', message };
  }
  return fault;
}

function faultOf(value: JsonValue, format: JsonFormat): string | undefined {
  if (format.type === 'json-object') return isRecord(value) ? undefined : 'it is not a JSON object';
  const verdict = judge(format.schema, value);
  return verdict.type === 'invalid' ? formatFaults(verdict.faults) : undefined;
}

function fenced(answer: string): string | undefined {
  const start = answer.indexOf('```');
  const end = answer.lastIndexOf('```');
  if (start === -1 || end <= start) return undefined;
  return answer.slice(start + 3, end).replace(/^[\w-]{0,16}\s/, '');
}

/** The first object or array among words. */
function firstValue(answer: string): string | undefined {
  const start = answer.search(/[{[]/);
  if (start === -1) return undefined;
  const rest = answer.slice(start);
  const end = new JsonExtent().read(rest);
  return end === undefined || end.broken ? undefined : rest.slice(0, end.at);
}
