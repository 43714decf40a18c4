// The official OpenAI client's older completions through the gateway to a simulated org, over TLS and real sockets, whole
// and streamed alike.

import { randomUUID } from 'node:crypto';

import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ORGS } from './orgs.ts';
import { openStage, type Stage } from './stage.ts';

type Settings = Omit<OpenAI.CompletionCreateParamsNonStreaming, 'model'>;
type Seen = {
  readonly choices: readonly { readonly text: string; readonly finish: string | null }[];
  readonly usage: OpenAI.CompletionUsage | undefined;
};

async function askWhole(client: OpenAI, model: string, settings: Settings): Promise<Seen> {
  const { choices, usage } = await client.completions.create({ model, ...settings });
  return { choices: choices.map(({ text, finish_reason: finish }) => ({ text, finish })), usage };
}

async function askStreamed(client: OpenAI, model: string, settings: Settings): Promise<Seen> {
  const choices: { text: string; finish: string | null }[] = [];
  let usage: OpenAI.CompletionUsage | undefined;
  const stream = await client.completions.create({
    model,
    ...settings,
    stream: true,
    stream_options: { include_usage: true },
  });
  for await (const chunk of stream) {
    usage = chunk.usage ?? usage;
    for (const { text, index, finish_reason: finish } of chunk.choices) {
      const choice = (choices[index] ??= { text: '', finish: null });
      choice.text += text;
      choice.finish = finish;
    }
  }
  return { choices, usage };
}

describe.each(ORGS)('completions on $org', ({ model, surface, state }) => {
  let stage: Stage;
  let client: OpenAI;

  beforeAll(async () => {
    stage = await openStage({ org: state });
    client = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: stage.clientKey, maxRetries: 0 });
  });
  beforeEach(() => stage.reset());
  afterAll(() => stage.close());

  describe.each([
    ['whole', askWhole],
    ['streamed', askStreamed],
  ])('%s', (_mode, ask) => {
    it('completes a prompt and tells what it cost', async () => {
      const nonce = randomUUID();
      await stage.script({ match: { contains: nonce }, reply: { text: `seen ${nonce}`, chunks: 3 } });
      const seen = await ask(client, model, { prompt: `say ${nonce}` });
      expect(seen.choices).toEqual([{ text: `seen ${nonce}`, finish: 'stop' }]);
      expect(seen.usage?.prompt_tokens).toBeGreaterThan(0);
      expect(seen.usage?.completion_tokens).toBeGreaterThan(0);
      const served = (await stage.journal()).filter(({ status }) => status === 200);
      expect(served.map((entry) => entry.surface)).toEqual([surface]);
    });

    it('numbers the completions of several prompts in their order', async () => {
      const nonces = [randomUUID(), randomUUID(), randomUUID()];
      const scripts = nonces.map((nonce) => ({
        match: { contains: nonce },
        times: 2,
        reply: { text: `re ${nonce}` },
      }));
      await stage.script(...scripts);
      const seen = await ask(client, model, { prompt: nonces, n: 2 });
      expect(seen.choices.map(({ text }) => text)).toEqual(
        nonces.flatMap((nonce) => [`re ${nonce}`, `re ${nonce}`]),
      );
      expect(await stage.unconsumed()).toEqual([]);
    });

    it('holds the limits that the caller sets', async () => {
      const nonce = randomUUID();
      await stage.script({ match: { contains: nonce }, reply: { text: 'one two STOP three' } });
      const seen = await ask(client, model, { prompt: nonce, stop: 'STOP', max_tokens: 100 });
      const told = (await stage.lastUpstreamBody()).includes('"STOP"');
      // Where the surface has no field for it, the gateway cuts; a model that is told cuts by itself, which no script does.
      expect(told).toBe(surface !== 'chat-generations');
      expect(seen.choices[0]?.text).toBe(told ? 'one two STOP three' : 'one two ');
    });
  });

  it.each([
    [{ prompt: 'a', echo: true }, 'echo'],
    [{ prompt: [1, 2] }, 'prompt'],
    [{ prompt: 'a', logprobs: 3 }, 'logprobs'],
  ])('refuses %j before the org is asked', async (settings, parameter) => {
    await expect(askWhole(client, model, settings)).rejects.toMatchObject({ status: 400, param: parameter });
    expect(await stage.journal()).toEqual([]);
  });

  it('ends all completions when one fails', async () => {
    const [good, bad] = [randomUUID(), randomUUID()];
    await stage.script(
      { match: { contains: bad }, times: 9, fault: { type: 'status', status: 403, body: { message: bad } } },
      { match: { contains: good }, times: 9, reply: { text: 'fine' } },
    );
    await expect(askWhole(client, model, { prompt: [good, bad] })).rejects.toMatchObject({ status: 403 });
    await stage.idle();
  });
});
