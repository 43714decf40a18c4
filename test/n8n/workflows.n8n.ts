// n8n itself, through the gateway to a simulated org: an agent with a tool, values by `$fromAI`, output parsers and a
// streaming chat trigger, over each protocol that its model nodes speak, on a model of each family and on a classic-only org.
// The org answers only if what it must have seen reached it, and n8n must show the answer.

import { randomInt, randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';

import { judge } from '../clients/cells.ts';
import { placeOf } from '../journeys/proofs.ts';
import { CLASSIC_ONLY, ORGS, type OrgCase } from '../journeys/orgs.ts';
import { openStage, type JournalEntry, type Stage } from '../journeys/stage.ts';
import { openN8n, versionOfN8n, type N8n } from './n8n.ts';
import { openWeather, type Weather } from './weather.ts';
import { credentialOf, FROM_AI, workflowOf, type Hook, type Protocol } from './workflows.ts';

/** Its first start makes a database; each of its commands loads all of n8n. */
const SET_UP_LIMIT_MS = 600_000;
const TURN_LIMIT_MS = 60_000;

const DIALECTS: Readonly<Record<Protocol, string>> = {
  chat: 'openai-chat',
  responses: 'openai-responses',
  messages: 'anthropic-messages',
};
const PROTOCOLS = ['chat', 'responses', 'messages'] as const;
const STAGES = ['whole', 'classic'] as const;
type StageName = (typeof STAGES)[number];

/** Where a tool's result stands in what the org received. */
const RESULT_PLACES: Readonly<Record<OrgCase['surface'], RegExp>> = {
  invoke: /^\.messages\.content\.content(\.text)?$/,
  responses: /^\.input\.output$/,
  'gateway-generations': /^\.messages\.content/,
  'chat-generations': /^\.messages\.content$/,
};

let stages: Readonly<Record<StageName, Stage>>;
let weather: Weather;
let n8n: N8n;

beforeAll(async () => {
  stages = { whole: await openStage(), classic: await openStage({ org: CLASSIC_ONLY }) };
  weather = await openWeather();
  const parts = STAGES.flatMap((name) =>
    PROTOCOLS.map((protocol) => {
      const id = workflowId(name, protocol);
      const credential = credentialOf(id, protocol, stages[name]);
      return { id, credential, workflow: workflowOf({ id, protocol, credential, weatherUrl: weather.url }) };
    }),
  );
  n8n = await openN8n({ credentials: parts.map(({ credential }) => credential), workflows: parts });
}, SET_UP_LIMIT_MS);

afterAll(async () => {
  await n8n?.close();
  await weather?.close();
  for (const stage of Object.values(stages ?? {})) await stage.close();
}, SET_UP_LIMIT_MS);

afterEach(async () => {
  for (const stage of Object.values(stages)) await stage.reset();
});

const workflowId = (stage: StageName, protocol: Protocol): string => `${stage}-${protocol}`;

async function post(path: string, body: object): Promise<string> {
  const response = await fetch(`${n8n.url}/webhook/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (response.status !== 200) {
    throw new Error(`n8n answered ${response.status} ${text}: ${n8n.log.slice(-10).join('')}`);
  }
  return text;
}

/** What the agent said, from the lines of a streamed answer. */
function readStream(text: string): readonly string[] {
  return text
    .trim()
    .split('\n')
    .flatMap((line) => {
      const { type, content }: { type: string; content?: string } = JSON.parse(line);
      return type === 'item' && content !== undefined ? [content] : [];
    });
}

describe.each(PROTOCOLS)('n8n over %s', (protocol) => {
  describe.each(ORGS)('on $model of an org of $org', ({ org, model, surface }) => {
    const name: StageName = org === 'classic-only' ? 'classic' : 'whole';
    const id = workflowId(name, protocol);

    const judging = (context: TestContext, feature: string): void =>
      judge(context, { client: `n8n (${protocol})`, version: versionOfN8n(), model, surface, feature });

    async function ask(hook: Hook, prompt: string): Promise<unknown> {
      return JSON.parse(await post(`${id}-${hook}`, { prompt, model }));
    }

    /** Calls of the turn, each by the surface it must take, whole, and over the protocol of its model node. */
    async function expectCalls(count: number, stream: boolean): Promise<readonly JournalEntry[]> {
      const stage = stages[name];
      expect(await stage.unconsumed()).toEqual([]);
      // An org that lacks the better surfaces says so once.
      const served = (await stage.journal()).filter(({ status }) => status !== 404);
      expect(served.map((entry) => [entry.surface, entry.status, entry.outcome])).toEqual(
        Array.from({ length: count }, () => [surface, 200, 'complete']),
      );
      const last: unknown = JSON.parse(stage.log.at(-1) ?? '{}');
      expect(last).toMatchObject({ dialect: DIALECTS[protocol], stream, model_asked: model, result: 'ok' });
      return served;
    }

    /** The model asks for a sum, and says the last word once it has seen it. */
    async function scriptSum(asked: string, answer: string): Promise<string> {
      const [left, right] = [randomInt(1e9, 2e9), randomInt(1e9, 2e9)];
      const sum = String(left + right);
      const call = { name: 'Calculator', arguments: { input: `${left} + ${right}` } };
      await stages[name].script(
        { match: { contains: asked }, reply: { text: 'Counting.', toolCalls: [call] } },
        { match: { contains: sum }, reply: { text: `It is ${answer}.`, chunks: 3 } },
      );
      return sum;
    }

    it('gives an agent its tool', { timeout: TURN_LIMIT_MS }, async (context) => {
      judging(context, 'agent with a tool');
      const [asked, answer] = [randomUUID(), randomUUID()];
      const sum = await scriptSum(asked, answer);
      expect(await ask('tool', `please count ${asked}`)).toEqual({ output: `It is ${answer}.` });
      const [, last] = await expectCalls(2, false);
      expect(placeOf(last?.body, sum)).toMatch(RESULT_PLACES[surface]);
    });

    it.for([
      { told: 'values that the model chose', days: 7, feature: '$fromAI in a tool' },
      { told: 'the default where it chose none', days: undefined, feature: 'default of $fromAI' },
    ])('gives a tool $told', { timeout: TURN_LIMIT_MS }, async ({ days, feature }, context) => {
      judging(context, feature);
      const [asked, city, answer] = [randomUUID(), randomUUID(), randomUUID()];
      const proof = weather.next();
      const call = { name: 'Weather', arguments: { city, ...(days === undefined ? {} : { days }) } };
      await stages[name].script(
        { match: { contains: asked }, reply: { toolCalls: [call] } },
        { match: { contains: proof }, reply: { text: `It is ${answer}.` } },
      );
      const prompt = `the weather of {{ $fromAI('city') }}, please: ${asked}`;
      expect(await ask('fromai', prompt)).toEqual({ output: `It is ${answer}.` });
      expect(weather.asked()).toEqual([{ city, days: String(days ?? FROM_AI.daysDefault) }]);
      const [first, last] = await expectCalls(2, false);
      expect(placeOf(first?.body, FROM_AI.city)).toBeDefined();
      expect(placeOf(last?.body, proof)).toMatch(RESULT_PLACES[surface]);
    });

    it('parses what an agent answers', { timeout: TURN_LIMIT_MS }, async (context) => {
      judging(context, 'agent with an output parser');
      const asked = randomUUID();
      const output = { city: randomUUID(), degrees: randomInt(1e6) };
      const call = { name: 'format_final_json_response', arguments: { output } };
      await stages[name].script({ match: { contains: asked }, reply: { toolCalls: [call] } });
      expect(await ask('agent-parser', `how warm is it? ${asked}`)).toEqual({ output });
      await expectCalls(1, false);
    });

    it('parses what a chain answers', { timeout: TURN_LIMIT_MS }, async (context) => {
      judging(context, 'chain with an output parser');
      const asked = randomUUID();
      const output = { city: randomUUID(), degrees: randomInt(1e6) };
      const text = `\`\`\`json\n${JSON.stringify({ output })}\n\`\`\``;
      await stages[name].script({ match: { contains: asked }, reply: { text } });
      expect(await ask('chain-parser', `how warm is it? ${asked}`)).toEqual({ output });
      await expectCalls(1, false);
    });

    it('streams to a chat, with a tool turn in between', { timeout: TURN_LIMIT_MS }, async (context) => {
      judging(context, 'streaming chat trigger');
      const [asked, answer] = [randomUUID(), randomUUID()];
      const sum = await scriptSum(asked, answer);
      const chat = { action: 'sendMessage', sessionId: asked, chatInput: `please count ${asked}`, model };
      const pieces = readStream(await post(`${id}-stream/chat`, chat));
      expect(pieces.join('')).toMatch(new RegExp(`It is ${answer}\\.$`));
      expect(pieces.length).toBeGreaterThan(1);
      const [, last] = await expectCalls(2, true);
      expect(placeOf(last?.body, sum)).toMatch(RESULT_PLACES[surface]);
    });
  });
});
