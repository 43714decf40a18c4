// Where a value of an org's option makes a scene end otherwise than well, with the reason. What is not here must succeed, and
// what is here must fail in these words, or be served by this surface: the list can neither grow nor rot in silence.

import type { OrgOptionName, OptionValue } from '../../simulator/main.ts';
import type { OrgCase } from './orgs.ts';

type Scope = {
  readonly option: OrgOptionName;
  readonly values: readonly OptionValue[];
  readonly places: readonly string[];
  readonly reason: string;
};
export type RefusedScenes = Scope & {
  /** Names of scenes, or all there are. */
  readonly scenes: readonly string[] | 'all';
  /** Undefined where the call succeeds, and what came is of no use. */
  readonly status: number | undefined;
  readonly says: string;
};
export type ServedElsewhere = Scope & { readonly servedBy: OrgCase['surface'] };

const NATIVE = ['Claude on invoke', 'GPT on responses', 'Gemini'];
const GENERATIONS = ['Claude on generations', 'GPT on generations'];
const CLASSIC = ['Claude on classic', 'GPT on classic', 'Gemini on classic'];

const NO_LOGIN = 'the org lets nobody in, and the caller is told what its administrator must do';
const MASKED = 'the prompt is longer than what the org masks, and only the caller can shorten it';
const maskedAt = (
  option: OrgOptionName,
  values: readonly OptionValue[],
  places: readonly string[],
): RefusedScenes => ({
  option,
  values,
  places,
  scenes: ['a long prompt'],
  status: 400,
  says: 'exceeds the token limit',
  reason: MASKED,
});

const LOGIN: readonly RefusedScenes[] = [
  {
    option: 'opaqueTokenFormat',
    values: ['absent', 'opaque'],
    places: NATIVE,
    scenes: 'all',
    status: 502,
    says: 'opaque access token',
    reason: NO_LOGIN,
  },
  {
    option: 'opaqueTokenStatus',
    values: [404, 401],
    places: NATIVE,
    scenes: 'all',
    status: 502,
    says: 'opaque access token',
    reason: NO_LOGIN,
  },
  {
    option: 'tokenErrorStatus',
    values: [400, 401, 403],
    places: NATIVE,
    scenes: 'all',
    status: 502,
    says: 'authentication failure',
    reason: NO_LOGIN,
  },
  {
    option: 'transientLoginStatus',
    values: ['by-kind', 400],
    places: CLASSIC,
    scenes: 'all',
    status: 503,
    says: 'temporarily_unavailable',
    reason: NO_LOGIN,
  },
  {
    option: 'missingScopeStatus',
    values: [403, 401, 404],
    places: NATIVE,
    scenes: 'all',
    status: 502,
    says: 'lacks the scope sfap_api',
    reason: NO_LOGIN,
  },
  {
    option: 'unusableTokenStatus',
    values: [404],
    places: ['Claude on invoke', 'Gemini', 'GPT on classic'],
    scenes: ['a forgotten token'],
    status: 404,
    says: 'not found',
    reason:
      'the token has served before, so its 404 is taken to mean the model; otherwise invented names would force logins',
  },
  {
    option: 'disabledModelStatus',
    values: [400],
    places: ['Gemini', 'GPT on generations', 'GPT on classic'],
    scenes: ['no such model'],
    status: 400,
    says: 'Bad request',
    reason: 'the org says neither by status nor by word that the model is what it refuses',
  },
];

export const REFUSED_SCENES: readonly RefusedScenes[] = [
  ...LOGIN,
  maskedAt('piiCountOf', ['body'], CLASSIC),
  maskedAt('piiCapUnit', ['tokens'], ['Claude on classic']),
  maskedAt('piiCapOnGateway', [true], [...NATIVE, ...GENERATIONS]),
  {
    option: 'invokePrefill',
    values: ['refused'],
    places: ['Claude on invoke'],
    scenes: ['a begun answer'],
    status: 400,
    says: 'does not support assistant message prefill',
    reason: 'a begun answer cannot be said in another way; the words are the ones clients know',
  },
  {
    option: 'invokeFileCaps',
    values: ['by-request'],
    places: ['Claude on invoke'],
    scenes: ['eleven images'],
    status: 400,
    says: 'no more than 10 files',
    reason: 'only the caller can choose which files to leave out',
  },
  {
    option: 'responsesMedia',
    values: ['refused'],
    places: ['GPT on responses'],
    scenes: ['an image', 'a PDF'],
    status: 400,
    says: 'in its input',
    reason: 'a refusal by the model is not taken for the lack of a surface, so no other one is tried',
  },
  {
    option: 'responsesFormat',
    values: ['refused'],
    places: ['GPT on responses'],
    scenes: ['JSON by schema'],
    status: 400,
    says: "'text.format' is not supported",
    reason: 'a refusal by the model is not taken for the lack of a surface, so no other one is tried',
  },
  {
    option: 'responsesFormat',
    values: ['ignored'],
    places: ['GPT on responses'],
    scenes: ['JSON by schema'],
    status: undefined,
    says: 'is not valid JSON',
    reason: 'nothing checks a reply against the schema that was asked for yet',
  },
];

const BY_GENERATIONS =
  'the org has no native surface for the family, and the other one carries all that is asked';

export const SERVED_ELSEWHERE: readonly ServedElsewhere[] = [
  {
    option: 'invokeAvailable',
    values: [false],
    places: ['Claude on invoke'],
    servedBy: 'gateway-generations',
    reason: BY_GENERATIONS,
  },
  {
    option: 'responsesAvailable',
    values: [false],
    places: ['GPT on responses'],
    servedBy: 'gateway-generations',
    reason: BY_GENERATIONS,
  },
];
