// Several choices: so many upstream calls, one answer to the client.

import { describe, expect, it } from 'vitest';

import {
  createLineDialect,
  createLineSurface,
  createOwnDialect,
  PASSES_NOTHING,
  textCall,
} from '../../test/fakes/pipeline-parts.ts';
import { sent, start, startOnce, startOperation, TIMEOUT_MS } from '../../test/fakes/pipeline-scene.ts';
import { settlePromises } from '../../test/simulated-time.ts';

const whole = textCall({ choices: 3 });
const streamed = textCall({ choices: 2, stream: true });

describe('several prompts', () => {
  it('are so many calls for each choice, answered in the order of the prompts', async () => {
    const call = textCall({ model: 'claude-test', choices: 2 });
    const further = textCall({ choices: 2, messages: [{ role: 'system', content: [] }] });
    const roles: (string | undefined)[] = [];
    const lines = createLineSurface('gateway-generations');
    const surface = createLineSurface('gateway-generations', {
      encode(one, context) {
        roles.push(one.messages[0]?.role);
        return lines.encode(one, context);
      },
    });
    const scene = startOperation({
      dialect: {
        ...createLineDialect(call),
        decode: () => ({ type: 'generate', call, furtherCalls: [further], streamUsage: false }),
      },
      surfaces: [surface],
    });
    for (const index of [3, 1, 0, 2]) (await sent(scene, index)).answer(200, `reply ${index}`);
    await scene.done;
    expect(roles).toEqual(['user', 'user', 'system', 'system']);
    const parts = [0, 1, 2, 3].map((index) => JSON.stringify([{ type: 'text', text: `reply ${index}` }]));
    expect(scene.out.answers.map(({ body }) => body)).toEqual([`reply:${parts.join()}`]);
    expect(scene.telemetry.outcomes).toMatchObject([{ attempts: 4, usage: { inputTokens: 4 } }]);
  });
});

describe('several choices, whole', () => {
  it('are so many calls of one choice, answered once in the order of the choices', async () => {
    const asked: number[] = [];
    const lines = createLineSurface('gateway-generations');
    const surface = createLineSurface('gateway-generations', {
      encode(call, context) {
        asked.push(call.choices);
        return lines.encode(call, context);
      },
    });
    const scene = start(whole, [surface]);
    (await sent(scene, 2)).answer(200, 'three');
    (await sent(scene, 0)).answer(200, 'one');
    await settlePromises();
    expect(scene.out.answers).toEqual([]);
    (await sent(scene, 1)).answer(200, 'two');
    await scene.done;
    expect(asked).toEqual([1, 1, 1]);
    const parts = ['one', 'two', 'three'].map((text) => JSON.stringify([{ type: 'text', text }]));
    expect(scene.out.answers.map(({ body }) => body)).toEqual([`reply:${parts.join()}`]);
    expect(scene.time.pending()).toBe(0);
  });

  it('cost what all calls cost together, input included', async () => {
    const scene = start(whole);
    for (const index of [0, 1, 2]) (await sent(scene, index)).answer(200, 'x');
    await scene.done;
    expect(scene.telemetry.outcomes).toMatchObject([
      {
        result: 'ok',
        attempts: 3,
        surface: 'gateway-generations',
        modelServed: 'vendor-model',
        upstreamRequestId: 'sf-1',
        usage: { inputTokens: 3, outputTokens: 6 },
      },
    ]);
  });

  it('have attempts of their own: a token rejected for one costs the others nothing', async () => {
    const scene = start(whole);
    (await sent(scene, 0)).answer(200, 'one');
    (await sent(scene, 1)).answer(401, 'expired');
    (await sent(scene, 2)).answer(200, 'three');
    (await sent(scene, 3)).answer(200, 'two');
    await scene.done;
    expect(scene.out.answers[0]?.body).toMatch(/one.*two.*three/);
    expect(scene.telemetry.outcomes[0]).toMatchObject({ result: 'ok', attempts: 4 });
  });

  it('all fail with the first that fails, and its siblings are ended', async () => {
    const scene = start(whole);
    (await sent(scene, 0)).answer(200, 'one');
    (await sent(scene, 1)).answer(200, 'boom');
    await scene.done;
    expect((await sent(scene, 2)).flow.cancelled).toBe(true);
    expect(scene.out.answers.map(({ body }) => body)).toEqual(['error:internal']);
    // The leg that was served was charged for, and is told.
    expect(scene.telemetry.outcomes).toMatchObject([
      { result: 'error', errorCode: 'internal', attempts: 3, usage: { inputTokens: 1, outputTokens: 2 } },
    ]);
    expect(scene.host.calls).toHaveLength(3);
    expect(scene.time.pending()).toBe(0);
  });

  it('end with the client that leaves', async () => {
    const scene = start(whole);
    const calls = [await sent(scene, 0), await sent(scene, 1), await sent(scene, 2)];
    scene.client.abort();
    await scene.done;
    expect(calls.map((call) => call.flow.cancelled)).toEqual([true, true, true]);
    expect(scene.telemetry.outcomes).toMatchObject([{ result: 'client-closed' }]);
  });

  it('are translated although the caller’s own body could pass through', async () => {
    const call = textCall({ choices: 2 });
    const surface = createLineSurface('gateway-generations', {
      passthrough: PASSES_NOTHING,
    });
    const dialect = createOwnDialect(call);
    const scene = start(call, [surface], dialect);
    (await sent(scene, 0)).answer(200, 'one');
    (await sent(scene, 1)).answer(200, 'two');
    await scene.done;
    expect(scene.telemetry.outcomes[0]?.result).toBe('ok');
  });
});

describe('several choices, streamed', () => {
  it('are one stream that opens at the first content of any and ends after the last', async () => {
    const scene = start(streamed);
    const [first, second] = [await sent(scene, 0), await sent(scene, 1)];
    first.head(200);
    second.head(200);
    second.data('usage\n');
    expect(scene.out.streamHeaders).toBeUndefined();
    second.data('t:b\n');
    first.data('usage\nt:a\n');
    second.data('t:c\n');
    second.handler.end();
    await settlePromises();
    expect(scene.out.ended).toBe(false);
    first.handler.end();
    await scene.done;
    expect(scene.out.text.split('\n')).toEqual([
      'open',
      '1:text-start',
      '1:b',
      'text-start',
      'a',
      '1:c',
      '1:part-end',
      '1:finish',
      'part-end',
      'finish',
      'usage',
      'end',
      '',
    ]);
    expect(scene.telemetry.outcomes).toMatchObject([
      { result: 'ok', usage: { inputTokens: 6, outputTokens: 14 } },
    ]);
  });

  it('are told from whole replies on a surface that cannot stream, with one opening', async () => {
    const scene = start(streamed, [createLineSurface('chat-generations', { streams: false })]);
    (await sent(scene, 1)).answer(200, 'b');
    (await sent(scene, 0)).answer(200, 'a');
    await scene.done;
    expect(scene.out.text).toBe(
      'open\nreply-start\n1:text-start\n1:b\n1:part-end\n1:finish\n' +
        'text-start\na\npart-end\nfinish\nusage\nend\n',
    );
  });

  it('that fail before any content are a plain HTTP error', async () => {
    const scene = startOnce(streamed);
    const [first, second] = [await sent(scene, 0), await sent(scene, 1)];
    first.head(200);
    second.head(200);
    first.data('!\n');
    await scene.done;
    expect(second.flow.cancelled).toBe(true);
    expect(scene.out.answers[0]?.body).toBe('error:upstream_error');
  });

  it('that fail after content end with the error, and no sibling speaks after it', async () => {
    const scene = start(streamed);
    const [first, second] = [await sent(scene, 0), await sent(scene, 1)];
    first.head(200);
    second.head(200);
    first.data('t:a\n');
    second.data('t:b\n!\n');
    await settlePromises();
    first.data('t:late\n');
    await scene.done;
    expect(first.flow.cancelled).toBe(true);
    expect(scene.out.text).toBe('open\ntext-start\na\n1:text-start\n1:b\nfail:upstream_error\n');
  });

  it('may try a leg again although the stream is open, as long as nothing of that leg was told', async () => {
    const scene = start(streamed);
    const [first, second] = [await sent(scene, 0), await sent(scene, 1)];
    first.head(200);
    first.data('t:a\n');
    second.answer(401, 'expired');
    const again = await sent(scene, 2);
    again.head(200);
    again.data('t:b\n');
    again.handler.end();
    first.handler.end();
    await scene.done;
    expect(scene.out.text).toContain('1:b\n');
    expect(scene.telemetry.outcomes[0]).toMatchObject({ result: 'ok', attempts: 3 });
  });

  it('are all paused while the client is behind, those that come later too, and all resumed', async () => {
    const scene = start(textCall({ choices: 3, stream: true }));
    const calls = [await sent(scene, 0), await sent(scene, 1), await sent(scene, 2)] as const;
    calls[0].head(200);
    calls[1].head(200);
    scene.out.full = true;
    calls[0].data('t:a\n');
    calls[2].head(200);
    expect(calls.map((call) => call.flow.paused)).toEqual([true, true, true]);
    scene.out.drain();
    expect(calls.map((call) => call.flow.paused)).toEqual([false, false, false]);
    for (const call of calls) {
      call.data('t:x\n');
      call.handler.end();
    }
    await scene.done;
    expect(scene.telemetry.outcomes[0]?.result).toBe('ok');
  });

  it('stay under the total limit until every leg has begun', async () => {
    const scene = start(streamed);
    const [first, second] = [await sent(scene, 0), await sent(scene, 1)];
    first.head(200);
    second.head(200);
    first.data('t:a\n');
    await scene.time.advance(TIMEOUT_MS);
    await scene.done;
    expect(second.flow.cancelled).toBe(true);
    expect(scene.out.text).toMatch(/fail:upstream_timeout\n$/);
  });

  it('are no longer under it once all have', async () => {
    const scene = start(streamed);
    const calls = [await sent(scene, 0), await sent(scene, 1)];
    for (const call of calls) {
      call.head(200);
      call.data('t:x\n');
    }
    await scene.time.advance(TIMEOUT_MS);
    for (const call of calls) call.handler.end();
    await scene.done;
    expect(scene.telemetry.outcomes[0]?.result).toBe('ok');
  });
});
