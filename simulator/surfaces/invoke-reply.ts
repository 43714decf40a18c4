// Shows an answer as `invoke` does (3.7): one Anthropic message, or the normal sequence of streaming events, each in a
// frame of the AWS event stream.
import { claudeStopReason } from '../families.ts';
import type { Answer } from '../mind.ts';
import { deltasOf } from '../mind.ts';
import type { Model } from '../models.ts';
import type { ReplyUsage, ScriptedReply } from '../replies.ts';
import { chunkFrame } from './event-frames.ts';
import type { Thinking } from './invoke-thinking.ts';
import { redactedDataOf, signatureOf } from './invoke-thinking.ts';
import type { Context, Frame } from './surface.ts';

/** Characters of arguments in one delta of a tool call. */
const fragmentCharacters = 8;
const thought = 'The last message is what counts here.';

type Block = Readonly<Record<string, unknown>>;
type Delta = Readonly<Record<string, unknown>>;

/** A content block whole, and as it is streamed: its opening and its deltas. */
type Shown = { readonly whole: Block; readonly opening: Block; readonly deltas: readonly Delta[] };

function thinkingBlock(text: string, shown: boolean, chunks: number | undefined): Shown {
  const signature = signatureOf(text);
  const thinking = shown ? text : '';
  const pieces = deltasOf(thinking, chunks).map((piece) => ({ type: 'thinking_delta', thinking: piece }));
  return {
    whole: { type: 'thinking', thinking, signature },
    opening: { type: 'thinking', thinking: '', signature: '' },
    deltas: [...pieces, { type: 'signature_delta', signature }],
  };
}

function toolBlock(context: Context, name: string, input: Record<string, unknown>): Shown {
  const block = { type: 'tool_use', id: `toolu_bdrk_${hexId(context)}`, name };
  const text = Object.keys(input).length === 0 ? '' : JSON.stringify(input);
  const characters = Array.from(text);
  // The first delta of a call is always empty, and for a call without arguments it is the only one.
  const deltas = [{ type: 'input_json_delta', partial_json: '' }];
  for (let at = 0; at < characters.length; at += fragmentCharacters) {
    const piece = characters.slice(at, at + fragmentCharacters).join('');
    deltas.push({ type: 'input_json_delta', partial_json: piece });
  }
  return { whole: { ...block, input }, opening: { ...block, input: {} }, deltas };
}

const hexId = (context: Context): string => context.nextId().replaceAll('-', '');

/** A script that gives the words gives the thinking too; only the mind's own answers think by themselves. */
function thinkingTextOf(answer: Answer, thinking: Thinking, reply: ScriptedReply | undefined): string {
  if (answer.reasoning !== undefined) return answer.reasoning;
  const scripted = reply?.text ?? reply?.toolCalls ?? reply?.redactedReasoning;
  return thinking.on && scripted === undefined ? thought : '';
}

function blocksOf(
  context: Context,
  answer: Answer,
  thinking: Thinking,
  reply: ScriptedReply | undefined,
): readonly Shown[] {
  const blocks: Shown[] = [];
  const text = thinkingTextOf(answer, thinking, reply);
  if (text !== '') blocks.push(thinkingBlock(text, thinking.shown || !thinking.on, reply?.chunks));
  if (reply?.redactedReasoning !== undefined) {
    const whole = { type: 'redacted_thinking', data: redactedDataOf(reply.redactedReasoning) };
    blocks.push({ whole, opening: whole, deltas: [] });
  }
  if (answer.text !== '') {
    const deltas = deltasOf(answer.text, reply?.chunks).map((piece) => ({ type: 'text_delta', text: piece }));
    blocks.push({
      whole: { type: 'text', text: answer.text },
      opening: { type: 'text', text: '' },
      deltas,
    });
  }
  for (const call of answer.toolCalls) blocks.push(toolBlock(context, call.name, call.arguments));
  return blocks;
}

/** Anthropic counts cached tokens beside the input, not in it. */
const inputUsage = (usage: ReplyUsage): Record<string, unknown> => ({
  input_tokens: Math.max(0, usage.input - (usage.cacheRead ?? 0) - (usage.cacheWrite ?? 0)),
  cache_creation_input_tokens: usage.cacheWrite ?? 0,
  cache_read_input_tokens: usage.cacheRead ?? 0,
  cache_creation: { ephemeral_5m_input_tokens: usage.cacheWrite ?? 0, ephemeral_1h_input_tokens: 0 },
});

type Telling = {
  readonly answer: Answer;
  readonly thinking: Thinking;
  readonly reply: ScriptedReply | undefined;
};

function messageOf(context: Context, model: Model): Record<string, unknown> {
  return {
    id: `msg_bdrk_${hexId(context)}`,
    type: 'message',
    role: 'assistant',
    model: model.vendorId,
  };
}

export function wholeMessage(context: Context, model: Model, telling: Telling): string {
  const { answer, thinking, reply } = telling;
  return JSON.stringify({
    ...messageOf(context, model),
    content: blocksOf(context, answer, thinking, reply).map((block) => block.whole),
    stop_reason: claudeStopReason(answer),
    stop_sequence: answer.stopSequence ?? null,
    usage: { ...inputUsage(answer.usage), output_tokens: answer.usage.output },
  });
}

export function messageFrames(context: Context, model: Model, telling: Telling): readonly Frame[] {
  const { answer, thinking, reply } = telling;
  const { usage } = answer;
  const frames: Frame[] = [];
  const push = (kind: Frame['kind'], event: unknown): void => {
    frames.push({ kind, bytes: chunkFrame(context, event) });
  };
  const message = {
    ...messageOf(context, model),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...inputUsage(usage), output_tokens: Math.min(1, usage.output) },
  };
  push('other', { type: 'message_start', message });
  if (context.org.invokePings === 'after-start') push('other', { type: 'ping' });
  for (const [index, block] of blocksOf(context, answer, thinking, reply).entries()) {
    const bare = block.deltas.length === 0;
    push(bare ? 'content' : 'other', {
      type: 'content_block_start',
      index,
      content_block: block.opening,
    });
    for (const delta of block.deltas) push('content', { type: 'content_block_delta', index, delta });
    push('other', { type: 'content_block_stop', index });
  }
  push('closing', {
    type: 'message_delta',
    delta: { stop_reason: claudeStopReason(answer), stop_sequence: answer.stopSequence ?? null },
    usage: { output_tokens: usage.output },
  });
  const metrics = {
    'amazon-bedrock-invocationMetrics': {
      inputTokenCount: inputUsage(usage)['input_tokens'],
      outputTokenCount: usage.output,
      invocationLatency: 40,
      firstByteLatency: 20,
      ...(usage.cacheRead === undefined ? {} : { cacheReadInputTokenCount: usage.cacheRead }),
      ...(usage.cacheWrite === undefined ? {} : { cacheWriteInputTokenCount: usage.cacheWrite }),
    },
  };
  push('closing', {
    type: 'message_stop',
    ...(context.org.invocationMetrics === 'present' ? metrics : {}),
  });
  return frames;
}
