// The client's side of a call some of whose needs are emulated: what comes from upstream passes through the emulations
// before it reaches the client. It counts the rounds, so that the client gets one answer and the usage of all of them.

import {
  eventsOf,
  mergeUsage,
  ReplyFold,
  UNKNOWN_USAGE,
  type Call,
  type Event,
  type JsonObject,
  type Loss,
  type Need,
  type Usage,
} from '../../core/neutral/index.ts';
import type { ReplyContext } from '../../dialects/port.ts';
import type { Surface } from '../../salesforce/surfaces/port.ts';
import type { Feeder, ReplyResult, ReplySide } from '../client-side.ts';
import { sumUsage } from '../usage-sum.ts';
import { LIMITS, limitReply, shareOf, withoutLimits } from './limits.ts';
import { holdsAny, openStack, TOOL_NEEDS, type EmulationStack } from './stack.ts';

export type EmulatedParts = {
  readonly client: ReplySide;
  /** As the client asked. */
  readonly call: Call;
  readonly emulated: readonly Need[];
  readonly surface: Pick<Surface, 'outputTokensMin'>;
  /** A fresh id of hexadecimal digits. */
  readonly newId: () => string;
  /** Told before the answer goes out, as far as it goes out whole: what the reply turned out to lack. */
  readonly tellLoss: (loss: Loss) => void;
};

const NO_CALL: Loss = { need: 'tool-choice', how: 'dropped', note: 'no tool was called' };

export class EmulatedSide implements ReplySide {
  /** What the surface is to be asked. */
  readonly call: Call;
  readonly loss: readonly Loss[];
  readonly #parts: EmulatedParts;
  readonly #stack: EmulationStack | undefined;
  /** Set where the reply must be whole before the client gets any of it. */
  #gathered: ReplyFold | undefined;
  #context: ReplyContext | undefined;
  #round = 1;
  /** Whether the client got a call of a tool. */
  #called = false;
  #usages: Usage[] = [];
  /** Of each round, the usage of what the client gets of it. */
  #spent: Usage[] = [];
  /** Characters of the round under way: as they came, and as they went on to the client. */
  #came = 0;
  #wentOn = 0;
  #usage: Usage = UNKNOWN_USAGE;

  constructor(parts: EmulatedParts) {
    this.#parts = parts;
    const out = (event: Event): void => this.#deliver(event);
    this.#stack = openStack(parts.call, parts.emulated, { newId: parts.newId, out });
    this.call = withoutLimits(this.#stack?.call ?? parts.call, parts.emulated, parts.surface);
    this.loss = this.#stack?.loss ?? [];
    if (!parts.call.stream || holdsAny(parts.emulated, LIMITS)) this.#gathered = new ReplyFold();
  }

  get opened(): boolean {
    return this.#parts.client.opened;
  }

  announce(headers: Readonly<Record<string, string>>): void {
    this.#parts.client.announce(headers);
  }

  open(context: ReplyContext): void {
    this.#parts.client.open(context);
  }

  attach(feeder: Feeder): void {
    this.#parts.client.attach(feeder);
  }

  detach(): void {
    this.#parts.client.detach();
  }

  answer(result: ReplyResult): void {
    this.#context = result.context;
    for (const event of eventsOf(result.reply)) this.push(event);
  }

  push(event: Event): void {
    if (event.type === 'usage') {
      this.#usage = mergeUsage(this.#usage, event.usage);
      // Clients of some dialects want the first counts early. The sum comes at the end.
      if (this.#round === 1) this.#deliver(event);
      return;
    }
    this.#came += charactersIn(event);
    // The client knows already who answers.
    if (event.type === 'reply-start' && this.#round > 1) return;
    if (this.#stack === undefined) this.#deliver(event);
    else this.#stack.push(event);
  }

  /** A round was served. Gives the call of the extra round, or undefined once the client has the whole answer. */
  endRound(): Call | undefined {
    this.#usages.push(this.#usage);
    this.#usage = UNKNOWN_USAGE;
    const end = this.#stack?.end() ?? { type: 'done' };
    if (end.type === 'done') {
      this.#spent.push(...this.#usages.slice(-1));
      this.#conclude();
      return undefined;
    }
    // What is asked for again was produced, but is not what the client's limit is for.
    this.#spent.push(...this.#usages.slice(-1).map((usage) => shareOf(usage, this.#wentOn, this.#came)));
    this.#came = 0;
    this.#wentOn = 0;
    this.#round += 1;
    return withoutLimits(end.call, this.#parts.emulated, this.#parts.surface);
  }

  /** The extra round failed: the client gets what there is. */
  giveUp(): void {
    this.#stack?.giveUp();
    this.#spent = this.#usages;
    this.#conclude();
  }

  pushFrame(): void {
    throw new Error('a call with emulations is translated, so it has no frames');
  }

  answerNative(_body: JsonObject): void {
    throw new Error('a call with emulations is translated, so it has no body of its own protocol');
  }

  #deliver(event: Event): void {
    if (event.type === 'tool-call-start') this.#called = true;
    this.#wentOn += charactersIn(event);
    if (this.#gathered === undefined) this.#parts.client.push(event);
    else this.#gathered.push(event);
  }

  /** Whether a demand for a call, made in words, was not heard. */
  #lacksCall(): boolean {
    const { call, emulated } = this.#parts;
    const demanded = call.toolChoice.type === 'required' || call.toolChoice.type === 'named';
    return demanded && !this.#called && holdsAny(emulated, TOOL_NEEDS);
  }

  #conclude(): void {
    const { client, call, emulated } = this.#parts;
    if (this.#lacksCall()) this.#parts.tellLoss(NO_CALL);
    const usage = sumUsage(this.#usages);
    if (this.#gathered === undefined) {
      if (this.#usages.length > 1) client.push({ type: 'usage', usage });
      return;
    }
    const reply = limitReply({ ...this.#gathered.reply(), usage }, call, emulated, sumUsage(this.#spent));
    if (this.#context !== undefined) client.answer({ type: 'reply', reply, context: this.#context });
    else for (const event of eventsOf(reply)) client.push(event);
  }
}

/** Of what a client sees: words and calls. */
function charactersIn(event: Event): number {
  if (event.type === 'text-delta') return event.text.length;
  if (event.type === 'tool-call-start') return event.name.length;
  return event.type === 'tool-call-delta' ? event.arguments.length : 0;
}
