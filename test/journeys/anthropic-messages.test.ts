// The official Anthropic clients, old, new and for Bedrock, through the gateway to a simulated org, over TLS and real sockets: every
// scene streamed and whole, with the surface that served it and the usage of both ways compared.

import type Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { MODES, CLIENTS, type Message } from './anthropic-clients.ts';
import { SCENES } from './anthropic-scenes.ts';
import type { Scene } from './anthropic-turns.ts';
import { ORGS, type OrgCase } from './orgs.ts';
import { playCell, strayCells } from './refused-cells.ts';
import { openStage, type Stage } from './stage.ts';

const CLIENT = 'anthropic-messages';

/** Plays a scene one way, on an org with nothing left of the scene before. */
async function playOnce(
  scene: Scene,
  { org, surface: usual }: OrgCase,
  stage: Stage,
  ask: Parameters<Scene['play']>[0]['ask'],
): Promise<readonly Message[]> {
  await stage.reset();
  const surface = scene.elsewhere?.[org] ?? usual;
  const replies = await scene.play({ ask, stage, surface, org });
  expect(await stage.unconsumed()).toEqual([]);
  const served = (await stage.journal()).filter(({ status }) => status < 300);
  expect(served.map((entry) => entry.surface)).toEqual(replies.map(() => surface));
  return replies;
}

describe.each(ORGS)('on $org', (org) => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage({ org: org.state });
  });
  afterAll(() => stage.close());

  describe.each(CLIENTS)('the $version client', ({ connect }) => {
    let client: Anthropic;
    beforeAll(() => {
      client = connect(stage);
    });

    it.each(SCENES)('plays $name streamed and whole alike', async (scene) => {
      const usages: unknown[] = [];
      for (const { askVia } of MODES) {
        await playCell({ client: CLIENT, org: org.org, scene: scene.name }, async () => {
          const replies = await playOnce(scene, org, stage, askVia(client, org.model));
          for (const { usage, model } of replies) {
            expect(model).toBe(org.model);
            expect(usage.input_tokens).toBeGreaterThan(0);
            expect(usage.output_tokens).toBeGreaterThan(0);
          }
          usages.push(replies.map(({ usage }) => usage));
        });
      }
      expect(usages[0]).toEqual(usages[1]);
    });
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
