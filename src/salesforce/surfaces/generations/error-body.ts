// The body of an error, whatever its shape: the classic `Error`, the gateway's `LLMGError` in either case, edge formats,
// a vendor's own, plain text, HTML or nothing (reference 2.7, 3.10, 7). Only a message that came in a known field is fit
// to show; everything else is for the log, cut and cleaned of tokens.

import type { JsonObject, JsonValue } from '../../../core/neutral/index.ts';
import { isJsonObject, objectsOf, parseJson, textOf } from '../../../core/wire/index.ts';
import { numberOf, objectOf, pick } from './fields.ts';

export type ErrorBody = {
  /** Fit to show. Undefined where the body has none in a field we know. */
  readonly message: string | undefined;
  readonly errorCode: string | undefined;
  readonly messageCode: string | undefined;
  /** The status the model's provider gave Salesforce. */
  readonly providerStatus: number | undefined;
  /** For the log: which fields were wrong, or the beginning of a body that is in no shape we know. */
  readonly detail: string | undefined;
  readonly json: JsonObject | undefined;
};

const DETAIL_CHARACTERS_MAX = 2_000;
const MESSAGE_CHARACTERS_MAX = 2_000;
const CODE_CHARACTERS_MAX = 120;
/** More than any error body worth reading. */
const BODY_BYTES_MAX = 64 * 1024;

/** After "Bearer" only what looks like a token: "bearer token is missing" stays. */
const TOKENS =
  /\bBearer\s+(?=[^\s"'<>,]*(?:\d|!|\.\w))[^\s"'<>,]+|\beyJ[\w-]{5,}(?:\.[\w-]*){0,2}|\b00D\w{9,15}![\w.]+/gi;
const MARKUP = /<\s*(?:!doctype|html|head|body|script|h1|p|title)\b/i;

export function readErrorBody(bytes: Uint8Array): ErrorBody {
  const text = Buffer.from(
    bytes.buffer,
    bytes.byteOffset,
    Math.min(bytes.byteLength, BODY_BYTES_MAX),
  ).toString('utf8');
  return readErrorValue(parseJson(text), text);
}

/** @param text The same as it came, for the log. */
export function readErrorValue(value: JsonValue | undefined, text: string): ErrorBody {
  const json = firstObject(value);
  const inner = objectOf(json?.['error']) ?? objectsOf(json?.['errors'])[0];
  const extended = objectsOf(json?.['extendedErrorDetails'] ?? json?.['extended_error_details'])[0];
  const message = showable(readMessage(json, inner));
  return {
    message,
    errorCode:
      readCode(json, 'errorCode', 'error_code') ?? readCode(inner, 'errorCode', 'error_code', 'code', 'type'),
    messageCode:
      readCode(json, 'messageCode', 'message_code') ?? readCode(inner, 'messageCode', 'message_code'),
    providerStatus: numberOf(extended?.['providerStatusCode'] ?? extended?.['provider_status_code']),
    // A body that was understood is not kept as well: it may quote the prompt.
    detail: message === undefined ? beginningOf(text) : readTargets(json),
    json,
  };
}

function beginningOf(text: string): string | undefined {
  const trimmed = text.trim();
  return trimmed === '' ? undefined : withoutTokens(trimmed).slice(0, DETAIL_CHARACTERS_MAX);
}

function readTargets(json: JsonObject | undefined): string | undefined {
  const references = objectsOf(json?.['targets']).map((target) => textOf(target['reference']) ?? '');
  const told = references.filter((reference) => reference !== '').join(', ');
  return told === '' ? undefined : `targets: ${withoutTokens(told).slice(0, DETAIL_CHARACTERS_MAX)}`;
}

function firstObject(value: JsonValue | undefined): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  return Array.isArray(value) ? value.find(isJsonObject) : undefined;
}

function readMessage(json: JsonObject | undefined, inner: JsonObject | undefined): string | undefined {
  return (
    textOf(inner?.['message']) ??
    textOf(json?.['message'] ?? json?.['Message'] ?? json?.['error_description']) ??
    // Some edges give the words where others give an object.
    textOf(json?.['error'])
  );
}

function readCode(object: JsonObject | undefined, ...names: string[]): string | undefined {
  const code = textOf(pick(object, names));
  return code === undefined ? undefined : withoutTokens(code).slice(0, CODE_CHARACTERS_MAX);
}

/** A message that is itself a page is not one. */
function showable(message: string | undefined): string | undefined {
  const trimmed = message?.trim() ?? '';
  if (trimmed === '' || MARKUP.test(trimmed)) return undefined;
  return withoutTokens(trimmed).slice(0, MESSAGE_CHARACTERS_MAX);
}

function withoutTokens(text: string): string {
  return text.replaceAll(TOKENS, '[secret]');
}
