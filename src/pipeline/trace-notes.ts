// What a trace tells of one exchange, gathered while it runs: its upstream calls and its waits for a token, with their
// times. Made only where telemetry asks for it; everywhere else the exchange has none, and nothing is noted.

import { toGatewayError } from '../core/errors/index.ts';
import type { Call, FinishReason, Usage } from '../core/neutral/index.ts';
import type { Clock } from '../core/platform/index.ts';
import type { Token } from '../salesforce/credentials/port.ts';
import type { AskedNote, CallNote, TokenNote, TraceNote } from '../telemetry/port.ts';
import type { Exchange } from './port.ts';

/** Upstream calls of one request that are kept, and waits likewise; those beyond are counted. */
const NOTES_MAX = 256;

/** What is known of a call when it ends. */
type Ended = Omit<CallNote, 'endedMs' | 'errorCode' | 'usage' | 'finish'> & {
  readonly error: unknown;
  readonly usage: Usage;
  readonly finish: FinishReason | undefined;
  /** Monotonic milliseconds of its first content, where it streamed. */
  readonly contentMs: number | undefined;
};

export class TraceNotes {
  readonly #clock: Clock;
  readonly #calls: CallNote[] = [];
  readonly #tokens: TokenNote[] = [];
  #leftOut = 0;
  #contentMs: number | undefined;
  #asked: AskedNote | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ask({ maxOutputTokens, choices, sampling }: Call): void {
    this.#asked = { maxOutputTokens, choices, sampling };
  }

  noteCall({ error, contentMs, ...call }: Ended): void {
    if (contentMs !== undefined && (this.#contentMs === undefined || contentMs < this.#contentMs))
      this.#contentMs = contentMs;
    if (this.#calls.length >= NOTES_MAX) {
      this.#leftOut += 1;
      return;
    }
    const errorCode = error === undefined ? undefined : toGatewayError(error).code;
    this.#calls.push({ ...call, errorCode, endedMs: this.#clock.monotonicMs() });
  }

  /** Waits with the caller, and notes for how long. */
  async waitFor(token: Promise<Token>): Promise<Token> {
    const startedMs = this.#clock.monotonicMs();
    try {
      const got = await token;
      this.#noteToken(startedMs, undefined);
      return got;
    } catch (thrown) {
      this.#noteToken(startedMs, thrown);
      throw thrown;
    }
  }

  #noteToken(startedMs: number, error: unknown): void {
    if (this.#tokens.length >= NOTES_MAX) {
      this.#leftOut += 1;
      return;
    }
    const errorCode = error === undefined ? undefined : toGatewayError(error).code;
    this.#tokens.push({ startedMs, endedMs: this.#clock.monotonicMs(), errorCode });
  }

  told({ request, receivedMs }: Exchange): TraceNote {
    const { method, route, headers } = request;
    return {
      method,
      route,
      traceparent: single(headers['traceparent']),
      tracestate: single(headers['tracestate']),
      receivedMs,
      endedMs: this.#clock.monotonicMs(),
      asked: this.#asked,
      calls: this.#calls,
      tokens: this.#tokens,
      leftOut: this.#leftOut,
      firstContentMs: this.#contentMs === undefined ? undefined : this.#contentMs - receivedMs,
    };
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
