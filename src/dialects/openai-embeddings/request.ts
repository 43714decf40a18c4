// An embeddings request to its operation. Each field is understood, refused by name, or kept as a label, which is told in
// loss.

import { GatewayError } from '../../core/errors/index.ts';
import type { EmbedCall, Operation } from '../../core/neutral/index.ts';
import { JSON_DEPTH_MAX, JsonReader, Labels, parseJsonBody, type LabelRule } from '../../core/wire/index.ts';
import type { DialectRequest, Route } from '../port.ts';

const EMBEDDINGS = '/v1/embeddings';

export const ROUTES: readonly Route[] = [{ method: 'POST', path: EMBEDDINGS }];

/** The public format's own limit on one request. */
const TEXTS_MAX = 2_048;
const DIMENSIONS = { min: 1 };
const DECODED: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format']);

const LABEL_RULES: ReadonlyMap<string, LabelRule> = new Map([['user', (field) => field.expectString()]]);

function refuseTokens(field: JsonReader): GatewayError {
  return field.fault('holds token numbers, which are not supported: send the text itself.', 'unsupported');
}

function decodeText(field: JsonReader): string {
  if (typeof field.value === 'number' || Array.isArray(field.value)) throw refuseTokens(field);
  return field.expectNonEmptyString();
}

function decodeInput(field: JsonReader): readonly string[] {
  if (typeof field.value === 'string') return [field.expectNonEmptyString()];
  if (!Array.isArray(field.value)) throw field.fault('must be a string or an array of strings.');
  // Looked at before the items, so that a long array of numbers costs nothing.
  if (typeof field.value[0] === 'number') throw refuseTokens(field);
  if (field.value.length === 0) throw field.fault('must not be empty.');
  if (field.value.length > TEXTS_MAX) throw field.fault(`must hold at most ${TEXTS_MAX} texts.`);
  return field.expectArray().map(decodeText);
}

function decodeCall(body: JsonReader): EmbedCall {
  return {
    model: body.field('model').expectNonEmptyString(),
    texts: decodeInput(body.field('input')),
    dimensions: body.given('dimensions')?.expectInteger(DIMENSIONS),
    encoding: body.given('encoding_format')?.expectOneOf(['float', 'base64']) ?? 'float',
    labels: new Labels(DECODED, LABEL_RULES).collect(body),
  };
}

/** @throws GatewayError naming the field by JSON path. */
export function decodeOperation(request: DialectRequest): Operation {
  if (request.route !== EMBEDDINGS)
    throw new GatewayError('route_not_found', 'There is nothing at this path.');
  const body = new JsonReader(parseJsonBody(request.body, { depthMax: JSON_DEPTH_MAX }));
  return { type: 'embed', call: decodeCall(body) };
}
