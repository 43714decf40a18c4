// A whole response to vectors or a failure. Vectors are put in the order of their texts by `index`; a text without a
// vector, a vector without a text and a value that is no number are failures, since nobody could tell them later.

import { toGatewayError } from '../../../core/errors/index.ts';
import { UNKNOWN_USAGE, type JsonObject, type JsonValue, type Vector } from '../../../core/neutral/index.ts';
import { isJsonObject, objectsOf, parseJson, textOf } from '../../../core/wire/index.ts';
import { decodeFailure, decodeInnerFailure, numberOf, objectOf, readUsage } from '../generations/index.ts';
import type { EmbeddingDecoded, ResponseHead } from '../port.ts';
import { unreadable } from './errors.ts';

export function decodeResponse(head: ResponseHead, body: Uint8Array, texts: number): EmbeddingDecoded {
  try {
    if (head.status < 200 || head.status >= 300)
      return { type: 'failure', failure: decodeFailure(head, body) };
    return decodeSuccess(head, Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString(), texts);
  } catch (thrown) {
    return { type: 'failure', failure: { error: toGatewayError(thrown), token: 'unaffected' } };
  }
}

function decodeSuccess(head: ResponseHead, text: string, texts: number): EmbeddingDecoded {
  const json = parseJson(text);
  if (!isJsonObject(json)) return { type: 'failure', failure: unreadable(head, 'a reply that is not JSON') };
  if (json['embeddings'] === undefined) {
    // Under load a 200 may carry an error (reference 7).
    const isError = 'errorCode' in json || 'message' in json || 'error' in json;
    const failure = isError ? decodeInnerFailure(head, text) : unreadable(head, 'a reply without embeddings');
    return { type: 'failure', failure };
  }
  const vectors = readVectors(objectsOf(json['embeddings']), texts);
  if (typeof vectors === 'string') return { type: 'failure', failure: unreadable(head, vectors) };
  const parameters = objectOf(json['parameters']);
  return {
    type: 'vectors',
    vectors,
    usage: readUsage(objectOf(parameters?.['usage']), false) ?? UNKNOWN_USAGE,
    servedModel: textOf(parameters?.['model']),
  };
}

/** In the order of the texts; or what is wrong with them. */
function readVectors(entries: readonly JsonObject[], texts: number): readonly Vector[] | string {
  const vectors: (Vector | undefined)[] = Array.from({ length: texts }, () => undefined);
  for (const [position, entry] of entries.entries()) {
    const vector = readVector(entry['embedding']);
    if (vector === undefined) return 'an embedding that is not a list of numbers';
    const index = numberOf(entry['index']) ?? position;
    if (!Number.isInteger(index) || index >= texts || vectors[index] !== undefined)
      return 'an embedding that belongs to no text';
    vectors[index] = vector;
  }
  const found = vectors.filter((vector) => vector !== undefined);
  return found.length === texts ? found : `${found.length} embeddings for ${texts} texts`;
}

function readVector(value: JsonValue | undefined): Vector | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const numbers: number[] = [];
  for (const item of value) {
    if (typeof item !== 'number' || !Number.isFinite(item)) return undefined;
    numbers.push(item);
  }
  return numbers;
}
