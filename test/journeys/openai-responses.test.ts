// The official OpenAI client on Responses through the gateway to a simulated org, over TLS and real sockets: every scene streamed and whole,
// with the surface that served it and the usage of both ways compared. Scenes look for their nonces on both sides: success
// alone proves nothing.

import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { askStreamed, askWhole, type Ask, type Seen } from './responses-clients.ts';
import { SCENES, type Scene } from './responses-scenes.ts';
import { ORGS, type OrgCase } from './orgs.ts';
import { playCell, strayCells } from './refused-cells.ts';
import { openStage, type Stage } from './stage.ts';

const CLIENT = 'openai-responses';

const MODES = [askStreamed, askWhole];

/** Plays a scene one way, on an org with nothing left of the scene before. */
async function playOnce(
  scene: Scene,
  at: OrgCase,
  stage: Stage,
  client: OpenAI,
  ask: Ask,
): Promise<readonly Seen[]> {
  await stage.reset();
  const { surface, org, model } = at;
  const replies = await scene.play({ ask, client, model, stage, surface, org });
  expect(await stage.unconsumed()).toEqual([]);
  const served = (await stage.journal()).filter(({ status }) => status < 300);
  expect(served.map((entry) => entry.surface)).toEqual(replies.map(() => surface));
  return replies;
}

describe.each(ORGS)('on $org', (org) => {
  let stage: Stage;
  let client: OpenAI;

  beforeAll(async () => {
    stage = await openStage({ org: org.state });
    client = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: stage.clientKey, maxRetries: 0 });
  });
  afterAll(() => stage.close());

  it.each(SCENES)('plays $name streamed and whole alike', async (scene) => {
    const usages: unknown[] = [];
    for (const ask of MODES) {
      await playCell({ client: CLIENT, org: org.org, scene: scene.name }, async () => {
        const replies = await playOnce(scene, org, stage, client, ask(client, org.model));
        usages.push(replies.map(({ usage }) => usage));
      });
    }
    expect(usages[0]).toEqual(usages[1]);
  });
});

it('lists no refused cell that the matrix has not', () => {
  expect(
    strayCells(
      CLIENT,
      SCENES.map(({ name }) => name),
    ),
  ).toEqual([]);
});
