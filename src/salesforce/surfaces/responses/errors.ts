// Failures of this surface: what a status says is judged by the shared rules (reference 3.10, 7), what the format says
// inside a reply by its own codes. Salesforce's own error body is possible in every place (reference 9.8). Some say what
// would make the call acceptable.

import { GatewayError, type ErrorCode } from '../../../core/errors/index.ts';
import type { ResponsesError } from '../../../protocols/openai-responses/index.ts';
import { decodeFailure } from '../generations/failure.ts';
import { decodeInnerFailure } from '../generations/index.ts';
import type { Adaptation, Failure, ResponseHead, SurfaceContext } from '../port.ts';

const TOO_LONG = 'context_length_exceeded';

type AdaptationRule = { readonly when: RegExp; readonly adaptation: Adaptation };

/** By the words of the refusal, since it has no code (reference 3.8, 7; the wordings are OpenAI's). */
const ADAPTATION_RULES: readonly AdaptationRule[] = [
  {
    when: /(?:unexpected|unsupported|invalid) value:? *\\?['"](?:max|xhigh)\\?['"]/i,
    adaptation: 'clamp-effort',
  },
  {
    when: /\b(?:temperature|top_p)\b.{0,80}(?:not supported|unsupported|not allowed|not compatible)|(?:unsupported|unknown) (?:parameter|value).{0,40}\b(?:temperature|top_p)\b/is,
    adaptation: 'drop-sampling',
  },
  {
    when: /encrypted[_ ]content|reasoning[._ ]summar(?:y|ies)|\\?['"]include(?:\[\d+\])?\\?['"]/i,
    adaptation: 'strip-reasoning',
  },
];

/** The same error under another code, or told by a response of another status. */
function retell(error: GatewayError, code: ErrorCode, status: number): GatewayError {
  const { message, retryAfterMs, detail, upstream } = error;
  return new GatewayError(code, message, {
    retryAfterMs,
    detail,
    upstream: upstream === undefined ? undefined : { ...upstream, status },
  });
}

/** What the format's own words say beyond the shared rules. */
function refine(failure: Failure, head: ResponseHead, context: SurfaceContext): Failure {
  const { error } = failure;
  if (error.code !== 'upstream_rejected') return failure;
  if (error.upstream?.errorCode === TOO_LONG)
    return { ...failure, error: retell(error, TOO_LONG, head.status) };
  const words = `${error.message}\n${error.detail ?? ''}`;
  const rule = ADAPTATION_RULES.find((candidate) => candidate.when.test(words));
  // Refused in spite of it: once more would not help.
  if (rule === undefined || context.adaptations.has(rule.adaptation)) return failure;
  return { ...failure, adaptation: rule.adaptation };
}

/** A response whose status is an error. */
export function decodeStatusFailure(head: ResponseHead, bytes: Uint8Array, context: SurfaceContext): Failure {
  return refine(decodeFailure(head, bytes), head, context);
}

/** What an error inside a reply would have had for a status. First match wins. */
const STATUS_RULES: readonly { readonly code: RegExp; readonly status: number }[] = [
  { code: /^rate_limit|^insufficient_quota$|^too_many_requests$/, status: 429 },
  { code: /overloaded$|^slow_down$|^service_unavailable/, status: 503 },
  { code: /^model_not_found$/, status: 404 },
  // Keys and rights are Salesforce's own at the provider: they say nothing of ours.
  { code: /^(?:invalid_api_key|authentication_error|permission_error|server_error|api_error)$/, status: 500 },
  {
    code: /^(?:invalid|image|empty|unsupported|unknown|missing|failed_to_download|context_length)_|policy|content_filter/,
    status: 400,
  },
];
const STATUS_OTHERWISE = 500;

function statusOf(error: ResponsesError): number {
  for (const word of [error.code, error.type]) {
    const rule = word === undefined ? undefined : STATUS_RULES.find(({ code }) => code.test(word));
    if (rule !== undefined) return rule.status;
  }
  return STATUS_OTHERWISE;
}

/**
 * A reply that says it failed.
 *
 * @param text The same as it came, for words that are not the format's.
 */
export function decodeToldFailure(
  head: ResponseHead,
  told: ResponsesError | undefined,
  text: string,
  context: SurfaceContext,
): Failure {
  if (told === undefined || (told.code === undefined && told.type === undefined)) {
    return decodeForeignFailure(head, text, context);
  }
  const body = Buffer.from(JSON.stringify({ error: told }));
  const { error } = decodeFailure({ ...head, status: statusOf(told) }, body);
  // A response that began well has accepted the token: nothing within it is about the token.
  return refine({ error: retell(error, error.code, head.status), token: 'unaffected' }, head, context);
}

/** An error of Salesforce's own inside a reply. */
export function decodeForeignFailure(head: ResponseHead, text: string, context: SurfaceContext): Failure {
  return refine(decodeInnerFailure(head, text), head, context);
}
