// How far each option of the simulated org reaches: where it is walked through, and which special scenes turn on it. Total
// over the options: a new one does not compile until it has its row.

import type { OrgOptionName, OrgState } from '../../simulator/main.ts';
import type { Place, SpecialName } from './option-scenes.ts';
import { CLASSIC_ONLY } from './orgs.ts';

const CLAUDE = 'claude-sonnet-4-6';
const GPT = 'gpt-5.4';
const GEMINI = 'gemini-2.5-pro';

/** Orgs by what they have, and who is asked there. Everyone has a place on each surface that can serve them. */
export const SITES = {
  everything: {
    state: {},
    places: [
      { name: 'Claude on invoke', model: CLAUDE, surface: 'invoke' },
      { name: 'GPT on responses', model: GPT, surface: 'responses' },
      { name: 'Gemini', model: GEMINI, surface: 'gateway-generations' },
    ],
  },
  'no native surfaces': {
    state: { invokeAvailable: false, responsesAvailable: false },
    places: [
      { name: 'Claude on generations', model: CLAUDE, surface: 'gateway-generations' },
      { name: 'GPT on generations', model: GPT, surface: 'gateway-generations' },
    ],
  },
  'classic only': {
    state: CLASSIC_ONLY,
    places: [
      { name: 'Claude on classic', model: CLAUDE, surface: 'chat-generations' },
      { name: 'GPT on classic', model: GPT, surface: 'chat-generations' },
      { name: 'Gemini on classic', model: GEMINI, surface: 'chat-generations' },
    ],
  },
} as const satisfies Record<string, { readonly state: Partial<OrgState>; readonly places: readonly Place[] }>;

export type SiteName = keyof typeof SITES;

type Reach = {
  readonly sites: readonly SiteName[];
  readonly special: readonly SpecialName[];
  /** The small scenes that are played; all of them unless given. */
  readonly compact?: readonly string[];
  /** What else must be so of the org for the option to matter. The default value is walked too then. */
  readonly under?: Partial<OrgState>;
};

const ALL: readonly SiteName[] = ['everything', 'no native surfaces', 'classic only'];
const GATEWAY: readonly SiteName[] = ['everything', 'no native surfaces'];
const NATIVE: readonly SiteName[] = ['everything'];
const CLASSIC: readonly SiteName[] = ['classic only'];

const everywhere = (...special: SpecialName[]): Reach => ({ sites: ALL, special });
const onGateway = (...special: SpecialName[]): Reach => ({ sites: GATEWAY, special });
const onNative = (...special: SpecialName[]): Reach => ({ sites: NATIVE, special });
const onClassic = (...special: SpecialName[]): Reach => ({ sites: CLASSIC, special });
/** For logging in and being let in: no client and no family does that its own way. */
const DOORWAY = ['OpenAI text whole', 'Anthropic tools streamed'];
const letIn = (sites: readonly SiteName[], ...special: SpecialName[]): Reach => ({
  sites,
  special,
  compact: DOORWAY,
});
const under = (state: Partial<OrgState>, reach: Reach): Reach => ({ ...reach, under: state });

export const REACH: Readonly<Record<OrgOptionName, Reach>> = {
  opaqueTokenFormat: under({ tokenMode: 'opaque' }, letIn(NATIVE)),
  tokenReplyCharset: letIn(NATIVE, 'a forgotten token'),
  tokenReplyExpiresIn: letIn(NATIVE, 'a forgotten token'),
  tokenErrorStatus: under({ login: 'authentication-failure' }, letIn(NATIVE)),
  // One scene: each login that is put off takes its time.
  transientLoginStatus: under(
    { login: 'temporarily-unavailable' },
    { ...letIn(CLASSIC), compact: ['OpenAI text whole'] },
  ),
  apiInstanceUrl: letIn(ALL, 'a forgotten token'),
  mintedToken: letIn(NATIVE, 'a forgotten token'),
  audienceForm: letIn(NATIVE, 'a forgotten token'),
  opaqueTokenStatus: under({ tokenMode: 'opaque' }, letIn(NATIVE)),
  unusableTokenStatus: letIn(ALL, 'a forgotten token'),
  missingScopeStatus: under({ tokenScopes: ['api'] }, letIn(NATIVE)),
  missingHeaderStatus: letIn(ALL),
  tenantHeaderRequired: letIn(ALL, 'a forgotten token'),
  gzipRequests: letIn(ALL, 'a long prompt'),
  notEntitledStatus: letIn(ALL),
  disabledModelStatus: letIn(ALL, 'no such model'),
  crossBaseModelIds: letIn(ALL, 'no such model'),
  notFoundBody: letIn(ALL, 'no such model', 'a forgotten token'),
  gatewayUnauthorizedBody: letIn(GATEWAY, 'a forgotten token'),
  gatewayErrorCase: letIn(GATEWAY, 'a rate limit', 'a server error', 'a bad request', 'no such model'),
  serverErrorBody: letIn(ALL, 'a server error'),
  retryHints: letIn(ALL, 'a rate limit'),
  classicRateLimitHeaders: onClassic('a rate limit'),
  classicSuccessStatus: onClassic(),
  multipartStatus: letIn(CLASSIC),
  classicClaudeStopReason: onClassic(),
  piiCountOf: under({ piiMasking: true, piiCharactersMax: 250_000 }, onClassic('a long prompt')),
  piiCapUnit: under({ piiMasking: true, piiCharactersMax: 250_000 }, onClassic('a long prompt')),
  piiCapOnGateway: under({ piiMasking: true, piiCharactersMax: 200_000 }, onGateway('a long prompt')),
  timestampUnit: everywhere(),
  generationSettingsRequired: onGateway('sampling'),
  rangeViolation: onGateway('sampling'),
  nullContent: onGateway(),
  contentArrays: onGateway('a system entry', 'cache marks'),
  upperCaseSchemaTypes: onGateway(),
  directSampling: onGateway('sampling'),
  reasoningSettings: onGateway('minimal effort', 'adaptive thinking'),
  numGenerationsOnChat: onGateway(),
  unansweredToolCalls: onGateway(),
  claudeResponseFormat: onGateway(),
  thoughtSignature: onGateway(),
  thoughtSignaturePlace: onGateway(),
  gatewayEmbeddings: letIn(GATEWAY),
  usage: everywhere(),
  claudeInputIncludesCached: everywhere(),
  geminiFinish: everywhere('a short answer'),
  contentWithToolCalls: onGateway(),
  noArgumentsForm: onGateway(),
  scoresInReply: onGateway(),
  eventStreamCharset: onGateway('a broken stream'),
  openingChunk: onGateway('a broken stream'),
  toolFragmentIndex: onGateway(),
  geminiStreamUsage: onGateway('a broken stream'),
  claudeToolChunks: onGateway(),
  scoringEvents: onGateway('a broken stream'),
  doneMarker: onGateway('a broken stream'),
  invokeAvailable: onNative('thinking with a budget', 'an image', 'a PDF'),
  responsesAvailable: onNative('minimal effort', 'an image', 'a PDF', 'JSON by schema'),
  otherFamilyStatus: onNative(),
  invokeErrorBody: letIn(NATIVE, 'a rate limit', 'a server error', 'a bad request', 'no such model'),
  responsesErrorBody: letIn(NATIVE, 'a rate limit', 'a server error', 'a bad request', 'no such model'),
  nativeOutputCap: onNative('a limit above the cap'),
  emptyStream: onNative('an empty stream'),
  thinking: onNative('thinking with a budget', 'adaptive thinking', 'thinking at most effort', 'sampling'),
  invokeEfforts: onNative('thinking at most effort'),
  invokeUnknownKeys: onNative('cache marks'),
  invokeBetas: onNative('cache marks', 'thinking with a budget'),
  invokeSystemMessages: onNative('a system entry'),
  invokePrefill: onNative('a begun answer'),
  invokeOutputFormat: onNative(),
  cacheControlExtras: onNative('cache marks'),
  invokeFileCaps: onNative('eleven images', 'an image'),
  invokePings: onNative('a broken stream'),
  framePadding: onNative('a broken stream'),
  invocationMetrics: onNative(),
  failureFrame: onNative('a broken stream'),
  exceptionType: onNative('a broken stream'),
  responsesUnknownParameters: onNative('sampling'),
  responsesState: onNative('adaptive thinking'),
  responsesLowEfforts: onNative('minimal effort', 'no effort'),
  responsesSampling: onNative('sampling', 'adaptive thinking'),
  responsesTools: onNative(),
  responsesMedia: onNative('an image', 'a PDF'),
  responsesFormat: onNative('JSON by schema'),
  responsesInclude: onNative('adaptive thinking', 'thinking with a budget'),
  responsesSummary: onNative('adaptive thinking', 'thinking with a budget'),
  responsesSmallLimits: onNative('a short answer'),
  responsesItemIds: onNative('adaptive thinking'),
  responsesDone: onNative('a broken stream'),
  responsesFailureEvent: onNative('a broken stream'),
  configuredModelNames: letIn(NATIVE),
  configuredModelsStatus: letIn(NATIVE),
};
