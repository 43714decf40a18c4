// Errors of the two surfaces that hand a vendor's own protocol through. Whether the gateway wraps them in its own body or
// leaves the vendor's is not known (9 #8, [I M]), so the org decides. What the gateway itself refuses (tokens, headers,
// models) is always in its own form.
import { failure } from '../failures.ts';
import type { Context, Manner, Staged } from './surface.ts';
import { Refusal } from './surface.ts';

type Native = 'invoke' | 'responses';

/** What OpenAI tells beside the message. */
export type ErrorPlace = { readonly param?: string; readonly code?: string };

const anthropicTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  529: 'overloaded_error',
};

function openaiType(status: number): string {
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

const words: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Access bearer token is missing or invalid',
  404: 'Resource not found',
  429: 'Too many requests, please wait before trying again.',
  503: 'Overloaded',
  529: 'Overloaded',
};

export const wordsFor = (status: number): string => words[status] ?? 'The model provider failed';

/** A value of the client as a message quotes it. */
export const shown = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');

function vendorBody(
  context: Context,
  native: Native,
  status: number,
  message: string,
  place: ErrorPlace,
): unknown {
  if (native === 'responses') {
    const error = { message, type: openaiType(status), param: place.param ?? null, code: place.code ?? null };
    return { error };
  }
  if (context.org.invokeErrorBody === 'message') return { message };
  return { type: 'error', error: { type: anthropicTypes[status] ?? 'api_error', message } };
}

/** An error of the vendor, in the form the org shows it. */
function nativeFailure(
  context: Context,
  native: Native,
  status: number,
  message?: string,
  place: ErrorPlace = {},
): Staged {
  const told = message === undefined ? {} : { message, messageCode: 'EXXXXX' };
  const wrapped = failure(context, 'gateway', status, { ...told, providerStatusCode: status });
  const form = native === 'invoke' ? context.org.invokeErrorBody : context.org.responsesErrorBody;
  if (form === 'gateway') return wrapped;
  const body = vendorBody(context, native, status, message ?? wordsFor(status), place);
  return {
    status,
    headers: { ...wrapped.headers, 'content-type': 'application/json' },
    frames: [{ kind: 'content', bytes: JSON.stringify(body) }],
  };
}

export const nativeRefusal = (
  context: Context,
  native: Native,
  status: number,
  message: string,
  place: ErrorPlace = {},
): Refusal => new Refusal(nativeFailure(context, native, status, message, place));

/** How a native surface fails outside its streams. */
export const nativeManner = (context: Context, native: Native): Pick<Manner, 'failure'> => ({
  failure: (status) => nativeFailure(context, native, status),
});
