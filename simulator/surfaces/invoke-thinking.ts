// Thinking on `invoke` (3.7): what the org makes of the parameter, and the blocks that a client echoes. What was observed
// contradicts itself, so the org's `thinking` option decides.
import type { Model } from '../models.ts';
import { digestOf, seal, unseal } from '../seals.ts';
import type { Body } from './classic-body.ts';
import { isRecord } from './classic-body.ts';
import { nativeRefusal } from './native-errors.ts';
import type { Context } from './surface.ts';

const budgetTokensMin = 1024;
const thinkingTypes: ReadonlySet<unknown> = new Set(['enabled', 'adaptive', 'disabled']);

export type Thinking = { readonly on: boolean; readonly shown: boolean };

/** The signature of a thinking text. */
export const signatureOf = (text: string): string => seal(digestOf(text));

export const redactedDataOf = (text: string): string => seal(text);

const invalid = (context: Context, message: string): Error => nativeRefusal(context, 'invoke', 400, message);

/** The refusal that one org gave to everything about thinking ([O M]). */
const noUserContext = (context: Context): Error =>
  nativeRefusal(context, 'invoke', 502, 'No user context has been created!');

function checkBudget(context: Context, thinking: Body, outputTokensMax: number): void {
  const { budget_tokens: budget } = thinking;
  if (typeof budget !== 'number' || !Number.isInteger(budget)) {
    throw invalid(context, 'thinking.enabled.budget_tokens: Field required');
  }
  if (budget < budgetTokensMin) {
    throw invalid(
      context,
      `thinking.enabled.budget_tokens: Input should be greater than or equal to ${budgetTokensMin}`,
    );
  }
  if (budget >= outputTokensMax) {
    throw invalid(context, '`max_tokens` must be greater than `thinking.budget_tokens`.');
  }
}

/** Sampling beside thinking: rejected where only adaptive thinking exists ([O M]), else only what Anthropic allows. */
function checkSampling(context: Context, body: Body): void {
  const strict = context.org.thinking === 'adaptive-only';
  for (const name of ['temperature', 'top_p', 'top_k']) {
    const value = body[name];
    if (value === undefined) continue;
    if (strict) throw invalid(context, `\`${name}\` is not supported when thinking is adaptive.`);
    if (name === 'temperature' && value !== 1) {
      throw invalid(context, '`temperature` may only be set to 1 when thinking is enabled.');
    }
    if (name === 'top_p' && Number(value) < 0.95) {
      throw invalid(context, '`top_p` must be greater than or equal to 0.95 when thinking is enabled.');
    }
    if (name === 'top_k') throw invalid(context, '`top_k` must be unset when thinking is enabled.');
  }
}

function checkForcedTools(context: Context, body: Body): void {
  const { tool_choice: choice } = body;
  if (isRecord(choice) && (choice['type'] === 'any' || choice['type'] === 'tool')) {
    throw invalid(context, 'Thinking may not be enabled when tool_choice forces tool use.');
  }
}

export function readThinking(context: Context, body: Body, model: Model, outputTokensMax: number): Thinking {
  const { thinking } = body;
  if (thinking === undefined || thinking === null) return { on: false, shown: false };
  if (!isRecord(thinking) || !thinkingTypes.has(thinking['type'])) {
    throw invalid(context, "thinking.type: Input should be 'enabled', 'adaptive' or 'disabled'");
  }
  const { type, display } = thinking;
  if (type !== 'disabled' && !model.reasoning) {
    throw invalid(context, `thinking: ${model.vendorId} does not support thinking`);
  }
  if (context.org.thinking === 'refused-502') throw noUserContext(context);
  if (type === 'disabled') return { on: false, shown: false };
  if (display !== undefined && display !== 'summarized' && display !== 'omitted') {
    throw invalid(context, "thinking.display: Input should be 'summarized' or 'omitted'");
  }
  if (type === 'enabled' && context.org.thinking === 'adaptive-only') {
    throw invalid(
      context,
      '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
    );
  }
  if (type === 'enabled') checkBudget(context, thinking, outputTokensMax);
  checkSampling(context, body);
  checkForcedTools(context, body);
  return { on: true, shown: display !== 'omitted' };
}

/** A thinking block that came back: unchanged or unsigned, or it is refused. */
export function checkThinkingBlock(context: Context, block: Body, path: string): void {
  if (context.org.thinking === 'refused-502') throw noUserContext(context);
  if (block['type'] === 'redacted_thinking') {
    const { data } = block;
    if (typeof data !== 'string' || unseal(data) === undefined) {
      throw invalid(context, `${path}: Invalid \`data\` in \`redacted_thinking\` block`);
    }
    return;
  }
  const { thinking, signature } = block;
  if (typeof thinking !== 'string') throw invalid(context, `${path}.thinking.thinking: Field required`);
  if (signature === undefined || signature === null || signature === '') return;
  const digest = typeof signature === 'string' ? unseal(signature) : undefined;
  // Thinking whose display was omitted comes back without its text; its seal alone vouches for it.
  if (digest === undefined || (thinking !== '' && digest !== digestOf(thinking))) {
    throw invalid(context, `${path}: Invalid \`signature\` in \`thinking\` block`);
  }
}
