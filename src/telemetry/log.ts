// The structured log: one JSON line a request, and lines about the gateway itself. Never what a caller wrote or a model
// answered: only names, counts, times, and errors in bounded words. Where the operator has switched content on, it has a
// line of its own beside the request's, redacted and marked.

import { pino } from 'pino';

import { ERROR_TABLE } from '../core/errors/index.ts';
import type { Clock } from '../core/platform/index.ts';
import type { LogSink } from './destination.ts';
import type { LogFields, LogLevel } from './options.ts';
import { showText, type Redactor } from './content.ts';
import type { ContentNote, Outcome } from './port.ts';
import { scrub } from './redaction.ts';

const MESSAGE_LENGTH_MAX = 500;
const DETAIL_LENGTH_MAX = 2000;
const NAME_LENGTH_MAX = 200;
/** Field names whose values are never of use in a log. */
const REDACTED = [
  'authorization',
  'api_key',
  'access_token',
  'client_secret',
  'consumer_secret',
  'key',
  'password',
  'secret',
  'token',
];

export type Log = {
  /** @param traceId Of the trace that tells of the request, where one does. */
  request(outcome: Outcome, traceId?: string): void;
  event(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields: LogFields): void;
};

export type ContentOptions = {
  /** Of each of the two texts. */
  readonly charactersMax: number;
  readonly redact: Redactor;
};

/** @param content Undefined where what was said is no matter of the log. */
export function createLog(level: LogLevel, clock: Clock, sink: LogSink, content?: ContentOptions): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":${clock.nowMs()}`,
      formatters: { level: (label: string) => ({ level: label }) },
      redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
    },
    sink,
  );
  return {
    request(outcome, traceId) {
      const requestLevel = levelOf(outcome);
      if (!logger.isLevelEnabled(requestLevel)) return;
      // As the logger would write it, at a fifth of its cost (0.6 against 3.4 µs, measured): the shape is fixed.
      sink.write(`${JSON.stringify(lineOf(outcome, requestLevel, clock.nowMs(), traceId))}\n`);
      if (content !== undefined && outcome.content !== undefined)
        sink.write(`${JSON.stringify(contentLineOf(outcome, outcome.content, clock.nowMs(), content))}\n`);
    },
    event: (eventLevel, message, fields) => logger[eventLevel](fields, message),
  };
}

/** Two decimals: microseconds are noise, and cost bytes in every line. */
const rounded = (ms: number): number => Math.round(ms * 100) / 100;

const bounded = (name: string | undefined): string | undefined =>
  name === undefined || name.length <= NAME_LENGTH_MAX ? name : `${name.slice(0, NAME_LENGTH_MAX)}…`;

/** A fault of ours or of Salesforce wants attention, a caller's is only worth knowing. */
function levelOf(outcome: Outcome): 'info' | 'warn' | 'error' {
  if (outcome.errorCode === undefined || outcome.result !== 'error') return 'info';
  const { fault } = ERROR_TABLE[outcome.errorCode];
  return fault === 'upstream' || fault === 'gateway' ? 'error' : 'warn';
}

/** `content: true` is the mark by which such lines are found, kept apart or thrown away. */
function contentLineOf(
  outcome: Outcome,
  { request, response }: ContentNote,
  timeMs: number,
  { charactersMax, redact }: ContentOptions,
): LogFields {
  const asked = showText(request, redact, charactersMax, 'end');
  const answered = showText(response, redact, charactersMax, 'beginning');
  return {
    level: 'info',
    time: timeMs,
    request_id: outcome.requestId,
    content: true,
    request: asked.text,
    request_characters: request.characters,
    request_cut: asked.cut ? true : undefined,
    response: answered.text,
    response_characters: response.characters,
    response_cut: answered.cut ? true : undefined,
    msg: 'content',
  };
}

/** Fields that are undefined are left out when printed. */
function lineOf(outcome: Outcome, level: LogLevel, timeMs: number, traceId: string | undefined): LogFields {
  const { usage, upstreamFault } = outcome;
  return {
    level,
    time: timeMs,
    request_id: outcome.requestId,
    trace_id: traceId,
    dialect: outcome.dialect,
    operation: outcome.operation,
    result: outcome.result,
    status: outcome.status,
    response_time: rounded(outcome.durationMs),
    first_byte_ms: outcome.firstByteMs === undefined ? undefined : rounded(outcome.firstByteMs),
    stream: outcome.stream,
    key_id: outcome.keyId,
    model_asked: bounded(outcome.modelAsked),
    model: outcome.model,
    model_served: bounded(outcome.modelServed),
    surface: outcome.surface,
    attempts: outcome.attempts,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cache_read_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    reasoning_tokens: usage.reasoningTokens,
    usage_estimated: usage.estimated ? true : undefined,
    loss: outcome.loss.length === 0 ? undefined : outcome.loss.map(({ need, how }) => `${need} ${how}`),
    upstream_request_id: outcome.upstreamRequestId ?? upstreamFault?.requestId,
    error_code: outcome.errorCode,
    error_message: outcome.errorMessageMayQuote ? undefined : scrub(outcome.errorMessage, MESSAGE_LENGTH_MAX),
    error_detail: scrub(outcome.errorDetail, DETAIL_LENGTH_MAX),
    upstream_status: upstreamFault?.status,
    upstream_error_code: bounded(upstreamFault?.errorCode),
    upstream_message_code: bounded(upstreamFault?.messageCode),
    msg: 'request',
  };
}
