// Content in the log: never unless it is switched on, and then redacted, bounded and marked, whichever way a request goes.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { hashKey } from '../../src/policy/index.ts';
import { send, type RawReply } from './raw-client.ts';
import { openStage, type Stage } from './stage.ts';

const KEY = 'CANARY-KEY-3b1d-0123456789';
const QUESTION = `QUESTION-77e2 from jane@example.com, key ${KEY}, card 4111 1111 1111 1111`;
const ASKED = 'QUESTION-77e2 from [e-mail], key [secret], card [card]';
const ANSWER = 'ANSWER-a01c for john@example.com, at last';
const ANSWERED = 'ANSWER-a01c for [e-mail], at last';
const CANARIES = ['QUESTION-77e2', 'ANSWER-a01c'];
const SECRETS = ['jane@example.com', 'john@example.com', '4111', KEY, 'CANARY-TAIL'];

type Line = Readonly<Record<string, unknown>>;

const linesOf = (stage: Stage): readonly Line[] =>
  stage.log
    .join('')
    .split('\n')
    .filter(Boolean)
    .map((line): Line => JSON.parse(line));
const contentOf = (stage: Stage): readonly Line[] => linesOf(stage).filter(({ content }) => content === true);

function openLogged(
  contentCharactersMax: number | undefined,
  level: 'info' | 'warn' = 'info',
): Promise<Stage> {
  return openStage({
    configure: (config) => ({
      ...config,
      log: { level, contentCharactersMax },
      keys: { clients: [{ id: 'laptop', sha256: hashKey(KEY), admin: true }] },
    }),
  });
}

function post(stage: Stage, path: string, body: object): Promise<RawReply> {
  return send(stage.url, {
    path,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${KEY}`,
      'anthropic-version': '2023-06-01',
    },
    body: JSON.stringify(body),
  });
}

const messages = [{ role: 'user', content: QUESTION }];
const WAYS = [
  { name: 'translated', path: '/v1/chat/completions', body: { model: 'gemini-2.5-flash', messages } },
  {
    name: 'split',
    path: '/v1/chat/completions',
    body: { model: 'gemini-2.5-flash', messages, n: 2 },
    times: 2,
  },
  {
    name: 'passed through as messages',
    path: '/v1/messages',
    body: { model: 'claude-sonnet-4-6', max_tokens: 99, messages },
  },
  { name: 'passed through as responses', path: '/v1/responses', body: { model: 'gpt-5.4', input: QUESTION } },
] as const;

describe('content that is switched on', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openLogged(4000);
  });
  afterAll(() => stage.close());

  it('is told of with the first line', () => {
    expect(linesOf(stage).filter(({ level }) => level === 'warn')).toMatchObject([{ characters_max: 4000 }]);
    expect(JSON.stringify(linesOf(stage)[0])).toContain('what callers ask and models answer');
  });

  for (const stream of [false, true]) {
    it.each(WAYS)(`stands beside the request's line, $name, stream: ${stream}`, async (way) => {
      const { path, body } = way;
      const times = 'times' in way ? way.times : 1;
      await stage.reset();
      for (let reply = 0; reply < times; reply += 1)
        await stage.script({ match: {}, reply: { text: ANSWER, chunks: 7 } });
      const before = contentOf(stage).length;
      const reply = await post(stage, path, { ...body, stream });
      expect(reply.status).toBe(200);
      const [line, ...others] = contentOf(stage).slice(before);
      expect(others).toEqual([]);
      expect(line).toMatchObject({
        msg: 'content',
        request: `user: ${ASKED}`,
        request_characters: `user: ${QUESTION}`.length,
        response: Array.from({ length: times }, () => ANSWERED).join('\n'),
        response_characters: ANSWER.length * times,
      });
      expect(line?.['request_cut']).toBeUndefined();
      const told = linesOf(stage).find(
        ({ request_id, msg }) => request_id === line?.['request_id'] && msg === 'request',
      );
      expect(told).toMatchObject({ result: 'ok', status: 200 });
      expect(JSON.stringify(told)).not.toContain(CANARIES[0]);
    });
  }

  it('tells the texts of embeddings, and what was said before a stream broke', async () => {
    await stage.reset();
    await post(stage, '/v1/embeddings', { model: 'text-embedding-ada-002', input: [QUESTION] });
    expect(contentOf(stage).at(-1)).toMatchObject({ request: ASKED, response: '' });
    await stage.script({
      match: {},
      fault: { type: 'error-event', afterChunks: 1 },
      reply: { text: 'one two three', chunks: 3 },
    });
    await post(stage, '/v1/chat/completions', { model: 'gemini-2.5-flash', messages, stream: true });
    expect(contentOf(stage).at(-1)).toMatchObject({ request: `user: ${ASKED}` });
    expect(String(contentOf(stage).at(-1)?.['response'])).toMatch(/^one/u);
  });

  it('holds no secret in any line', () => {
    const text = stage.log.join('');
    expect(text).toContain(CANARIES[0]);
    for (const secret of SECRETS) expect(text).not.toContain(secret);
  });
});

describe('content that is bounded', () => {
  it('is cut at both ends that are worth less, and says so', async () => {
    const stage = await openLogged(100);
    const long = `CANARY-TAIL ${'blah '.repeat(200)} the end`;
    await stage.script({
      match: {},
      reply: { text: `the start ${'blah '.repeat(200)} CANARY-TAIL`, chunks: 9 },
    });
    const body = { model: 'gemini-2.5-flash', messages: [{ role: 'user', content: long }], stream: true };
    await post(stage, '/v1/chat/completions', body);
    const [line] = contentOf(stage);
    expect(line).toMatchObject({
      request_cut: true,
      response_cut: true,
      request_characters: long.length + 6,
    });
    expect(String(line?.['request'])).toMatch(/the end$/u);
    expect(String(line?.['response'])).toMatch(/^the start/u);
    expect(String(line?.['request']).length).toBeLessThanOrEqual(100);
    expect(String(line?.['response']).length).toBeLessThanOrEqual(100);
    expect(JSON.stringify(line)).not.toContain('CANARY-TAIL');
    await stage.close();
  });
});

describe('content that is not switched on', () => {
  it.each([
    ['off', undefined, 'info'],
    ['on, where no such line is written', 4000, 'warn'],
  ] as const)('stands nowhere: %s', async (_name, charactersMax, level) => {
    const stage = await openLogged(charactersMax, level);
    for (const { path, body } of WAYS) {
      await stage.script({ match: {}, reply: { text: ANSWER } });
      await post(stage, path, body);
    }
    expect(contentOf(stage)).toEqual([]);
    for (const canary of [...CANARIES, ...SECRETS]) expect(stage.log.join('')).not.toContain(canary);
    await stage.close();
  });
});
