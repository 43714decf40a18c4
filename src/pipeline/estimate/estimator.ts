// Estimates a call's input tokens, from above: callers use the number to stay below a limit. How a model's tokeniser
// compares with our count is learnt from the usage it reports; a ratio rises at once and falls slowly.

import type { Call, Model, Usage } from '../../core/neutral/index.ts';
import { countAtLeast, countCall, holdsMedia } from './count.ts';

export type Estimator = {
  /** Input tokens, above the truth in almost all cases. */
  estimate(call: Call, model: Model): number;
  /** `usage` is that of all the call's choices, as the upstream told it. Cheap: it runs on every served call. */
  learn(call: Call, usage: Usage, model: Model): void;
};

/** Names of models can be invented by clients, so the memory is bounded; the oldest is forgotten first. */
const MODELS_MAX = 1_000;
/** Before anything is learnt: source code and JSON cost up to this much more than prose. */
const FIRST_RATIO = 1.25;
const RATIO_MIN = 0.4;
const RATIO_MAX = 4;
/** Above the highest ratio seen of late: the next call may be of another kind. */
const SAFETY = 1.1;
/** How much of the way down a lower observation takes. A dear kind of call that comes now and then is still remembered. */
const FALL = 1 / 64;
/** Below this, what the upstream adds of its own outweighs the text: the call teaches the overhead, not the ratio. */
const RATIO_TOKENS_MIN = 256;
const FIRST_OVERHEAD_TOKENS = 16;
const OVERHEAD_TOKENS_MAX = 2_000;
/** Counting schemas costs tens of microseconds, so of calls with tools the first few teach, then one in so many. */
const TOOL_LESSONS_FIRST = 16;
/** Other calls that can only lower what is known: counting each of them is a hundredth of what a request costs. */
const FALLS_FIRST = 64;
const LESSONS_EVERY = 8;
/** Who stands for so many calls lowers as much as they would together. */
const FALL_OF_MANY = 1 - (1 - FALL) ** LESSONS_EVERY;

type Lesson = { ratio: number; overheadTokens: number; callsWithTools: number; falls: number };

export function createEstimator(): Estimator {
  const lessons = new Map<string, Lesson>();

  function remember(model: Model): Lesson {
    const known = lessons.get(model.apiName);
    if (known !== undefined) return known;
    const lesson = { ...FIRST_LESSON };
    lessons.set(model.apiName, lesson);
    if (lessons.size > MODELS_MAX) {
      const oldest = lessons.keys().next();
      if (oldest.done !== true) lessons.delete(oldest.value);
    }
    return lesson;
  }

  return {
    estimate(call, model) {
      const { tokens, mediaTokens } = countCall(call);
      const { ratio, overheadTokens } = lessons.get(model.apiName) ?? FIRST_LESSON;
      return Math.ceil((tokens * ratio + mediaTokens) * SAFETY + overheadTokens);
    },
    learn(call, usage, model) {
      if (usage.estimated || usage.inputTokens === undefined || usage.inputTokens <= 0) return;
      // What an image really cost cannot be told apart from the text around it.
      if (holdsMedia(call)) return;
      const lesson = remember(model);
      const actual = usage.inputTokens / call.choices;
      const fall = fallOf(lesson, call, actual);
      if (fall === undefined) return;
      const { tokens } = countCall(call);
      if (tokens < RATIO_TOKENS_MIN) learnOverhead(lesson, actual - tokens * lesson.ratio, fall);
      else learnRatio(lesson, actual / tokens, holdsReasoning(call), fall);
    },
  };
}

const FIRST_LESSON: Readonly<Lesson> = {
  ratio: FIRST_RATIO,
  overheadTokens: FIRST_OVERHEAD_TOKENS,
  callsWithTools: 0,
  falls: 0,
};

/** How far down the call may take what is known; undefined where it is not worth counting. */
function fallOf(lesson: Lesson, call: Call, actual: number): number | undefined {
  if (call.tools.length > 0) return isToolLesson(lesson) ? FALL : undefined;
  // One that may raise it is never passed over: the next estimate must not be below the truth for its like.
  if (actual > countAtLeast(call) * lesson.ratio) return FALL;
  lesson.falls += 1;
  if (lesson.falls <= FALLS_FIRST) return FALL;
  return lesson.falls % LESSONS_EVERY === 0 ? FALL_OF_MANY : undefined;
}

function isToolLesson(lesson: Lesson): boolean {
  lesson.callsWithTools += 1;
  return lesson.callsWithTools <= TOOL_LESSONS_FIRST || lesson.callsWithTools % LESSONS_EVERY === 0;
}

function learnOverhead(lesson: Lesson, observedTokens: number, fall: number): void {
  const observed = Math.min(OVERHEAD_TOKENS_MAX, Math.max(0, observedTokens));
  lesson.overheadTokens = moved(lesson.overheadTokens, observed, fall);
}

/** Vendors leave earlier reasoning out of the count or not, so a call with some may raise the ratio but never lower it. */
function learnRatio(lesson: Lesson, observedRatio: number, fromAbove: boolean, fall: number): void {
  const observed = Math.min(RATIO_MAX, Math.max(RATIO_MIN, observedRatio));
  if (!fromAbove || observed > lesson.ratio) lesson.ratio = moved(lesson.ratio, observed, fall);
}

function moved(from: number, observed: number, fall: number): number {
  return observed >= from ? observed : from + (observed - from) * fall;
}

function holdsReasoning(call: Call): boolean {
  return call.messages.some(
    (message) => message.role === 'assistant' && message.content.some((part) => part.type === 'reasoning'),
  );
}
