// What an org's models turned out to demand, per surface and model, so that a lesson is paid for once. Forgotten after a
// while, since models are replaced behind their names.

import type { Clock } from '../core/platform/index.ts';
import type { Step } from '../salesforce/routing/port.ts';
import type { Adaptation } from '../salesforce/surfaces/port.ts';

const REMEMBERED_MS = 60 * 60 * 1_000;
/** Model names can be invented by clients, so the memory is bounded; the oldest is forgotten first. */
const ENTRIES_MAX = 1_000;
const NONE: ReadonlySet<Adaptation> = new Set();

type Lesson = { readonly adaptations: ReadonlySet<Adaptation>; readonly untilMs: number };

export class AdaptationMemory {
  readonly #clock: Clock;
  readonly #lessons = new Map<string, Lesson>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(step: Step): ReadonlySet<Adaptation> {
    if (this.#lessons.size === 0) return NONE;
    const key = keyOf(step);
    const lesson = this.#lessons.get(key);
    if (lesson === undefined) return NONE;
    if (lesson.untilMs > this.#clock.monotonicMs()) return lesson.adaptations;
    this.#lessons.delete(key);
    return NONE;
  }

  /** For a lesson that was the cure: one caller's odd request must not change what others send. */
  learn(step: Step, adaptation: Adaptation): void {
    const key = keyOf(step);
    const adaptations = new Set([...this.of(step), adaptation]);
    this.#lessons.delete(key);
    this.#lessons.set(key, { adaptations, untilMs: this.#clock.monotonicMs() + REMEMBERED_MS });
    if (this.#lessons.size > ENTRIES_MAX) {
      const oldest = this.#lessons.keys().next();
      if (oldest.done !== true) this.#lessons.delete(oldest.value);
    }
  }
}

function keyOf(step: Step): string {
  return `${step.surface.id} ${step.model.apiName}`;
}
