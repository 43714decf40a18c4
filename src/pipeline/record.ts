// What is known of one exchange while it runs, and its outcome at the end. Settled always, once.

import type { GatewayError } from '../core/errors/index.ts';
import { UNKNOWN_USAGE, type CallLoss, type Model, type Usage } from '../core/neutral/index.ts';
import type { Clock } from '../core/platform/index.ts';
import type { Telemetry } from '../telemetry/port.ts';
import type { ClientSide } from './client-side.ts';
import { ContentNotes } from './content-notes.ts';
import type { Exchange } from './port.ts';
import { TraceNotes } from './trace-notes.ts';

type RecordDependencies = { readonly telemetry: Telemetry; readonly clock: Clock };

export class ExchangeRecord {
  readonly #exchange: Exchange;
  operation = 'unknown';
  stream = false;
  modelAsked: string | undefined;
  model: Model | undefined;
  modelServed: string | undefined;
  surface: string | undefined;
  attempts = 0;
  usage: Usage = UNKNOWN_USAGE;
  loss: readonly CallLoss[] = [];
  repaired = false;
  upstreamRequestId: string | undefined;
  /** Undefined where nobody traces. */
  readonly trace: TraceNotes | undefined;
  /** Undefined where content is not logged. */
  readonly content: ContentNotes | undefined;

  constructor(exchange: Exchange, { telemetry, clock }: RecordDependencies) {
    this.#exchange = exchange;
    const wanted = telemetry.wants?.contentCharacters;
    this.content = wanted === undefined ? undefined : new ContentNotes(wanted);
    this.trace = telemetry.wants?.trace === true ? new TraceNotes(clock) : undefined;
  }

  /** Tells telemetry how it ended. `error` is undefined when it ended well. */
  settle(telemetry: Telemetry, clock: Clock, client: ClientSide, error: GatewayError | undefined): void {
    const gone = error?.code === 'client_closed';
    telemetry.settle({
      requestId: this.#exchange.requestId,
      dialect: this.#exchange.dialect.id,
      operation: this.operation,
      result: error === undefined ? 'ok' : gone ? 'client-closed' : 'error',
      status: client.status ?? error?.status ?? 0,
      errorCode: error?.code,
      errorMessage: error?.message,
      errorMessageMayQuote: error !== undefined && mayQuote(error),
      errorDetail: error?.upstream === undefined ? error?.detail : withheld(error.detail),
      upstreamFault: error?.upstream,
      keyId: this.#exchange.caller?.keyId,
      stream: this.stream,
      modelAsked: this.modelAsked,
      model: this.model?.id,
      modelServed: this.modelServed,
      surface: this.surface,
      attempts: this.attempts,
      usage: this.usage,
      loss: this.loss,
      upstreamRequestId: this.upstreamRequestId,
      durationMs: clock.monotonicMs() - this.#exchange.receivedMs,
      firstByteMs: client.firstByteMs,
      trace: this.trace?.told(this.#exchange),
      content: this.content?.told(),
    });
  }
}

/** Whether the words are a model host's: they may quote the request. A login's are taken from a list. */
function mayQuote(error: GatewayError): boolean {
  return (
    error.upstream !== undefined &&
    error.code !== 'upstream_login_refused' &&
    error.code !== 'upstream_login_unavailable'
  );
}

/** What Salesforce says of a request may quote it, so its words go to the caller alone; the log gets codes and ids. */
function withheld(detail: string | undefined): string | undefined {
  return detail === undefined ? undefined : `${detail.length} characters of Salesforce's answer withheld`;
}
