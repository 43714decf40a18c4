// The lasting state of a simulated org: what it is entitled to, its limits and its named options. `PATCH` changes are
// checked key by key here, so that a misspelt key is refused and never silently without effect.
import type { LoginState } from './login-errors.ts';
import { loginStates } from './login-errors.ts';
import type { CustomModel } from './models.ts';
import type { OrgOptionValues } from './org-options.ts';
import { defaultOptionValues, orgOptions } from './org-options.ts';
import type { SurfaceName } from './surfaces/surface.ts';
import { surfaceNames } from './surfaces/surface.ts';

export type OrgFacts = {
  /** Which of the two HTTP surfaces the org has. */
  entitled: { classic: boolean; gateway: boolean };
  /** API names that are switched on, or all of them. */
  enabledModels: 'all' | readonly string[];
  customModels: readonly CustomModel[];
  /** Requests a minute for each endpoint; an endpoint that is not named has no limit. */
  requestsPerMinute: Partial<Record<SurfaceName, number>>;
  tokenMode: 'jwt' | 'opaque';
  tokenLifetimeSeconds: number;
  tokenScopes: readonly string[];
  /** `ok`, or the error that every login gets. */
  login: LoginState;
  /** Trust Layer data masking: brings the size cap of the classic surface with it. */
  piiMasking: boolean;
  piiCharactersMax: number;
  /** Splits every write into pieces of this many bytes; 0 leaves writes whole. */
  wireChunkBytes: number;
  /** Keeps the journal of requests. */
  journal: boolean;
};

export type OrgState = OrgFacts & OrgOptionValues;

const factDefaults = (): OrgFacts => ({
  entitled: { classic: true, gateway: true },
  enabledModels: 'all',
  customModels: [],
  requestsPerMinute: {},
  tokenMode: 'jwt',
  tokenLifetimeSeconds: 1800,
  tokenScopes: ['sfap_api', 'api', 'refresh_token'],
  login: 'ok',
  piiMasking: false,
  piiCharactersMax: 460_000,
  wireChunkBytes: 0,
  journal: true,
});

type Check = (value: unknown) => string | undefined;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isStrings = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
const boolean: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');
const positive: Check = (value) =>
  typeof value === 'number' && value > 0 ? undefined : 'must be a number above 0';

const oneOf =
  (values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value)
      ? undefined
      : `must be one of ${values.map((item) => JSON.stringify(item)).join(', ')}`;

const factChecks: { readonly [K in keyof OrgFacts]: Check } = {
  entitled: (value) =>
    isRecord(value) &&
    Object.entries(value).every(
      ([key, item]) => ['classic', 'gateway'].includes(key) && typeof item === 'boolean',
    )
      ? undefined
      : 'must be {classic?: boolean, gateway?: boolean}',
  enabledModels: (value) =>
    value === 'all' || isStrings(value) ? undefined : 'must be "all" or a list of API names',
  customModels: (value) =>
    Array.isArray(value) &&
    value.every(
      (item: unknown) =>
        isRecord(item) &&
        typeof item['name'] === 'string' &&
        Object.entries(item).every(
          ([key, entry]) => ['name', 'label', 'base'].includes(key) && typeof entry === 'string',
        ),
    )
      ? undefined
      : 'must be a list of {name, label?, base?}',
  requestsPerMinute: (value) =>
    isRecord(value) &&
    Object.entries(value).every(
      ([key, item]) =>
        (surfaceNames as readonly string[]).includes(key) && typeof item === 'number' && item >= 0,
    )
      ? undefined
      : `must map surfaces (${surfaceNames.join(', ')}) to numbers`,
  tokenMode: oneOf(['jwt', 'opaque']),
  tokenLifetimeSeconds: positive,
  tokenScopes: (value) => (isStrings(value) ? undefined : 'must be a list of strings'),
  login: oneOf(loginStates),
  piiMasking: boolean,
  piiCharactersMax: positive,
  wireChunkBytes: (value) =>
    Number.isInteger(value) && Number(value) >= 0 ? undefined : 'must be a whole number, 0 for off',
  journal: boolean,
};

function checkOf(key: string): Check | undefined {
  if (Object.hasOwn(orgOptions, key)) return oneOf(orgOptions[key as keyof typeof orgOptions].values);
  return Object.hasOwn(factChecks, key) ? factChecks[key as keyof OrgFacts] : undefined;
}

/** A change of state, or the reason it is refused (it names the field). */
export type PatchResult = { readonly state: OrgState } | { readonly refusal: string };

export function patchOrg(state: OrgState, change: unknown): PatchResult {
  if (!isRecord(change)) return { refusal: 'the body must be a JSON object' };
  for (const [key, value] of Object.entries(change)) {
    const check = checkOf(key);
    if (check === undefined) {
      return { refusal: `${key}: no such field; GET /__simulator/org shows all there are` };
    }
    const fault = check(value);
    if (fault !== undefined) return { refusal: `${key}: ${fault}` };
  }
  const entitled = {
    ...state.entitled,
    ...(change['entitled'] as Partial<OrgFacts['entitled']> | undefined),
  };
  return { state: { ...state, ...change, entitled } };
}

/** The state an org starts in, and returns to when it is reset. Throws on an unknown key or value. */
export function initialOrg(change: Partial<OrgState> = {}): OrgState {
  const result = patchOrg({ ...factDefaults(), ...defaultOptionValues() }, change);
  if ('refusal' in result) throw new TypeError(`org.${result.refusal}`);
  return result.state;
}
