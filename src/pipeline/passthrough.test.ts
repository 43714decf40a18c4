// Two ways in which a call is more than one plain translation: a body that passes through, and a model that demands
// something of the request.

import { describe, expect, it } from 'vitest';

import { createLineDialect, createLineSurface, textCall } from '../../test/fakes/pipeline-parts.ts';
import { sent, start, startOnce } from '../../test/fakes/pipeline-scene.ts';
import { GatewayError } from '../core/errors/index.ts';
import type { Call } from '../core/neutral/index.ts';
import type { Dialect } from '../dialects/port.ts';
import type { Adaptation, Passthrough, Surface } from '../salesforce/surfaces/port.ts';

const PROTOCOL = 'lines-protocol';

/** Speaks the surface's own protocol: frames are lines, `open` is no content. */
const passthrough: Passthrough = {
  protocol: PROTOCOL,
  encode: (body) => ({ request: { path: '/native', accept: 'x', body: JSON.stringify(body) }, loss: [] }),
  decode(_head, body) {
    const reply = { choices: [], usage: USAGE, servedModel: 'vendor', upstreamId: undefined };
    return { type: 'native', body: { text: Buffer.from(body).toString() }, reply };
  },
  openStream: () => ({
    push(chunk, sink) {
      for (const line of Buffer.from(chunk).toString().split('\n').filter(Boolean)) {
        if (line === '!') {
          sink.fail({ error: new GatewayError('upstream_error', 'broken'), token: 'unaffected' });
          return;
        }
        if (line === 'open') sink.event({ type: 'usage', usage: USAGE });
        sink.frame({ name: 'line', data: line, content: line !== 'open' });
      }
    },
    end: () => undefined,
  }),
};

const USAGE = {
  inputTokens: 3,
  outputTokens: 4,
  cacheReadTokens: undefined,
  cacheWriteTokens: undefined,
  reasoningTokens: undefined,
  countedOutputTokens: undefined,
  estimated: false,
};

function createNativeDialect(call: Call): Dialect {
  const lines = createLineDialect(call);
  return {
    ...lines,
    decode: () => ({
      type: 'generate',
      call,
      streamUsage: false,
      native: { protocol: PROTOCOL, body: { asked: call.model } },
    }),
    native: {
      protocol: PROTOCOL,
      encode: (body) => ({ status: 200, headers: {}, body: `native:${JSON.stringify(body)}` }),
    },
    openStream(context, out) {
      const stream = lines.openStream(context, out);
      return { ...stream, pushFrame: (frame) => out.write(`<${frame.data}>`) };
    },
  };
}

function startNative(call: Call) {
  const surface = { ...createLineSurface('gateway-generations'), passthrough };
  return startOnce(call, [surface], createNativeDialect(call));
}

describe('a body that passes through', () => {
  it('goes up as the client wrote it and comes back in the dialect’s own words', async () => {
    const scene = startNative(textCall());
    const call = await sent(scene);
    expect(call.request).toMatchObject({ path: '/native', body: '{"asked":"claude-test"}' });
    call.answer(200, 'hi');
    await scene.done;
    expect(scene.out.answers[0]?.body).toBe('native:{"text":"hi"}');
    expect(scene.telemetry.outcomes[0]).toMatchObject({ usage: USAGE, modelServed: 'vendor' });
  });

  it('streams frames, held until the first with content', async () => {
    const scene = startNative(textCall({ stream: true }));
    const call = await sent(scene);
    call.head(200);
    call.data('open\n');
    expect(scene.out.streamHeaders).toBeUndefined();
    call.data('one\n');
    expect(scene.out.text).toBe('open\n<open><one>');
    call.handler.end();
    await scene.done;
    expect(scene.out.text).toBe('open\n<open><one>end\n');
    expect(scene.telemetry.outcomes[0]?.usage).toEqual(USAGE);
  });

  it('that fails before content is a plain HTTP error', async () => {
    const scene = startNative(textCall({ stream: true }));
    const call = await sent(scene);
    call.head(200);
    call.data('open\n!\n');
    await scene.done;
    expect(scene.out.answers[0]?.body).toBe('error:upstream_error');
  });

  it('that fails after content ends the stream with the error', async () => {
    const scene = startNative(textCall({ stream: true }));
    const call = await sent(scene);
    call.head(200);
    call.data('open\none\n!\n');
    await scene.done;
    expect(scene.out.text).toBe('open\n<open><one>fail:upstream_error\n');
    expect(scene.host.calls).toHaveLength(1);
  });
});

/** Refuses until it has been told both adaptations, and says which one it wants next. */
function createDemandingSurface(wanted: readonly Adaptation[]): Surface {
  return createLineSurface('gateway-generations', {
    encode: (_call, context) => ({
      request: { path: '/x', accept: 'x', body: [...context.adaptations].join() },
      loss: [],
    }),
    decode(head, body, context) {
      const missing = wanted.find((adaptation) => !context.adaptations.has(adaptation));
      if (missing === undefined) return createLineSurface('x').decode(head, body, context);
      const error = new GatewayError('upstream_rejected', 'not like this');
      return { type: 'failure', failure: { error, token: 'unaffected', adaptation: missing } };
    },
  });
}

describe('a model that demands something of the request', () => {
  it('is given each thing once, and the lesson is kept for the next call', async () => {
    const scene = start(textCall(), [createDemandingSurface(['drop-sampling', 'strip-reasoning'])]);
    (await sent(scene)).answer(200, 'no');
    (await sent(scene, 1)).answer(200, 'no');
    (await sent(scene, 2)).answer(200, 'hi');
    await scene.done;
    expect(scene.host.calls.map((call) => call.request.body)).toEqual([
      '',
      'drop-sampling',
      'drop-sampling,strip-reasoning',
    ]);
    const again = scene.run();
    (await sent(scene, 3)).answer(200, 'hi');
    await again;
    expect(scene.host.calls[3]?.request.body).toBe('drop-sampling,strip-reasoning');
    expect(scene.telemetry.outcomes.map((outcome) => outcome.attempts)).toEqual([3, 1]);
  });

  it('that refuses all the same is not asked a third time', async () => {
    const surface = createLineSurface('gateway-generations', {
      encode: (_call, context) => ({
        request: { path: '/x', accept: 'x', body: [...context.adaptations].join() },
        loss: [],
      }),
      decode: () => ({
        type: 'failure',
        failure: {
          error: new GatewayError('upstream_rejected', 'never'),
          token: 'unaffected',
          adaptation: 'drop-sampling',
        },
      }),
    });
    const scene = start(textCall(), [surface]);
    (await sent(scene)).answer(400, 'no');
    (await sent(scene, 1)).answer(400, 'no');
    await scene.done;
    expect(scene.host.calls).toHaveLength(2);
    expect(scene.out.answers[0]?.body).toBe('error:upstream_rejected');
    // It was not the cure, so nobody else pays for it.
    const again = scene.run();
    expect((await sent(scene, 2)).request.body).toBe('');
    (await sent(scene, 2)).answer(400, 'no');
    (await sent(scene, 3)).answer(400, 'no');
    await again;
  });

  it('of which the call holds nothing is not asked a second time', async () => {
    const surface = createLineSurface('gateway-generations', {
      decode: () => ({
        type: 'failure',
        failure: {
          error: new GatewayError('upstream_rejected', 'never'),
          token: 'unaffected',
          adaptation: 'drop-sampling',
        },
      }),
    });
    const scene = start(textCall(), [surface]);
    (await sent(scene)).answer(400, 'no');
    await scene.done;
    expect(scene.host.calls).toHaveLength(1);
  });
});
