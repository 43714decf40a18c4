// The estimator inside the pipeline: it answers counts of tokens, fills the reply's context and learns from served calls.

import { describe, expect, it } from 'vitest';

import { createLineDialect, createLineSurface, textCall } from '../../../test/fakes/pipeline-parts.ts';
import { sent, start } from '../../../test/fakes/pipeline-scene.ts';
import { UNKNOWN_USAGE, type Call } from '../../core/neutral/index.ts';
import type { Dialect } from '../../dialects/port.ts';

const LONG = textCall({
  messages: [{ role: 'user', content: [{ type: 'text', text: 'some words here '.repeat(200) }] }],
});

/** Counts when `counting`, else generates; notes every number it is told. */
function createCountingDialect(call: Call) {
  const lines = createLineDialect(call);
  const told: number[] = [];
  const dialect: Dialect & { counting: boolean } = {
    ...lines,
    counting: false,
    decode(request) {
      return this.counting ? { type: 'count-tokens', call } : lines.decode(request);
    },
    encode(result) {
      if (result.type === 'token-count') told.push(result.inputTokens);
      else if (result.type === 'reply') told.push(result.context.inputTokensEstimate);
      return lines.encode(result);
    },
  };
  return { dialect, told };
}

function surfaceTelling(inputTokens: number | undefined) {
  return createLineSurface('gateway-generations', {
    decode: () => ({
      type: 'reply',
      reply: {
        choices: [],
        usage: { ...UNKNOWN_USAGE, inputTokens },
        servedModel: undefined,
        upstreamId: undefined,
      },
    }),
  });
}

async function countAfterServing(inputTokens: number | undefined): Promise<readonly number[]> {
  const { dialect, told } = createCountingDialect(LONG);
  const scene = start(LONG, [surfaceTelling(inputTokens)], dialect);
  (await sent(scene)).answer(200, 'x');
  await scene.done;
  dialect.counting = true;
  await scene.run();
  return told;
}

describe('a count of tokens', () => {
  it('is the number that replies are told, and costs no upstream call', async () => {
    const [inReply, counted] = await countAfterServing(undefined);
    expect(counted).toBe(inReply);
    expect(counted).toBeGreaterThan(900);
  });

  it('follows what the model turned out to count', async () => {
    const [before, after] = await countAfterServing(3_000);
    expect(before).toBeLessThan(3_000);
    expect(after).toBeGreaterThan(3_000);
  });
});
