// Reads responses, whole and streamed, as a careful client would, and throws at the first break of the grammar that users have
// as `forcegate validate-stream`. Ids and times are left out of the reading, after a check that they are there.

import type { JsonObject } from '../../src/core/neutral/index.ts';
import { FaultLog } from '../../src/core/wire/index.ts';
import {
  checkResponse,
  createResponseGrammar,
  RESPONSE_FIELDS,
  RESPONSE_RULES,
} from '../../src/protocols/openai-responses/index.ts';
import type { StreamReading } from './dialect.ts';
import { expectNoFault, readFrames, readWith, STRICT } from './stream-faults.ts';

/** What a response has besides the format's fields. */
const EXTENSION = 'salesforce';
const KNOWN: ReadonlySet<string> = new Set([...RESPONSE_FIELDS, EXTENSION]);

function withoutId(item: unknown): unknown {
  const { id: _id, ...rest } = item as JsonObject;
  return rest;
}

function readResource(resource: JsonObject): unknown {
  const unknown = Object.keys(resource).filter((field) => !KNOWN.has(field));
  if (unknown.length > 0) throw new Error(`the response has fields of its own: ${unknown.join(', ')}`);
  const { id: _id, created_at: _created, completed_at: _completed, output, ...rest } = resource;
  return { ...rest, output: (output as readonly JsonObject[]).map(withoutId) };
}

export function readResponse(body: string): unknown {
  const resource: JsonObject = JSON.parse(body);
  const log = new FaultLog(RESPONSE_RULES, STRICT);
  checkResponse(resource, log);
  expectNoFault(log.list);
  return readResource(resource);
}

export function readResponseStream(text: string): StreamReading {
  const { response, ending, error } = readWith(createResponseGrammar(STRICT), readFrames(text));
  const reply = response === undefined ? undefined : readResource(response);
  return { reply, ending, message: error?.message };
}
