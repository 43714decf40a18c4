// The port of routing: which surfaces may carry a call, best first, or why none can.

import type { GatewayError } from '../../core/errors/index.ts';
import type { Call, Model, Need } from '../../core/neutral/index.ts';
import type { EmbeddingSurface, Surface } from '../surfaces/port.ts';

/** One way to carry the call. The next step is for when this one turns out not to exist for the org. */
export type Step = {
  readonly surface: Surface;
  readonly model: Model;
  /** `passthrough`: the surface speaks the caller's own protocol and takes its body. */
  readonly mode: 'translate' | 'passthrough';
  /** Essential needs that the surface does not carry and the pipeline stands in for. */
  readonly emulated: readonly Need[];
  /** Needs that will be dropped here. Droppable ones only. */
  readonly dropped: readonly Need[];
};

export type Plan =
  | { readonly type: 'refuse'; readonly error: GatewayError }
  /** Never empty. */
  | { readonly type: 'steps'; readonly steps: readonly [Step, ...Step[]] };

export type EmbeddingPlan =
  | { readonly type: 'refuse'; readonly error: GatewayError }
  | { readonly type: 'surface'; readonly surface: EmbeddingSurface };

/** What the org turned out not to have. */
export type Absent = { readonly model: Model; readonly surface: { readonly id: string } };

export type Router = {
  /** `protocol`: that of the caller's own body, where it may pass through. */
  plan(call: Call, model: Model, protocol?: string): Plan;
  /** The org turned out not to have this surface for this model; remembered for a while. */
  reportMissing(absent: Absent): void;
  planEmbedding(model: Model): EmbeddingPlan;
};
