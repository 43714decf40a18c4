// How a client matrix plays its scenes: each by every way that its client asks, on an org with nothing left of the way
// before, with the surface that served it and the usage of all ways compared.

import { expect } from 'vitest';

import type { OrgCase } from './orgs.ts';
import { playCell, type MatrixClient } from './refused-cells.ts';
import type { Stage } from './stage.ts';

/** Where a scene is played. */
type Place = {
  readonly stage: Stage;
  /** Where the calls must go. */
  readonly surface: OrgCase['surface'];
  readonly org: OrgCase['org'];
};
/** What the play of a scene gets: the place, and what its client gives, which is a way to ask. */
export type PlayedBy<Given> = Given & Place;
export type SceneOf<Given, Reply> = {
  readonly name: string;
  /** Gives the replies it got, oldest first. */
  readonly play: (played: PlayedBy<Given>) => Promise<readonly Reply[]>;
  /** Where the calls go instead, for an org whose usual surface does not carry what the scene needs. */
  readonly elsewhere?: Partial<Record<OrgCase['org'], OrgCase['surface']>>;
};

async function playOnce<Given, Reply>(
  scene: SceneOf<Given, Reply>,
  { org, surface: usual }: OrgCase,
  stage: Stage,
  given: Given,
): Promise<readonly Reply[]> {
  await stage.reset();
  const surface = scene.elsewhere?.[org] ?? usual;
  const replies = await scene.play({ ...given, stage, surface, org });
  expect(await stage.unconsumed()).toEqual([]);
  const served = (await stage.journal()).filter(({ status }) => status < 300);
  expect(served.map((entry) => entry.surface)).toEqual(replies.map(() => surface));
  return replies;
}

/** Plays a scene each way, to its end or to the refusal that is listed for it. Gives all replies, of which a refused scene has none. */
export async function playAlike<Given, Reply extends { readonly usage?: unknown }>(
  scene: SceneOf<Given, Reply>,
  at: { readonly client: MatrixClient; readonly org: OrgCase; readonly stage: Stage },
  ways: readonly Given[],
): Promise<readonly Reply[]> {
  const played: (readonly Reply[])[] = [];
  for (const given of ways) {
    await playCell({ client: at.client, org: at.org.org, scene: scene.name }, async () => {
      played.push(await playOnce(scene, at.org, at.stage, given));
    });
  }
  const [first, ...others] = played.map((replies) => replies.map(({ usage }) => usage));
  for (const usages of others) expect(usages).toEqual(first);
  return played.flat();
}
