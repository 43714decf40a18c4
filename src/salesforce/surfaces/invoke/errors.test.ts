// What a refusal says about the next try, by the words it is known to use.

import { describe, expect, it } from 'vitest';

import { findModel, surfaceContext } from '../../../../test/contract/surface-corpus.ts';
import type { Adaptation } from '../port.ts';
import { createInvoke } from './index.ts';

const surface = createInvoke();

function adaptationOf(status: number, message: string, ...learnt: Adaptation[]): Adaptation | undefined {
  const decoded = surface.decode(
    { status, headers: {} },
    Buffer.from(JSON.stringify({ message })),
    surfaceContext(findModel('claude-sonnet-4-6'), { adaptations: new Set(learnt) }),
  );
  if (decoded.type === 'reply') throw new Error('a reply');
  return decoded.failure.adaptation;
}

const USE_ADAPTIVE =
  '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort".';

describe('a failure', () => {
  it.each<[number, string, Adaptation | undefined]>([
    [502, 'No user context has been created!', 'strip-reasoning'],
    [400, USE_ADAPTIVE, 'adaptive-reasoning'],
    [400, 'thinking.type.enabled is not supported; use thinking.type.adaptive', 'adaptive-reasoning'],
    [400, 'adaptive thinking is not supported on this model', 'strip-reasoning'],
    [400, 'This model does not support extended thinking.', 'strip-reasoning'],
    [400, '`temperature` is deprecated for this model.', 'drop-sampling'],
    [400, '`temperature` and `top_p` cannot both be specified for this model.', 'drop-sampling'],
    [400, '`top_k` must be unset when thinking is enabled or in adaptive mode.', 'drop-sampling'],
    [400, "output_config.effort: Input should be 'low', 'medium' or 'high'", 'clamp-effort'],
    [400, "effort 'xhigh' is not supported by this model", 'clamp-effort'],
    [400, 'system.1.cache_control.ephemeral.ttl: Extra inputs are not permitted', 'plain-cache-markers'],
    [
      400,
      'tools.0.custom.cache_control.ephemeral.scope: Extra inputs are not permitted',
      'plain-cache-markers',
    ],
    [400, 'tools.0.custom.defer_loading: Extra inputs are not permitted', undefined],
    // One caller's broken history says nothing of the model: what is learnt here is remembered for all callers.
    [400, 'messages.1.content.0: Invalid `signature` in `thinking` block', undefined],
    [400, 'messages.0.content.0: unexpected block.', undefined],
    [400, 'prompt is too long: 213462 tokens > 200000 maximum', undefined],
    [503, 'Thinking is not available at the moment.', undefined],
    [429, 'No user context has been created!', undefined],
  ])('%d %s asks for %s', (status, message, adaptation) => {
    expect(adaptationOf(status, message)).toBe(adaptation);
  });

  it('asks for nothing twice', () => {
    expect(adaptationOf(502, 'No user context has been created!', 'strip-reasoning')).toBe(undefined);
    expect(adaptationOf(400, '`temperature` is deprecated.', 'drop-sampling')).toBe(undefined);
  });

  it('asks for thinking to be stripped where adaptive thinking was refused as well', () => {
    expect(adaptationOf(400, USE_ADAPTIVE, 'adaptive-reasoning')).toBe('strip-reasoning');
    expect(adaptationOf(400, USE_ADAPTIVE, 'adaptive-reasoning', 'strip-reasoning')).toBe(undefined);
  });
});
