// Stop sequences and output limits on a surface that has neither and answers whole: the reply is cut on its way out, and
// its finish says why. What the model produced beyond the cut was still produced, so the usage stays as it was told.

import type { Call, Choice, Need, Reply, ReplyPart } from '../../core/neutral/index.ts';
import type { Surface } from '../../salesforce/surfaces/port.ts';

/** Whether limits can be held on this surface. A stream would have to be held back at every prefix of a stop sequence. */
export function canLimit(need: Need, surface: Surface): boolean {
  return !surface.streams && LIMITS.includes(need);
}

export const LIMITS: readonly Need[] = ['stop', 'output-limit'];

/** The call as the surface is to see it. */
export function withoutLimits(call: Call, emulated: readonly Need[]): Call {
  if (emulated.length === 0) return call;
  return {
    ...call,
    stop: emulated.includes('stop') ? [] : call.stop,
    maxOutputTokens: emulated.includes('output-limit') ? undefined : call.maxOutputTokens,
  };
}

/** The reply as the caller asked for it. */
export function limitReply(reply: Reply, call: Call, emulated: readonly Need[]): Reply {
  if (emulated.length === 0) return reply;
  const tokensMax = emulated.includes('output-limit') ? call.maxOutputTokens : undefined;
  const stop = emulated.includes('stop') ? call.stop : [];
  return {
    ...reply,
    choices: reply.choices.map((choice) => limitTokens(stopAt(choice, stop), tokensMax, reply)),
  };
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

/** Cuts where the limit falls, by the reply's own ratio of characters to tokens. A tool call is whole or not there. */
function limitTokens(choice: Choice, tokensMax: number | undefined, reply: Reply): Choice {
  if (tokensMax === undefined) return choice;
  const characters = charactersOf(reply);
  const tokens = reply.usage.outputTokens ?? Math.ceil(characters / CHARACTERS_PER_TOKEN);
  if (tokens <= tokensMax) return choice;
  let left = Math.floor((characters * tokensMax) / tokens);
  const kept: ReplyPart[] = [];
  for (const part of choice.parts) {
    const length = lengthOf(part);
    if (length <= left) {
      kept.push(part);
      left -= length;
      continue;
    }
    if (part.type === 'text') kept.push({ type: 'text', text: wholeCharacters(part.text, left) });
    return { ...choice, parts: kept, finish: 'length', finishRaw: undefined, stopSequence: undefined };
  }
  return choice;
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
