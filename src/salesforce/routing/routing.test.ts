// Routing: preference by family and need, refusals that name what is lacking, and the memory of what an org lacks.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createLineSurface, MODEL, textCall } from '../../../test/fakes/pipeline-parts.ts';
import { createSimulatedTime } from '../../../test/simulated-time.ts';
import {
  DROPPABLE_NEEDS,
  ESSENTIAL_NEEDS,
  isEssential,
  needsOf,
  type Need,
} from '../../core/neutral/index.ts';
import { canEmulate } from '../../pipeline/emulation/emulates.ts';
import type { Surface, TrustOptions } from '../surfaces/port.ts';
import { createSurfaces } from '../surfaces/registry.ts';
import { createRouter, type RouterOptions } from './index.ts';

const NO_TRUST = { piiMasking: undefined, localization: undefined };
const AUTO: RouterOptions = { preference: 'auto', perModel: {}, trust: NO_TRUST };

function surfaceCarrying(id: string, carried: readonly Need[]): Surface {
  return createLineSurface(id, { carries: (need) => carried.includes(need) });
}

function route(surfaces: readonly Surface[], options: RouterOptions = AUTO) {
  const time = createSimulatedTime();
  return { time, router: createRouter(options, { surfaces, clock: time.clock }) };
}

const demanding = textCall({
  stop: ['END'],
  sampling: { ...textCall().sampling, temperature: 0.5, seed: 1 },
});

describe('the order of surfaces', () => {
  const both = [createLineSurface('chat-generations'), createLineSurface('gateway-generations')];

  it('is the family’s among equals, whatever the order of registration', () => {
    const plan = route(both).router.plan(textCall(), MODEL);
    expect(plan.type === 'steps' && plan.steps.map((step) => step.surface.id)).toEqual([
      'gateway-generations',
      'chat-generations',
    ]);
  });

  it('puts fewer droppable losses first', () => {
    const surfaces = [
      surfaceCarrying('gateway-generations', ['stop']),
      surfaceCarrying('chat-generations', ['stop', 'seed']),
    ];
    const plan = route(surfaces).router.plan(demanding, MODEL);
    expect(plan.type === 'steps' && plan.steps.map((step) => [step.surface.id, step.dropped])).toEqual([
      ['chat-generations', ['temperature']],
      ['gateway-generations', ['temperature', 'seed']],
    ]);
  });

  it('asks a surface for no limit smaller than it takes, if another takes it', () => {
    const surfaces = createSurfaces({});
    const gpt = { ...MODEL, family: 'gpt' as const };
    const order = (maxOutputTokens: number) => {
      const emulates = canEmulate;
      const router = createRouter(AUTO, { surfaces, clock: createSimulatedTime().clock, emulates });
      const plan = router.plan(textCall({ maxOutputTokens }), gpt);
      return (
        plan.type === 'steps' && plan.steps.map(({ surface, emulated }) => `${surface.id} ${emulated.join()}`)
      );
    };
    expect(order(16)).toEqual(['responses ', 'gateway-generations ', 'chat-generations output-limit']);
    expect(order(15)).toEqual([
      'gateway-generations ',
      'responses output-limit',
      'chat-generations output-limit',
    ]);
  });

  it.each(['gateway', 'classic'] as const)('holds to the entitlement chosen: %s', (preference) => {
    const plan = route(both, { ...AUTO, preference }).router.plan(textCall(), MODEL);
    expect(plan.type === 'steps' && plan.steps.map((step) => step.surface.entitlement)).toEqual([preference]);
  });

  it('can be chosen per model', () => {
    const plan = route(both, { ...AUTO, perModel: { [MODEL.id]: 'classic' } }).router.plan(textCall(), MODEL);
    expect(plan.type === 'steps' && plan.steps.map((step) => step.surface.id)).toEqual(['chat-generations']);
  });
});

describe('what no surface carries', () => {
  it('is refused in words that name it', () => {
    const plan = route([surfaceCarrying('gateway-generations', ['temperature', 'seed'])]).router.plan(
      demanding,
      MODEL,
    );
    expect(plan).toMatchObject({ type: 'refuse', error: { code: 'unsupported' } });
    expect(plan.type === 'refuse' && plan.error.message).toContain('stop');
  });

  it('is never an essential need that is dropped', () => {
    const needs = fc.subarray([...ESSENTIAL_NEEDS, ...DROPPABLE_NEEDS]);
    fc.assert(
      fc.property(needs, needs, (gateway, classic) => {
        const surfaces = [
          surfaceCarrying('gateway-generations', gateway),
          surfaceCarrying('chat-generations', classic),
        ];
        const plan = route(surfaces).router.plan(demanding, MODEL);
        if (plan.type === 'refuse') {
          const wanted = needsOf(demanding).filter(isEssential);
          return (
            !wanted.every((need) => gateway.includes(need)) && !wanted.every((need) => classic.includes(need))
          );
        }
        return plan.steps.every((step) => step.dropped.every((need) => !isEssential(need)));
      }),
    );
  });
});

describe('what the operator demands of the Trust Layer', () => {
  const surfaces = createSurfaces({});
  const plan = (trust: Partial<TrustOptions>, options: Partial<RouterOptions> = {}, model = MODEL) =>
    route(surfaces, { ...AUTO, trust: { ...NO_TRUST, ...trust }, ...options }).router.plan(textCall(), model);
  const ids = (...args: Parameters<typeof plan>) => {
    const planned = plan(...args);
    return planned.type === 'steps' ? planned.steps.map((step) => step.surface.id) : planned.error.code;
  };
  const localization = { defaultLocale: 'de_DE' };
  const gpt = { ...MODEL, family: 'gpt' as const };

  it.each([
    ['nothing', {}, ['invoke', 'gateway-generations', 'chat-generations']],
    ['masking off', { piiMasking: false }, ['invoke', 'gateway-generations', 'chat-generations']],
    ['masking on', { piiMasking: true }, ['gateway-generations']],
    ['a localization', { localization }, ['gateway-generations', 'chat-generations']],
    ['both', { piiMasking: true, localization }, ['gateway-generations']],
  ])('leaves the surfaces that carry %s', (_name, trust, expected) => {
    expect(ids(trust)).toEqual(expected);
    const native = expected.map((id) => (id === 'invoke' ? 'responses' : id));
    expect(ids(trust, {}, gpt)).toEqual(native);
  });

  it('is refused by name where no surface is left that carries it', () => {
    const planned = plan({ piiMasking: true, localization }, { preference: 'classic' });
    expect(planned).toMatchObject({ type: 'refuse', error: { code: 'unsupported' } });
    const words = planned.type === 'refuse' ? planned.error.message : '';
    expect(words).toContain('trust.enable_pii_masking');
    expect(words).not.toContain('trust.localization');
  });

  it('keeps its words when the surface that carries it turns out to be missing', () => {
    const { router } = route(surfaces, { ...AUTO, trust: { ...NO_TRUST, piiMasking: true } });
    const first = router.plan(textCall(), MODEL);
    if (first.type === 'steps') router.reportMissing(first.steps[0]);
    const planned = router.plan(textCall(), MODEL);
    expect(planned).toMatchObject({ type: 'refuse', error: { code: 'unsupported' } });
    expect(planned.type === 'refuse' && planned.error.message).toMatch(
      /trust\.enable_pii_masking.*does not have this model on gateway-generations/u,
    );
  });
});

describe('a surface that turned out to be missing', () => {
  it('is left out for a minute and then tried again', async () => {
    const { router, time } = route([
      createLineSurface('gateway-generations'),
      createLineSurface('chat-generations'),
    ]);
    const ids = () => {
      const plan = router.plan(textCall(), MODEL);
      return plan.type === 'steps' ? plan.steps.map((step) => step.surface.id) : plan.error.code;
    };
    const first = router.plan(textCall(), MODEL);
    if (first.type === 'steps') router.reportMissing(first.steps[0]);
    expect(ids()).toEqual(['chat-generations']);
    await time.advance(60_001);
    expect(ids()).toEqual(['gateway-generations', 'chat-generations']);
  });

  it('on every side means the model does not exist', () => {
    const { router } = route([createLineSurface('gateway-generations')]);
    const plan = router.plan(textCall(), MODEL);
    if (plan.type === 'steps') router.reportMissing(plan.steps[0]);
    expect(router.plan(textCall(), MODEL)).toMatchObject({
      type: 'refuse',
      error: { code: 'model_not_found' },
    });
  });

  it('is forgotten, oldest first, when clients invent a thousand names', () => {
    const { router } = route([createLineSurface('gateway-generations')]);
    for (let index = 0; index <= 1_000; index += 1) {
      const plan = router.plan(textCall(), { ...MODEL, apiName: `custom__${index}` });
      if (plan.type === 'steps') router.reportMissing(plan.steps[0]);
    }
    expect(router.plan(textCall(), { ...MODEL, apiName: 'custom__0' }).type).toBe('steps');
    expect(router.plan(textCall(), { ...MODEL, apiName: 'custom__1' }).type).toBe('refuse');
  });
});
