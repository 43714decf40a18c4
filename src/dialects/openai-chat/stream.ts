// A reply as a stream of `chat.completion.chunk`. Finish chunks wait for `end`, so that the order is always content,
// finish, usage (if asked for), `[DONE]`, and so that what is learnt late (safety, the served model) rides on them.
// A failed stream ends with an error chunk and without `[DONE]`: the official clients raise on the chunk, and a client
// that skips it must not take half an answer for a whole one.

import type { GatewayError } from '../../core/errors/index.ts';
import {
  DistinctIds,
  mergeUsage,
  normaliseArguments,
  UNKNOWN_USAGE,
  type Event,
  type EventType,
  type FinishReason,
  type Safety,
  type Seal,
} from '../../core/neutral/index.ts';
import { formatSseData, SSE_KEEP_ALIVE } from '../../core/wire/index.ts';
import { encodeCallSeal, encodeFinishReason, encodeUsage } from '../../protocols/openai-chat/index.ts';
import { encodeExtension } from '../extension.ts';
import type { ClientStream, ReplyContext, StreamOut } from '../port.ts';
import { formatError } from './errors.ts';
import { FUNCTIONS } from './request.ts';
import { completionId, inFunctions, toolCallId } from './response.ts';

/** Events beyond are no reply of ours; the list of choices stays bounded. */
const CHOICES_MAX = 128;
/** Blank arguments wait this long for something that is not blank, so that none at all can be told as `{}`. */
const BLANK_CHARACTERS_MAX = 1024;

type OpenCall = { readonly index: number; blank: string; hasArguments: boolean };

type OpenChoice = {
  readonly index: number;
  /** Of its calls; undefined before the first. */
  ids: DistinctIds | undefined;
  toolCalls: number;
  open: OpenCall | undefined;
  finish: FinishReason | undefined;
  safety: Safety | undefined;
};

type ChoiceEvent = Exclude<Event, { type: 'reply-start' | 'usage' }>;
type Handlers = {
  readonly [T in EventType]: (stream: ChatStream, event: Extract<Event, { type: T }>) => void;
};

export class ChatStream implements ClientStream {
  readonly #context: ReplyContext;
  readonly #out: StreamOut;
  readonly #choices: OpenChoice[] = [];
  /** Every chunk begins and ends alike; both are made once, since a stream has thousands. */
  readonly #head: string;
  readonly #tail: string;
  readonly #speaksFunctions: boolean;
  #phase: 'new' | 'open' | 'ended' = 'new';
  #usage = UNKNOWN_USAGE;
  #servedModel: string | undefined;

  constructor(context: ReplyContext, out: StreamOut) {
    this.#context = context;
    this.#speaksFunctions = context.manner === FUNCTIONS;
    this.#out = out;
    const start = JSON.stringify({
      id: completionId(context.newId),
      object: 'chat.completion.chunk',
      created: context.createdS,
      model: context.call.model,
    });
    this.#head = `${start.slice(0, -1)},"choices":[`;
    this.#tail = context.streamUsage ? '],"usage":null' : ']';
  }

  open(): void {
    if (this.#phase !== 'new') return;
    this.#phase = 'open';
    this.#choice(0);
  }

  keepAlive(): void {
    if (this.#phase === 'ended') return;
    this.open();
    this.#out.write(SSE_KEEP_ALIVE);
  }

  push(event: Event): void {
    if (this.#phase === 'ended') return;
    this.open();
    dispatch(this, event);
  }

  fail(error: GatewayError): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.#out.write(formatSseData(formatError(error)));
  }

  end(): void {
    if (this.#phase === 'ended') return;
    this.open();
    for (const choice of this.#choices) this.#finishChoice(choice);
    this.#phase = 'ended';
    if (this.#context.streamUsage) {
      const usage = JSON.stringify(encodeUsage(this.#usage));
      this.#out.write(formatSseData(`${this.#head}],"usage":${usage}}`));
    }
    this.#out.write(formatSseData('[DONE]'));
  }

  startReply(event: Extract<Event, { type: 'reply-start' }>): void {
    this.#servedModel = event.servedModel ?? this.#servedModel;
  }

  addUsage(event: Extract<Event, { type: 'usage' }>): void {
    this.#usage = mergeUsage(this.#usage, event.usage);
  }

  /** Text and reasoning alike; `field` is the delta's key for it. */
  addText(event: ChoiceEvent & { readonly text: string }, field: 'content' | 'reasoning_content'): void {
    const choice = this.#choice(event.choice);
    if (choice === undefined || event.text === '') return;
    this.#writeDelta(choice, `{"${field}":${JSON.stringify(event.text)}}`);
  }

  startToolCall(event: Extract<Event, { type: 'tool-call-start' }>): void {
    const choice = this.#choice(event.choice);
    if (choice === undefined) return;
    this.#closeCall(choice);
    // The older word has room for one call.
    if (this.#speaksFunctions && choice.toolCalls > 0) return;
    choice.open = { index: choice.toolCalls, blank: '', hasArguments: false };
    choice.toolCalls += 1;
    choice.ids ??= new DistinctIds();
    const id = choice.ids.take(toolCallId(event.id, this.#context.newId));
    const call = {
      index: choice.open.index,
      id,
      type: 'function',
      function: { name: event.name, arguments: '' },
    };
    if (this.#speaksFunctions) this.#writeDelta(choice, `{"function_call":${JSON.stringify(call.function)}}`);
    else this.#writeDelta(choice, `{"tool_calls":[${JSON.stringify(call)}]}`);
  }

  addArguments(event: Extract<Event, { type: 'tool-call-delta' }>): void {
    const choice = this.#choice(event.choice);
    const open = choice?.open;
    // Arguments of no call have nowhere to go: no client could use them.
    if (choice === undefined || open === undefined) return;
    let text = event.arguments;
    if (!open.hasArguments) {
      open.blank += text;
      if (open.blank.length <= BLANK_CHARACTERS_MAX && open.blank.trim() === '') return;
      text = open.blank;
      open.blank = '';
      open.hasArguments = text.trim() !== '';
    }
    this.#writeArguments(choice, open, text);
  }

  endPart(event: Extract<Event, { type: 'part-end' }>): void {
    const choice = this.#choice(event.choice);
    if (choice !== undefined) this.#closeCall(choice, event.seal);
  }

  noteSafety(event: Extract<Event, { type: 'safety' }>): void {
    const choice = this.#choice(event.choice);
    if (choice !== undefined) choice.safety = event.safety;
  }

  noteFinish(event: Extract<Event, { type: 'finish' }>): void {
    const choice = this.#choice(event.choice);
    if (choice !== undefined) choice.finish = event.reason;
  }

  noteChoice(event: ChoiceEvent): void {
    this.#choice(event.choice);
  }

  /** The choice of this number; it and those before it are opened with their role first. */
  #choice(index: number): OpenChoice | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= CHOICES_MAX) return undefined;
    for (let missing = this.#choices.length; missing <= index; missing += 1) {
      const choice = {
        index: missing,
        ids: undefined,
        toolCalls: 0,
        open: undefined,
        finish: undefined,
        safety: undefined,
      };
      this.#choices.push(choice);
      this.#writeDelta(choice, '{"role":"assistant","content":""}');
    }
    return this.#choices[index];
  }

  #writeDelta(choice: OpenChoice, delta: string): void {
    const content = `{"index":${choice.index},"delta":${delta},"logprobs":null,"finish_reason":null}`;
    this.#out.write(formatSseData(`${this.#head}${content}${this.#tail}}`));
  }

  #writeArguments(choice: OpenChoice, open: OpenCall, text: string): void {
    if (this.#speaksFunctions) {
      this.#writeDelta(choice, `{"function_call":{"arguments":${JSON.stringify(text)}}}`);
      return;
    }
    const call = `{"index":${open.index},"function":{"arguments":${JSON.stringify(text)}}}`;
    this.#writeDelta(choice, `{"tool_calls":[${call}]}`);
  }

  #closeCall(choice: OpenChoice, seal?: Seal): void {
    const { open } = choice;
    if (open === undefined) return;
    if (!open.hasArguments) this.#writeArguments(choice, open, normaliseArguments(open.blank));
    const sealed = encodeCallSeal(seal);
    if ('extra_content' in sealed && !this.#speaksFunctions) {
      // The empty arguments are for clients that add up those of every chunk without asking.
      const call = { index: open.index, function: { arguments: '' }, ...sealed };
      this.#writeDelta(choice, `{"tool_calls":[${JSON.stringify(call)}]}`);
    }
    choice.open = undefined;
  }

  #finishChoice(choice: OpenChoice): void {
    this.#closeCall(choice);
    const told = encodeFinishReason(choice.finish ?? 'stop', choice.toolCalls > 0);
    const reason = this.#speaksFunctions ? inFunctions(told) : told;
    const safeties = choice.safety === undefined ? [] : [{ choice: choice.index, safety: choice.safety }];
    const usage = this.#context.streamUsage ? this.#usage : undefined;
    const extension = encodeExtension({ safeties, servedModel: this.#servedModel, usage }, 'unknown');
    const content = `{"index":${choice.index},"delta":{},"logprobs":null,"finish_reason":"${reason}"}`;
    const salesforce = extension === undefined ? '' : `,"salesforce":${JSON.stringify(extension)}`;
    this.#out.write(formatSseData(`${this.#head}${content}${this.#tail}${salesforce}}`));
  }
}

const HANDLERS: Handlers = {
  'reply-start': (stream, event) => stream.startReply(event),
  'text-start': (stream, event) => stream.noteChoice(event),
  'text-delta': (stream, event) => stream.addText(event, 'content'),
  'reasoning-start': (stream, event) => stream.noteChoice(event),
  'reasoning-delta': (stream, event) => stream.addText(event, 'reasoning_content'),
  'tool-call-start': (stream, event) => stream.startToolCall(event),
  'tool-call-delta': (stream, event) => stream.addArguments(event),
  'part-end': (stream, event) => stream.endPart(event),
  usage: (stream, event) => stream.addUsage(event),
  safety: (stream, event) => stream.noteSafety(event),
  finish: (stream, event) => stream.noteFinish(event),
};

function dispatch<T extends EventType>(stream: ChatStream, event: Extract<Event, { type: T }>): void {
  const handle: Handlers[T] = HANDLERS[event.type];
  handle(stream, event);
}
