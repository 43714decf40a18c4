// Which paths this dialect serves, and the operation each request asks for.

import { GatewayError } from '../../core/errors/index.ts';
import type { Operation } from '../../core/neutral/index.ts';
import { JSON_DEPTH_MAX, JsonReader, parseJsonBody } from '../../core/wire/index.ts';
import { decodeChatRequest } from '../../protocols/openai-chat/index.ts';
import type { DialectRequest, Route } from '../port.ts';

/** Noted where a client speaks of `functions`: its reply has `function_call`, and room for one. */
export const FUNCTIONS = 'functions';

const CHAT = '/v1/chat/completions';
const MODELS = '/v1/models';
const MODEL = '/v1/models/*';

export const ROUTES: readonly Route[] = [
  { method: 'POST', path: CHAT },
  { method: 'GET', path: MODELS },
  { method: 'GET', path: MODEL },
];

function decodeGenerate(body: Uint8Array): Operation {
  const root = new JsonReader(parseJsonBody(body, { depthMax: JSON_DEPTH_MAX }));
  const { call, includeUsage, speaksFunctions } = decodeChatRequest(root);
  return {
    type: 'generate',
    call,
    streamUsage: includeUsage,
    ...(speaksFunctions && { manner: FUNCTIONS }),
  };
}

/** @throws GatewayError naming the field by JSON path. */
export function decodeOperation(request: DialectRequest): Operation {
  switch (request.route) {
    case CHAT:
      return decodeGenerate(request.body);
    case MODELS:
      return { type: 'list-models' };
    case MODEL:
      // `/v1/models/` with nothing behind it is the list, as people type it.
      return request.rest === '' ? { type: 'list-models' } : { type: 'get-model', model: request.rest };
    default:
      throw new GatewayError('route_not_found', 'There is nothing at this path.');
  }
}
