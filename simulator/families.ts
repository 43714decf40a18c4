// How each model family shows usage and the end of an answer: the provider blobs of sections 2.4, 3.5 and 3.6, which
// differ by family and by mode. Nova and Nemotron are not described anywhere; they are shown as Gemini is.
import type { Answer } from './mind.ts';
import type { Model } from './models.ts';
import type { OrgState } from './org.ts';
import type { ReplyUsage } from './replies.ts';

type Blob = Record<string, unknown>;

const gptUsage = (usage: ReplyUsage): Blob => ({
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
  completion_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
  ...(usage.cacheRead === undefined ? {} : { prompt_tokens_details: { cached_tokens: usage.cacheRead } }),
});

/** Of the input, what the family counts as input: Claude leaves cached tokens out, as Anthropic does (App. A, [I]). */
const claudeInput = (usage: ReplyUsage, org: OrgState): number =>
  org.claudeInputIncludesCached
    ? usage.input
    : Math.max(0, usage.input - (usage.cacheRead ?? 0) - (usage.cacheWrite ?? 0));

const claudeUsage = (usage: ReplyUsage, org: OrgState): Blob => ({
  inputTokenCount: claudeInput(usage, org),
  outputTokenCount: usage.output,
  totalTokenCount: usage.input + usage.output,
  cacheWriteInputTokenCount: usage.cacheWrite ?? 0,
  cacheReadInputTokenCount: usage.cacheRead ?? 0,
});

const claudeStreamUsage = (usage: ReplyUsage, org: OrgState): Blob => ({
  inputTokens: claudeInput(usage, org),
  outputTokens: usage.output,
  totalTokens: usage.input + usage.output,
  cacheReadInputTokens: usage.cacheRead ?? null,
  cacheWriteInputTokens: usage.cacheWrite ?? null,
});

const geminiUsage = (usage: ReplyUsage): Blob => ({
  inputTokenCount: usage.input,
  outputTokenCount: usage.output,
  totalTokenCount: usage.input + usage.output,
});

/** `{usage: …}` as the family shows it, or nothing when the org shows none. */
export function usageOf(model: Model, usage: ReplyUsage, org: OrgState, mode: 'whole' | 'stream'): Blob {
  if (org.usage === 'absent') return {};
  if (model.family === 'gpt' || model.family === 'ada') return { usage: gptUsage(usage) };
  if (model.family !== 'claude') return { usage: geminiUsage(usage) };
  return { usage: mode === 'whole' ? claudeUsage(usage, org) : claudeStreamUsage(usage, org) };
}

const gptFinish: Readonly<Record<string, string>> = { stop_sequence: 'stop' };
const claudeFinish: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
};
const geminiFinish: Readonly<Record<string, string>> = {
  stop: 'STOP',
  stop_sequence: 'STOP',
  tool_calls: 'STOP',
  length: 'MAX_TOKENS',
  content_filter: 'SAFETY',
};

/** Anthropic's word for the end of an answer. */
export const claudeStopReason = (answer: Answer): string => claudeFinish[answer.finish] ?? answer.finish;

/** What the generation itself says of its end. */
export function generationParameters(model: Model, answer: Answer, org: OrgState, index = 0): Blob {
  if (model.family === 'gpt') {
    const finish = gptFinish[answer.finish] ?? answer.finish;
    return { finish_reason: finish, refusal: null, index, logprobs: null };
  }
  if (model.family === 'claude') return { type: answer.toolCalls.length > 0 ? 'tool_use' : 'text' };
  if (org.geminiFinish === 'absent') return { index };
  const finish = geminiFinish[answer.finish] ?? answer.finish;
  return { finish_reason: org.geminiFinish === 'lower' ? finish.toLowerCase() : finish, index };
}

/** The provider blob of a whole reply. */
export function wholeParameters(
  model: Model,
  answer: Answer,
  org: OrgState,
  nowMs: number,
  surface: 'classic' | 'gateway',
): Blob {
  const usage = usageOf(model, answer.usage, org, 'whole');
  if (model.family === 'claude') {
    const tellsStop = surface === 'gateway' || org.classicClaudeStopReason === 'present';
    return {
      type: 'MESSAGE',
      content_type: null,
      stop_sequence: answer.stopSequence ?? null,
      ...(tellsStop ? { stop_reason: claudeStopReason(answer) } : {}),
      model: model.vendorId,
      ...usage,
    };
  }
  if (model.family !== 'gpt') return { model: model.vendorId, ...usage };
  return {
    ...(surface === 'gateway' ? { provider: 'openai' } : {}),
    created: Math.floor(nowMs / 1000),
    model: model.vendorId,
    system_fingerprint: null,
    object: 'chat.completion',
    ...usage,
  };
}

/** The provider blob of a stream's chunks, usage apart. */
export function chunkParameters(model: Model, nowMs: number): Blob {
  if (model.family === 'gpt') {
    return { provider: 'openai', model: model.vendorId, created: Math.floor(nowMs / 1000) };
  }
  if (model.family === 'claude') return { model: `anthropic.${model.vendorId}` };
  return { model: model.vendorId };
}

/** The prefix vendors give the ids of tool calls. */
export const toolCallIdPrefix = (model: Model): string => (model.family === 'claude' ? 'toolu_' : 'call_');

const toxicWord = '[toxic]';
const categories = ['identity', 'hate', 'profanity', 'violence', 'sexual', 'physical'];

/** The Trust Layer's scan: only a text holding `[toxic]` is found toxic. */
const isToxic = (text: string): boolean => text.includes(toxicWord);

export const classicQuality = (text: string): Blob => ({
  scanToxicity: {
    isDetected: isToxic(text),
    categories: categories.map((categoryName) => ({
      categoryName,
      score: isToxic(text) && categoryName === 'profanity' ? 0.97 : 0,
    })),
  },
});

/** Scores and quality as the gateway tells them (3.6). */
export const gatewayScores = (text: string): Blob => ({
  generation_safety_score: {
    severity_level: isToxic(text) ? 'HIGH' : 'NONE',
    safety_score: isToxic(text) ? 0.03 : 0.9999,
    category_scores: Object.fromEntries(
      ['toxicity', ...categories, 'biased'].map((name) => [
        name,
        isToxic(text) && (name === 'toxicity' || name === 'profanity') ? 0.97 : 0,
      ]),
    ),
  },
  generation_content_quality: { is_toxicity_detected: isToxic(text), is_bias_detected: false, bias_score: 0 },
});
