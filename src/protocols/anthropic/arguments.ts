// The arguments of a tool call: JSON text in the neutral language, an object in the format.

import { normaliseArguments, type JsonObject, type JsonValue } from '../../core/neutral/index.ts';
import { isJsonObject } from '../../core/wire/json-reader.ts';

/** Stands in for arguments that are no JSON object, as models cut short write them: nothing of them is lost. */
const UNREADABLE_ARGUMENTS = 'unreadable_arguments';

function parse(text: string): JsonValue | undefined {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse makes nothing but JSON values.
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

export function encodeArguments(text: string): JsonObject {
  const value = parse(normaliseArguments(text));
  return isJsonObject(value) ? value : { [UNREADABLE_ARGUMENTS]: text };
}
