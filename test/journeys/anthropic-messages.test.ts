// The official Anthropic clients, old, new and for Bedrock, through the gateway to a simulated org, over TLS and real sockets: every
// scene streamed and whole, with the surface that served it and the usage of both ways compared.

import type Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { MODES, CLIENTS } from './anthropic-clients.ts';
import { SCENES } from './anthropic-scenes.ts';
import { playAlike } from './matrix.ts';
import { ORGS } from './orgs.ts';
import { strayCells } from './refused-cells.ts';
import { openStage, type Stage } from './stage.ts';

const CLIENT = 'anthropic-messages';

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
      const ways = MODES.map(({ askVia }) => ({ ask: askVia(client, org.model) }));
      for (const { usage, model } of await playAlike(scene, { client: CLIENT, org, stage }, ways)) {
        expect(model).toBe(org.model);
        expect(usage.input_tokens).toBeGreaterThan(0);
        expect(usage.output_tokens).toBeGreaterThan(0);
      }
    });
  });
});

it('lists no refused cell that the matrix has not', () => {
  expect(strayCells(CLIENT, SCENES)).toEqual([]);
});
