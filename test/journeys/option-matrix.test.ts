// Every option of the simulated org under every value: what is not known about Salesforce must not decide whether clients are
// served. Both official clients, text and tools, whole and streamed, on every surface that a family can be served by.

import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { orgOptions, type OrgOptionName, type OptionValue, type OrgState } from '../../simulator/main.ts';
import type { Config } from '../../src/config/index.ts';
import { connect1x } from './anthropic-clients.ts';
import { REFUSED_SCENES, SERVED_ELSEWHERE, type RefusedScenes } from './option-exceptions.ts';
import { REACH, SITES, type SiteName } from './option-reach.ts';
import {
  COMPACT,
  COMPACT_CLASSIC,
  PLACES_OF,
  SPECIAL,
  type At,
  type OptionScene,
  type Place,
  type SpecialName,
} from './option-scenes.ts';
import { openStage, type Stage } from './stage.ts';

type Case = { readonly option: OrgOptionName; readonly value: OptionValue };

const CASES: readonly Case[] = (Object.keys(orgOptions) as OrgOptionName[]).flatMap((option) => {
  const row = orgOptions[option];
  const values: readonly OptionValue[] = row.values;
  return values
    .filter((value) => REACH[option].under !== undefined || value !== row.default)
    .map((value) => ({ option, value }));
});

type Scope = {
  readonly option: OrgOptionName;
  readonly values: readonly OptionValue[];
  readonly places: readonly string[];
};

const appliesTo = (scope: Scope, { option, value }: Case, place: Place): boolean =>
  scope.option === option && scope.values.includes(value) && scope.places.includes(place.name);

function refusalOf(at: Case, place: Place, scene: string): RefusedScenes | undefined {
  return REFUSED_SCENES.find(
    (listed) => appliesTo(listed, at, place) && (listed.scenes === 'all' || listed.scenes.includes(scene)),
  );
}

/** Undefined where the scene ended as it must, else what was wrong. */
async function judge(
  play: () => Promise<void>,
  refused: RefusedScenes | undefined,
): Promise<string | undefined> {
  const failure = await play().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error('something else was thrown')),
  );
  if (refused === undefined) return failure?.message;
  if (failure === undefined) return 'succeeded, and is listed as refused';
  const status = 'status' in failure ? failure.status : undefined;
  if (status === refused.status && failure.message.includes(refused.says)) return undefined;
  return `was to fail with ${refused.status} ${refused.says}: ${failure.message}`;
}

const stages = new Map<SiteName, Stage>();

async function setScene(site: SiteName, at: Case): Promise<Stage> {
  const stage = stages.get(site);
  if (stage === undefined) throw new Error(`no stage for ${site}`);
  await stage.reset();
  const state: Partial<OrgState> = { ...REACH[at.option].under, [at.option]: at.value };
  await stage.change(state);
  await stage.renew();
  return stage;
}

/** Plays scenes at one place, one after another; gives what went wrong. */
async function playAll(
  at: Case,
  scenes: readonly (readonly [string, OptionScene])[],
  spot: At,
): Promise<string[]> {
  const faults: string[] = [];
  for (const [name, scene] of scenes) {
    const fault = await judge(() => scene(spot), refusalOf(at, spot.place, name));
    if (fault !== undefined) faults.push(`${spot.place.name}: ${name}: ${fault}`);
  }
  return faults;
}

function compactAt(site: SiteName, option: OrgOptionName): Readonly<Record<string, OptionScene>> {
  const scenes = Object.entries(site === 'classic only' ? COMPACT_CLASSIC : COMPACT);
  const { compact } = REACH[option];
  return Object.fromEntries(scenes.filter(([name]) => compact?.includes(name) ?? true));
}

const specialAt = (option: OrgOptionName, place: Place): readonly SpecialName[] =>
  REACH[option].special.filter((name) => PLACES_OF[name]?.includes(place.name) ?? true);

/** The surfaces that must have served the small scenes, refused places left out. */
function surfacesDue(at: Case, site: SiteName): readonly string[] {
  const places: readonly Place[] = SITES[site].places;
  const names = Object.keys(compactAt(site, at.option));
  return places
    .filter((place) => names.some((name) => refusalOf(at, place, name) === undefined))
    .map(
      (place) => SERVED_ELSEWHERE.find((listed) => appliesTo(listed, at, place))?.servedBy ?? place.surface,
    );
}

const listed = (names: readonly string[]): string => [...new Set(names)].toSorted().join(', ');

async function walk(site: SiteName, at: Case): Promise<readonly string[]> {
  const stage = await setScene(site, at);
  const anthropic = connect1x(stage);
  const openai = new OpenAI({ baseURL: `${stage.url}/v1`, apiKey: stage.clientKey, maxRetries: 0 });
  const spots: readonly At[] = SITES[site].places.map((place) => ({ stage, place, openai, anthropic }));
  const compact = Object.entries(compactAt(site, at.option));
  const faults = (await Promise.all(spots.map((spot) => playAll(at, compact, spot)))).flat();
  const served = (await stage.journal()).filter(({ status }) => status < 300).map(({ surface }) => surface);
  const [had, due] = [listed(served), listed(surfacesDue(at, site))];
  if (had !== due) faults.push(`${site}: served by ${had}, and not by ${due}`);
  // One place after another: a forgotten token is everybody's.
  for (const spot of spots) {
    const special = specialAt(at.option, spot.place).map((name) => [name, SPECIAL[name]] as const);
    faults.push(...(await playAll(at, special, spot)));
  }
  return faults;
}

/** The longest prompt that all models take is below the default. */
const packEarly = (config: Config): Config => ({
  ...config,
  network: { ...config.network, compression: { requests: 'auto', requestBytesMin: 65_536 } },
});

beforeAll(async () => {
  for (const [name, { state }] of Object.entries(SITES)) {
    stages.set(name as SiteName, await openStage({ org: state, configure: packEarly }));
  }
});
afterAll(() => Promise.all([...stages.values()].map((stage) => stage.close())));

describe('an org is served', () => {
  it.each(CASES)('with $option = $value', async (at) => {
    const faults = await Promise.all(REACH[at.option].sites.map((site) => walk(site, at)));
    expect(faults.flat()).toEqual([]);
  });
});

describe('the list of exceptions', () => {
  it.each([...REFUSED_SCENES, ...SERVED_ELSEWHERE])('names what is walked of $option', (exception) => {
    const { option, values, places } = exception;
    const walked = REACH[option].sites.flatMap((site) => {
      const compact = Object.keys(compactAt(site, option));
      return SITES[site].places.map(
        (place) => [place.name, [...compact, ...specialAt(option, place)]] as const,
      );
    });
    const scenesOf = new Map<string, readonly string[]>(walked);
    expect(CASES.filter((at) => at.option === option).map(({ value }) => value)).toEqual(
      expect.arrayContaining([...values]),
    );
    for (const place of places) {
      const scenes = 'scenes' in exception && exception.scenes !== 'all' ? exception.scenes : [];
      expect(scenesOf.get(place) ?? [], place).toEqual(expect.arrayContaining([...scenes]));
      expect(scenesOf.has(place)).toBe(true);
    }
  });
});
