// One envelope of generations, whole or a stream's chunk, read into pieces. The two surfaces send the same envelope, one
// in camelCase and one in snake_case (reference 2.4, 3.5), and every provider puts its own blobs into it.

import type { JsonObject, JsonValue, Model, Safety, Usage } from '../../../core/neutral/index.ts';
import { objectsOf, textOf } from '../../../core/wire/index.ts';
import { numberOf, objectOf } from './fields.ts';
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
  const details = objectOf(json['generation_details'] ?? json['generationDetails']);
  if (details === undefined) return undefined;
  const blob = objectOf(details['parameters']);
  const servedModel = textOf(blob?.['model']);
  const generations = objectsOf(details['generations']).slice(0, CHOICES_MAX);
  const cacheIsApart = countsCacheApart(model, blob, servedModel);
  const usage =
    readUsage(objectOf(blob?.['usage']), cacheIsApart) ??
    // The streaming-only model of reference 3.6 counts inside the generation.
    readUsage(objectOf(generations[0]?.['parameters']), cacheIsApart);
  return {
    upstreamId: textOf(json['id']),
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
  const parameters = objectOf(generation['parameters']);
  const contents = objectsOf(generation['contents']);
  return {
    choice: readChoice(parameters, position),
    reasoning: joinContents(contents, 'thinking_summary'),
    // `contents` repeats in parts what `content` says at once, so it counts only where that is missing.
    text: textOf(generation['content']) ?? joinContents(contents, 'text'),
    refusal: textOf(parameters?.['refusal']) ?? '',
    invocations: readInvocations(generation['tool_invocations'] ?? generation['toolInvocations']),
    signature: textOf(generation['thought_signature'] ?? generation['thoughtSignature']),
    // The stop reason's place depends on the provider (reference 8.9).
    finishRaw: readFinish(parameters) ?? readFinish(blob),
    stopSequence: textOf(parameters?.['stop_sequence']) ?? textOf(blob?.['stop_sequence']),
    safety: readSafety(generation),
  };
}

function readFinish(parameters: JsonObject | undefined): string | undefined {
  if (parameters === undefined) return undefined;
  return textOf(
    parameters['finish_reason'] ??
      parameters['stop_reason'] ??
      parameters['finishReason'] ??
      parameters['stopReason'],
  );
}

function readChoice(parameters: JsonObject | undefined, position: number): number {
  const index = numberOf(parameters?.['index']);
  return index !== undefined && Number.isInteger(index) && index < CHOICES_MAX ? index : position;
}

function joinContents(contents: readonly JsonObject[], type: string): string {
  let text = '';
  for (const content of contents) {
    if (content['type'] === type) text += textOf(content['content']) ?? '';
  }
  return text;
}

const NO_INVOCATIONS: readonly Invocation[] = [];

function readInvocations(value: JsonValue | undefined): readonly Invocation[] {
  const invocations = objectsOf(value);
  return invocations.length === 0 ? NO_INVOCATIONS : invocations.map(readInvocation);
}

function readInvocation(invocation: JsonObject): Invocation {
  const called = objectOf(invocation['function']);
  return {
    index: numberOf(invocation['index']),
    id: nonEmpty(textOf(invocation['id'])),
    name: nonEmpty(textOf(called?.['name'])),
    arguments: readArguments(called),
    signature: textOf(invocation['thought_signature'] ?? invocation['thoughtSignature']),
  };
}

function readArguments(called: JsonObject | undefined): string {
  const value = called?.['arguments'] ?? undefined;
  if (typeof value === 'string') return value;
  // Text by contract; an object is what a provider's own format would have here.
  return value === undefined ? '' : JSON.stringify(value);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
