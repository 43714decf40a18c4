// One generated request: valid by construction, invalid by construction, or wild, where only the gateway knows. Seed and
// number make it, so that each can be replayed alone.

import type { Dialect } from '../../src/dialects/port.ts';
import { createChance, type Chance } from '../faults/schedule.ts';
import { GENERATORS } from './dialect-table.ts';
import type { Draft, RouteGenerator } from './generator.ts';
import { BYTE_FAULTS, goWild, goWildInText, ODD_MODELS } from './mutations.ts';

export type Sort = 'valid' | 'invalid' | 'wild';

export type FuzzRequest = {
  readonly sort: Sort;
  /** What was done to it; for the report of a failure. */
  readonly how: string;
  readonly dialect: Dialect;
  readonly route: Dialect['routes'][number];
  /** What the request says; of an invalid one what it said before. */
  readonly draft: Draft;
  readonly body: Buffer;
};

/** Of all requests; the rest is wild. */
const VALID_SHARE = 0.4;
const INVALID_SHARE = 0.3;
/** Of routes without a body, which say little. */
const PLAIN_ROUTE_SHARE = 0.1;

/** Its own chance for each number, so that one request replays without those before it. */
export function chanceOf(seed: number, number: number): Chance {
  return createChance(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35));
}

export function generatorOf(dialect: Dialect, route: Dialect['routes'][number]): RouteGenerator {
  const generator = GENERATORS.get(dialect.id)?.routes[`${route.method} ${route.path}`];
  if (generator === undefined)
    throw new Error(`no generator for ${dialect.id} ${route.method} ${route.path}`);
  return generator;
}

export const takesBody = (route: Dialect['routes'][number]): boolean =>
  route.method === 'POST' && route.takesBody !== false;

export function makeRequest(dialects: readonly Dialect[], chance: Chance): FuzzRequest {
  const plain = chance.happens(PLAIN_ROUTE_SHARE);
  const dialect = chance.pick(dialects);
  const posts = dialect.routes.filter(takesBody);
  const others = dialect.routes.filter((one) => !takesBody(one));
  const route = chance.pick(plain && others.length > 0 ? others : posts);
  const generator = generatorOf(dialect, route);
  const draft = generator.valid(chance);
  const share = chance.fraction();
  const made = { dialect, route };
  if (generator.isRefused)
    return { ...made, sort: 'invalid', how: 'not there', draft, body: Buffer.alloc(0) };
  if (draft.body === undefined) return { ...made, ...makePlain(draft, share >= VALID_SHARE, chance) };
  if (share < VALID_SHARE) return { ...made, sort: 'valid', how: 'valid', draft, body: bytesOf(draft) };
  const body = draft.body;
  if (share < VALID_SHARE + INVALID_SHARE) return { ...made, ...makeInvalid(draft, generator, chance) };
  let how = goWild(body, chance);
  if (draft.rest !== '' && chance.happens(0.2)) draft.rest = chance.pick(ODD_MODELS);
  let text = JSON.stringify(body);
  if (chance.happens(0.2) && text !== '{}') {
    text = goWildInText(text, chance);
    how += ', in its text';
  }
  // Read again, since a reader takes the last of two keys.
  draft.body = JSON.parse(text.replace(/^\uFEFF/u, ''));
  return { ...made, sort: 'wild', how, draft, body: Buffer.from(text) };
}

const bytesOf = ({ body }: Draft): Buffer => Buffer.from(JSON.stringify(body));

type Made = Omit<FuzzRequest, 'dialect' | 'route'>;

function makePlain(draft: Draft, wild: boolean, chance: Chance): Made {
  if (wild && draft.rest !== '') draft.rest = chance.pick(ODD_MODELS);
  return { sort: wild ? 'wild' : 'valid', how: wild ? 'an odd name' : 'valid', draft, body: Buffer.alloc(0) };
}

function makeInvalid(draft: Draft, generator: RouteGenerator, chance: Chance): Made {
  const body = draft.body ?? {};
  if (chance.happens(0.6)) {
    const place = chance.between(0, generator.spoils.length - 1);
    generator.spoils[place]?.(body, chance);
    return { sort: 'invalid', how: `spoil ${place}`, draft, body: bytesOf(draft) };
  }
  const [how, spoil] = chance.pick(BYTE_FAULTS);
  return { sort: 'invalid', how, draft, body: spoil(JSON.stringify(body), chance) };
}
