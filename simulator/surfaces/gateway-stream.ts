// The event stream of `/chat/generations/stream` (3.6): each family cuts its answer in its own way. GPT tool calls come
// in fragments, Claude's whole; Claude never says why it stopped; usage comes in a chunk of its own; the scoring events
// repeat the whole text.
import { chunkParameters, gatewayScores, generationParameters, usageOf } from '../families.ts';
import type { Answer } from '../mind.ts';
import { deltasOf } from '../mind.ts';
import type { Model } from '../models.ts';
import type { Shown } from './gateway-chat.ts';
import { contentsOf, replyId } from './gateway-chat.ts';
import type { Context, Frame } from './surface.ts';

/** Characters of arguments in one fragment of a GPT tool call. */
const fragmentCharacters = 8;

type Envelope = (generations: readonly unknown[], extra?: Record<string, unknown>) => string;

const event = (name: string, data: string): string => `event: ${name}\ndata: ${data}\n\n`;

const content = (bytes: string): Frame => ({ kind: 'content', bytes });
const closing = (bytes: string): Frame => ({ kind: 'closing', bytes });
const other = (bytes: string): Frame => ({ kind: 'other', bytes });

/** The parts of a chunk that never change are made once: under load they are most of the bytes. */
function envelopeFor(context: Context, model: Model, id: string): Envelope {
  const parameters = chunkParameters(model, context.nowMs);
  const start = `event: generation\ndata: {"id":${JSON.stringify(id)},"generation_details":{"generations":`;
  const end = '},"other_details":null}\n\n';
  const plain = `,"parameters":${JSON.stringify(parameters)}${end}`;
  return (generations, extra) => {
    const tail =
      extra === undefined ? plain : `,"parameters":${JSON.stringify({ ...parameters, ...extra })}${end}`;
    return start + JSON.stringify(generations) + tail;
  };
}

type Chunk = (fields: Record<string, unknown>) => unknown;

function chunkFor(model: Model, shown: Shown, index: number): Chunk {
  const open = model.family === 'claude' ? {} : { parameters: { finish_reason: null, index } };
  return (fields) => ({ id: shown.generationId, role: 'assistant', ...open, ...fields });
}

function openingFrames(context: Context, chunk: Chunk, envelope: Envelope): Frame[] {
  switch (context.org.openingChunk) {
    case 'content-null':
      return [other(envelope([chunk({ content: null })]))];
    case 'content-empty':
      return [other(envelope([chunk({ content: '' })]))];
    case 'empty-generations':
      return [other(envelope([]))];
    case 'none':
  }
  return [];
}

/** The first fragment names the call, later ones bring pieces of its arguments ([O H]). */
function gptToolFrames(context: Context, shown: Shown, chunk: Chunk, envelope: Envelope): Frame[] {
  const frames: Frame[] = [];
  const push = (index: number, fields: Record<string, unknown>): void => {
    const place = context.org.toolFragmentIndex === 'present' ? { index } : {};
    frames.push(content(envelope([chunk({ content: null, tool_invocations: [{ ...place, ...fields }] })])));
  };
  for (const [index, invocation] of shown.invocations.entries()) {
    const { name, arguments: text } = invocation.function;
    push(index, { id: invocation.id, function: { name, arguments: text === null ? null : '' } });
    const characters = Array.from(text ?? '');
    for (let at = 0; at < characters.length; at += fragmentCharacters) {
      push(index, { function: { arguments: characters.slice(at, at + fragmentCharacters).join('') } });
    }
  }
  return frames;
}

function wholeToolFrames(
  context: Context,
  model: Model,
  shown: Shown,
  chunk: Chunk,
  envelope: Envelope,
): Frame[] {
  const signature = shown.thoughtSignature === null ? {} : { thought_signature: shown.thoughtSignature };
  const together = model.family === 'claude' && context.org.claudeToolChunks === 'one-chunk';
  if (shown.invocations.length === 0) return [];
  const groups = together ? [shown.invocations] : shown.invocations.map((invocation) => [invocation]);
  return groups.map((group) => {
    const told =
      model.family === 'claude' ? group.map(({ id, function: called }) => ({ id, function: called })) : group;
    return content(envelope([chunk({ content: null, ...signature, tool_invocations: told })]));
  });
}

function contentFrames(
  context: Context,
  model: Model,
  shown: Shown,
  index: number,
  envelope: Envelope,
  chunks: number | undefined,
): Frame[] {
  const chunk = chunkFor(model, shown, index);
  const frames = openingFrames(context, chunk, envelope);
  if (shown.answer.reasoning !== undefined) {
    frames.push(content(envelope([chunk({ content: '', contents: contentsOf(shown.answer) })])));
  }
  for (const delta of deltasOf(shown.answer.text, chunks)) {
    frames.push(content(envelope([chunk({ content: delta })])));
  }
  frames.push(
    ...(model.family === 'gpt'
      ? gptToolFrames(context, shown, chunk, envelope)
      : wholeToolFrames(context, model, shown, chunk, envelope)),
  );
  return frames;
}

/** Envelopes of a provider that counts as it goes: so far in each chunk, all in the one that ends a generation. */
function countingEnvelopes(context: Context, model: Model, answer: Answer, plain: Envelope) {
  let chunks = 0;
  const count = (output: number) => usageOf(model, { ...answer.usage, output }, context.org, 'stream');
  const running: Envelope = (generations) => {
    chunks += 1;
    return plain(generations, count(Math.min(chunks, answer.usage.output)));
  };
  const final: Envelope = (generations) => plain(generations, count(answer.usage.output));
  return { running, final };
}

/** What ends the generation itself. Claude has no such chunk: no stop reason is ever streamed for it ([O H]). */
function finishFrames(
  context: Context,
  model: Model,
  shown: Shown,
  index: number,
  envelope: Envelope,
): Frame[] {
  if (model.family === 'claude') return [];
  const parameters = generationParameters(model, shown.answer, context.org, index);
  return [closing(envelope([{ id: shown.generationId, role: 'assistant', content: '', parameters }]))];
}

function usageFrames(
  context: Context,
  model: Model,
  first: Shown,
  answer: Answer,
  envelope: Envelope,
): Frame[] {
  const usage = usageOf(model, answer.usage, context.org, 'stream');
  if (!('usage' in usage)) return [];
  if (model.family === 'gpt') return [closing(envelope([], usage))];
  const empty = { id: first.generationId, role: 'assistant', content: model.family === 'claude' ? null : '' };
  return [closing(envelope([empty], usage))];
}

function scoringFrames(first: Shown, envelope: Envelope): Frame[] {
  const { text } = first.answer;
  const scored = envelope([
    { id: first.generationId, role: 'assistant', content: text, ...gatewayScores(text) },
  ]).replace('event: generation', 'event: scores');
  return [closing(event('scoringStarted', '{}')), closing(scored), closing(event('scoringCompleted', '{}'))];
}

/** The end of a gateway stream, in the org's form. */
export function doneFrames(context: Context): Frame[] {
  switch (context.org.doneMarker) {
    case 'event':
      return [closing(event('generation', '[DONE]'))];
    case 'bare':
      return [closing('data: [DONE]\n\n')];
    case 'word':
      return [closing(event('generation', 'DONE'))];
    case 'none':
  }
  return [];
}

export function chatFrames(
  context: Context,
  model: Model,
  shown: readonly Shown[],
  answer: Answer,
  chunks: number | undefined,
): Frame[] {
  const [first] = shown;
  if (first === undefined) return [];
  const envelope = envelopeFor(context, model, replyId(context, model));
  const frames: Frame[] = [];
  const counts = model.family === 'gemini' && context.org.geminiStreamUsage === 'in-every-chunk';
  const envelopes = counts
    ? countingEnvelopes(context, model, answer, envelope)
    : { running: envelope, final: envelope };
  for (const [index, item] of shown.entries()) {
    frames.push(
      ...contentFrames(context, model, item, index, envelopes.running, chunks),
      ...finishFrames(context, model, item, index, envelopes.final),
    );
  }
  const usage = counts ? [] : usageFrames(context, model, first, answer, envelope);
  const done = doneFrames(context);
  switch (context.org.scoringEvents) {
    case 'after-usage':
      return [...frames, ...usage, ...scoringFrames(first, envelope), ...done];
    case 'before-usage':
      return [...frames, ...scoringFrames(first, envelope), ...usage, ...done];
    case 'after-done':
      return [...frames, ...usage, ...done, ...scoringFrames(first, envelope)];
    case 'none':
  }
  return [...frames, ...usage, ...done];
}
