// What the org says it has, on simulated time: which of it is shown, how long it is kept, and what stands in for it.

import { describe, expect, it } from 'vitest';

import { createSimulatedTime } from '../../../test/simulated-time.ts';
import { Secret, type CancelSignal } from '../../core/platform/index.ts';
import { createCatalogue } from './index.ts';
import { createOrgModels, type OrgModelsRequest } from './org-models.ts';

const MINUTE_MS = 60_000;
const catalogue = createCatalogue();

type Answer = { readonly status: number; readonly body: string };

const listing = (...configuredModels: readonly unknown[]): Answer => ({
  status: 200,
  body: JSON.stringify({ configuredModels }),
});

const entry = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  namespace: 'sfdc_ai',
  capability: 'ChatCompletion',
  status: 'Enabled',
  ...more,
});

const GPT = entry('DefaultGPT54');
const CLAUDE = entry('DefaultBedrockAnthropicClaude46Sonnet');

function start(answer: (request: OrgModelsRequest, signal: CancelSignal) => Promise<Answer> | Answer) {
  const time = createSimulatedTime();
  const requests: OrgModelsRequest[] = [];
  const models = createOrgModels({
    clock: time.clock,
    timers: time.timers,
    catalogue,
    tokens: { get: () => ({ authorization: new Secret('Bearer t') }) },
    send: async (request, signal) => {
      requests.push(request);
      return answer(request, signal);
    },
  });
  const ids = async (): Promise<readonly string[]> => (await models.list()).map(({ id }) => id);
  return { time, requests, models, ids };
}

const table = catalogue.list().map(({ id }) => id);

describe('the models of an org', () => {
  it('are those it has, in the order of the table, with their limits', async () => {
    const { models, requests } = start(() => listing(GPT, CLAUDE));
    expect(await models.list()).toMatchObject([
      { id: 'claude-sonnet-4-6', contextTokens: 200_000, outputTokensMax: 16_384 },
      { id: 'gpt-5.4' },
    ]);
    expect(requests[0]).toMatchObject({
      path: '/services/data/v63.0/ssot/machine-learning/configured-models?limit=50&offset=0',
      headers: { authorization: 'Bearer t' },
    });
  });

  it('are without those switched off, and those that cannot be called', async () => {
    const { ids } = start(() =>
      listing(GPT, { ...CLAUDE, status: 'Disabled' }, entry('Churn', { capability: 'Regression' }), 7, null),
    );
    expect(await ids()).toEqual(['gpt-5.4']);
  });

  it('may carry their namespace in the name, or have none', async () => {
    const { ids } = start(() =>
      listing(entry('sfdc_ai__DefaultGPT54'), entry('acme__Support', { namespace: null })),
    );
    expect(await ids()).toEqual(['gpt-5.4', 'acme__Support']);
  });

  it('are of the embedding kind where the org says so', async () => {
    const { models } = start(() =>
      listing(entry('acme__Vectors', { namespace: null, capability: 'Embedding' })),
    );
    expect(await models.list()).toMatchObject([{ id: 'acme__Vectors', family: 'embedding' }]);
  });

  it('are read page by page', async () => {
    const many = Array.from({ length: 130 }, (_, index) => entry(`acme__M${index}`, { namespace: null }));
    const { ids, requests } = start(({ path }) => {
      const offset = Number(/offset=(\d+)/.exec(path)?.[1]);
      return listing(...many.slice(offset, offset + 50));
    });
    expect(await ids()).toEqual(many.map(({ name }) => name));
    expect(requests).toHaveLength(3);
  });

  it('are asked for without end by nobody', async () => {
    const page = Array.from({ length: 50 }, () => GPT);
    const { requests, ids } = start(() => listing(...page));
    expect(await ids()).toEqual(['gpt-5.4']);
    expect(requests).toHaveLength(40);
  });

  it('are kept, asked for once by all who wait, and asked for again after a while', async () => {
    const { ids, requests, time } = start(() => listing(GPT));
    expect(await Promise.all([ids(), ids(), ids()])).toEqual([['gpt-5.4'], ['gpt-5.4'], ['gpt-5.4']]);
    expect(requests).toHaveLength(1);
    await time.advance(9 * MINUTE_MS);
    await ids();
    expect(requests).toHaveLength(1);
    await time.advance(2 * MINUTE_MS);
    await ids();
    expect(requests).toHaveLength(2);
    expect(time.pending()).toBe(0);
  });

  it.each([
    ['may not be listed', (): Answer => ({ status: 403, body: '[]' })],
    ['are in no shape we know', (): Answer => ({ status: 200, body: '{}' })],
    ['are no JSON', (): Answer => ({ status: 200, body: '<html>' })],
    ['are none', () => listing()],
  ])('are those of the table where they %s, for a while', async (_what, answer) => {
    const { ids, requests, time } = start(answer);
    expect(await ids()).toEqual(table);
    await time.advance(4 * MINUTE_MS);
    expect(await ids()).toEqual(table);
    expect(requests).toHaveLength(1);
    await time.advance(2 * MINUTE_MS);
    await ids();
    expect(requests).toHaveLength(2);
  });

  it('are those of the table where the org does not answer in time', async () => {
    const { ids, time } = start(
      (_request, signal) =>
        new Promise((_resolve, reject) => {
          signal.onAbort(() => reject(new Error('aborted')));
        }),
    );
    const asked = ids();
    await time.advance(5_000);
    expect(await asked).toEqual(table);
    expect(time.pending()).toBe(0);
  });

  it('stay as they were read where they cannot be read again', async () => {
    let isUp = true;
    const { ids, time } = start(() => (isUp ? listing(GPT) : { status: 500, body: '' }));
    await ids();
    isUp = false;
    await time.advance(11 * MINUTE_MS);
    expect(await ids()).toEqual(['gpt-5.4']);
  });
});
