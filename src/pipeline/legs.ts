// A call that asks for several choices, or for several prompts, carried as so many calls of one choice: each leg has its
// own attempts, the client has one answer. Choices are renumbered here and nowhere else, usage is summed (every leg sends the whole prompt and is
// charged for it), and a leg that fails ends its siblings.

import { toGatewayError, type GatewayError } from '../core/errors/index.ts';
import {
  EMPTY_CHOICE,
  mergeUsage,
  UNKNOWN_USAGE,
  type Event,
  type GenerateOperation,
  type JsonObject,
  type Reply,
  type Usage,
} from '../core/neutral/index.ts';
import type { CancelSignal } from '../core/platform/index.ts';
import type { ReplyContext } from '../dialects/port.ts';
import type { Step } from '../salesforce/routing/port.ts';
import type { AttemptParts, AttemptRecord, AttemptWorld } from './carry.ts';
import type { ClientSide, Feeder, ReplyResult, ReplySide } from './client-side.ts';
import type { Deadline } from './deadline.ts';
import { attemptWithRetries } from './retrying.ts';
import { sumUsage } from './usage-sum.ts';

/** What is told of the whole call beyond its outcome. */
type Noted = Pick<AttemptRecord, 'trace' | 'content'>;

export type LegsParts = AttemptParts & { readonly client: ClientSide };

/** How many upstream calls of one choice the operation is. */
export function countLegs({ call, furtherCalls }: GenerateOperation): number {
  return call.choices * (1 + (furtherCalls?.length ?? 0));
}

/** Carries all legs at once. Resolves when all are served; @throws GatewayError of the first that failed. */
export async function attemptLegs(
  steps: readonly Step[],
  parts: LegsParts,
  world: AttemptWorld,
): Promise<void> {
  const { call, furtherCalls = [], streamUsage } = parts.operation;
  const operations = [call, ...furtherCalls].flatMap((one) => {
    const operation: GenerateOperation = { type: 'generate', call: { ...one, choices: 1 }, streamUsage };
    return Array.from({ length: call.choices }, () => operation);
  });
  const joint = new Joint(parts.client, parts.deadline, operations.length, parts.record);
  parts.client.attach(joint.feeders);
  await Promise.all(
    joint.legs.map(async (leg, number) => {
      const operation = operations[number] ?? parts.operation;
      const { client, record, deadline } = leg;
      try {
        await attemptWithRetries(steps, { ...parts, operation, client, record, deadline }, world);
        leg.served = true;
      } catch (thrown) {
        joint.fail(toGatewayError(thrown), leg);
      }
    }),
  );
  parts.client.detach();
  joint.settle(parts.record);
  if (joint.error !== undefined) throw joint.error;
  joint.answer(parts.replyContext);
}

/** Everyone who feeds the client now. Knows whether the client is behind, so that a late comer starts paused. */
class FeederGroup implements Feeder {
  readonly #feeders = new Set<Feeder>();
  #paused = false;

  add(feeder: Feeder): void {
    this.#feeders.add(feeder);
    if (this.#paused) feeder.pause();
  }

  remove(feeder: Feeder): void {
    this.#feeders.delete(feeder);
  }

  pause(): void {
    this.#paused = true;
    for (const feeder of this.#feeders) feeder.pause();
  }

  resume(): void {
    this.#paused = false;
    // A feeder may hand over what it held back at once, and the client may be behind again before the next one's turn.
    for (const feeder of this.#feeders) if (!this.#paused) feeder.resume();
  }
}

type Leg = {
  readonly client: LegSide;
  readonly record: AttemptRecord;
  readonly deadline: Deadline;
  served: boolean;
};

/** Where the legs meet. */
class Joint {
  readonly client: ClientSide;
  readonly feeders = new FeederGroup();
  readonly legs: readonly Leg[];
  readonly #deadline: Deadline;
  #started = false;
  #error: GatewayError | undefined;
  #failed: Leg | undefined;

  constructor(client: ClientSide, deadline: Deadline, count: number, told: Noted) {
    this.client = client;
    this.#deadline = deadline;
    let silent = count;
    // The limit holds until every leg has begun: before that there is one that could keep the client waiting for ever.
    const lift = (): void => {
      silent -= 1;
      if (silent === 0) deadline.lift();
    };
    this.legs = Array.from({ length: count }, (_, number) => ({
      client: new LegSide(this, number),
      record: createRecord(told),
      deadline: new LegDeadline(deadline, lift),
      served: false,
    }));
  }

  /** Why the whole call failed. */
  get error(): GatewayError | undefined {
    return this.#error;
  }

  /** Only the first failure is told: those after it are siblings that were ended for it. */
  fail(error: GatewayError, leg: Leg): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#failed = leg;
    this.#deadline.abort(error);
  }

  /** The legs answer for one model, so the first to say who answers speaks for all. */
  start(event: Event): void {
    if (this.#started) return;
    this.#started = true;
    this.client.push(event);
  }

  /** What is known of the legs, as that of one call. */
  settle(record: AttemptRecord): void {
    // What a leg produced before it was ended was produced all the same.
    const charged = this.legs.filter((leg) => leg.served || isCharged(leg.record.usage));
    const { record: telling } = this.#failed ?? this.legs[0] ?? { record: createRecord() };
    record.surface = telling.surface;
    record.loss = telling.loss;
    record.modelServed = telling.modelServed;
    record.upstreamRequestId = telling.upstreamRequestId;
    record.attempts = this.legs.reduce((sum, leg) => sum + leg.record.attempts, 0);
    record.repaired = this.legs.some((leg) => leg.record.repaired);
    record.usage = sumUsage(charged.map((leg) => leg.record.usage));
  }

  answer(context: ReplyContext): void {
    // What the legs told their client. The records are the operator's books, which hold estimates too.
    const usage = sumUsage(this.legs.map((leg) => leg.client.usage));
    if (context.call.stream) {
      this.client.push({ type: 'usage', usage });
      return;
    }
    const replies = this.legs.flatMap((leg) => leg.client.reply ?? []);
    const reply: Reply = {
      choices: replies.map(({ choices }) => choices[0] ?? EMPTY_CHOICE),
      usage,
      servedModel: replies[0]?.servedModel,
      upstreamId: replies[0]?.upstreamId,
    };
    this.client.answer({ type: 'reply', reply, context });
  }
}

/** The whole call's, but lifted only for the leg. */
class LegDeadline implements Deadline {
  readonly #whole: Deadline;
  readonly lift: () => void;

  constructor(whole: Deadline, lift: () => void) {
    this.#whole = whole;
    let lifted = false;
    // An emulation may make two calls of a leg.
    this.lift = () => {
      if (!lifted) lift();
      lifted = true;
    };
  }

  get signal(): CancelSignal {
    return this.#whole.signal;
  }

  get dueMs(): number {
    return this.#whole.dueMs;
  }

  get limitMs(): number {
    return this.#whole.limitMs;
  }

  get expired(): boolean {
    return this.#whole.expired;
  }

  takeBlame(): boolean {
    return this.#whole.takeBlame();
  }

  abort(reason: GatewayError): void {
    this.#whole.abort(reason);
  }
}

function isCharged({ inputTokens, outputTokens }: Usage): boolean {
  return inputTokens !== undefined || outputTokens !== undefined;
}

/** What one leg takes for its client. */
class LegSide implements ReplySide {
  readonly #joint: Joint;
  readonly #number: number;
  #feeder: Feeder | undefined;
  /** Set once a whole reply has come. */
  reply: Reply | undefined;
  usage: Usage = UNKNOWN_USAGE;

  constructor(joint: Joint, number: number) {
    this.#joint = joint;
    this.#number = number;
  }

  get opened(): boolean {
    return this.#joint.client.opened;
  }

  announce(headers: Readonly<Record<string, string>>): void {
    this.#joint.client.announce(headers);
  }

  open(context: ReplyContext): void {
    if (this.#joint.error === undefined) this.#joint.client.open(context);
  }

  push(event: Event): void {
    const joint = this.#joint;
    // A sibling may still be handing over what it held when the call has failed.
    if (joint.error !== undefined) return;
    if (event.type === 'reply-start') joint.start(event);
    // Told once for all legs, at the end.
    else if (event.type === 'usage') this.usage = mergeUsage(this.usage, event.usage);
    // The legs asked for one choice each; another would take a sibling's number.
    else if (event.choice === 0) {
      joint.client.push(this.#number === 0 ? event : { ...event, choice: this.#number });
    }
  }

  answer(result: ReplyResult): void {
    this.reply = result.reply;
    this.usage = result.reply.usage;
  }

  attach(feeder: Feeder): void {
    this.#feeder = feeder;
    this.#joint.feeders.add(feeder);
  }

  detach(): void {
    if (this.#feeder !== undefined) this.#joint.feeders.remove(this.#feeder);
    this.#feeder = undefined;
  }

  pushFrame(): void {
    throw new Error('a leg is translated, so it has no frames');
  }

  answerNative(_body: JsonObject): void {
    throw new Error('a leg is translated, so it has no body of its own protocol');
  }
}

function createRecord(told?: Noted): AttemptRecord {
  return {
    surface: undefined,
    loss: [],
    attempts: 0,
    usage: sumUsage([]),
    modelServed: undefined,
    upstreamRequestId: undefined,
    repaired: false,
    trace: told?.trace,
    content: told?.content?.leg(),
  };
}
