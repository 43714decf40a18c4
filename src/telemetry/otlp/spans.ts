// What a request looks like as spans, by the GenAI and the HTTP conventions: one for the request, one for each upstream
// call, one for each wait for a token. Pure: an outcome in, descriptions out. Names, counts and codes only; never a
// caller's text, a key or a message of an error, which may quote one.

import { ERROR_TABLE, type ErrorCode } from '../../core/errors/index.ts';
import type { Usage } from '../../core/neutral/index.ts';
import type { AskedNote, CallNote, Outcome, TokenNote, TraceNote } from '../port.ts';
import { ATTRIBUTE_CHARACTERS_MAX, type OtlpOptions } from './options.ts';

export type AttributeValue = string | number | boolean | readonly string[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Times are milliseconds since the epoch. */
export type SpanShape = {
  readonly name: string;
  readonly kind: 'server' | 'client' | 'internal';
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  /** Whether it counts as failed: the fault is not the caller's. */
  readonly failed: boolean;
};

export type TraceShape = { readonly request: SpanShape; readonly children: readonly SpanShape[] };

export type SpanOptions = Pick<OtlpOptions, 'provider' | 'upstream' | 'listens'> & {
  readonly clean: (text: string) => string;
};

/** @param nowMs The wall clock at the moment in which the outcome was told. */
export function traceOf(outcome: Outcome, trace: TraceNote, nowMs: number, options: SpanOptions): TraceShape {
  const wall = (monotonicMs: number): number => nowMs - (trace.endedMs - monotonicMs);
  const operation = operationName(outcome);
  const { calls, tokens } = trace;
  return {
    request: {
      name: nameOf(outcome, trace, operation),
      kind: 'server',
      startMs: wall(trace.receivedMs),
      endMs: nowMs,
      attributes: defined(requestAttributes(outcome, trace, operation, options)),
      failed: isFailed(outcome.errorCode),
    },
    children: [
      ...tokens.map((note) => tokenSpan(note, wall)),
      ...calls.map((note) => callSpan(note, operation ?? 'chat', wall, options)),
    ],
  };
}

/** By the GenAI conventions; undefined for what asks no model. */
export function operationName({ operation, dialect }: Outcome): string | undefined {
  if (operation === 'embed') return 'embeddings';
  if (operation !== 'generate') return undefined;
  return dialect.endsWith('-completions') ? 'text_completion' : 'chat';
}

/** Of few values, as names of spans must be: only a model that the gateway knows is named. */
function nameOf({ model }: Outcome, { method, route }: TraceNote, operation: string | undefined): string {
  if (operation !== undefined) return model === undefined ? operation : `${operation} ${model}`;
  return route === '' ? method : `${method} ${route}`;
}

type Loose = Readonly<Record<string, AttributeValue | undefined>>;

function requestAttributes(
  outcome: Outcome,
  trace: TraceNote,
  operation: string | undefined,
  { provider, listens, clean }: SpanOptions,
): Loose {
  const last = trace.calls.at(-1);
  const finishes = trace.calls.flatMap(({ finish }) => finish ?? []);
  const named = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : bounded(clean(text));
  return {
    'http.request.method': trace.method,
    'http.route': trace.route === '' ? undefined : trace.route,
    'http.response.status_code': outcome.status === 0 ? undefined : outcome.status,
    'server.address': listens.host,
    'server.port': listens.port === 0 ? undefined : listens.port,
    ...(operation === undefined
      ? {}
      : {
          'gen_ai.operation.name': operation,
          'gen_ai.provider.name': provider,
          'gen_ai.request.model': named(outcome.modelAsked),
          'gen_ai.response.model': named(outcome.modelServed),
          'gen_ai.response.id': named(last?.replyId),
          'gen_ai.response.finish_reasons': finishes.length === 0 ? undefined : finishes,
          'gen_ai.request.stream': outcome.stream,
          ...askedAttributes(trace.asked),
          ...usageAttributes(outcome.usage),
        }),
    'error.type': outcome.errorCode,
    'forcegate.request_id': outcome.requestId,
    'forcegate.dialect': outcome.dialect,
    'forcegate.operation': outcome.operation,
    'forcegate.result': outcome.result,
    'forcegate.key_id': outcome.keyId,
    'forcegate.surface': outcome.surface,
    'forcegate.upstream_calls': outcome.attempts,
    'forcegate.loss':
      outcome.loss.length === 0 ? undefined : outcome.loss.map(({ need, how }) => `${need} ${how}`),
    'forcegate.spans_left_out': trace.leftOut === 0 ? undefined : trace.leftOut,
    'forcegate.first_byte_ms': outcome.firstByteMs,
    'forcegate.first_content_ms': trace.firstContentMs,
  };
}

function askedAttributes(asked: AskedNote | undefined): Loose {
  if (asked === undefined) return {};
  const { maxOutputTokens, choices, sampling } = asked;
  return {
    'gen_ai.request.max_tokens': maxOutputTokens,
    'gen_ai.request.temperature': sampling.temperature,
    'gen_ai.request.top_p': sampling.topP,
    'gen_ai.request.top_k': sampling.topK,
    'gen_ai.request.seed': sampling.seed,
    'gen_ai.request.frequency_penalty': sampling.frequencyPenalty,
    'gen_ai.request.presence_penalty': sampling.presencePenalty,
    // One is what everyone asks for, and is not told.
    'gen_ai.request.choice.count': choices === 1 ? undefined : choices,
  };
}

function usageAttributes(usage: Usage): Loose {
  return {
    'gen_ai.usage.input_tokens': usage.inputTokens,
    'gen_ai.usage.output_tokens': usage.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': usage.cacheReadTokens,
    'gen_ai.usage.cache_creation.input_tokens': usage.cacheWriteTokens,
    'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens,
    'forcegate.usage_estimated': usage.estimated ? true : undefined,
  };
}

function callSpan(
  note: CallNote,
  operation: string,
  wall: (monotonicMs: number) => number,
  { provider, upstream, clean }: SpanOptions,
): SpanShape {
  const named = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : bounded(clean(text));
  return {
    name: `${operation} ${note.model}`,
    kind: 'client',
    startMs: wall(note.startedMs),
    endMs: wall(note.endedMs),
    failed: note.errorCode !== undefined,
    attributes: defined({
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': provider,
      'gen_ai.request.model': note.model,
      'gen_ai.response.model': named(note.modelServed),
      'gen_ai.response.id': named(note.replyId),
      'gen_ai.response.finish_reasons': note.finish === undefined ? undefined : [note.finish],
      'gen_ai.usage.input_tokens': note.usage.inputTokens,
      'gen_ai.usage.output_tokens': note.usage.outputTokens,
      'http.request.method': 'POST',
      'http.request.resend_count': note.retry === 0 ? undefined : note.retry,
      'http.response.status_code': note.status,
      'server.address': upstream.host,
      'server.port': upstream.port,
      'error.type': note.errorCode,
      'forcegate.surface': note.surface,
      'forcegate.upstream_request_id': named(note.upstreamRequestId),
    }),
  };
}

function tokenSpan(
  { startedMs, endedMs, errorCode }: TokenNote,
  wall: (monotonicMs: number) => number,
): SpanShape {
  return {
    name: 'token',
    kind: 'internal',
    startMs: wall(startedMs),
    endMs: wall(endedMs),
    failed: errorCode !== undefined,
    attributes: defined({ 'error.type': errorCode }),
  };
}

/** A caller's own fault does not make the gateway's span a failed one (HTTP conventions: 4xx on a server span). */
function isFailed(code: ErrorCode | undefined): boolean {
  if (code === undefined) return false;
  const { fault } = ERROR_TABLE[code];
  return fault === 'upstream' || fault === 'gateway';
}

function bounded(text: string): string {
  return text.length <= ATTRIBUTE_CHARACTERS_MAX ? text : `${text.slice(0, ATTRIBUTE_CHARACTERS_MAX)}…`;
}

function defined(attributes: Loose): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    ),
  );
}
