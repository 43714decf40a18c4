// Which paths this dialect serves, and the operation each request asks for. Versions and betas in the headers are not
// read: they are many, they change with each client, and none of them changes what a body means here.

import { GatewayError } from '../../core/errors/index.ts';
import type { JsonObject, Operation } from '../../core/neutral/index.ts';
import { JsonReader } from '../../core/wire/json-reader.ts';
import { JSON_DEPTH_MAX, parseJsonBody } from '../../core/wire/json.ts';
import { decodeMessagesRequest } from '../../protocols/anthropic/index.ts';
import type { DialectRequest, RequestHeaders, Route } from '../port.ts';

/** The protocol of a native body, for surfaces that speak it too. */
export const PROTOCOL = 'anthropic';

const MESSAGES = '/v1/messages';
const COUNT_TOKENS = '/v1/messages/count_tokens';
const MODELS = '/v1/models';
const MODEL = '/v1/models/*';

/** The model lists of two public formats share one path; only this format's clients send a version. */
function claims(headers: RequestHeaders): boolean {
  return headers['anthropic-version'] !== undefined;
}

export const ROUTES: readonly Route[] = [
  { method: 'POST', path: MESSAGES },
  { method: 'POST', path: COUNT_TOKENS },
  { method: 'GET', path: MODELS, claims },
  { method: 'GET', path: MODEL, claims },
];

function parse(body: Uint8Array): { readonly root: JsonReader; readonly native: JsonObject } {
  const root = new JsonReader(parseJsonBody(body, { depthMax: JSON_DEPTH_MAX }));
  return { root, native: root.expectObject() };
}

function decodeGenerate(body: Uint8Array): Operation {
  const { root, native } = parse(body);
  const call = decodeMessagesRequest(root, { maxTokens: 'required' });
  // The format's streams always tell usage in their last event but one.
  return { type: 'generate', call, streamUsage: true, native: { protocol: PROTOCOL, body: native } };
}

/** @throws GatewayError naming the field by JSON path. */
export function decodeOperation(request: DialectRequest): Operation {
  switch (request.route) {
    case MESSAGES:
      return decodeGenerate(request.body);
    case COUNT_TOKENS:
      return {
        type: 'count-tokens',
        call: decodeMessagesRequest(parse(request.body).root, { maxTokens: 'optional' }),
      };
    case MODELS:
      return { type: 'list-models' };
    case MODEL:
      return request.rest === '' ? { type: 'list-models' } : { type: 'get-model', model: request.rest };
    default:
      throw new GatewayError('route_not_found', 'There is nothing at this path.');
  }
}
