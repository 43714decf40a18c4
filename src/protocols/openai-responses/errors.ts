// The error object of OpenAI's formats, in the three places the Responses format has for it: the body of a failed answer,
// an `error` event, which is flat, and the response inside `response.failed`.

import type { JsonObject, JsonValue } from '../../core/neutral/index.ts';
import { isJsonObject, objectOf, textOf } from '../../core/wire/index.ts';

export type ResponsesError = {
  readonly message: string | undefined;
  readonly type: string | undefined;
  readonly param: string | undefined;
  readonly code: string | undefined;
};

/** Undefined where the value holds no error of this format. */
export function decodeErrorBody(value: JsonValue | undefined): ResponsesError | undefined {
  if (!isJsonObject(value)) return undefined;
  const found = findError(value);
  if (found === undefined) return undefined;
  return {
    message: textOf(found['message']),
    // The flat event's own `type` says only that it is an error.
    type: found === value ? undefined : textOf(found['type']),
    param: textOf(found['param']),
    code: textOf(found['code']),
  };
}

function findError(value: JsonObject): JsonObject | undefined {
  if (isJsonObject(value['error'])) return value['error'];
  const inner = objectOf(value['response'])['error'];
  if (isJsonObject(inner)) return inner;
  return value['type'] === 'error' && typeof value['message'] === 'string' ? value : undefined;
}
