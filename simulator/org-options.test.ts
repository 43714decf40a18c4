// Every named option, every value: each must be taken, change what goes over the wire, and never break the simulator.
// The probes below ask the one question whose answer the option decides.
import { gzipSync } from 'node:zlib';

import { decodeJwt } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { OrgOptionName, OptionValue } from './org-options.ts';
import { orgOptions } from './org-options.ts';
import type { OrgState } from './org.ts';
import type { Reply } from './test-client.ts';
import {
  anthropicTool,
  binaryFramesOf,
  claude,
  eventsOf,
  flatTool,
  framesOf,
  gemini,
  gpt,
  now,
  TestOrg,
  weather,
} from './test-client.ts';

let nowMs = Date.UTC(2026, 1, 1);
let org: TestOrg;
beforeAll(async () => {
  org = await TestOrg.open({ clock: { now: () => nowMs } });
  await org.token();
});
afterAll(() => org.close());
afterEach(() => org.reset());

type Probe = () => Promise<unknown>;

const seen = (reply: Reply): unknown => [
  reply.status,
  reply.headers['content-type'],
  reply.text.slice(0, 60),
];
const login: Probe = async () => seen(await org.login());
const withToken = async (change: Partial<OrgState>): Promise<unknown> => {
  await org.set(change);
  const authorization = `Bearer ${(await org.login()).json.access_token}`;
  nowMs += change.tokenLifetimeSeconds === 1 ? 2000 : 0;
  return seen(await org.chat(gpt, 'x', {}, { authorization }));
};
const fault = async (status: number, call: () => Promise<Reply>): Promise<Reply> => {
  await org.say({ match: {}, fault: { type: 'status', status } });
  return call();
};
const chat = async (rest = {}, model = gpt): Promise<unknown> => {
  const reply = await org.chat(model, 'call all tools', rest);
  return reply.status === 200 ? reply.json.generation_details : [reply.status, reply.json.message];
};
const tools = { tools: [weather, now] };
const shape = (text: string): unknown =>
  framesOf(text).map(({ event, data }) => [
    event,
    data.replaceAll(/"(?:id|created)":(?:"[^"]*"|\d+)|toolu_\w+|call_\w+/gu, ''),
  ]);
const stream = async (model: string, rest = {}): Promise<unknown> =>
  shape((await org.streamReply(model, 'call all tools', rest)).text);
const round = (model: string, over = {}, callOver = {}): Promise<Reply> => {
  const call = { id: 'call_1', function: { name: 'get_weather', arguments: '{}' }, ...callOver };
  const messages = [
    { role: 'user', content: 'x' },
    { role: 'assistant', content: '', tool_invocations: [call], ...over },
    { role: 'tool', content: 'r', tool_call_id: 'call_1', tool_call_name: 'get_weather' },
  ];
  return org.chat(model, '', { messages, ...tools });
};
const models = (): Promise<Reply> =>
  org
    .token()
    .then((token) =>
      org.send(
        'GET',
        `${org.address.loginUrl}/services/data/v63.0/ssot/machine-learning/configured-models?search=GPT5Mini`,
        undefined,
        { authorization: `Bearer ${token}` },
      ),
    );
const long = 'x'.repeat(300_000);
const masked = async (content: string): Promise<unknown> => {
  await org.set({ piiMasking: true });
  return (await org.classic('sfdc_ai__DefaultGPT55', content)).status;
};
const jsonFormat = {
  generation_settings: { parameters: { response_format: { type: 'json_object' } } },
};
const refusedBy = async (call: () => Promise<Reply>): Promise<unknown> => seen(await call());
const status = async (call: Promise<Reply>): Promise<number> => (await call).status;
const thinkingHard = { thinking: { type: 'enabled', budget_tokens: 1024 } };
const haiku = 'sfdc_ai__DefaultBedrockAnthropicClaude3Haiku';
const gpt41 = 'sfdc_ai__DefaultGPT41';
const png = 'iVBORw0KGgo=';
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } };
const failedStream = async (): Promise<unknown> => {
  await org.say({ match: {}, reply: { text: 'abc' }, fault: { type: 'error-event', afterChunks: 1 } });
  const { headers, payload } = binaryFramesOf((await org.invokeStream('x')).bytes).at(-1) ?? {};
  return [headers, payload];
};
const packed = gzipSync(
  JSON.stringify({ model: gpt, messages: [{ role: 'user', content: 'x' }], generation_settings: {} }),
);
const inGzip = { 'content-encoding': 'gzip' };
const answerText = (format: unknown): Promise<Reply> => org.responses('json please', { text: { format } });
const reasoned = (rest = {}) => ({ reasoning: { effort: 'low', ...rest } });

const probes: Readonly<Record<OrgOptionName, Probe>> = {
  opaqueTokenFormat: async () => {
    await org.set({ tokenMode: 'opaque' });
    return (await org.login()).json.token_format;
  },
  tokenReplyCharset: async () => (await org.login()).headers['content-type'],
  tokenReplyExpiresIn: async () => (await org.login()).json.expires_in,
  tokenErrorStatus: async () => (await org.login({ client_secret: 'wrong' })).status,
  transientLoginStatus: async () => {
    await org.set({ login: 'temporarily-unavailable' });
    return login();
  },
  apiInstanceUrl: async () => (await org.login()).json.api_instance_url,
  mintedToken: async () => (await org.login()).json.access_token === (await org.login()).json.access_token,
  audienceForm: async () => typeof decodeJwt((await org.login()).json.access_token).aud,
  opaqueTokenStatus: () => withToken({ tokenMode: 'opaque' }),
  unusableTokenStatus: () => withToken({ tokenLifetimeSeconds: 1 }),
  missingScopeStatus: () => withToken({ tokenScopes: ['api'] }),
  missingHeaderStatus: async () => seen(await org.chat(gpt, 'x', {}, { 'x-sfdc-app-context': '' })),
  tenantHeaderRequired: async () => (await org.chat(gpt, 'x')).status,
  gzipRequests: async () => (await org.post('/ai/gpt/v1/chat/generations', packed, inGzip)).status,
  notEntitledStatus: async () => {
    await org.set({ entitled: { classic: true, gateway: false } });
    return (await org.chat(gpt, 'x')).status;
  },
  disabledModelStatus: async () => {
    await org.set({ enabledModels: [] });
    return [(await org.chat(gpt, 'x')).status, (await org.classic(gpt, 'x')).status];
  },
  crossBaseModelIds: async () => (await org.chat('llmgateway__OpenAIGPT54', 'x')).status,
  notFoundBody: async () => seen(await org.classic('sfdc_ai__DefaultNothing', 'x')),
  gatewayUnauthorizedBody: async () => seen(await org.chat(gpt, 'x', {}, { authorization: '' })),
  gatewayErrorCase: async () => (await fault(400, () => org.chat(gpt, 'x'))).text,
  serverErrorBody: async () => seen(await fault(502, () => org.chat(gpt, 'x'))),
  retryHints: async () => {
    const { headers } = await fault(429, () => org.chat(gpt, 'x'));
    return [headers['retry-after'], headers['x-ratelimit-reset']];
  },
  classicRateLimitHeaders: async () =>
    (await fault(429, () => org.classic(gpt, 'x'))).headers['x-ratelimit-reset'],
  classicSuccessStatus: async () => (await org.classic(gpt, 'x')).status,
  multipartStatus: async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    return (await org.post('/einstein/platform/v1/feedback', '--x--', headers)).status;
  },
  classicClaudeStopReason: async () =>
    (await org.classic(claude, 'x')).json.generationDetails.parameters.stop_reason,
  piiCountOf: () => masked('x'.repeat(459_980)),
  piiCapUnit: () => masked(long),
  piiCapOnGateway: async () => {
    await org.set({ piiMasking: true });
    return (await org.chat('sfdc_ai__DefaultGPT55', 'x'.repeat(460_001))).status;
  },
  timestampUnit: async () => (await org.classic(gpt, 'x')).json.generationDetails.generations[0].timestamp,
  generationSettingsRequired: () => chat({ generation_settings: undefined }),
  rangeViolation: () => chat({ generation_settings: { temperature: 1.5 } }),
  nullContent: async () => (await round(gpt, { content: null })).status,
  contentArrays: async () => (await org.chat(gpt, [{ type: 'text', text: 'x' }])).status,
  upperCaseSchemaTypes: () => chat({ tools: [{ function: { name: 'f', parameters: { type: 'OBJECT' } } }] }),
  directSampling: () => chat({ generation_settings: { top_p: 0.5 } }),
  reasoningSettings: async () => {
    const reply = await org.chat(gpt, 'x', { reasoning_settings: { reasoning_budget: { tokens: 9 } } });
    if (reply.status !== 200) return reply.status;
    return reply.json.generation_details.parameters.usage.completion_tokens_details.reasoning_tokens;
  },
  numGenerationsOnChat: async () => {
    const reply = await org.chat(gpt, 'x', { generation_settings: { num_generations: 2 } });
    return reply.status === 200 ? reply.json.generation_details.generations.length : reply.status;
  },
  unansweredToolCalls: async () => {
    const call = { id: 'c', function: { name: 'get_weather', arguments: '{}' } };
    const messages = [{ role: 'assistant', content: '', tool_invocations: [call] }];
    return (await org.chat(gpt, '', { messages })).status;
  },
  claudeResponseFormat: async () => {
    const reply = await org.chat(claude, 'x', jsonFormat);
    return [reply.status, reply.json.generation_details?.generations[0].content];
  },
  thoughtSignature: async () => [
    (await round(gemini)).status,
    (await org.chat(gemini, 'call all tools', tools)).text.includes('"thought_signature":"'),
  ],
  thoughtSignaturePlace: async () => {
    const reply = await org.chat(gemini, 'call all tools', tools);
    return typeof reply.json.generation_details.generations[0].thought_signature;
  },
  gatewayEmbeddings: async () => (await org.post('/ai/gpt/v1/embeddings', { input: ['x'] })).status,
  usage: async () => [
    (await org.chat(gpt, 'x')).text.includes('usage'),
    (await org.streamReply(claude, 'x')).text.includes('usage'),
    (await org.classic(gemini, 'x')).text.includes('usage'),
  ],
  claudeInputIncludesCached: async () => {
    await org.say({ match: {}, reply: { usage: { input: 10, output: 1, cacheRead: 4 } } });
    return (await org.chat(claude, 'x')).json.generation_details.parameters.usage.inputTokenCount;
  },
  geminiFinish: async () =>
    (await org.chat(gemini, 'x')).json.generation_details.generations[0].parameters.finish_reason,
  contentWithToolCalls: async () =>
    (await org.chat(gpt, 'call all tools', tools)).json.generation_details.generations[0].content,
  noArgumentsForm: async () => {
    const reply = await org.chat(claude, 'call get_time', tools);
    const streamed = await org.streamReply(gpt, 'call get_time', tools);
    return [
      reply.json.generation_details.generations[0].tool_invocations[0].function.arguments,
      shape(streamed.text),
    ];
  },
  scoresInReply: async () =>
    (await org.chat(gpt, 'x')).json.generation_details.generations[0].generation_safety_score,
  eventStreamCharset: async () => (await org.streamReply(gpt, 'x')).headers['content-type'],
  openingChunk: () => stream(gpt),
  toolFragmentIndex: () => stream(gpt, tools),
  geminiStreamUsage: () => stream(gemini),
  claudeToolChunks: () => stream(claude, tools),
  scoringEvents: () => stream(gpt),
  doneMarker: () => stream(gpt),
  invokeAvailable: () => status(org.invoke('x')),
  responsesAvailable: () => status(org.responses('x')),
  otherFamilyStatus: async () => [
    await status(org.invoke('x', {}, gpt)),
    await status(org.responses('x', {}, claude)),
  ],
  invokeErrorBody: () => refusedBy(() => org.invoke('x', { max_tokens: 0 })),
  responsesErrorBody: () => refusedBy(() => org.responses(7)),
  nativeOutputCap: async () => [
    await status(org.invoke('x', { max_tokens: 4097 }, haiku)),
    await status(org.responses('x', { max_output_tokens: 32_769 }, gpt41)),
  ],
  emptyStream: async () => {
    await org.say({ match: {}, times: 2, fault: { type: 'empty-stream' } });
    const frames = binaryFramesOf((await org.invokeStream('x')).bytes);
    const events = framesOf((await org.responses('x', { stream: true })).text);
    return [frames.map(({ event }) => event.type), events.map(({ event }) => event)];
  },
  thinking: async () => [
    await status(org.invoke('x', thinkingHard)),
    await status(org.invoke('x', { thinking: { type: 'adaptive' } })),
  ],
  invokeEfforts: () => status(org.invoke('x', { output_config: { effort: 'max' } })),
  invokeUnknownKeys: () => status(org.invoke('x', { service_tier: 'auto' })),
  invokeBetas: () => status(org.invoke('x', { anthropic_beta: ['any-2026-01-01'] })),
  invokeSystemMessages: () => {
    const messages = [
      { role: 'user', content: 'x' },
      { role: 'system', content: 'y' },
    ];
    return status(org.invoke('', { messages }));
  },
  invokePrefill: () => {
    const messages = [
      { role: 'user', content: 'x' },
      { role: 'assistant', content: '{' },
    ];
    return status(org.invoke('', { messages }));
  },
  invokeOutputFormat: () => {
    const format = { type: 'json_schema', schema: { type: 'object' } };
    return status(org.invoke('x', { output_config: { format } }));
  },
  cacheControlExtras: () => {
    const marked = { type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl: '1h' } };
    return status(org.invoke([marked]));
  },
  invokeFileCaps: () => status(org.invoke(Array.from({ length: 11 }, () => image))),
  invokePings: async () => eventsOf((await org.invokeStream('x')).bytes).map((event) => event.type),
  framePadding: async () => typeof binaryFramesOf((await org.invokeStream('x')).bytes).at(0)?.payload.p,
  invocationMetrics: async () => Object.keys(eventsOf((await org.invokeStream('x')).bytes).at(-1)),
  failureFrame: failedStream,
  exceptionType: failedStream,
  responsesUnknownParameters: () => status(org.responses('x', { stop: ['y'] })),
  responsesState: () => status(org.responses('x', { store: true })),
  responsesLowEfforts: () => status(org.responses('x', { reasoning: { effort: 'none' } })),
  responsesSampling: () => status(org.responses('x', { temperature: 0.5 })),
  responsesTools: () => status(org.responses('x', { tools: [{ type: 'web_search' }] })),
  responsesMedia: () => {
    const content = [{ type: 'input_image', image_url: `data:image/png;base64,${png}` }];
    return status(org.responses([{ role: 'user', content }]));
  },
  responsesFormat: async () => (await answerText({ type: 'json_object' })).json.output?.[0].content[0].text,
  responsesInclude: async () => {
    const reply = await org.responses('x', { include: ['reasoning.encrypted_content'], ...reasoned() });
    return [reply.status, typeof reply.json.output?.[0].encrypted_content];
  },
  responsesSummary: async () => {
    await org.say({ match: {}, times: 2, reply: { text: 'a', reasoning: 'because' } });
    const replies = [await org.responses('x'), await org.responses('x', reasoned({ summary: 'auto' }))];
    return replies.map((reply) => reply.json.output[0].summary);
  },
  responsesSmallLimits: () => status(org.responses('x', { max_output_tokens: 15 })),
  responsesItemIds: () => status(org.responses([{ role: 'user', content: 'x', id: 'item_1' }])),
  responsesDone: async () =>
    framesOf((await org.responses('x', { stream: true })).text).at(-1)?.data === '[DONE]',
  responsesFailureEvent: async () => {
    await org.say({ match: {}, fault: { type: 'error-event', afterChunks: 1 } });
    return framesOf((await org.responses('x', { stream: true })).text).at(-1)?.event;
  },
  configuredModelNames: async () => (await models()).json.configuredModels[0].name,
  configuredModelsStatus: async () => (await models()).status,
};

const rows = Object.entries(orgOptions) as [OrgOptionName, { values: readonly OptionValue[] }][];

describe('the named options of the org', () => {
  it('each name a section of the reference, have distinct values and start with their default', () => {
    for (const [name, row] of Object.entries(orgOptions)) {
      expect([name, row.source]).toEqual([name, expect.stringMatching(/^(?:\d|App\.).*\[[DOI]/u)]);
      expect(row.values[0]).toBe(row.default);
      expect(new Set<OptionValue>(row.values).size).toBe(row.values.length);
      expect(row.values.length).toBeGreaterThan(1);
    }
  });

  it.each(rows)('answer differently for each value of %s', async (name, row) => {
    const answers: string[] = [];
    for (const value of row.values) {
      await org.reset();
      await org.set({ [name]: value });
      answers.push(JSON.stringify(await probes[name]()) ?? 'undefined');
    }
    expect(new Set(answers).size).toBe(row.values.length);
    for (const answer of answers) expect(answer).not.toContain('at file:');
  });
});

describe('a whole conversation', () => {
  it.each(rows)('is served without a fault of the simulator under every value of %s', async (name, row) => {
    for (const value of row.values) {
      await org.set({ [name]: value });
      const replies = [
        await org.login(),
        await org.classic(claude, 'x'),
        await org.streamReply(gpt, 'call all tools', tools),
        await org.streamReply(claude, 'x'),
        await org.chat(gemini, 'call all tools', tools),
        await org.invokeStream('call all tools', { tools: [weather, now].map(anthropicTool) }),
        await org.invoke('x', thinkingHard),
        await org.responses('call all tools', { tools: [weather, now].map(flatTool), stream: true }),
      ];
      for (const reply of replies) expect(reply.headers['x-simulator-fault']).toBeUndefined();
    }
  });
});
