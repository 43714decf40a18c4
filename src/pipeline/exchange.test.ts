// The pipeline on simulated time with scripted neighbours: phases, token retries, fall-through, back-pressure, leaving.

import { describe, expect, it } from 'vitest';

import { GatewayError } from '../core/errors/index.ts';
import { createLineSurface, MODEL, textCall } from '../../test/fakes/pipeline-parts.ts';
import { sent, start, startOnce, TIMEOUT_MS } from '../../test/fakes/pipeline-scene.ts';

describe('a whole reply', () => {
  it('is answered with the plan in headers and settled once', async () => {
    const scene = start(textCall());
    (await sent(scene)).answer(200, 'hi');
    await scene.done;
    expect(scene.out.answers).toHaveLength(1);
    expect(scene.out.answers[0]?.body).toContain('hi');
    expect(scene.out.answers[0]?.headers).toMatchObject({
      'x-forcegate-surface': 'gateway-generations',
      'x-forcegate-model': MODEL.apiName,
    });
    expect(scene.telemetry.outcomes).toMatchObject([
      { result: 'ok', status: 200, attempts: 1, surface: 'gateway-generations', upstreamRequestId: 'sf-1' },
    ]);
    expect(scene.time.pending()).toBe(0);
    expect(scene.pipeline.inFlight()).toBe(0);
  });

  it('larger than the limit ends the upstream call, is an error, and is not asked for again', async () => {
    const scene = start(textCall());
    const call = await sent(scene);
    call.head(200);
    call.data('x'.repeat(1001));
    await scene.done;
    expect(call.flow.cancelled).toBe(true);
    expect(scene.out.answers[0]?.body).toBe('error:upstream_protocol');
  });

  it('that the codec cannot read is an internal error, not a crash', async () => {
    const scene = start(textCall());
    (await sent(scene)).answer(200, 'boom');
    await scene.done;
    expect(scene.out.answers[0]?.body).toBe('error:internal');
    expect(scene.telemetry.outcomes[0]?.errorDetail).toBe('codec bug');
  });

  it('not finished within the total limit is a timeout that names the limit', async () => {
    const scene = start(textCall());
    const call = await sent(scene);
    await scene.time.advance(TIMEOUT_MS);
    await scene.done;
    expect(call.flow.cancelled).toBe(true);
    expect(scene.out.answers[0]?.body).toBe('error:upstream_timeout');
    expect(scene.telemetry.outcomes[0]?.errorMessage).toContain('timeouts.total_seconds');
  });
});

describe('a stream', () => {
  it('opens at its first content, not before', async () => {
    const scene = start(textCall({ stream: true }));
    const call = await sent(scene);
    call.head(200);
    call.data('usage\n');
    expect(scene.out.streamHeaders).toBeUndefined();
    call.data('t:one\n');
    expect(scene.out.text).toBe('open\nusage\ntext-start\none\n');
    call.handler.end();
    await scene.done;
    expect(scene.out.text).toMatch(/part-end\nfinish\nend\n$/);
    expect(scene.out.ended).toBe(true);
    expect(scene.telemetry.outcomes[0]).toMatchObject({
      result: 'ok',
      stream: true,
      usage: { outputTokens: 7 },
    });
  });

  it('that fails before content is a plain HTTP error', async () => {
    const scene = startOnce(textCall({ stream: true }));
    const call = await sent(scene);
    call.head(200);
    call.data('usage\n!\n');
    await scene.done;
    expect(call.flow.cancelled).toBe(true);
    expect(scene.out.streamHeaders).toBeUndefined();
    expect(scene.out.answers[0]?.body).toBe('error:upstream_error');
  });

  it('that fails after content ends with an error event and is not tried again', async () => {
    const scene = start(textCall({ stream: true }));
    const call = await sent(scene);
    call.head(200);
    call.data('t:one\n!\n');
    await scene.done;
    expect(scene.out.text).toMatch(/one\nfail:upstream_error\n$/);
    expect(scene.out.ended).toBe(true);
    expect(scene.host.calls).toHaveLength(1);
    expect(scene.telemetry.outcomes[0]).toMatchObject({
      result: 'error',
      status: 200,
      errorCode: 'upstream_error',
    });
  });

  it('without any content is an upstream fault', async () => {
    const scene = startOnce(textCall({ stream: true }));
    const call = await sent(scene);
    call.head(200);
    call.handler.end();
    await scene.done;
    expect(scene.out.answers[0]?.body).toBe('error:upstream_protocol');
  });

  it('is told from a whole reply on a surface that cannot stream', async () => {
    const scene = start(textCall({ stream: true }), [
      createLineSurface('chat-generations', { streams: false }),
    ]);
    (await sent(scene)).answer(200, 'hi');
    await scene.done;
    expect(scene.out.text).toBe('open\nreply-start\ntext-start\nhi\npart-end\nfinish\nusage\nend\n');
  });

  it('is no longer under the total limit once it has begun', async () => {
    const scene = start(textCall({ stream: true }));
    const call = await sent(scene);
    call.head(200);
    call.data('t:one\n');
    await scene.time.advance(TIMEOUT_MS * 2);
    expect(call.flow.cancelled).toBe(false);
    call.handler.end();
    await scene.done;
    expect(scene.telemetry.outcomes[0]?.result).toBe('ok');
  });

  it('pauses the upstream while the client is behind and resumes on drain', async () => {
    const scene = start(textCall({ stream: true }));
    const call = await sent(scene);
    call.head(200);
    scene.out.full = true;
    call.data('t:one\n');
    expect(call.flow.paused).toBe(true);
    scene.out.drain();
    expect(call.flow.paused).toBe(false);
    call.handler.end();
    await scene.done;
  });
});

describe('a client that leaves', () => {
  it.each(['waiting', 'streaming'])('ends the upstream call while %s', async (phase) => {
    const scene = start(textCall({ stream: true }));
    const call = await sent(scene);
    if (phase === 'streaming') {
      call.head(200);
      call.data('t:one\n');
    }
    scene.client.abort();
    await scene.done;
    expect(call.flow.cancelled).toBe(true);
    expect(scene.telemetry.outcomes).toMatchObject([{ result: 'client-closed', errorCode: 'client_closed' }]);
    expect(scene.time.pending()).toBe(0);
    expect(scene.host.calls).toHaveLength(1);
  });
});

describe('the token', () => {
  it('rejected with 401 is replaced once and the call repeated', async () => {
    const scene = start(textCall());
    (await sent(scene)).answer(401, 'expired');
    (await sent(scene, 1)).answer(200, 'hi');
    await scene.done;
    expect(scene.tokens.invalidated).toEqual([1]);
    expect(scene.telemetry.outcomes[0]).toMatchObject({ result: 'ok', attempts: 2 });
  });

  it('rejected twice is an upstream fault, never the client’s own 401', async () => {
    const scene = start(textCall());
    (await sent(scene)).answer(401, 'expired');
    (await sent(scene, 1)).answer(401, 'expired');
    await scene.done;
    expect(scene.out.answers[0]).toMatchObject({ status: 502, body: 'error:upstream_unauthorized' });
    expect(scene.host.calls).toHaveLength(2);
  });

  it('not yet proven is suspected at a 404, and a fresh one that meets the same 404 is believed', async () => {
    const scene = start(textCall());
    (await sent(scene)).answer(404, 'none');
    (await sent(scene, 1)).answer(404, 'none');
    await scene.done;
    expect(scene.tokens.invalidated).toEqual([1]);
    expect(scene.out.answers[0]?.body).toBe('error:model_not_found');
  });

  it('proven by an earlier call is not suspected at a 404', async () => {
    const scene = start(textCall());
    (await sent(scene)).answer(200, 'hi');
    await scene.done;
    const second = scene.run();
    (await sent(scene, 1)).answer(404, 'none');
    await second;
    expect(scene.tokens.invalidated).toEqual([]);
  });
});

describe('a surface the org lacks', () => {
  const surfaces = [
    createLineSurface('gateway-generations'),
    createLineSurface('chat-generations', { streams: false }),
  ];

  it('is left for the next one and remembered', async () => {
    const scene = start(textCall(), surfaces);
    (await sent(scene)).answer(404, 'none');
    (await sent(scene, 1)).answer(200, 'classic');
    await scene.done;
    expect(scene.telemetry.outcomes[0]).toMatchObject({
      result: 'ok',
      surface: 'chat-generations',
      attempts: 2,
    });
    const again = scene.run();
    (await sent(scene, 2)).answer(200, 'classic');
    await again;
    expect(scene.host.calls.map((call) => call.request.path)).toEqual([
      '/gateway-generations',
      '/chat-generations',
      '/chat-generations',
    ]);
    // The call that was served proves the token, so nobody suspected it.
    expect(scene.tokens.invalidated).toEqual([]);
  });

  it('makes a call that only it could carry a refusal that says so', async () => {
    const classic = createLineSurface('chat-generations', {
      streams: false,
      carries: (need) => need !== 'images',
    });
    const source = { type: 'base64' as const, mimeType: 'image/png', data: 'AAAA' };
    const content = [{ type: 'image' as const, source, fileName: undefined }];
    const call = textCall({ messages: [{ role: 'user', content }] });
    const scene = start(call, [createLineSurface('gateway-generations'), classic]);
    (await sent(scene)).answer(404, 'none');
    (await sent(scene, 1)).answer(404, 'none');
    await scene.done;
    expect(scene.out.answers[0]?.body).toBe('error:unsupported');
    expect(scene.telemetry.outcomes[0]?.errorMessage).toContain('images');
  });
});

describe('a refusal of one surface', () => {
  const answering = (code: 'upstream_forbidden' | 'model_not_found') => ({
    decode: () => ({
      type: 'failure' as const,
      failure: { error: new GatewayError(code, code), token: 'unaffected' as const },
    }),
  });

  it('lets another one serve the call, and is nobody else’s concern', async () => {
    const scene = start(textCall(), [
      createLineSurface('gateway-generations', answering('upstream_forbidden')),
      createLineSurface('chat-generations', { streams: false }),
    ]);
    (await sent(scene)).answer(403, 'no');
    (await sent(scene, 1)).answer(200, 'hi');
    await scene.done;
    const again = scene.run();
    expect((await sent(scene, 2)).request.path).toBe('/gateway-generations');
    (await sent(scene, 2)).answer(403, 'no');
    (await sent(scene, 3)).answer(200, 'hi');
    await again;
  });

  it('is what the caller is told when no other surface serves the call', async () => {
    const scene = start(textCall(), [
      createLineSurface('gateway-generations', answering('upstream_forbidden')),
      createLineSurface('chat-generations', { streams: false, ...answering('model_not_found') }),
    ]);
    (await sent(scene)).answer(403, 'no');
    (await sent(scene, 1)).answer(404, 'no');
    await scene.done;
    expect(scene.out.answers[0]?.body).toBe('error:upstream_forbidden');
  });

  it('in the middle of a stream ends it: no other surface adds a second reply', async () => {
    const late = createLineSurface('gateway-generations', {
      openStream: () => ({
        push(chunk, sink) {
          if (chunk.toString() !== 'gone') {
            sink.event({ type: 'text-start', choice: 0 });
            sink.event({ type: 'text-delta', choice: 0, text: 'first half' });
            return;
          }
          sink.fail({ error: new GatewayError('model_not_found', 'gone'), token: 'suspect' });
        },
        end: () => undefined,
      }),
    });
    const scene = start(textCall({ stream: true }), [late, createLineSurface('chat-generations')]);
    const call = await sent(scene);
    call.head(200);
    call.data('text');
    call.data('gone');
    await scene.done;
    expect(scene.out.text).toMatch(/first half\nfail:model_not_found\n$/);
    expect(scene.host.calls).toHaveLength(1);
    expect(scene.tokens.invalidated).toEqual([]);
  });
});

describe('what cannot be served', () => {
  it('costs no upstream call: an unknown model names its neighbours', async () => {
    const scene = start(textCall({ model: 'claude-tset' }));
    await scene.done;
    expect(scene.host.calls).toHaveLength(0);
    expect(scene.telemetry.outcomes[0]?.errorMessage).toContain("'claude-test'");
    expect(scene.telemetry.outcomes[0]).toMatchObject({
      status: 404,
      model: undefined,
      modelAsked: 'claude-tset',
    });
  });
});
