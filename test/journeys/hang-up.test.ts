// A client that hangs up at any moment ends the upstream call, and nothing is left behind: no exchange in flight, no
// socket running, no timer set.

import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { systemTimers, type Timers } from '../../src/core/platform/index.ts';
import { openStage, type Stage } from './stage.ts';

/** Timers that are set and neither ran nor were cancelled. */
function createCountedTimers(): Timers & { readonly pending: () => number } {
  let pending = 0;
  return {
    pending: () => pending,
    after(delayMs, run) {
      pending += 1;
      let over = false;
      const finish = (): void => {
        if (!over) pending -= 1;
        over = true;
      };
      const timer = systemTimers.after(delayMs, () => {
        finish();
        run();
      });
      return {
        cancel() {
          finish();
          timer.cancel();
        },
      };
    },
  };
}

const HELD_BACK_MS = 60_000;
const MODEL = 'gemini-2.5-flash';

describe('a client that hangs up', () => {
  let stage: Stage;
  const timers = createCountedTimers();
  let timersAtRest = 0;

  beforeAll(async () => {
    stage = await openStage({ timers });
    const warm = ask({ stream: false });
    const [response] = await once(warm, 'response');
    if (isResponse(response)) response.resume();
    await stage.idle();
    timersAtRest = timers.pending();
  });

  afterAll(() => stage.close());

  function ask(settings: { stream: boolean }): ClientRequest {
    const sent = request(`${stage.url}/v1/chat/completions`, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${stage.clientKey}` },
    });
    sent.on('error', () => undefined);
    sent.end(JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hello' }], ...settings }));
    return sent;
  }

  async function expectNothingLeft(): Promise<void> {
    await stage.idle();
    const status = stage.gateway.status();
    expect(status.inFlight).toBe(0);
    expect(status.models.running).toBe(0);
    expect(status.server.exchanges).toBe(0);
    expect(timers.pending()).toBe(timersAtRest);
  }

  it.each([
    {
      moment: 'while the upstream has not answered',
      stream: true,
      reply: { text: 'late', firstByteMs: HELD_BACK_MS },
    },
    {
      moment: 'while a whole reply is awaited',
      stream: false,
      reply: { text: 'late', firstByteMs: HELD_BACK_MS },
    },
  ])('$moment ends the upstream call', async ({ stream, reply }) => {
    await stage.script({ match: {}, reply });
    const sent = ask({ stream });
    await stage.upstreamBegun();
    sent.destroy();
    expect(await stage.lastOutcome()).toBe('aborted');
    await expectNothingLeft();
  });

  it('in the middle of a stream ends the upstream call', async () => {
    await stage.script({
      match: {},
      reply: { text: 'one two three four', chunks: 4, chunkMs: HELD_BACK_MS },
    });
    const sent = ask({ stream: true });
    const [response] = await once(sent, 'response');
    if (isResponse(response)) await once(response, 'data');
    sent.destroy();
    expect(await stage.lastOutcome()).toBe('aborted');
    await expectNothingLeft();
  });

  it('before its body is complete costs no upstream call', async () => {
    const calls = (await stage.journal()).length;
    const sent = request(`${stage.url}/v1/chat/completions`, {
      method: 'POST',
      agent: false,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${stage.clientKey}`,
        'content-length': '1000',
      },
    });
    sent.on('error', () => undefined);
    sent.write('{"model":');
    await stage.exchangeBegun();
    sent.destroy();
    await expectNothingLeft();
    expect(await stage.journal()).toHaveLength(calls);
  });
});

function isResponse(value: unknown): value is IncomingMessage {
  return typeof value === 'object' && value !== null && 'statusCode' in value;
}
