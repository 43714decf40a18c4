// One envelope of generations, whole or a stream's chunk, read into pieces. The two surfaces send the same envelope, one
// in camelCase and one in snake_case (reference 2.4, 3.5), and every provider puts its own blobs into it.

import type { JsonObject, Model, Safety, Usage } from '../../../core/neutral/index.ts';
import { pick, pickNumber, pickObject, pickObjects, pickString } from './fields.ts';
import { readSafety } from './safety.ts';
import { readUsage } from './usage.ts';

/** A tool call or a fragment of one: any field may be missing (reference 3.6). */
export type Invocation = {
  readonly index: number | undefined;
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly arguments: string;
  readonly signature: string | undefined;
};

export type Piece = {
  readonly choice: number;
  readonly reasoning: string;
  readonly text: string;
  readonly refusal: string;
  readonly invocations: readonly Invocation[];
  readonly signature: string | undefined;
  readonly finishRaw: string | undefined;
  readonly stopSequence: string | undefined;
  readonly safety: Safety | undefined;
};

export type Envelope = {
  readonly upstreamId: string | undefined;
  readonly servedModel: string | undefined;
  readonly usage: Usage | undefined;
  readonly pieces: readonly Piece[];
};

/** More alternatives than any surface makes; the number comes from outside and sizes an array. */
const CHOICES_MAX = 128;

/** Undefined where the value is not an envelope of generations. */
export function readEnvelope(json: JsonObject, model: Model): Envelope | undefined {
  const details = pickObject(json, 'generation_details', 'generationDetails');
  if (details === undefined) return undefined;
  const blob = pickObject(details, 'parameters');
  const servedModel = pickString(blob, 'model');
  const generations = pickObjects(details, 'generations').slice(0, CHOICES_MAX);
  const cacheIsApart = countsCacheApart(model, blob, servedModel);
  const usage =
    readUsage(pickObject(blob, 'usage'), cacheIsApart) ??
    // The streaming-only model of reference 3.6 counts inside the generation.
    readUsage(pickObject(generations[0], 'parameters'), cacheIsApart);
  return {
    upstreamId: pickString(json, 'id'),
    servedModel,
    usage,
    pieces: generations.map((generation, position) => readPiece(generation, position, blob)),
  };
}

function countsCacheApart(
  model: Model,
  blob: JsonObject | undefined,
  servedModel: string | undefined,
): boolean {
  if (model.family === 'claude') return true;
  // A custom configuration shows its maker only in the reply (reference 3.5, 3.6).
  return blob?.['type'] === 'MESSAGE' || (servedModel ?? '').includes('claude');
}

function readPiece(generation: JsonObject, position: number, blob: JsonObject | undefined): Piece {
  const parameters = pickObject(generation, 'parameters');
  const contents = pickObjects(generation, 'contents');
  return {
    choice: readChoice(parameters, position),
    reasoning: joinContents(contents, 'thinking_summary'),
    // `contents` repeats in parts what `content` says at once, so it counts only where that is missing.
    text: pickString(generation, 'content') ?? joinContents(contents, 'text'),
    refusal: pickString(parameters, 'refusal') ?? '',
    invocations: pickObjects(generation, 'tool_invocations', 'toolInvocations').map(readInvocation),
    signature: pickString(generation, 'thought_signature', 'thoughtSignature'),
    // The stop reason's place depends on the provider (reference 8.9).
    finishRaw: pickString(parameters, ...FINISH_KEYS) ?? pickString(blob, ...FINISH_KEYS),
    stopSequence: pickString(parameters, 'stop_sequence') ?? pickString(blob, 'stop_sequence'),
    safety: readSafety(generation),
  };
}

const FINISH_KEYS = ['finish_reason', 'stop_reason', 'finishReason', 'stopReason'];

function readChoice(parameters: JsonObject | undefined, position: number): number {
  const index = pickNumber(parameters, 'index');
  return index !== undefined && Number.isInteger(index) && index < CHOICES_MAX ? index : position;
}

function joinContents(contents: readonly JsonObject[], type: string): string {
  return contents
    .filter((content) => content['type'] === type)
    .map((content) => pickString(content, 'content') ?? '')
    .join('');
}

function readInvocation(invocation: JsonObject): Invocation {
  const called = pickObject(invocation, 'function');
  return {
    index: pickNumber(invocation, 'index'),
    id: nonEmpty(pickString(invocation, 'id')),
    name: nonEmpty(pickString(called, 'name')),
    arguments: readArguments(called),
    signature: pickString(invocation, 'thought_signature', 'thoughtSignature'),
  };
}

function readArguments(called: JsonObject | undefined): string {
  const value = pick(called, ['arguments']);
  if (typeof value === 'string') return value;
  // Text by contract; an object is what a provider's own format would have here.
  return value === undefined ? '' : JSON.stringify(value);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
