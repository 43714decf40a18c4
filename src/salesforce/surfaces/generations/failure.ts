// A failed call to a Failure: reference 7 as a table of rules, first match wins. The caller sees Salesforce's own message
// where there is one, since clients match on its words; codes and the request id go to the log.

import { ERROR_TABLE, GatewayError, type ErrorCode } from '../../../core/errors/index.ts';
import { parseJson } from '../../../core/wire/index.ts';
import type { Adaptation, Failure, ResponseHead } from '../port.ts';
import { readErrorBody, readErrorValue, type ErrorBody } from './error-body.ts';
import { readHeader, readWaitMs } from './waits.ts';

type Facts = { readonly status: number; readonly body: ErrorBody; readonly message: string };

type Rule = {
  readonly when: (facts: Facts) => boolean;
  readonly code: ErrorCode;
  /** Said where Salesforce gives no words, and always where `own` is set. */
  readonly words: string;
  readonly own?: boolean;
  readonly token?: Failure['token'];
};

/** Claude; OpenAI; Gemini; the gateway's cap on what it masks (reference 2.10, 7). */
const TOO_LONG =
  /prompt is too long|maximum context length|context[_ ]length|context (?:window|limit)|exceeds the token limit|(?:input|prompt) (?:is )?too long|token count .{0,80}exceeds the maximum|too many (?:input |prompt )?tokens/i;
/** The word `model`, at most its name in between: "tool ... not found in the model's history" is something else. */
const NOT_AVAILABLE =
  /\bmodel\s+(?:['"`]?[\w.:/-]+['"`]?\s+)?(?:is |was )?(?:not (?:available|found|enabled)|does(?:n't| not) exist)|unknown model/i;

/** What a refusal says the call must do without. First match wins. */
const ADAPTATION_RULES: readonly { readonly when: RegExp; readonly adaptation: Adaptation }[] = [
  // Models that reason take no temperature, top-p or top-k (reference 7, 8.14).
  {
    when: /(?:temperature|top_[pk])\b.{0,80}(?:unsupported|not support|not allowed|deprecated)|(?:unsupported|not support|not allowed).{0,80}(?:temperature|top_[pk])\b/i,
    adaptation: 'drop-sampling',
  },
  // The gateway's own field, documented for some families and proven for none (reference 3.3, 3.4).
  { when: /\breasoning_(?:settings|budget)\b/i, adaptation: 'strip-reasoning' },
];

const statusIs =
  (...statuses: number[]) =>
  (facts: Facts): boolean =>
    statuses.includes(facts.status);

const RULES: readonly Rule[] = [
  {
    when: statusIs(401),
    code: 'upstream_unauthorized',
    words: "Salesforce rejected the gateway's own token.",
    own: true,
    token: 'rejected',
  },
  {
    when: ({ status, body }) => status === 429 || (body.providerStatus === 429 && status !== 403),
    code: 'upstream_rate_limited',
    words: 'Salesforce or the model provider limits the rate of requests; try again later.',
  },
  {
    when: statusIs(423),
    code: 'upstream_busy',
    words: 'Salesforce is busy and cannot process the request now.',
  },
  {
    when: statusIs(403),
    code: 'upstream_forbidden',
    words: 'Salesforce does not allow this org or user to make this request.',
  },
  {
    // Salesforce answers 404 both for a model it does not have and for a token it cannot use (reference 2.8, 8.3).
    when: statusIs(404),
    code: 'model_not_found',
    words: 'Salesforce does not know this model, or the org is not entitled to it.',
    token: 'suspect',
  },
  {
    when: ({ body, message }) => body.messageCode === 'E30036' || TOO_LONG.test(message),
    code: 'context_length_exceeded',
    words: "The prompt is longer than the model's context.",
  },
  {
    when: ({ status, message }) => status >= 400 && status < 500 && NOT_AVAILABLE.test(message),
    code: 'model_not_found',
    words: 'The model is not available.',
  },
  { when: statusIs(413), code: 'body_too_large', words: 'Salesforce refuses a request of this size.' },
  { when: statusIs(408, 425), code: 'upstream_error', words: 'Salesforce did not take the request in time.' },
  {
    when: ({ status }) => status >= 400 && status < 500,
    code: 'upstream_rejected',
    words: 'Salesforce rejected the request.',
  },
  {
    when: statusIs(503, 529),
    code: 'upstream_unavailable',
    words: 'Salesforce is not available at the moment.',
  },
];

const OTHERWISE: Rule = {
  when: () => true,
  code: 'upstream_error',
  words: 'Salesforce failed to answer the request.',
};

/** What an error's own code says where no status tells: inside a stream, or inside a 200 (reference 2.8, 3.10). */
const STATUS_OF_CODE: ReadonlyMap<string, number> = new Map([
  ['INVALID_AUTH', 401],
  ['LIMIT_EXCEEDED', 429],
  ['REQUIRED_FIELD_MISSING', 400],
  ['BAD_ARGUMENT', 400],
  ['INTERNAL_ERROR', 500],
]);

/**
 * Salesforce uses one code for 403, 404 and 423 (reference 2.8, 8.4), so the words decide. First match wins. Taken for a
 * missing model, a moment's trouble would close the surface to the model for a while.
 */
const REUSED_CODE = 'NOT_FOUND';
const STATUS_OF_WORDS: readonly { readonly when: RegExp; readonly status: number }[] = [
  { when: /\bbusy\b|\block(?:ed)?\b/i, status: 423 },
  {
    when: /\bforbidden\b|\baccess denied\b|\bnot (?:allowed|permitted|authori[sz]ed)\b|\bpermissions?\b/i,
    status: 403,
  },
  { when: /\b(?:model|resource)\b.{0,80}\bnot found\b/i, status: 404 },
  { when: NOT_AVAILABLE, status: 404 },
];
const STATUS_OTHERWISE = 500;

/** A response whose status is an error. */
export function decodeFailure(head: ResponseHead, bytes: Uint8Array): Failure {
  return judge(head, head.status, readErrorBody(bytes));
}

/** An error told inside a stream, or in the body of a 200. `head` is that of the response it came in. */
export function decodeInnerFailure(head: ResponseHead, text: string): Failure {
  const body = readErrorValue(parseJson(text), text);
  const failure = judge(head, innerStatus(toldStatus(body), body), body);
  // A response that began well has accepted the token: "not found" within it is not about the token.
  return failure.token === 'suspect' ? { ...failure, token: 'unaffected' } : failure;
}

function toldStatus({ errorCode, message }: ErrorBody): number {
  const code = errorCode?.toUpperCase() ?? '';
  if (code !== REUSED_CODE) return STATUS_OF_CODE.get(code) ?? STATUS_OTHERWISE;
  return STATUS_OF_WORDS.find(({ when }) => when.test(message ?? ''))?.status ?? STATUS_OTHERWISE;
}

/** A provider's 401 or 403 is about Salesforce's own account there and says nothing of our token. */
function innerStatus(told: number, body: ErrorBody): number {
  const { providerStatus } = body;
  if (providerStatus === undefined || told === 401) return told;
  if (providerStatus === 401 || providerStatus === 403) return 500;
  return providerStatus;
}

/**
 * What came is not what the surface is documented to send.
 * @param detail For the log. Never a part of a reply: it is the model's, or the caller's, words.
 */
export function protocolFailure(head: ResponseHead, what: string, detail?: string): Failure {
  const error = new GatewayError('upstream_protocol', what, {
    detail,
    upstream: {
      status: head.status,
      errorCode: undefined,
      messageCode: undefined,
      requestId: readHeader(head, 'x-request-id'),
    },
  });
  return { error, token: 'unaffected' };
}

function judge(head: ResponseHead, status: number, body: ErrorBody): Failure {
  const facts: Facts = { status, body, message: body.message ?? '' };
  const rule = RULES.find((candidate) => candidate.when(facts)) ?? OTHERWISE;
  const error = new GatewayError(rule.code, rule.own === true ? rule.words : (body.message ?? rule.words), {
    // The rate limit's headers may come with any answer; only what may be tried again has a wait.
    retryAfterMs: ERROR_TABLE[rule.code].retry === 'never' ? undefined : readWaitMs(head, body.json),
    detail: rule.own === true ? (body.message ?? body.detail) : body.detail,
    upstream: {
      status: head.status,
      errorCode: body.errorCode,
      messageCode: body.messageCode,
      requestId: readHeader(head, 'x-request-id'),
    },
  });
  const adapted =
    rule.code === 'upstream_rejected'
      ? ADAPTATION_RULES.find(({ when }) => when.test(facts.message))
      : undefined;
  return {
    error,
    token: rule.token ?? 'unaffected',
    ...(adapted !== undefined && { adaptation: adapted.adaptation }),
  };
}
