// Silence toward a client that asked for a stream: when it is broken, and when it is left alone.

import { describe, expect, it } from 'vitest';

import { createLineSurface, textCall } from '../../test/fakes/pipeline-parts.ts';
import { sent, start, startOnce } from '../../test/fakes/pipeline-scene.ts';
import { RESILIENCE_DEFAULTS } from './resilience/options.ts';

const { openAfterMs, keepAliveMs } = RESILIENCE_DEFAULTS.stream;
const streamed = textCall({ stream: true });

describe('a stream on which nothing comes', () => {
  it('is opened when it has been silent for long enough, and kept alive until content comes', async () => {
    const scene = start(streamed);
    const call = await sent(scene);
    await scene.time.advance(openAfterMs - 1);
    expect(scene.out.streamHeaders).toBeUndefined();
    await scene.time.advance(1);
    expect(scene.out.text).toBe('open\n');
    expect(scene.out.streamHeaders).toMatchObject({ 'x-forcegate-surface': 'gateway-generations' });
    await scene.time.advance(2 * keepAliveMs);
    expect(scene.out.text).toBe('open\nkeep-alive\nkeep-alive\n');
    call.head(200);
    call.data('t:one\n');
    call.handler.end();
    await scene.done;
    expect(scene.out.text).toMatch(
      /^open\nkeep-alive\nkeep-alive\ntext-start\none\npart-end\nfinish\nend\n$/,
    );
    expect(scene.pipeline.resilience().streamsOpenedBySilence).toBe(1);
    expect(scene.time.pending()).toBe(0);
  });

  it('is opened on a surface that answers whole too', async () => {
    const scene = start(streamed, [createLineSurface('chat-generations', { streams: false })]);
    const call = await sent(scene);
    await scene.time.advance(openAfterMs);
    expect(scene.out.text).toBe('open\n');
    call.answer(200, 'hi');
    await scene.done;
    expect(scene.out.text).toMatch(/hi\npart-end\nfinish\nusage\nend\n$/);
  });

  it('tells a later failure as the end of the stream', async () => {
    const scene = startOnce(streamed);
    const call = await sent(scene);
    await scene.time.advance(openAfterMs);
    call.head(200);
    call.data('!\n');
    await scene.done;
    expect(scene.out.text).toBe('open\nfail:upstream_error\n');
    expect(scene.out.answers).toEqual([]);
  });

  it('still ends with its total time limit', async () => {
    const scene = start(streamed);
    await sent(scene);
    await scene.time.advance(RESILIENCE_DEFAULTS.timeLimits.smallMs);
    await scene.done;
    expect(scene.out.text).toMatch(/fail:upstream_timeout\n$/);
    expect(scene.time.pending()).toBe(0);
  });

  it('is tried again behind the open stream', async () => {
    const scene = start(streamed);
    const call = await sent(scene);
    await scene.time.advance(openAfterMs);
    call.head(200);
    call.data('!\n');
    await scene.time.advance(1_000);
    const again = await sent(scene, 1);
    again.head(200);
    again.data('t:one\n');
    again.handler.end();
    await scene.done;
    expect(scene.out.text).toBe('open\ntext-start\none\npart-end\nfinish\nend\n');
  });
});

describe('silence after content', () => {
  it('is broken when it has lasted long enough since the last piece', async () => {
    const scene = start(streamed);
    const call = await sent(scene);
    call.head(200);
    call.data('t:one\n');
    await scene.time.advance(4_000);
    call.data('t:two\n');
    await scene.time.advance(keepAliveMs - 1);
    expect(scene.out.text).not.toContain('keep-alive');
    await scene.time.advance(1);
    expect(scene.out.text).toMatch(/two\nkeep-alive\n$/);
    call.handler.end();
    await scene.done;
  });

  it('is kept alive in time although its content came before anyone would have opened it', async () => {
    const stream = { openAfterMs: 10_000, keepAliveMs: 2_000 };
    const scene = start(streamed, undefined, undefined, undefined, { ...RESILIENCE_DEFAULTS, stream });
    const call = await sent(scene);
    await scene.time.advance(2_100);
    call.head(200);
    call.data('t:one\n');
    await scene.time.advance(1_999);
    expect(scene.out.text).not.toContain('keep-alive');
    await scene.time.advance(1);
    expect(scene.out.text).toMatch(/one\nkeep-alive\n$/);
    call.handler.end();
    await scene.done;
  });

  it('is left alone while the client is behind', async () => {
    const scene = start(streamed);
    const call = await sent(scene);
    call.head(200);
    scene.out.full = true;
    call.data('t:one\n');
    await scene.time.advance(5 * keepAliveMs);
    expect(scene.out.text).not.toContain('keep-alive');
    scene.out.drain();
    await scene.time.advance(keepAliveMs);
    expect(scene.out.text).toContain('keep-alive');
    call.handler.end();
    await scene.done;
    expect(scene.time.pending()).toBe(0);
  });
});

describe('a whole answer', () => {
  it('is waited for in silence', async () => {
    const scene = start(textCall());
    const call = await sent(scene);
    await scene.time.advance(3 * openAfterMs);
    expect(scene.out.text).toBe('');
    call.answer(200, 'hi');
    await scene.done;
    expect(scene.out.answers).toHaveLength(1);
  });
});
