// A model host on simulated time. It keeps the transport's port and its limits (first byte, silence between two pieces,
// nothing delivered while paused) and its words for what goes wrong; what is answered is the script's affair. It remembers
// every call, so that a test can say what was sent when, and that nothing is left open.

import { GatewayError } from '../../src/core/errors/index.ts';
import type { CancelSignal, Timer } from '../../src/core/platform/index.ts';
import { transportError } from '../../src/salesforce/transport/failures.ts';
import type {
  Flow,
  ModelHost,
  ModelHostRequest,
  TransportHandler,
  TransportHead,
} from '../../src/salesforce/transport/port.ts';
import type { SimulatedTime } from '../simulated-time.ts';

export type TwinLimits = {
  readonly connectTimeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
};

export type Script = (call: TwinCall) => void;

export type TwinHost = ModelHost & {
  /** Every call that left the gateway, oldest first. */
  readonly calls: readonly TwinCall[];
  /** What answers from now on. */
  script: Script;
  readonly limits: TwinLimits;
  /** Calls under way. */
  open(): number;
};

type Ending = 'open' | 'ended' | 'failed' | 'cancelled' | 'aborted';

const HOST = 'api.salesforce.test';

/** One upstream call: its own clockwork, cleared at its end. */
export class TwinCall implements Flow {
  readonly index: number;
  readonly request: ModelHostRequest;
  readonly sentAtMs: number;
  endedAtMs: number | undefined;
  ending: Ending = 'open';
  #committed = false;
  readonly #time: SimulatedTime;
  readonly #limits: TwinLimits;
  readonly #handler: TransportHandler;
  readonly #signal: CancelSignal;
  readonly #timers = new Set<Timer>();
  /** Stops listening to the signal. */
  readonly #leave: () => void;
  #limit: Timer | undefined;
  #headSeen = false;
  #paused = false;
  #held: (() => void)[] = [];

  constructor(
    index: number,
    request: ModelHostRequest,
    handler: TransportHandler,
    signal: CancelSignal,
    world: { readonly time: SimulatedTime; readonly limits: TwinLimits },
  ) {
    this.index = index;
    this.request = request;
    this.#handler = handler;
    this.#signal = signal;
    this.#time = world.time;
    this.#limits = world.limits;
    this.sentAtMs = world.time.clock.monotonicMs();
    this.#leave = signal.onAbort(() => this.#abort());
    this.#watch(world.limits.firstByteTimeoutMs, 'UND_ERR_HEADERS_TIMEOUT');
  }

  get isOver(): boolean {
    return this.ending !== 'open';
  }

  /** Whether content has reached the gateway: from then on nothing of the call may be repeated. */
  get committed(): boolean {
    return this.#committed;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  // --- for scripts

  /** Runs unless the call is over by then. */
  after(delayMs: number, run: () => void): void {
    const timer = this.#time.timers.after(delayMs, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
  }

  head(status: number, headers: TransportHead['headers']): void {
    if (this.isOver) return;
    this.#headSeen = true;
    this.#watchSilence();
    this.#handler.head({ status, headers: { 'x-request-id': `sf-${this.index}`, ...headers } }, this);
  }

  /** Data that hold the first content of the answer. */
  content(chunk: Uint8Array): void {
    this.#deliver(() => {
      this.#committed = true;
    });
    this.data(chunk);
  }

  data(chunk: Uint8Array): void {
    this.#deliver(() => {
      this.#watchSilence();
      this.#handler.data(chunk);
    });
  }

  end(): void {
    this.#deliver(() => {
      this.#close('ended');
      this.#handler.end();
    });
  }

  /** Fails below HTTP, by the code that Node or undici gives. */
  fail(code: string): void {
    if (this.isOver) return;
    const error = transportError(Object.assign(new Error(`twin: ${code}`), { code }), {
      host: HOST,
      options: this.#limits,
      headSeen: this.#headSeen,
    });
    this.#close('failed');
    this.#handler.fail(error);
  }

  // --- for the gateway

  pause(): void {
    if (this.isOver) return;
    this.#paused = true;
    // As undici: while paused, silence is the reader's.
    this.#limit?.cancel();
  }

  resume(): void {
    if (this.isOver || !this.#paused) return;
    this.#paused = false;
    this.#watchSilence();
    while (this.#held.length > 0 && !this.#paused && !this.isOver) this.#held.shift()?.();
  }

  cancel(): void {
    if (!this.isOver) this.#close('cancelled');
  }

  #abort(): void {
    const reason: unknown = this.#signal.reason;
    this.#close('aborted');
    this.#handler.fail(
      reason instanceof GatewayError ? reason : new GatewayError('client_closed', 'The call was given up.'),
    );
  }

  #deliver(piece: () => void): void {
    if (this.isOver) return;
    if (this.#paused) this.#held.push(piece);
    else piece();
  }

  #watchSilence(): void {
    if (!this.#paused) this.#watch(this.#limits.idleTimeoutMs, 'UND_ERR_BODY_TIMEOUT');
  }

  #watch(limitMs: number, code: string): void {
    this.#limit?.cancel();
    this.#limit = this.#time.timers.after(limitMs, () => this.fail(code));
  }

  #close(ending: Exclude<Ending, 'open'>): void {
    this.ending = ending;
    this.endedAtMs = this.#time.clock.monotonicMs();
    this.#leave();
    this.#limit?.cancel();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#held = [];
  }
}

export function createTwinHost(time: SimulatedTime, limits: TwinLimits, script: Script): TwinHost {
  const calls: TwinCall[] = [];
  return {
    calls,
    script,
    limits,
    open: () => calls.filter((call) => !call.isOver).length,
    send(request, handler, signal) {
      if (signal.aborted) {
        const reason: unknown = signal.reason;
        handler.fail(reason instanceof GatewayError ? reason : new GatewayError('client_closed', 'gone'));
        return;
      }
      const call = new TwinCall(calls.length, request, handler, signal, { time, limits });
      calls.push(call);
      this.script(call);
    },
  };
}
