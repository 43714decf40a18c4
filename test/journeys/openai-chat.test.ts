// The official OpenAI client through the gateway to a simulated org, over TLS and real sockets: every scene streamed and whole,
// with the surface that served it and the usage of both ways compared. Scenes look for their nonces on both sides: success
// alone proves nothing.

import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { askStreamed, askWhole } from './openai-clients.ts';
import { SCENES } from './openai-scenes.ts';
import { playAlike } from './matrix.ts';
import { ORGS } from './orgs.ts';
import { strayCells } from './refused-cells.ts';
import { openStage, type Stage } from './stage.ts';

const CLIENT = 'openai-chat';

describe.each(ORGS)('on $org', (org) => {
  let stage: Stage;
  let client: OpenAI;

  beforeAll(async () => {
    stage = await openStage({ org: org.state });
    client = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: stage.clientKey, maxRetries: 0 });
  });
  afterAll(() => stage.close());

  it.each(SCENES)('plays $name streamed and whole alike', async (scene) => {
    const ways = [askStreamed, askWhole].map((ask) => ({ ask: ask(client, org.model) }));
    await playAlike(scene, { client: CLIENT, org, stage }, ways);
  });
});

it('lists no refused cell that the matrix has not', () => {
  expect(strayCells(CLIENT, SCENES)).toEqual([]);
});
