// The arguments of a tool call: JSON text in the neutral language, an object in the format.

import { normaliseArguments, type JsonObject } from '../../core/neutral/index.ts';
import { isJsonObject, parseJson } from '../../core/wire/index.ts';

/** Stands in for arguments that are no JSON object, as models cut short write them: nothing of them is lost. */
const UNREADABLE_ARGUMENTS = 'unreadable_arguments';

export function encodeArguments(text: string): JsonObject {
  const value = parseJson(normaliseArguments(text));
  return isJsonObject(value) ? value : { [UNREADABLE_ARGUMENTS]: text };
}
