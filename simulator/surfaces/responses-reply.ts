// The response resource of `/responses` (3.8): its output items, its usage, and how it ended. Whole replies and streams
// are made of the same items.
import type { Answer } from '../mind.ts';
import type { Model } from '../models.ts';
import { seal } from '../seals.ts';
import type { Body } from './classic-body.ts';
import { isRecord } from './classic-body.ts';
import type { ResponsesQuestion } from './responses-body.ts';
import type { Context } from './surface.ts';

export type SummaryPart = { readonly type: 'summary_text'; readonly text: string };
export type TextPart =
  | {
      readonly type: 'output_text';
      readonly text: string;
      readonly annotations: readonly unknown[];
      readonly logprobs: readonly unknown[];
    }
  | { readonly type: 'refusal'; readonly refusal: string };

export type OutputItem =
  | {
      readonly type: 'reasoning';
      readonly id: string;
      readonly summary: readonly SummaryPart[];
      readonly encrypted_content?: string;
    }
  | {
      readonly type: 'message';
      readonly id: string;
      readonly status: string;
      readonly role: 'assistant';
      readonly content: readonly TextPart[];
    }
  | {
      readonly type: 'function_call';
      readonly id: string;
      readonly call_id: string;
      readonly name: string;
      readonly arguments: string;
      readonly status: string;
    };

type Ending = { readonly status: string; readonly incompleteDetails: unknown };

/** How an answer ends: a limit or a filter leaves the response incomplete. */
function endingOf(answer: Answer): Ending {
  if (answer.finish === 'length') {
    return { status: 'incomplete', incompleteDetails: { reason: 'max_output_tokens' } };
  }
  if (answer.finish === 'content_filter') {
    return { status: 'incomplete', incompleteDetails: { reason: 'content_filter' } };
  }
  return { status: 'completed', incompleteDetails: null };
}

const idWith = (context: Context, prefix: string): string =>
  `${prefix}_${context.nextId().replaceAll('-', '')}`;

export const textPart = (answer: Answer, text: string): TextPart =>
  answer.finish === 'refusal'
    ? { type: 'refusal', refusal: text }
    : { type: 'output_text', text, annotations: [], logprobs: [] };

function reasoningItem(context: Context, answer: Answer, asked: ResponsesQuestion): OutputItem | undefined {
  const text = answer.reasoning;
  if ((text ?? '') === '' && (answer.usage.reasoning ?? 0) === 0) return undefined;
  const summary: readonly SummaryPart[] =
    asked.summed && text !== undefined && text !== '' ? [{ type: 'summary_text', text }] : [];
  return {
    type: 'reasoning',
    id: idWith(context, 'rs'),
    summary,
    ...(asked.sealed ? { encrypted_content: seal(text ?? '') } : {}),
  };
}

export function outputOf(context: Context, answer: Answer, asked: ResponsesQuestion): readonly OutputItem[] {
  const items: OutputItem[] = [];
  const reasoning = reasoningItem(context, answer, asked);
  if (reasoning !== undefined) items.push(reasoning);
  const { status } = endingOf(answer);
  if (answer.text !== '') {
    const content = [textPart(answer, answer.text)];
    items.push({ type: 'message', id: idWith(context, 'msg'), status, role: 'assistant', content });
  }
  for (const call of answer.toolCalls) {
    items.push({
      type: 'function_call',
      id: idWith(context, 'fc'),
      call_id: idWith(context, 'call'),
      name: call.name,
      arguments: JSON.stringify(call.arguments),
      status: 'completed',
    });
  }
  return items;
}

const usageOf = ({ usage }: Answer): unknown => ({
  input_tokens: usage.input,
  input_tokens_details: { cached_tokens: usage.cacheRead ?? 0 },
  output_tokens: usage.output,
  output_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
  total_tokens: usage.input + usage.output,
});

/** The response as it stands at one moment. */
export type Resource = Readonly<Record<string, unknown>>;

/** The resource before anything was said: what was asked, with its defaults. */
export function openingResource(context: Context, body: Body, model: Model): Resource {
  const reasoning = isRecord(body['reasoning']) ? body['reasoning'] : {};
  const text = isRecord(body['text']) ? body['text'] : {};
  return {
    id: idWith(context, 'resp'),
    object: 'response',
    created_at: Math.floor(context.nowMs / 1000),
    status: 'in_progress',
    background: false,
    completed_at: null,
    error: null,
    incomplete_details: null,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    max_tool_calls: body['max_tool_calls'] ?? null,
    metadata: body['metadata'] ?? {},
    model: model.vendorId,
    output: [],
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    previous_response_id: null,
    prompt_cache_key: body['prompt_cache_key'] ?? null,
    reasoning: { effort: reasoning['effort'] ?? null, summary: reasoning['summary'] ?? null },
    safety_identifier: body['safety_identifier'] ?? null,
    service_tier: 'default',
    store: false,
    temperature: body['temperature'] ?? 1,
    text: { format: text['format'] ?? { type: 'text' }, verbosity: text['verbosity'] ?? 'medium' },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_logprobs: 0,
    top_p: body['top_p'] ?? 1,
    truncation: body['truncation'] ?? 'disabled',
    usage: null,
    user: body['user'] ?? null,
  };
}

export function closingResource(
  context: Context,
  opening: Resource,
  answer: Answer,
  output: readonly OutputItem[],
): Resource {
  const { status, incompleteDetails } = endingOf(answer);
  return {
    ...opening,
    status,
    completed_at: status === 'completed' ? Math.floor(context.nowMs / 1000) : null,
    incomplete_details: incompleteDetails,
    output,
    usage: usageOf(answer),
  };
}
