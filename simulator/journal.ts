// What the org was asked, for tests to look at. Bounded by count and by bytes, the oldest go first. Credentials are
// never shown: bearer and Basic as a hash that tells whether two requests used the same one, client secrets masked.
import { createHash } from 'node:crypto';

import type { Exchange } from './exchange.ts';

/** How much is kept. */
export type JournalLimits = { readonly entriesMax: number; readonly bodyBytesMax: number };

const defaultLimits: JournalLimits = { entriesMax: 10_000, bodyBytesMax: 256 * 1024 * 1024 };

type Entry = {
  readonly exchange: Exchange;
  readonly at: number;
  readonly surface: string;
  endedAt: number | undefined;
};

/** A request as the control API tells it. `endedAt` and `outcome` are null while it is under way. */
export type JournalEntry = {
  readonly origin: string;
  readonly surface: string;
  readonly at: number;
  readonly endedAt: number | null;
  readonly outcome: string | null;
  readonly status: number;
  readonly bytesOut: number;
  readonly connectionId: number;
  readonly httpVersion: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Record<string, unknown>;
  readonly body: unknown;
};

const secretHeaders = new Set(['authorization', 'proxy-authorization', 'cookie', 'x-api-key', 'api-key']);
const secretFields = new Set(['client_secret', 'assertion', 'refresh_token', 'password', 'code']);

const secretPairs = /((?:client_secret|assertion|refresh_token|password|code)=)[^&\s]*/gu;

/** The first 16 hex digits of the SHA-256: enough to compare, useless to replay. */
const fingerprint = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex').slice(0, 16);

function shownHeader(value: string): string {
  const space = value.indexOf(' ');
  const scheme = space === -1 ? '' : `${value.slice(0, space)} `;
  return `${scheme}sha256:${fingerprint(value.slice(space + 1))}`;
}

function shownHeaders(exchange: Exchange): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(exchange.headers)) {
    shown[name] = secretHeaders.has(name) && typeof value === 'string' ? shownHeader(value) : value;
  }
  return shown;
}

function shownBody(exchange: Exchange): unknown {
  const text = exchange.body.toString('utf8');
  if (text === '') return null;
  if (exchange.header('content-type')?.includes('x-www-form-urlencoded') === true) {
    const fields = [...new URLSearchParams(text)];
    return Object.fromEntries(
      fields.map(([name, value]) => [name, secretFields.has(name) ? '[masked]' : value]),
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return exchange.origin === 'login' ? text.replaceAll(secretPairs, '$1[masked]') : text;
  }
}

const shownEntry = ({ exchange, at, endedAt, surface }: Entry): JournalEntry => ({
  origin: exchange.origin,
  surface,
  at,
  endedAt: endedAt ?? null,
  outcome: exchange.outcome ?? null,
  status: exchange.status,
  bytesOut: exchange.bytesOut,
  connectionId: exchange.connectionId,
  httpVersion: exchange.httpVersion,
  method: exchange.method,
  path: exchange.path,
  query: exchange.query.replaceAll(secretPairs, '$1[masked]'),
  headers: shownHeaders(exchange),
  body: shownBody(exchange),
});

export class Journal {
  #entries: (Entry | undefined)[] = [];
  #bytesHeld = 0;
  #first = 0;
  readonly #limits: JournalLimits;

  constructor(limits: JournalLimits = defaultLimits) {
    this.#limits = limits;
  }

  begin(exchange: Exchange, at: number, surface: string): Entry {
    const entry: Entry = { exchange, at, surface, endedAt: undefined };
    this.#entries.push(entry);
    this.#trim();
    return entry;
  }

  /** Counts a body that has been read, once the entry stands. */
  hold(bytes: number): void {
    this.#bytesHeld += bytes;
    this.#trim();
  }

  #trim(): void {
    const { entriesMax, bodyBytesMax } = this.#limits;
    while (this.#size > entriesMax || (this.#bytesHeld > bodyBytesMax && this.#size > 1)) {
      this.#bytesHeld -= this.#entries[this.#first]?.exchange.body.length ?? 0;
      this.#entries[this.#first] = undefined;
      this.#first += 1;
    }
    // Empty places are cut off in one go now and then, so that dropping the oldest costs nothing each time.
    if (this.#first > entriesMax) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }

  get #size(): number {
    return this.#entries.length - this.#first;
  }

  show(surface?: string | null): JournalEntry[] {
    const held = this.#entries.filter((entry) => entry !== undefined);
    const wanted = typeof surface === 'string' ? held.filter((entry) => entry.surface === surface) : held;
    return wanted.map(shownEntry);
  }

  reset(): void {
    this.#entries = [];
    this.#bytesHeld = 0;
    this.#first = 0;
  }
}
