// What the org turned out not to have, per model and surface, for a while. Without it every call would first be refused
// by the surface the org lacks, and invented model names would cost upstream calls each time.

import type { Model } from '../../core/neutral/index.ts';
import type { Clock } from '../../core/platform/index.ts';

/** Short enough that an administrator who enables a model need not restart the gateway. */
const REMEMBERED_MS = 60_000;
/** Names can be invented by clients, so the memory is bounded; the oldest is forgotten first. */
const ENTRIES_MAX = 1_000;

type Identified = { readonly id: string };

export class MissingMemory {
  readonly #clock: Clock;
  readonly #untilMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Those of the surfaces that may be there. */
  without<S extends Identified>(model: Model, surfaces: readonly S[]): readonly S[] {
    if (this.#untilMs.size === 0) return surfaces;
    return surfaces.filter((surface) => !this.#has(model, surface));
  }

  #has(model: Model, surface: Identified): boolean {
    const key = `${surface.id} ${model.apiName}`;
    const untilMs = this.#untilMs.get(key);
    if (untilMs === undefined) return false;
    if (untilMs > this.#clock.monotonicMs()) return true;
    this.#untilMs.delete(key);
    return false;
  }

  add(model: Model, surface: Identified): void {
    const key = `${surface.id} ${model.apiName}`;
    this.#untilMs.delete(key);
    this.#untilMs.set(key, this.#clock.monotonicMs() + REMEMBERED_MS);
    if (this.#untilMs.size <= ENTRIES_MAX) return;
    const oldest = this.#untilMs.keys().next();
    if (oldest.done !== true) this.#untilMs.delete(oldest.value);
  }
}
