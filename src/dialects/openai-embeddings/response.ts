// Vectors as a list of embeddings: numbers, or base64 of little-endian 32-bit floats, which the official client asks for
// and decodes by itself.

import { GatewayError } from '../../core/errors/index.ts';
import type { Vector } from '../../core/neutral/index.ts';
import { extensionField } from '../extension.ts';
import type { Answer, OperationResult } from '../port.ts';

const FLOAT_BYTES = 4;

function encodeBase64(vector: Vector): string {
  const bytes = Buffer.allocUnsafe(vector.length * FLOAT_BYTES);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * FLOAT_BYTES);
  return bytes.toString('base64');
}

export function encodeResult(result: OperationResult): Answer {
  if (result.type !== 'embeddings') {
    throw new GatewayError('internal', 'This format has no answer of this kind.', { detail: result.type });
  }
  const { call, reply } = result;
  const tokens = reply.usage.inputTokens ?? 0;
  // Vectors are no output to be counted.
  const usage = { ...reply.usage, outputTokens: 0 };
  const body = {
    object: 'list',
    data: reply.vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: call.encoding === 'base64' ? encodeBase64(vector) : vector,
    })),
    model: call.model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    ...extensionField({ safety: undefined, servedModel: reply.servedModel, usage }, 'unknown'),
  };
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
