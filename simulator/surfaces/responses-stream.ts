// The event stream of `/responses` (3.8): OpenAI's complete sequence, numbered from 0. Every event but `error` belongs to
// an item or to the response; there is no `[DONE]` line unless the org has one.
import type { Answer } from '../mind.ts';
import { deltasOf } from '../mind.ts';
import { isRecord } from './classic-body.ts';
import { shown } from './native-errors.ts';
import type { OutputItem, Resource } from './responses-reply.ts';
import { textPart } from './responses-reply.ts';
import type { Context, Frame } from './surface.ts';

/** Characters of arguments in one delta of a function call. */
const fragmentCharacters = 8;

const eventText = (event: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/** Numbers the events of one stream. */
class Sequence {
  readonly frames: Frame[] = [];
  #next = 0;

  push(kind: Frame['kind'], type: string, fields: Readonly<Record<string, unknown>>): void {
    const event = { type, sequence_number: this.#next, ...fields };
    this.#next += 1;
    this.frames.push({ kind, bytes: eventText(event) });
  }
}

type ItemOf<Type extends OutputItem['type']> = Extract<OutputItem, { readonly type: Type }>;
type Place = { readonly output_index: number; readonly item_id: string };

function pushReasoning(
  sequence: Sequence,
  item: ItemOf<'reasoning'>,
  place: Place,
  chunks: number | undefined,
): void {
  for (const [index, part] of item.summary.entries()) {
    const at = { ...place, summary_index: index };
    sequence.push('other', 'response.reasoning_summary_part.added', {
      ...at,
      part: { type: 'summary_text', text: '' },
    });
    for (const delta of deltasOf(part.text, chunks)) {
      sequence.push('content', 'response.reasoning_summary_text.delta', { ...at, delta });
    }
    sequence.push('other', 'response.reasoning_summary_text.done', { ...at, text: part.text });
    sequence.push('other', 'response.reasoning_summary_part.done', { ...at, part });
  }
}

function pushMessage(
  sequence: Sequence,
  item: ItemOf<'message'>,
  place: Place,
  answer: Answer,
  chunks: number | undefined,
): void {
  for (const [index, part] of item.content.entries()) {
    const at = { ...place, content_index: index };
    sequence.push('other', 'response.content_part.added', { ...at, part: textPart(answer, '') });
    if (part.type === 'refusal') {
      for (const delta of deltasOf(part.refusal, chunks)) {
        sequence.push('content', 'response.refusal.delta', { ...at, delta });
      }
      sequence.push('other', 'response.refusal.done', { ...at, refusal: part.refusal });
    } else {
      for (const delta of deltasOf(part.text, chunks)) {
        sequence.push('content', 'response.output_text.delta', { ...at, delta, logprobs: [] });
      }
      sequence.push('other', 'response.output_text.done', { ...at, text: part.text, logprobs: [] });
    }
    sequence.push('other', 'response.content_part.done', { ...at, part });
  }
}

function pushCall(sequence: Sequence, item: ItemOf<'function_call'>, place: Place): void {
  const characters = Array.from(item.arguments);
  for (let at = 0; at < characters.length; at += fragmentCharacters) {
    const delta = characters.slice(at, at + fragmentCharacters).join('');
    sequence.push('content', 'response.function_call_arguments.delta', { ...place, delta });
  }
  sequence.push('other', 'response.function_call_arguments.done', {
    ...place,
    name: item.name,
    arguments: item.arguments,
  });
}

/** An item as it is announced: empty. Sealed reasoning is only told at its end. */
function announced(item: OutputItem): Readonly<Record<string, unknown>> {
  switch (item.type) {
    case 'reasoning':
      return { type: item.type, id: item.id, summary: [] };
    case 'message':
      return { ...item, status: 'in_progress', content: [] };
    case 'function_call':
  }
  return { ...item, status: 'in_progress', arguments: '' };
}

export function responseFrames(
  context: Context,
  opening: Resource,
  closing: Resource,
  output: readonly OutputItem[],
  answer: Answer,
  chunks: number | undefined,
): readonly Frame[] {
  const sequence = new Sequence();
  sequence.push('other', 'response.created', { response: opening });
  sequence.push('other', 'response.in_progress', { response: opening });
  for (const [index, item] of output.entries()) {
    const place = { output_index: index, item_id: item.id };
    sequence.push('other', 'response.output_item.added', { output_index: index, item: announced(item) });
    if (item.type === 'reasoning') pushReasoning(sequence, item, place, chunks);
    else if (item.type === 'message') pushMessage(sequence, item, place, answer, chunks);
    else pushCall(sequence, item, place);
    sequence.push('other', 'response.output_item.done', { output_index: index, item });
  }
  sequence.push('closing', `response.${shown(closing['status'])}`, { response: closing });
  if (context.org.responsesDone === 'bare') {
    sequence.frames.push({ kind: 'closing', bytes: 'data: [DONE]\n\n' });
  }
  return sequence.frames;
}

/** The response that a stream has opened, or a bare one when it failed before its first event. */
function openedResponse(context: Context, before: readonly Frame[]): Resource {
  const opened = /^data: (.*)$/mu.exec(String(before[0]?.bytes ?? ''))?.[1];
  const event: unknown = opened === undefined ? undefined : JSON.parse(opened);
  if (isRecord(event) && isRecord(event['response'])) return event['response'];
  return {
    id: `resp_${context.nextId().replaceAll('-', '')}`,
    object: 'response',
    created_at: Math.floor(context.nowMs / 1000),
    incomplete_details: null,
    output: [],
    usage: null,
  };
}

/** What a failure in the middle of a stream looks like; it takes the next number. */
export function failureEvent(context: Context, before: readonly Frame[]): string {
  const place = { sequence_number: before.length };
  const error = { code: 'server_error', message: 'The model provider failed' };
  if (context.org.responsesFailureEvent === 'error') {
    return eventText({ type: 'error', ...place, ...error, param: null });
  }
  const response = { ...openedResponse(context, before), status: 'failed', error };
  return eventText({ type: 'response.failed', ...place, response });
}
