// Stop sequences and output limits that a surface does not hold: the reply is cut on its way out, its finish says why, and
// its usage tells what the caller gets. What the model produced beyond the cut was counted all the same: that count stands
// beside (docs/decisions/0011-usage-tells-what-was-delivered.md).

import type { Call, Choice, Need, Reply, ReplyPart, Usage } from '../../core/neutral/index.ts';
import type { Surface } from '../../salesforce/surfaces/port.ts';

/**
 * Whether limits can be held on this surface. A stream would have to be held back at every prefix of a stop sequence; one of
 * a limit smaller than the surface takes is short, and is held back whole.
 */
export function canLimit(need: Need, surface: Surface): boolean {
  if (need === 'output-limit' && surface.outputTokensMin !== undefined) return true;
  return !surface.streams && LIMITS.includes(need);
}

export const LIMITS: readonly Need[] = ['stop', 'output-limit'];

/** The call as the surface is to see it. One that takes limits, if not so small ones, sends and tells its least. */
export function withoutLimits(
  call: Call,
  emulated: readonly Need[],
  { outputTokensMin }: Pick<Surface, 'outputTokensMin'>,
): Call {
  if (emulated.length === 0) return call;
  const hasNone = emulated.includes('output-limit') && outputTokensMin === undefined;
  return {
    ...call,
    stop: emulated.includes('stop') ? [] : call.stop,
    maxOutputTokens: hasNone ? undefined : call.maxOutputTokens,
  };
}

/**
 * The reply as the caller asked for it.
 * @param spent On the reply as it stands, where its usage counts more: that of a round which another took the place of.
 */
export function limitReply(
  reply: Reply,
  call: Call,
  emulated: readonly Need[],
  spent: Usage = reply.usage,
): Reply {
  if (emulated.length === 0) return reply;
  const whole = { ...reply, usage: spent };
  const tokensMax = emulated.includes('output-limit') ? (call.maxOutputTokens ?? Infinity) : Infinity;
  const stop = emulated.includes('stop') ? call.stop : [];
  const choices = reply.choices.map((choice) => limitTokens(stopAt(choice, stop), tokensMax, whole));
  return { ...reply, choices, usage: usageOfCut({ ...reply, choices }, whole, tokensMax) };
}

/** Cuts before the first stop sequence, wherever it stands. */
function stopAt(choice: Choice, stop: readonly string[]): Choice {
  const kept: ReplyPart[] = [];
  for (const part of choice.parts) {
    const found = part.type === 'text' ? firstOf(part.text, stop) : undefined;
    if (part.type !== 'text' || found === undefined) {
      kept.push(part);
      continue;
    }
    kept.push({ type: 'text', text: part.text.slice(0, found.index) });
    return { ...choice, parts: kept, finish: 'stop', finishRaw: undefined, stopSequence: found.sequence };
  }
  return choice;
}

function firstOf(text: string, stop: readonly string[]): { index: number; sequence: string } | undefined {
  let first: { index: number; sequence: string } | undefined;
  for (const sequence of stop) {
    const index = text.indexOf(sequence);
    if (index >= 0 && (first === undefined || index < first.index)) first = { index, sequence };
  }
  return first;
}

/** For replies whose usage nobody told: the densest prose measured (reference 2.10). */
const CHARACTERS_PER_TOKEN = 3.39;

/** Tokens of which a caller sees no character: they count against its limit all the same. */
function unseenTokens({ usage }: Reply): number {
  return Math.min(usage.reasoningTokens ?? 0, usage.outputTokens ?? 0);
}

/** Cuts where the limit falls, by the reply's own ratio of characters to tokens. A tool call is whole or not there. */
function limitTokens(choice: Choice, tokensMax: number, reply: Reply): Choice {
  const characters = charactersOf(reply);
  const tokens = reply.usage.outputTokens ?? Math.ceil(characters / CHARACTERS_PER_TOKEN);
  if (tokens <= tokensMax) return choice;
  const unseen = unseenTokens(reply);
  // More tokens than the limit, of which not all are unseen where one is left for seen ones: so this divides by no zero.
  let left = unseen >= tokensMax ? 0 : Math.floor((characters * (tokensMax - unseen)) / (tokens - unseen));
  const kept: ReplyPart[] = [];
  for (const part of choice.parts) {
    const length = lengthOf(part);
    if (length <= left) {
      kept.push(part);
      left -= length;
      continue;
    }
    const text = part.type === 'text' ? wholeCharacters(part.text, left) : '';
    if (text !== '') kept.push({ type: 'text', text });
    return { ...choice, parts: kept, finish: 'length', finishRaw: undefined, stopSequence: undefined };
  }
  // Nothing was seen of it at all.
  const isSpent = characters === 0 && choice.finish === 'stop';
  return isSpent ? { ...choice, finish: 'length', finishRaw: undefined } : choice;
}

/** The usage of the part of a round that the caller gets, by its share of the characters. */
export function shareOf(usage: Usage, kept: number, characters: number): Usage {
  const part = characters === 0 ? 0 : Math.min(kept, characters) / characters;
  const share = (count: number | undefined): number | undefined =>
    count === undefined ? undefined : Math.ceil(count * part);
  return {
    ...usage,
    outputTokens: share(usage.outputTokens),
    reasoningTokens: share(usage.reasoningTokens),
  };
}

/**
 * As a model held to the limit would have told it: the share of the tokens that the caller gets, never above the limit.
 * @param cut With the usage as it was counted; `whole` has that which was spent on it.
 */
function usageOfCut(cut: Reply, whole: Reply, tokensMax: number): Usage {
  const { usage } = cut;
  const { outputTokens: counted } = usage;
  const { outputTokens: spent } = whole.usage;
  if (counted === undefined || spent === undefined) return usage;
  const characters = charactersOf(whole);
  const kept = charactersOf(cut);
  if (kept === characters && counted <= tokensMax) return usage;
  const unseen = unseenTokens(whole);
  const seen = characters === 0 ? 0 : Math.ceil(((spent - unseen) * kept) / characters);
  const outputTokens = Math.min(unseen + seen, tokensMax);
  return {
    ...usage,
    outputTokens,
    reasoningTokens:
      usage.reasoningTokens === undefined ? undefined : Math.min(usage.reasoningTokens, outputTokens),
    countedOutputTokens: counted,
    estimated: true,
  };
}

function lengthOf(part: ReplyPart): number {
  if (part.type === 'tool-call') return part.name.length + part.arguments.length;
  return part.type === 'text' ? part.text.length : 0;
}

function charactersOf(reply: Reply): number {
  let characters = 0;
  for (const choice of reply.choices) for (const part of choice.parts) characters += lengthOf(part);
  return characters;
}

/** Never half of a surrogate pair. */
function wholeCharacters(text: string, length: number): string {
  const cut = text.slice(0, length);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}
