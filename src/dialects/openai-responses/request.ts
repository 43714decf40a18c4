// Which paths this dialect serves, and the operation each request asks for.

import { GatewayError } from '../../core/errors/index.ts';
import type {
  JsonObject,
  Operation,
  Page,
  StoredResponse,
  StoreOperation,
} from '../../core/neutral/index.ts';
import { isJsonObject, JSON_DEPTH_MAX, JsonReader, parseJsonBody } from '../../core/wire/index.ts';
import { decodeResponsesRequest, type AnswerShape } from '../../protocols/openai-responses/index.ts';
import type { DialectRequest, Recalled, RequestHeaders, Route } from '../port.ts';
import { UPGRADE } from './errors.ts';

/** The protocol of a native body, for surfaces that speak it too. */
export const PROTOCOL = 'openai-responses';

const RESPONSES = '/v1/responses';
const INPUT_TOKENS = '/v1/responses/input_tokens';
const COMPACT = '/v1/responses/compact';
const RESPONSE = '/v1/responses/*';
const CANCEL = '/v1/responses/*/cancel';
const INPUT_ITEMS = '/v1/responses/*/input_items';

function asksForUpgrade(headers: RequestHeaders): boolean {
  return String(headers['upgrade'] ?? '').toLowerCase() === 'websocket';
}

export const ROUTES: readonly Route[] = [
  { method: 'POST', path: RESPONSES },
  // Clients try a socket first and fall back at once when they are told that there is none; any other answer costs them tries.
  { method: 'GET', path: RESPONSES, claims: asksForUpgrade },
  { method: 'POST', path: INPUT_TOKENS },
  { method: 'POST', path: COMPACT },
  { method: 'GET', path: RESPONSE },
  { method: 'DELETE', path: RESPONSE },
  { method: 'POST', path: CANCEL, takesBody: false },
  { method: 'GET', path: INPUT_ITEMS },
];

function read(request: DialectRequest): JsonReader {
  return new JsonReader(parseJsonBody(request.body, { depthMax: JSON_DEPTH_MAX }));
}

function decodeGenerate(
  request: DialectRequest,
  shape: AnswerShape,
  found: FoundItems | undefined,
): Operation {
  const decoded = decodeResponsesRequest(read(request), { shape, found });
  return {
    type: 'generate',
    call: decoded.call,
    // The format's streams always tell usage in their last event.
    streamUsage: true,
    echo: decoded.echo,
    // What is asked for anew, as a summary is, was never said in the caller's own words.
    ...(shape === 'response' ? { native: { protocol: PROTOCOL, body: decoded.body } } : {}),
    ...(decoded.continues === undefined ? {} : { continues: decoded.continues }),
    ...(decoded.store ? { keep: decoded.items } : {}),
  };
}

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 100;

function decodePage(query: string): Page {
  const fields = new URLSearchParams(query);
  const limit = Number(fields.get('limit') ?? LIMIT_DEFAULT);
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMIT_MAX) {
    throw new GatewayError('invalid_request', `'limit' must be an integer from 1 to ${LIMIT_MAX}.`, {
      param: 'limit',
    });
  }
  const order = fields.get('order') ?? 'desc';
  if (order !== 'asc' && order !== 'desc') {
    throw new GatewayError('invalid_request', "'order' must be one of: asc, desc.", { param: 'order' });
  }
  return { limit, order, after: fields.get('after') ?? undefined };
}

function decodeStored(
  request: DialectRequest,
  action: Exclude<StoreOperation['action'], 'items'>,
): StoreOperation {
  if (action === 'get' && new URLSearchParams(request.query).get('stream') === 'true') {
    throw new GatewayError('unsupported', "'stream' is not supported: a stored response is told whole.", {
      param: 'stream',
    });
  }
  return { type: 'response-store', action, id: request.rest };
}

/** @throws GatewayError naming the field by JSON path. */
export function decodeOperation(request: DialectRequest): Operation {
  switch (request.route) {
    case RESPONSES:
      if (request.method !== 'POST') throw refuseUpgrade();
      return decodeGenerate(request, 'response', undefined);
    case COMPACT:
      return decodeGenerate(request, 'compaction', undefined);
    case INPUT_TOKENS: {
      const { call, continues } = decodeResponsesRequest(read(request), { shape: 'response' });
      return { type: 'count-tokens', call, ...(continues === undefined ? {} : { continues }) };
    }
    case RESPONSE:
      return decodeStored(request, request.method === 'DELETE' ? 'delete' : 'get');
    case CANCEL:
      return decodeStored(request, 'cancel');
    case INPUT_ITEMS:
      return { type: 'response-store', action: 'items', id: request.rest, page: decodePage(request.query) };
    default:
      throw new GatewayError('route_not_found', 'There is nothing at this path.');
  }
}

function refuseUpgrade(): GatewayError {
  return new GatewayError('method_not_allowed', 'Responses are served over HTTP, not over WebSocket.', {
    param: UPGRADE,
  });
}

type FoundItems = {
  readonly previous: readonly JsonObject[];
  readonly items: ReadonlyMap<string, JsonObject>;
};

function outputOf({ resource }: StoredResponse): readonly JsonObject[] {
  const output = resource['output'];
  return Array.isArray(output) ? output.filter(isJsonObject) : [];
}

/** @throws GatewayError naming the field by JSON path. */
export function resumeOperation(request: DialectRequest, { previous, holding }: Recalled): Operation {
  const items = new Map<string, JsonObject>();
  for (const item of holding.flatMap(outputOf)) {
    const { id } = item;
    if (typeof id === 'string') items.set(id, item);
  }
  const found = { previous: previous === undefined ? [] : [...previous.input, ...outputOf(previous)], items };
  if (request.route === INPUT_TOKENS) {
    const { call } = decodeResponsesRequest(read(request), { shape: 'response', found });
    return { type: 'count-tokens', call };
  }
  return decodeGenerate(request, request.route === COMPACT ? 'compaction' : 'response', found);
}
