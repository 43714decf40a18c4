// The port of telemetry: what is told when a request ends. One outcome a request, once.

import type { ErrorCode, UpstreamFault } from '../core/errors/index.ts';
import type { CallLoss, FinishReason, Sampling, Usage } from '../core/neutral/index.ts';

export type Outcome = {
  readonly requestId: string;
  readonly dialect: string;
  readonly operation: string;
  readonly result: 'ok' | 'error' | 'client-closed';
  /** The HTTP status sent, or that would have been. */
  readonly status: number;
  readonly errorCode: ErrorCode | undefined;
  /** As shown to the caller. */
  readonly errorMessage: string | undefined;
  /** The message may quote the request, so it is for the caller alone and in no log. */
  readonly errorMessageMayQuote: boolean;
  /** Never shown to the caller. */
  readonly errorDetail: string | undefined;
  readonly upstreamFault: UpstreamFault | undefined;
  readonly keyId: string | undefined;
  readonly stream: boolean;
  /** The name the client asked for; undefined where the body never told. */
  readonly modelAsked: string | undefined;
  /** The catalogue's id of the model that was called. */
  readonly model: string | undefined;
  /** The vendor's id in the reply. */
  readonly modelServed: string | undefined;
  readonly surface: string | undefined;
  /** Upstream calls made. */
  readonly attempts: number;
  readonly usage: Usage;
  readonly loss: readonly CallLoss[];
  /** Salesforce's `x-request-id` of the last upstream call. */
  readonly upstreamRequestId: string | undefined;
  /** Milliseconds from the request's arrival to its end. */
  readonly durationMs: number;
  /** Milliseconds from the request's arrival to the first byte sent; undefined where none was. */
  readonly firstByteMs: number | undefined;
  /** How it went, piece by piece; absent where nobody asked for it. */
  readonly trace?: TraceNote | undefined;
  /** What was said; absent where nobody asked for it. */
  readonly content?: ContentNote | undefined;
};

/** Words of a caller or a model, as they came: not yet fit to be shown. */
export type NotedText = {
  /** Bounded. */
  readonly text: string;
  /** Of all of it. */
  readonly characters: number;
};

export type ContentNote = { readonly request: NotedText; readonly response: NotedText };

/** One upstream call as it ran. Times are monotonic milliseconds. */
export type CallNote = {
  readonly surface: string;
  /** By the name the upstream was asked for. */
  readonly model: string;
  /** How often it was tried before. */
  readonly retry: number;
  readonly startedMs: number;
  readonly endedMs: number;
  /** Undefined where no answer began. */
  readonly status: number | undefined;
  readonly errorCode: ErrorCode | undefined;
  readonly upstreamRequestId: string | undefined;
  readonly modelServed: string | undefined;
  /** The upstream's id of the reply. */
  readonly replyId: string | undefined;
  readonly finish: FinishReason | undefined;
  readonly usage: Usage;
};

/** A wait for a token, which may have been a login. */
export type TokenNote = {
  readonly startedMs: number;
  readonly endedMs: number;
  readonly errorCode: ErrorCode | undefined;
};

/** What a trace tells of a request beyond its outcome. Nothing of it is a caller's text. */
export type TraceNote = {
  readonly method: string;
  /** The route's pattern; empty where none fitted. */
  readonly route: string;
  /** As the caller sent them, unchecked. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly receivedMs: number;
  readonly endedMs: number;
  readonly asked: AskedNote | undefined;
  readonly calls: readonly CallNote[];
  readonly tokens: readonly TokenNote[];
  /** Calls and waits beyond those that are kept of one request. */
  readonly leftOut: number;
  /** Of a stream: from the request's arrival to the first content of the call that was committed. */
  readonly firstContentMs: number | undefined;
};

/** The numbers of a call. */
export type AskedNote = {
  readonly maxOutputTokens: number | undefined;
  readonly choices: number;
  readonly sampling: Sampling;
};

export type Telemetry = {
  /** A request has arrived. */
  begin(): void;
  /** That request has ended. */
  settle(outcome: Outcome): void;
  /** What outcomes shall tell besides. Nothing of it is gathered where nobody asks. */
  readonly wants?: Wants;
};

export type Wants = {
  readonly trace: boolean;
  /** Characters of each text that are wanted; undefined where none are. */
  readonly contentCharacters: number | undefined;
};
