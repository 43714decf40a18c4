// What both hosts of a simulated org share: its state, its tokens, what it has been told to say, and what it has seen.
import type { Connections } from './connections.ts';
import type { Exchange } from './exchange.ts';
import { Journal } from './journal.ts';
import type { OrgState } from './org.ts';
import { RateLimits } from './rate-limits.ts';
import type { Reader } from './reading.ts';
import { Replies } from './replies.ts';
import type { Tokens } from './tokens.ts';

/** Tells the time in milliseconds since 1970. */
export type Clock = { readonly now: () => number };

/** Ids in the form of version 4 UUIDs that count up: a replayed run gets the same ones. */
function createIds(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `5f0c6a1e-0000-4000-8000-${count.toString(16).padStart(12, '0')}`;
  };
}

export class World {
  org: OrgState;
  readonly replies = new Replies();
  readonly journal = new Journal();
  readonly limits = new RateLimits();
  readonly nextId = createIds();
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly connections: Connections;
  readonly reader: Reader | undefined;
  readonly #initial: OrgState;
  #calls: Record<string, number> = {};
  readonly #inFlight = new Set<Exchange>();
  #idleWaiters: (() => void)[] = [];

  constructor(parts: {
    readonly org: OrgState;
    readonly tokens: Tokens;
    readonly clock: Clock;
    readonly consumerKey: string;
    readonly consumerSecret: string;
    readonly connections: Connections;
    readonly reader: Reader | undefined;
  }) {
    this.org = parts.org;
    this.#initial = parts.org;
    this.tokens = parts.tokens;
    this.clock = parts.clock;
    this.consumerKey = parts.consumerKey;
    this.consumerSecret = parts.consumerSecret;
    this.connections = parts.connections;
    this.reader = parts.reader;
  }

  /** Notes a request in the journal and the numbers, from its head to its end. */
  begin(exchange: Exchange, surface: string): void {
    exchange.wireChunkBytes = this.org.wireChunkBytes;
    this.#calls[surface] = (this.#calls[surface] ?? 0) + 1;
    this.#inFlight.add(exchange);
    const entry = this.org.journal
      ? this.journal.begin(exchange, this.clock.now(), surface)
      : { endedAt: undefined as number | undefined };
    exchange.onSettled = () => {
      entry.endedAt = this.clock.now();
      this.#inFlight.delete(exchange);
      if (this.#inFlight.size > 0) return;
      for (const wake of this.#idleWaiters.splice(0)) wake();
    };
  }

  stats(): Record<string, unknown> {
    return {
      mints: this.tokens.mints,
      calls: this.#calls,
      openConnections: this.connections.openCount,
      connectionsTotal: this.connections.totalCount,
      inFlight: this.#inFlight.size,
    };
  }

  /** Resolves when no request is under way, or after the given time. */
  async idle(limitMs: number): Promise<void> {
    if (this.#inFlight.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
      this.#idleWaiters.push(resolve);
    });
    clearTimeout(timer);
  }

  reset(): void {
    this.org = this.#initial;
    this.#calls = {};
    this.replies.reset();
    this.journal.reset();
    this.limits.reset();
    this.tokens.reset();
    this.connections.reset();
  }

  abandonAll(): void {
    for (const exchange of this.#inFlight) exchange.abandon();
  }
}
