// A whole message as the events of its stream, for an upstream that answers whole where a stream was asked for. Each block
// comes with its start, whole, which readers of the stream take as well.

import type { JsonObject } from '../../core/neutral/index.ts';
import { listOf } from '../../core/wire/index.ts';

export function framesOfMessage(body: JsonObject): readonly JsonObject[] {
  const { content, stop_reason: reason, stop_sequence: sequence, usage } = body;
  const counts = usage === undefined ? {} : { usage };
  return [
    { type: 'message_start', message: { ...body, content: [], stop_reason: null, stop_sequence: null } },
    ...listOf(content).flatMap((block, index) => [
      { type: 'content_block_start', index, content_block: block },
      { type: 'content_block_stop', index },
    ]),
    {
      type: 'message_delta',
      delta: { stop_reason: reason ?? null, stop_sequence: sequence ?? null },
      ...counts,
    },
    { type: 'message_stop' },
  ];
}
