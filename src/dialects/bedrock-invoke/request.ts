// Which paths this dialect serves, and the call each request asks for: a Messages body whose model and streaming stand in
// the path. `anthropic_version` and `anthropic_beta` are not read: there are many, and none changes what a body means here.

import { GatewayError } from '../../core/errors/index.ts';
import type { JsonObject, Operation } from '../../core/neutral/index.ts';
import { JSON_DEPTH_MAX, JsonReader, parseJsonBody } from '../../core/wire/index.ts';
import { decodeMessagesRequest } from '../../protocols/anthropic/index.ts';
import type { DialectRequest, RequestHeaders, Route, Unserved } from '../port.ts';

/** The protocol of a native body, for surfaces that speak it too. */
export const PROTOCOL = 'anthropic';

const INVOKE = '/model/*/invoke';
const INVOKE_STREAM = '/model/*/invoke-with-response-stream';

export const ROUTES: readonly Route[] = [
  { method: 'POST', path: INVOKE },
  { method: 'POST', path: INVOKE_STREAM },
];

const NO_LISTS = 'There are no inference profiles here: ask for a model by any of its names.';

export const UNSERVED: readonly Unserved[] = [
  // Claude Code asks at its start, and carries on without.
  { path: '/inference-profiles', message: NO_LISTS },
  { path: '/inference-profiles/*', message: NO_LISTS },
  {
    path: '/model/*',
    message: 'Only /model/{id}/invoke and /model/{id}/invoke-with-response-stream are served here.',
  },
];

const SIGNATURE = /^AWS4-/i;

/** A signature says who the caller is to AWS, which nobody here can check. */
export function hintForKey(headers: RequestHeaders): string | undefined {
  const { authorization } = headers;
  if (typeof authorization !== 'string' || !SIGNATURE.test(authorization)) return undefined;
  return (
    'AWS signatures are not read here: set AWS_BEARER_TOKEN_BEDROCK to a key of this gateway, ' +
    'so that the client sends that instead of signing.'
  );
}

/** Both are told by the path, as the format has it; a body that says otherwise would be obeyed by half. */
const NOT_IN_BODY = ['model', 'stream'];

function decodeGenerate(request: DialectRequest, stream: boolean): Operation {
  const body = new JsonReader(parseJsonBody(request.body, { depthMax: JSON_DEPTH_MAX }));
  for (const name of NOT_IN_BODY) {
    const field = body.given(name);
    if (field !== undefined) throw field.fault('is not a field of this format: the path says it.');
  }
  if (request.rest === '') throw new GatewayError('invalid_request', 'The path names no model.');
  const native: JsonObject = { ...body.expectObject(), model: request.rest, stream };
  const call = decodeMessagesRequest(new JsonReader(native), { maxTokens: 'required' });
  return { type: 'generate', call, streamUsage: true, native: { protocol: PROTOCOL, body: native } };
}

/** @throws GatewayError naming the field by JSON path. */
export function decodeOperation(request: DialectRequest): Operation {
  if (request.route === INVOKE) return decodeGenerate(request, false);
  if (request.route === INVOKE_STREAM) return decodeGenerate(request, true);
  throw new GatewayError('route_not_found', 'There is nothing at this path.');
}
