// The control API: scripted replies, the state of the org, the journal, the numbers, and who may use it.
import { readFileSync } from 'node:fs';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { FreeJson } from './test-client.ts';
import { claude, gpt, TestOrg, weather } from './test-client.ts';

let org: TestOrg;
beforeAll(async () => {
  org = await TestOrg.open();
});
afterAll(() => org.close());
afterEach(() => org.reset());

const contentOf = (reply: { json: FreeJson }): string => reply.json.generation_details.generations[0].content;

describe('scripted replies', () => {
  it('go to the first that matches, and count down', async () => {
    await org.say(
      { match: { contains: 'nonce-1' }, reply: { text: 'by nonce' } },
      { match: { model: claude }, times: 2, reply: { text: 'by model' } },
      { match: { surface: 'chat-generations' }, reply: { text: 'by surface' } },
    );
    expect((await org.control('GET', '/replies')).json).toHaveLength(3);
    expect(contentOf(await org.chat(claude, 'x'))).toBe('by model');
    expect(contentOf(await org.chat(claude, 'the nonce-1'))).toBe('by nonce');
    expect(contentOf(await org.chat(gpt, 'x'))).toMatch(/^Echo/u);
    expect(contentOf(await org.chat(claude, 'x'))).toBe('by model');
    expect(contentOf(await org.chat(claude, 'x'))).toMatch(/^Echo/u);
    const classic = await org.classic(claude, 'x');
    expect(classic.json.generationDetails.generations[0].content).toBe('by surface');
    expect((await org.control('GET', '/replies')).json).toEqual([]);
  });

  it('are not used up by requests that are refused', async () => {
    await org.say({ match: {}, reply: { text: 'kept' } });
    expect((await org.chat(gpt, 7)).status).toBe(400);
    expect(contentOf(await org.chat(gpt, 'x'))).toBe('kept');
  });

  it('set tool calls, usage and finish in the words of each family', async () => {
    const usage = { input: 100, output: 20, cacheRead: 30, cacheWrite: 10, reasoning: 5 };
    const toolCalls = [{ name: 'get_weather', arguments: { city: 'Paris' } }];
    await org.say({ match: {}, times: 3, reply: { text: 'so', toolCalls, usage, finish: 'length' } });
    const first = (await org.chat(gpt, 'x', { tools: [weather] })).json.generation_details;
    expect(first.generations[0]).toMatchObject({
      content: 'so',
      tool_invocations: [{ function: { name: 'get_weather', arguments: '{"city":"Paris"}' } }],
      parameters: { finish_reason: 'length' },
    });
    expect(first.parameters.usage).toMatchObject({
      prompt_tokens: 100,
      completion_tokens: 20,
      prompt_tokens_details: { cached_tokens: 30 },
      completion_tokens_details: { reasoning_tokens: 5 },
    });
    const second = (await org.chat(claude, 'x')).json.generation_details.parameters;
    expect(second.stop_reason).toBe('max_tokens');
    expect(second.usage).toMatchObject({
      inputTokenCount: 60,
      cacheReadInputTokenCount: 30,
      totalTokenCount: 120,
    });
    const classic = (await org.classic(gpt, 'x')).json.generationDetails;
    expect(classic.generations[0].content).toBe('so');
    expect(classic.generations[0]).not.toHaveProperty('tool_invocations');
  });

  it.each([
    [
      '$[0].match.surfaces: no such field; it may hold surface, model, contains',
      { match: { surfaces: 'token' } },
    ],
    ['$[0].reply: must not be empty; give a text, toolCalls, or another field', { match: {}, reply: {} }],
    ['$[0]: needs a reply or a fault', {}],
    ['$[0].x: no such field; it may hold match, times, reply, fault', { x: 1 }],
    [
      '$[0].reply.usage.in: no such field; it may hold input, output, cacheRead, cacheWrite, reasoning',
      { match: {}, reply: { usage: { in: 1 } } },
    ],
    ['$[0].times: must be a whole number, 1 or more', { match: {}, times: 0 }],
    [
      '$[0].reply.toolCalls[0].arguments: must be an object',
      { match: {}, reply: { toolCalls: [{ name: 'f', arguments: '{}' }] } },
    ],
    ['$[0].reply.usage.output: is required', { match: {}, reply: { usage: { input: 1 } } }],
    ['$[0].fault.ms: is required', { match: {}, fault: { type: 'stall' } }],
    [
      '$[0].fault.ms: no such field; it may hold afterChunks, type',
      { match: {}, fault: { type: 'reset', ms: 3 } },
    ],
    ['$[0].fault.status: is required', { match: {}, fault: { type: 'status' } }],
  ])('are refused with "%s"', async (error, entry) => {
    const reply = await org.control('POST', '/replies', [entry]);
    expect([reply.status, reply.json]).toEqual([400, { error }]);
    expect((await org.control('GET', '/replies')).json).toEqual([]);
  });

  it('are refused with the list of what there is, for an unknown surface or fault', async () => {
    const surface = await org.control('POST', '/replies', [{ match: { surface: 'chat' } }]);
    expect(surface.json.error).toMatch(/^\$\[0\]\.match\.surface: must be one of token, /u);
    const fault = await org.control('POST', '/replies', [{ match: {}, fault: { type: 'explode' } }]);
    expect(fault.json.error).toMatch(/^\$\[0\]\.fault\.type: must be one of status, /u);
    expect((await org.control('POST', '/replies', '{')).status).toBe(400);
  });
});

describe('the state of the org', () => {
  it('is shown, changed key by key, and restored by a reset', async () => {
    const before = (await org.control('GET', '/org')).json;
    await org.set({ piiMasking: true, entitled: { classic: false } as never, doneMarker: 'none' });
    const after = (await org.control('GET', '/org')).json;
    expect(after).toEqual({
      ...before,
      piiMasking: true,
      entitled: { classic: false, gateway: true },
      doneMarker: 'none',
    });
    await org.reset();
    expect((await org.control('GET', '/org')).json).toEqual(before);
  });

  it('has options whose values and meanings are listed', async () => {
    const options = (await org.control('GET', '/options')).json;
    expect(options.doneMarker).toMatchObject({ meaning: expect.any(String), default: expect.any(String) });
    expect(options.doneMarker.values).toContain('none');
  });

  it.each([
    ['tokenLife: no such field; GET /__simulator/org shows all there are', { tokenLife: 3 }],
    ['usage: must be one of "present", "absent"', { usage: true }],
    ['tokenLifetimeSeconds: must be a number above 0', { tokenLifetimeSeconds: 0 }],
    ['constructor: no such field; GET /__simulator/org shows all there are', { constructor: 1 }],
  ])('refuses "%s"', async (error, change) => {
    const reply = await org.control('PATCH', '/org', change);
    expect([reply.status, reply.json]).toEqual([400, { error }]);
  });
});

describe('the journal', () => {
  it('tells what was asked, with credentials as hashes or masked', async () => {
    const { access_token: token } = (await org.login()).json;
    await org.chat(gpt, 'hello', {}, { authorization: `Bearer ${token}` });
    await org.login({ client_id: '', client_secret: '' }, { authorization: 'Basic c2VjcmV0OnNlY3JldA==' });
    const reply = await org.control('GET', '/requests?idle');
    const [login, chat, basic] = reply.json;
    expect(login).toMatchObject({
      origin: 'login',
      surface: 'token',
      path: '/services/oauth2/token',
      outcome: 'complete',
      body: { grant_type: 'client_credentials', client_secret: '[masked]' },
    });
    expect(chat).toMatchObject({
      origin: 'model',
      method: 'POST',
      status: 200,
      body: { model: gpt, messages: [{ role: 'user', content: 'hello' }] },
    });
    expect(chat.headers.authorization).toMatch(/^Bearer sha256:[\da-f]{16}$/u);
    expect(basic.headers.authorization).toMatch(/^Basic sha256:[\da-f]{16}$/u);
    expect(chat.endedAt).toBeGreaterThanOrEqual(chat.at);
    expect(chat.bytesOut).toBeGreaterThan(100);
    for (const secret of [token, org.address.consumerSecret, 'c2VjcmV0'])
      expect(reply.text).not.toContain(secret);
  });

  it('holds no secret of a query or of a body that is no form', async () => {
    const url = `${org.address.loginUrl}/services/oauth2/token?client_secret=${org.address.consumerSecret}`;
    await org.send('POST', url, `client_secret=${org.address.consumerSecret}`);
    expect((await org.control('GET', '/requests')).text).not.toContain(org.address.consumerSecret);
  });

  it('can be switched off, and asked for one surface', async () => {
    await org.chat(gpt, 'x');
    await org.classic(gpt, 'x');
    expect((await org.control('GET', '/requests?surface=chat-generations')).json).toHaveLength(1);
    await org.reset();
    await org.set({ journal: false });
    await org.chat(gpt, 'x');
    expect((await org.control('GET', '/requests')).json).toEqual([]);
  });
});

describe('the numbers', () => {
  it('count mints, calls and connections, control requests apart', async () => {
    const fresh = await TestOrg.open();
    await fresh.control('GET', '/org');
    expect((await fresh.control('GET', '/stats')).json).toEqual({
      mints: 0,
      calls: {},
      openConnections: 0,
      connectionsTotal: 0,
      inFlight: 0,
    });
    await fresh.login();
    expect((await fresh.control('GET', '/stats')).json).toMatchObject({
      mints: 1,
      calls: { token: 1 },
      openConnections: 1,
      connectionsTotal: 1,
    });
    await fresh.close();
  });
});

describe('the door', () => {
  it('stays shut to web pages and to foreign host names', async () => {
    expect((await org.control('GET', '/org', undefined, { origin: 'https://evil.example' })).status).toBe(
      403,
    );
    expect((await org.control('GET', '/org', undefined, { host: 'evil.example:80' })).status).toBe(403);
    expect((await org.control('GET', '/org', undefined, { host: 'localhost:80' })).status).toBe(200);
  });

  it('is described in docs/simulator.md, with every surface and fault', async () => {
    const page = readFileSync(new URL('../docs/simulator.md', import.meta.url), 'utf8');
    const actions = (await org.control('GET', '/nothing')).json.error.match(
      /(?:GET|POST|PATCH|DELETE) [^,]*/gu,
    );
    const listOf = async (entry: object): Promise<string[]> =>
      (await org.control('POST', '/replies', [entry])).json.error.split('must be one of ')[1].split(', ');
    const surfaces = await listOf({ match: { surface: '' } });
    const faults = await listOf({ fault: { type: '' } });
    for (const name of [...surfaces, ...faults]) expect(page).toContain(`\`${name}\``);
    for (const action of actions) expect(page).toContain(`\`${action.replace(' ', ' /__simulator')}\``);
  });

  it('tells what there is for an unknown path', async () => {
    const reply = await org.control('GET', '/nothing');
    expect(reply.status).toBe(404);
    expect(reply.json.error).toContain('GET /requests');
  });
});
