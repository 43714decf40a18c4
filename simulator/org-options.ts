// The places where what is known about Salesforce leaves room: each is a named option of the simulated org, with the
// values it may take. The first value is the default, the best guess. `source` names the section of the reference sheet
// and its evidence tag. A test matrix walks this table, so an option belongs here only if its value changes bytes on the wire.

export type OptionValue = string | number | boolean;

export type OrgOption<V extends readonly OptionValue[] = readonly OptionValue[]> = {
  readonly source: string;
  readonly meaning: string;
  readonly values: V;
  readonly default: V[number];
};

const option = <const V extends readonly [OptionValue, ...OptionValue[]]>(
  source: string,
  meaning: string,
  values: V,
): OrgOption<V> => ({ source, meaning, values, default: values[0] });

const tokenOptions = {
  opaqueTokenFormat: option('1.3 [I M]', 'token_format of an opaque token', ['absent', 'opaque']),
  tokenReplyCharset: option('1.2 [O]', 'charset suffix on the token reply', [true, false]),
  tokenReplyExpiresIn: option('1.3 [O]', 'expires_in in the token reply', ['absent', 'seconds']),
  tokenErrorStatus: option('1.6 [I M]', 'status of a refused login', [400, 401, 403]),
  transientLoginStatus: option('1.6 [I M]', 'status of transient login errors: 429/500/503, or 400', [
    'by-kind',
    400,
  ]),
  apiInstanceUrl: option('1.3, 6.4 [O]', 'what api_instance_url says', [
    'model-host',
    'commercial',
    'absent',
  ]),
  mintedToken: option('1.5 [I M]', 'a login while a token is live gives', ['new', 'same']),
  audienceForm: option('1.4 [O]', 'form of the aud claim', ['array', 'string']),
} as const;

const admissionOptions = {
  opaqueTokenStatus: option('1.1, 1.7 [D]', 'model hosts answer an opaque token with', [404, 401]),
  unusableTokenStatus: option('2.8, 7 [D]', 'model hosts answer an expired or forged token with', [401, 404]),
  missingScopeStatus: option('1.1 [I L]', 'a token without sfap_api gets', [403, 401, 404]),
  missingHeaderStatus: option('App. B [I L]', 'a missing x- header gets', [400, 401, 403, 404, 'ignored']),
  tenantHeaderRequired: option('3.1, 9 #2 [D/O]', 'gateway demands x-sfdc-core-tenant-id', [false, true]),
  gzipRequests: option('2.2 [I L]', 'a request body in gzip is taken, or gets', ['taken', 415, 400]),
  notEntitledStatus: option('7 [I]', 'a surface the org has not gets', [404, 403]),
  disabledModelStatus: option('4.5 [O]', 'a disabled or unknown model gets', [404, 400]),
  crossBaseModelIds: option('3.3 [O]', 'model ids of the other gateway base path are', [
    'refused',
    'accepted',
  ]),
} as const;

const errorOptions = {
  notFoundBody: option('7 [O]', 'body of a 404 on model hosts', ['json', 'empty', 'html']),
  gatewayUnauthorizedBody: option('7 [O]', 'body of a 401 on the gateway', [
    'error',
    'errors-array',
    'empty',
  ]),
  gatewayErrorCase: option('3.10 [O]', 'key case of gateway errors', ['camel', 'snake']),
  serverErrorBody: option('3.10 [O]', 'body of a 5xx on model hosts', ['json', 'text', 'html']),
  retryHints: option('3.10 [O]', 'what a gateway 429 says about waiting', [
    'ratelimit-headers',
    'retry-after',
    'both',
    'http-date',
    'body-only',
  ]),
  classicRateLimitHeaders: option('2.2, 9 #9 [I L]', 'rate-limit headers on the classic surface', [
    false,
    true,
  ]),
} as const;

const classicOptions = {
  classicSuccessStatus: option('2.9 [O M]', 'status of a classic success', [200, 201]),
  multipartStatus: option('2.9 [O]', 'multipart on the classic surface gets', [500, 415]),
  classicClaudeStopReason: option('2.4, 9 #16 [I M]', 'stop_reason of Claude on classic', [
    'present',
    'absent',
  ]),
  piiCountOf: option('2.10 [O]', 'what the masking cap counts', ['content', 'body']),
  piiCapUnit: option('6.1, 9 #17 [D/O M]', 'the masking cap is in', ['characters', 'tokens']),
  piiCapOnGateway: option('2.10 [I]', 'the masking cap also holds on the gateway', [false, true]),
  timestampUnit: option('2.4 [D]', 'unit of timestamp', ['milliseconds', 'seconds']),
} as const;

const gatewayRequestOptions = {
  generationSettingsRequired: option('3.4 [O]', 'chat demands generation_settings', [false, true]),
  rangeViolation: option('App. B [I]', 'temperature or penalty outside 0..1 is', ['refused', 'clamped']),
  nullContent: option('3.4 [O]', 'a null content on an assistant turn is', ['refused', 'accepted']),
  contentArrays: option('3.4 [O L]', 'content as an array of parts is', ['refused', 'accepted']),
  upperCaseSchemaTypes: option('8 #17 [O M]', 'upper-case JSON-Schema types are', ['refused', 'accepted']),
  directSampling: option('3.4 [O L]', 'top_p, top_k, seed outside parameters are', ['accepted', 'refused']),
  reasoningSettings: option('3.3, 3.4 [O M]', 'reasoning_settings on GPT and Gemini are', [
    'honoured',
    'ignored',
    'refused',
  ]),
  numGenerationsOnChat: option('9 #21 [I L]', 'num_generations above 1 on chat', [
    'one',
    'honoured',
    'refused',
  ]),
  unansweredToolCalls: option('3.4 [I]', 'an assistant call without its tool turn is', [
    'refused',
    'accepted',
  ]),
  claudeResponseFormat: option('3.4 [O M]', 'response_format in parameters on Claude is', [
    'ignored',
    'honoured',
    'refused',
  ]),
  thoughtSignature: option('3.5, 9 #5 [I M]', 'Gemini thought_signature', ['optional', 'required', 'none']),
  thoughtSignaturePlace: option('3.5 [O M]', 'thought_signature stands on', ['invocation', 'generation']),
  gatewayEmbeddings: option('3.11 [I L]', 'gateway /embeddings', ['available', 'not-found']),
} as const;

const gatewayReplyOptions = {
  usage: option('2.4 [O]', 'usage counts', ['present', 'absent']),
  claudeInputIncludesCached: option('App. A [I]', 'inputTokenCount of Claude holds cached tokens', [
    false,
    true,
  ]),
  geminiFinish: option('3.5, 9 #5 [I M]', 'finish_reason of Gemini, Nova and Nemotron', [
    'upper',
    'lower',
    'absent',
  ]),
  contentWithToolCalls: option('3.5 [O]', 'content beside tool calls without text', ['null', 'empty']),
  noArgumentsForm: option('3.5 [O]', 'arguments of a call without arguments', ['empty', 'null', 'braces']),
  scoresInReply: option('3.4, 3.5 [O M]', 'safety scores in a whole gateway reply', ['null', 'present']),
} as const;

const gatewayStreamOptions = {
  eventStreamCharset: option('3.6 [I]', 'charset suffix on the event stream', [false, true]),
  openingChunk: option('3.6 [O]', 'a chunk before the first content', [
    'none',
    'content-null',
    'content-empty',
    'empty-generations',
  ]),
  toolFragmentIndex: option('3.6 [O]', 'index on GPT tool fragments', ['present', 'absent']),
  geminiStreamUsage: option('3.6 [I L]', 'usage in a stream of Gemini comes', [
    'in-its-own-chunk',
    'in-every-chunk',
  ]),
  claudeToolChunks: option('3.6 [O]', 'several Claude calls come in', ['one-chunk', 'own-chunks']),
  scoringEvents: option('3.6 [I]', 'place of the scoring events', [
    'after-usage',
    'before-usage',
    'after-done',
    'none',
  ]),
  doneMarker: option('3.6, 8 #22 [O]', 'form of the end of a stream', ['event', 'bare', 'word', 'none']),
} as const;

const nativeOptions = {
  invokeAvailable: option('3.2, 3.3 [O H]', 'the org has /model/{alias}/invoke*', [true, false]),
  responsesAvailable: option('3.2, 9 #15 [O L]', 'the org has /responses', [true, false]),
  otherFamilyStatus: option(
    '3.3, 9 #4, #6 [I M]',
    'a family that invoke or responses does not carry gets',
    [404, 400],
  ),
  invokeErrorBody: option('9 #8 [I M]', 'error bodies of invoke are in the form of', [
    'gateway',
    'vendor',
    'message',
  ]),
  responsesErrorBody: option('9 #8 [I M]', 'error bodies of responses are in the form of', [
    'gateway',
    'vendor',
  ]),
  nativeOutputCap: option('4 [D/O]', 'a limit above what the model can say is, on invoke and responses', [
    'refused',
    'accepted',
  ]),
  emptyStream: option('3.7, 3.8 [O M]', 'a stream that holds no content holds', ['no-bytes', 'no-content']),
} as const;

const invokeOptions = {
  thinking: option('3.7, 9 #13 [O M]', 'thinking on invoke is', ['honoured', 'refused-502', 'adaptive-only']),
  invokeEfforts: option('3.7 [O M]', 'output_config.effort may be', ['low-to-high', 'any']),
  invokeUnknownKeys: option('3.7 [I M]', 'keys that are not valid on Bedrock are', ['refused', 'ignored']),
  invokeBetas: option('3.7 [O/I M]', 'flags in anthropic_beta are', ['tolerated', 'refused']),
  invokeSystemMessages: option('3.7 [I L]', 'role system among the messages is', ['refused', 'accepted']),
  invokePrefill: option('3.7 [I L]', 'an assistant turn at the end is', ['accepted', 'refused']),
  invokeOutputFormat: option('3.7 [I L]', 'output_config.format and strict tools are', [
    'honoured',
    'refused',
  ]),
  cacheControlExtras: option('3.7, 9 #12, App. A [I M]', 'ttl and scope in cache_control are', [
    'accepted',
    'refused',
  ]),
  invokeFileCaps: option('3.9, 9 #11 [D/I M]', 'files on invoke are capped', ['by-model', 'by-request']),
  invokePings: option('3.7 [O M]', 'ping events in the stream', ['none', 'after-start']),
  framePadding: option('3.7 [O]', 'padding key p of a frame', ['present', 'absent']),
  invocationMetrics: option('3.7 [I M]', 'invocation metrics in message_stop', ['present', 'absent']),
  failureFrame: option('3.7 [O M]', 'a failure in the stream is a frame of type', ['exception', 'error']),
  exceptionType: option('3.7 [O M]', 'the exception in a failure frame', [
    'modelStreamErrorException',
    'throttlingException',
    'validationException',
    'internalServerException',
    'modelTimeoutException',
    'serviceUnavailableException',
  ]),
} as const;

const responsesOptions = {
  responsesUnknownParameters: option('3.8 [O H]', 'parameters Responses has not (stop, seed) are', [
    'refused',
    'ignored',
  ]),
  responsesState: option('3.8 [I L]', 'previous_response_id and store are', ['refused', 'ignored']),
  responsesLowEfforts: option('3.8 [O H]', 'effort none and minimal are', ['refused', 'accepted']),
  responsesSampling: option('3.8, 8 #14 [O H]', 'temperature and top_p are refused', [
    'on-reasoning-models',
    'when-reasoning-is-asked',
  ]),
  responsesTools: option('3.8 [I L]', 'tools other than functions are', ['refused', 'ignored']),
  responsesMedia: option('3.8, 9 #11 [I L]', 'input_image and input_file are', ['accepted', 'refused']),
  responsesFormat: option('3.8 [I L]', 'text.format json_schema and json_object are', [
    'honoured',
    'refused',
    'ignored',
  ]),
  responsesInclude: option('3.8 [I L]', 'include is', ['honoured', 'refused', 'ignored']),
  responsesSummary: option('3.8 [I L]', 'reasoning is summed up', ['when-asked', 'always', 'never']),
  responsesSmallLimits: option('3.8 [I L]', 'max_output_tokens below 16 is', ['refused', 'accepted']),
  responsesItemIds: option('3.8 [I L]', 'the prefixes of item ids are', ['checked', 'ignored']),
  responsesDone: option('3.8 [O M]', 'the line [DONE] at the end', ['none', 'bare']),
  responsesFailureEvent: option('3.8 [O H]', 'a failure in the stream is', ['response.failed', 'error']),
} as const;

const coreRestOptions = {
  configuredModelNames: option('6.2 [I M]', 'name of a configured model carries its namespace', [
    'bare',
    'prefixed',
  ]),
  configuredModelsStatus: option('6.2 [D M]', 'listing models answers', [200, 403, 404]),
} as const;

/** Every named option, by name. */
export const orgOptions = {
  ...tokenOptions,
  ...admissionOptions,
  ...errorOptions,
  ...classicOptions,
  ...gatewayRequestOptions,
  ...gatewayReplyOptions,
  ...gatewayStreamOptions,
  ...nativeOptions,
  ...invokeOptions,
  ...responsesOptions,
  ...coreRestOptions,
} as const satisfies Record<string, OrgOption>;

export type OrgOptionName = keyof typeof orgOptions;

/** One chosen value for each option. */
export type OrgOptionValues = { -readonly [K in OrgOptionName]: (typeof orgOptions)[K]['values'][number] };

export function defaultOptionValues(): OrgOptionValues {
  const entries = Object.entries(orgOptions).map(([name, row]) => [name, row.default] as const);
  return Object.fromEntries(entries) as OrgOptionValues;
}
