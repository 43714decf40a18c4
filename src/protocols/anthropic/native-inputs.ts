// The inputs of a request's tool calls as the caller's own parsed body holds them, for encoders that would otherwise parse
// their text a second time. In the order in which the neutral conversation has the calls.

import type { JsonObject } from '../../core/neutral/index.ts';
import { listOf, objectOf } from '../../core/wire/index.ts';
import { typeOf } from './upstream-json.ts';

export function toolInputsOf(body: JsonObject): readonly JsonObject[] {
  const inputs: JsonObject[] = [];
  for (const entry of listOf(body['messages'])) {
    const message = objectOf(entry);
    if (message['role'] !== 'assistant') continue;
    for (const value of listOf(message['content'])) {
      const block = objectOf(value);
      if (typeOf(block) === 'tool_use') inputs.push(objectOf(block['input']));
    }
  }
  return inputs;
}
