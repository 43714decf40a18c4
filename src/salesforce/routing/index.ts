// Chooses the surfaces for a call: first those that carry everything, then those with the fewest droppable losses;
// a surface that would lose an essential need is never chosen. What an org turns out not to have is remembered.

import { GatewayError } from '../../core/errors/index.ts';
import type { Clock } from '../../core/platform/index.ts';
import { isEssential, needsOf, type Call, type Model, type Need } from '../../core/neutral/index.ts';
import type { Surface } from '../surfaces/port.ts';
import { MissingMemory } from './missing-memory.ts';
import { SURFACE_ORDER } from './order.ts';
import type { Plan, Router, Step } from './port.ts';

/** `auto` tries the newer surfaces and falls back; the others hold to one entitlement of the org. */
export type SurfacePreference = 'auto' | 'gateway' | 'classic';

export type RouterOptions = {
  readonly preference: SurfacePreference;
  /** Per model id or API name. */
  readonly perModel: Readonly<Record<string, SurfacePreference>>;
};

/** Whether an essential need that the surface does not carry can be emulated there. */
export type Emulates = (need: Need, surface: Surface) => boolean;

/** More than a call can have, so that one emulation outweighs every loss. */
const NEEDS_MAX = 100;

type Candidate = { readonly step: Step; readonly lacking: readonly Need[] };

function weigh(
  surface: Surface,
  model: Model,
  needs: ReadonlySet<Need>,
  protocol: string | undefined,
  emulates: Emulates,
): Candidate {
  const denied = [...needs].filter((need) => !surface.carries(need, model));
  const essential = denied.filter(isEssential);
  const passes = protocol !== undefined && surface.passthrough?.protocol === protocol;
  return {
    step: {
      surface,
      model,
      mode: passes ? 'passthrough' : 'translate',
      emulated: essential.filter((need) => emulates(need, surface)),
      dropped: denied.filter((need) => !isEssential(need)),
    },
    lacking: essential.filter((need) => !emulates(need, surface)),
  };
}

/** Whoever carries every essential need goes first, whatever is dropped; then the fewer losses the better. */
function costOf(step: Step): number {
  return step.emulated.length * NEEDS_MAX + step.dropped.length;
}

function refuseNotServed(model: Model): Plan {
  return {
    type: 'refuse',
    error: new GatewayError('unsupported', `The model ${model.id} does not serve this kind of request.`, {
      param: 'model',
    }),
  };
}

function refuseLacking(model: Model, candidates: readonly Candidate[], absent: readonly Surface[]): Plan {
  const fewest = candidates.toSorted((a, b) => a.lacking.length - b.lacking.length)[0];
  const lacking = fewest?.lacking.join(', ') ?? 'this request';
  const names = absent.map((surface) => surface.id).join(', ');
  const also = names === '' ? '' : ` The org answered that it does not have this model on ${names}.`;
  return {
    type: 'refuse',
    error: new GatewayError(
      'unsupported',
      `No surface of this org that serves ${model.id} carries what the request needs: ${lacking}.${also}`,
    ),
  };
}

export function createRouter(
  options: RouterOptions,
  deps: { readonly surfaces: readonly Surface[]; readonly clock: Clock; readonly emulates?: Emulates },
): Router {
  const byId = new Map(deps.surfaces.map((surface) => [surface.id, surface]));
  const missing = new MissingMemory(deps.clock);
  const emulates = deps.emulates ?? (() => false);

  function surfacesFor(model: Model): Surface[] {
    const preference = options.perModel[model.id] ?? options.perModel[model.apiName] ?? options.preference;
    return SURFACE_ORDER[model.family]
      .map((id) => byId.get(id))
      .filter((surface) => surface !== undefined)
      .filter((surface) => surface.serves(model))
      .filter((surface) => preference === 'auto' || surface.entitlement === preference);
  }

  return {
    plan(call: Call, model: Model, protocol?: string): Plan {
      const serving = surfacesFor(model);
      if (serving.length === 0) return refuseNotServed(model);
      const present = serving.filter((surface) => !missing.has(model, surface));
      if (present.length === 0) return { type: 'refuse', error: modelNotFound(model) };
      const needs = needsOf(call);
      const candidates = present.map((surface) => weigh(surface, model, needs, protocol, emulates));
      const [first, ...rest] = candidates
        .filter((candidate) => candidate.lacking.length === 0)
        .map((candidate) => candidate.step)
        // Stable: among equals the family's order stays.
        .toSorted((a, b) => costOf(a) - costOf(b));
      return first === undefined
        ? refuseLacking(
            model,
            candidates,
            serving.filter((surface) => !present.includes(surface)),
          )
        : { type: 'steps', steps: [first, ...rest] };
    },
    reportMissing(step) {
      missing.add(step.model, step.surface);
    },
  };
}

function modelNotFound(model: Model): GatewayError {
  return new GatewayError(
    'model_not_found',
    `The model ${model.id} (${model.apiName}) does not exist in this org, or the org is not entitled to it.`,
    { param: 'model' },
  );
}
