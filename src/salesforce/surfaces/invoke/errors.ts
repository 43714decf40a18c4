// Failures of this surface: what a status says is judged by the shared rules (reference 3.10, 7); what Anthropic's format or
// the event stream's framing says, by its own words, as the status it stands for. Salesforce's own error body is possible in
// every place (reference 9.8). Some say what would make the call acceptable.

import { GatewayError } from '../../../core/errors/index.ts';
import type { JsonObject } from '../../../core/neutral/index.ts';
import { isJsonObject, parseJson } from '../../../core/wire/index.ts';
import type { UpstreamError } from '../../../protocols/anthropic/index.ts';
import { decodeFailure } from '../generations/failure.ts';
import { decodeInnerFailure } from '../generations/index.ts';
import type { Adaptation, Failure, ResponseHead, SurfaceContext } from '../port.ts';

type AdaptationRule = { readonly when: RegExp; readonly adaptation: Adaptation };

/** By the words of the refusal, since it has no code. First match wins (reference 3.7, 7; the other wordings: Anthropic). */
const ADAPTATION_RULES: readonly AdaptationRule[] = [
  {
    when: /\bcache_control\b.{0,80}\b(?:ttl|scope)\b.{0,40}extra inputs are not permitted/is,
    adaptation: 'plain-cache-markers',
  },
  { when: /no user context has been created/i, adaptation: 'strip-reasoning' },
  {
    when: /thinking[._ ]type[._ ]enabled.{0,80}(?:not supported|unsupported)|\buse\b.{0,20}thinking[._ ]type[._ ]adaptive/is,
    adaptation: 'adaptive-reasoning',
  },
  {
    when: /(?:(?:adaptive|extended) )?thinking\b.{0,40}(?:is |are )?(?:not supported|unsupported|not available)|does(?:n't| not) support .{0,40}thinking/is,
    adaptation: 'strip-reasoning',
  },
  {
    when: /\beffort\b.{0,80}\b(?:max|xhigh)\b|\b(?:max|xhigh)\b.{0,80}\beffort\b|\beffort\b.{0,40}input should be/is,
    adaptation: 'clamp-effort',
  },
  {
    when: /\b(?:temperature|top_p|top_k)\b.{0,120}(?:cannot both|may only be|must be unset|deprecated|not supported|unsupported|not allowed)/is,
    adaptation: 'drop-sampling',
  },
];

/** Codes whose failure may be the wording's fault: refusals, and the 502 that one route gives for thinking. */
const ADAPTABLE: ReadonlySet<string> = new Set(['upstream_rejected', 'upstream_error']);

function refine(failure: Failure, context: SurfaceContext): Failure {
  const { error, token } = failure;
  const words = error.message;
  const rule = ADAPTABLE.has(error.code) ? ADAPTATION_RULES.find(({ when }) => when.test(words)) : undefined;
  if (rule === undefined) return failure;
  // Refused in spite of it. The one thing left for a model that takes no form of thinking is to send none.
  const { adaptations } = context;
  const next =
    rule.adaptation === 'adaptive-reasoning' && adaptations.has('adaptive-reasoning')
      ? 'strip-reasoning'
      : rule.adaptation;
  return adaptations.has(next) ? { error, token } : { error, token, adaptation: next };
}

/** A response whose status is an error. */
export function decodeStatusFailure(head: ResponseHead, bytes: Uint8Array, context: SurfaceContext): Failure {
  return refine(decodeFailure(head, bytes), context);
}

/** An error of Salesforce's own inside a reply. */
export function decodeForeignFailure(head: ResponseHead, text: string, context: SurfaceContext): Failure {
  return refine(decodeInnerFailure(head, text), context);
}

/** Told inside a reply: judged as the status it stands for, but the response had its own. */
function judgeAs(status: number, head: ResponseHead, body: Uint8Array, context: SurfaceContext): Failure {
  const judged = decodeFailure({ ...head, status }, body);
  const { code, message, retryAfterMs, detail, upstream } = judged.error;
  const error = new GatewayError(code, message, {
    retryAfterMs,
    detail,
    upstream: upstream === undefined ? undefined : { ...upstream, status: head.status },
  });
  // A response that began well has accepted the token: nothing within it is about the token.
  return refine({ ...judged, error, token: 'unaffected' }, context);
}

/** Keys and rights are Salesforce's own at the provider: they say nothing of ours, and are not the caller's fault. */
const STATUS_OF_TYPE: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['not_found_error', 404],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['overloaded_error', 529],
]);
const STATUS_OTHERWISE = 500;
const DETAIL_CHARACTERS_MAX = 2_000;

/** An error of Anthropic's format inside a reply. @param text The same as it came, for words that are not the format's. */
export function decodeToldFailure(
  head: ResponseHead,
  told: UpstreamError,
  text: string,
  context: SurfaceContext,
): Failure {
  if (told.type === undefined) return decodeForeignFailure(head, text, context);
  const body = { error: told };
  const status = STATUS_OF_TYPE.get(told.type) ?? STATUS_OTHERWISE;
  return judgeAs(status, head, Buffer.from(JSON.stringify(body)), context);
}

/** Frames that say an exception, by its name without the ending (reference 3.7, 7; AWS's documentation of the call). */
const STATUS_OF_EXCEPTION: ReadonlyMap<string, number> = new Map([
  ['throttling', 429],
  ['servicequotaexceeded', 429],
  ['validation', 400],
  ['resourcenotfound', 404],
  ['serviceunavailable', 503],
  ['modelnotready', 503],
  ['modeltimeout', 504],
  ['modelstreamerror', 500],
  ['modelerror', 500],
  ['internalserver', 500],
]);

/**
 * @param name Of the exception, or the code of an error frame.
 * @param message What an error frame says in its headers.
 */
export function decodeExceptionFailure(
  head: ResponseHead,
  name: string,
  payload: string,
  message: string | undefined,
  context: SurfaceContext,
): Failure {
  const value = parseJson(payload);
  // What has no fields is for the log alone.
  const fields = isJsonObject(value) ? value : { body: payload.slice(0, DETAIL_CHARACTERS_MAX) };
  const status = STATUS_OF_EXCEPTION.get(name.toLowerCase().replace(/(?:exception|error)$/, ''));
  const isForeign = 'errorCode' in fields || 'error_code' in fields;
  if (status === undefined && isForeign) return decodeForeignFailure(head, payload, context);
  const told: JsonObject = { ...(message === undefined ? {} : { message }), errorCode: name, ...fields };
  return judgeAs(status ?? STATUS_OTHERWISE, head, Buffer.from(JSON.stringify(told)), context);
}
