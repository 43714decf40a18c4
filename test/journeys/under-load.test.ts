// Many clients at once: whoever leaves ends what it had begun, and is counted; and nobody waits for another. Order and
// counts are asserted, never times: what the org holds back it holds back until the test is over.

import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openStage, type Stage } from './stage.ts';
import { send } from './raw-client.ts';

const HELD_BACK_MS = 600_000;
const MODEL = 'gemini-2.5-flash';

let stage: Stage;
let clients: ClientRequest[] = [];
beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  clients = [];
  await stage.close();
});

type Settings = { readonly content: unknown; readonly stream: boolean };

const headers = (): Readonly<Record<string, string>> => ({
  'content-type': 'application/json',
  authorization: `Bearer ${stage.clientKey}`,
});
const bodyOf = ({ content, stream }: Settings): string =>
  JSON.stringify({ model: MODEL, messages: [{ role: 'user', content }], stream });

function ask(settings: Settings): ClientRequest {
  const sent = request(`${stage.url}/v1/chat/completions`, {
    method: 'POST',
    agent: false,
    headers: headers(),
  });
  sent.on('error', () => undefined);
  sent.end(bodyOf(settings));
  clients.push(sent);
  return sent;
}

/** Resolves with what has come when it holds this. */
async function readUntil(sent: ClientRequest, part: string): Promise<string> {
  const [response]: IncomingMessage[] = await once(sent, 'response');
  if (response === undefined) throw new Error('no response');
  response.on('error', () => undefined);
  let text = '';
  return new Promise((resolve) => {
    response.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(part)) resolve(text);
    });
  });
}

async function upstreamCalls(count: number): Promise<void> {
  while ((await stage.statisticsNow()).inFlight < count)
    await new Promise((resolve) => setImmediate(resolve));
}

/** Sums of a counter by the value of one of its labels. */
async function counted(metric: string, label: string): Promise<Readonly<Record<string, number>>> {
  const { text } = await send(stage.url, { method: 'GET', path: '/metrics', headers: headers() });
  const counts: Record<string, number> = {};
  for (const line of text.split('\n').filter((told) => told.startsWith(`${metric}{`))) {
    const value = new RegExp(`${label}="([^"]*)"`).exec(line)?.[1] ?? '';
    counts[value] = (counts[value] ?? 0) + Number(line.slice(line.lastIndexOf(' ')));
  }
  return counts;
}

describe('hazard 24: a client that is gone', () => {
  it('ends its upstream call at any moment, and both sides count it', async () => {
    await stage.script(
      { match: { contains: 'whole' }, times: 8, reply: { text: 'late', firstByteMs: HELD_BACK_MS } },
      {
        match: { contains: 'streamed' },
        times: 8,
        reply: { text: 'one two', chunks: 2, chunkMs: HELD_BACK_MS },
      },
    );
    const whole = Array.from({ length: 8 }, () => ask({ content: 'whole', stream: false }));
    const streamed = Array.from({ length: 8 }, () => ask({ content: 'streamed', stream: true }));
    await Promise.all(streamed.map((sent) => readUntil(sent, '"content":"one')));
    await upstreamCalls(16);
    for (const sent of [...whole, ...streamed]) sent.destroy();
    await stage.idle();

    const journal = await stage.journal();
    expect(journal.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 16 }, () => 'aborted'));
    expect(await counted('forcegate_requests_total', 'result')).toEqual({ 'client-closed': 16 });
    expect(await counted('forcegate_upstream_calls_total', 'surface')).toEqual({ 'gateway-generations': 16 });
    expect(stage.gateway.status()).toMatchObject({
      inFlight: 0,
      server: { exchanges: 0, bodyBytesHeld: 0 },
      models: { running: 0, pending: 0 },
    });
  });
});

describe('hazard 28: under load', () => {
  it('every stream’s first words pass at once, while every stream is still under way', async () => {
    await stage.script({
      match: {},
      times: 40,
      reply: { text: 'one two', chunks: 2, chunkMs: HELD_BACK_MS },
    });
    const streams = Array.from({ length: 40 }, () => ask({ content: 'x', stream: true }));
    const texts = await Promise.all(streams.map((sent) => readUntil(sent, '"content":"one')));
    expect(texts.filter((text) => text.includes('two'))).toEqual([]);
    expect((await stage.statisticsNow()).inFlight).toBe(40);
  });

  it('large images that are held up hold up nobody else', async () => {
    const url = `data:image/png;base64,${Buffer.alloc(1024 * 1024, 7).toString('base64')}`;
    const content = [
      { type: 'text', text: 'large' },
      { type: 'image_url', image_url: { url } },
    ];
    await stage.script({
      match: { contains: 'large' },
      times: 20,
      reply: { text: 'late', firstByteMs: HELD_BACK_MS },
    });
    for (let count = 0; count < 20; count += 1) ask({ content, stream: true });
    await upstreamCalls(20);
    for (const stream of [false, true]) {
      const reply = await send(stage.url, { headers: headers(), body: bodyOf({ content: 'small', stream }) });
      expect([reply.status, reply.text.includes('small')]).toEqual([200, true]);
    }
    expect((await stage.statisticsNow()).inFlight).toBe(20);
    expect(stage.gateway.status().server.bodyBytesHeld).toBeGreaterThan(20 * 1024 * 1024);
  });
});
