// Chooses the surfaces for a call: first those that carry everything, then those with the fewest droppable losses;
// a surface that would lose an essential need, or a setting of the operator, is never chosen. What an org turns out not to
// have is remembered.

import { GatewayError } from '../../core/errors/index.ts';
import type { Clock } from '../../core/platform/index.ts';
import { isEssential, needsOf, type Call, type Model, type Need } from '../../core/neutral/index.ts';
import type { EmbeddingSurface, Surface, TrustOptions } from '../surfaces/port.ts';
import { MissingMemory } from './missing-memory.ts';
import { SURFACE_ORDER } from './order.ts';
import type { EmbeddingPlan, Plan, Router, Step } from './port.ts';
import { carriesTrust, refuseTrust } from './trust.ts';

/** `auto` tries the newer surfaces and falls back; the others hold to one entitlement of the org. */
export type SurfacePreference = 'auto' | 'gateway' | 'classic';

export type RouterOptions = {
  readonly preference: SurfacePreference;
  /** Per model id or API name. */
  readonly perModel: Readonly<Record<string, SurfacePreference>>;
  /** What every surface that is used must carry, where it is configured. */
  readonly trust: TrustOptions;
};

/** Whether an essential need that the surface does not carry can be emulated there. */
export type Emulates = (need: Need, surface: Surface) => boolean;

/** More than a call can have, so that one emulation outweighs every loss. */
const NEEDS_MAX = 100;

/** What holds for a model as long as the router: the surfaces that serve it, and those of them that may be used. */
type Standing = { readonly serving: readonly Surface[]; readonly allowed: readonly Surface[] };

type Candidate = { readonly step: Step; readonly lacking: readonly Need[] };

/** A limit smaller than the least that the surface takes is not carried: it would be sent as another. */
function carries(surface: Surface, need: Need, call: Call, model: Model): boolean {
  const isUnderLeast =
    need === 'output-limit' && (call.maxOutputTokens ?? Infinity) < (surface.outputTokensMin ?? 0);
  return !isUnderLeast && surface.carries(need, model);
}

function weigh(
  surface: Surface,
  call: Call,
  model: Model,
  needs: readonly Need[],
  protocol: string | undefined,
  emulates: Emulates,
): Candidate {
  const emulated: Need[] = [];
  const dropped: Need[] = [];
  const lacking: Need[] = [];
  for (const need of needs) {
    if (carries(surface, need, call, model)) continue;
    if (!isEssential(need)) dropped.push(need);
    else if (emulates(need, surface)) emulated.push(need);
    else lacking.push(need);
  }
  const passes = protocol !== undefined && surface.passthrough?.protocol === protocol;
  // What is emulated changes the call, and the body that came no longer says it.
  const mode = passes && emulated.length === 0 ? 'passthrough' : 'translate';
  return { step: { surface, model, mode, emulated, dropped }, lacking };
}

/** Whoever carries every essential need goes first, whatever is dropped; then the fewer losses the better. */
function costOf(step: Step): number {
  return step.emulated.length * NEEDS_MAX + step.dropped.length;
}

function refuseNotServed(model: Model): Extract<Plan, { type: 'refuse' }> {
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
  const also = tellAbsent(absent);
  return {
    type: 'refuse',
    error: new GatewayError(
      'unsupported',
      `No surface of this org that serves ${model.id} carries what the request needs: ${lacking}.${also}`,
    ),
  };
}

function tellAbsent(absent: readonly Surface[]): string {
  const names = absent.map((surface) => surface.id).join(', ');
  return names === '' ? '' : ` The org answered that it does not have this model on ${names}.`;
}

export function createRouter(
  options: RouterOptions,
  deps: {
    readonly surfaces: readonly Surface[];
    readonly embeddings?: readonly EmbeddingSurface[];
    readonly clock: Clock;
    readonly emulates?: Emulates;
  },
): Router {
  const byId = new Map(deps.surfaces.map((surface) => [surface.id, surface]));
  const missing = new MissingMemory(deps.clock);
  const emulates = deps.emulates ?? (() => false);
  const carryTrust = new Set(deps.surfaces.filter((surface) => carriesTrust(surface, options.trust)));

  // By the object, which the catalogue keeps: the filters below always say the same of it.
  const standings = new WeakMap<Model, Standing>();

  function standingOf(model: Model): Standing {
    const known = standings.get(model);
    if (known !== undefined) return known;
    const serving = surfacesFor(model);
    const standing = { serving, allowed: serving.filter((surface) => carryTrust.has(surface)) };
    standings.set(model, standing);
    return standing;
  }

  function surfacesFor(model: Model): Surface[] {
    return SURFACE_ORDER[model.family]
      .map((id) => byId.get(id))
      .filter((surface) => surface !== undefined)
      .filter((surface) => isWanted(surface, model));
  }

  function isWanted(surface: Surface | EmbeddingSurface, model: Model): boolean {
    const preference = options.perModel[model.id] ?? options.perModel[model.apiName] ?? options.preference;
    return surface.serves(model) && (preference === 'auto' || surface.entitlement === preference);
  }

  return {
    plan(call: Call, model: Model, protocol?: string): Plan {
      const { serving, allowed } = standingOf(model);
      if (serving.length === 0) return refuseNotServed(model);
      const present = missing.without(model, allowed);
      if (present.length === 0) {
        // The surfaces that are left out might have the model: that it does not exist would be too much said.
        return allowed.length < serving.length
          ? refuseTrust(model, options.trust, serving, tellAbsent(allowed))
          : { type: 'refuse', error: modelNotFound(model) };
      }
      const needs = needsOf(call);
      const candidates = present.map((surface) => weigh(surface, call, model, needs, protocol, emulates));
      const steps: Step[] = [];
      for (const { step, lacking } of candidates) if (lacking.length === 0) steps.push(step);
      // Stable: among equals the family's order stays.
      if (steps.length > 1) steps.sort((a, b) => costOf(a) - costOf(b));
      if (isFilled(steps)) return { type: 'steps', steps };
      const absent = allowed.filter((surface) => !present.includes(surface));
      return refuseLacking(model, candidates, absent);
    },
    planEmbedding(model: Model): EmbeddingPlan {
      const serving = (deps.embeddings ?? []).filter((surface) => isWanted(surface, model));
      if (serving.length === 0) return refuseNotServed(model);
      const allowed = serving.filter((surface) => carriesTrust(surface, options.trust));
      const surface = missing.without(model, allowed)[0];
      if (surface !== undefined) return { type: 'surface', surface };
      return allowed.length === 0
        ? refuseTrust(model, options.trust, serving, '')
        : { type: 'refuse', error: modelNotFound(model) };
    },
    reportMissing(absent) {
      missing.add(absent.model, absent.surface);
    },
  };
}

function isFilled(steps: Step[]): steps is [Step, ...Step[]] {
  return steps.length > 0;
}

function modelNotFound(model: Model): GatewayError {
  return new GatewayError(
    'model_not_found',
    `The model ${model.id} (${model.apiName}) does not exist in this org, or the org is not entitled to it.`,
    { param: 'model' },
  );
}
