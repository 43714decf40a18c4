// What a call is said to have cost: what Salesforce told, and an estimate of what it produced where it did not.

import { describe, expect, it } from 'vitest';

import { createLineSurface, textCall } from '../../../test/fakes/pipeline-parts.ts';
import { sent, start, startOnce } from '../../../test/fakes/pipeline-scene.ts';
import { UNKNOWN_USAGE } from '../../core/neutral/index.ts';

const streamed = textCall({ stream: true });
const TEXT = 'x'.repeat(330);

describe('usage', () => {
  it('is what was told, where it was told', async () => {
    const scene = start(textCall());
    (await sent(scene)).answer(200, 'hi');
    await scene.done;
    expect(scene.telemetry.outcomes[0]?.usage).toEqual({
      ...UNKNOWN_USAGE,
      inputTokens: 1,
      outputTokens: 2,
    });
  });

  it('is estimated for a stream whose client left', async () => {
    const scene = start(streamed);
    const call = await sent(scene);
    call.head(200);
    call.data(`t:${TEXT}\n`);
    scene.client.abort();
    await scene.done;
    const usage = scene.telemetry.outcomes[0]?.usage;
    expect(usage).toMatchObject({ outputTokens: 100, estimated: true });
    expect(usage?.inputTokens).toBeGreaterThan(0);
  });

  it('is estimated for a stream that broke, and for one that nobody counted', async () => {
    const broken = startOnce(streamed);
    (await sent(broken)).head(200);
    (await sent(broken)).data(`t:${TEXT}\n!\n`);
    await broken.done;
    const uncounted = start(streamed);
    (await sent(uncounted)).head(200);
    (await sent(uncounted)).data(`t:${TEXT}\n`);
    (await sent(uncounted)).handler.end();
    await uncounted.done;
    for (const scene of [broken, uncounted]) {
      expect(scene.telemetry.outcomes[0]?.usage).toMatchObject({ outputTokens: 100, estimated: true });
    }
  });

  it('of a cut stream is not the first count that some formats tell, where more was produced', async () => {
    const scene = start(streamed);
    const call = await sent(scene);
    call.head(200);
    call.data(`usage\nt:${TEXT}\n`);
    scene.client.abort();
    await scene.done;
    expect(scene.telemetry.outcomes[0]?.usage).toMatchObject({
      inputTokens: 3,
      outputTokens: 100,
      estimated: true,
    });
  });

  it('stays unknown where Salesforce failed the call before it produced anything', async () => {
    const scene = startOnce(streamed, [createLineSurface('gateway-generations')]);
    const call = await sent(scene);
    call.head(200);
    call.data('!\n');
    await scene.done;
    expect(scene.telemetry.outcomes[0]?.usage).toEqual(UNKNOWN_USAGE);
  });
});
