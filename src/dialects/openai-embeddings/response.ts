// Vectors as a list of embeddings: numbers, or base64 of little-endian 32-bit floats, which the official client asks for
// and decodes by itself.
//
// The `salesforce` object holds what the format has no field for: the model that really answered, and whether usage was
// counted by us.

import { GatewayError } from '../../core/errors/index.ts';
import type { Usage, Vector } from '../../core/neutral/index.ts';
import type { Answer, OperationResult } from '../port.ts';

const FLOAT_BYTES = 4;

function encodeBase64(vector: Vector): string {
  const bytes = Buffer.allocUnsafe(vector.length * FLOAT_BYTES);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * FLOAT_BYTES);
  return bytes.toString('base64');
}

function encodeExtension(usage: Usage, servedModel: string | undefined) {
  const told = usage.inputTokens === undefined ? 'unknown' : usage.estimated ? 'estimated' : undefined;
  if (told === undefined && servedModel === undefined) return {};
  return {
    salesforce: {
      ...(servedModel === undefined ? {} : { served_model: servedModel }),
      ...(told === undefined ? {} : { usage: told }),
    },
  };
}

export function encodeResult(result: OperationResult): Answer {
  if (result.type !== 'embeddings') {
    throw new GatewayError('internal', 'This format has no answer of this kind.', { detail: result.type });
  }
  const { call, reply } = result;
  const tokens = reply.usage.inputTokens ?? 0;
  const body = {
    object: 'list',
    data: reply.vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: call.encoding === 'base64' ? encodeBase64(vector) : vector,
    })),
    model: call.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    ...encodeExtension(reply.usage, reply.servedModel),
  };
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
