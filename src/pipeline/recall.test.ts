// Stored responses between the dialect and the store: whose they are, what is recalled, and what is kept.

import { describe, expect, it } from 'vitest';

import { createRecordedOut, createLineDialect, textCall } from '../../test/fakes/pipeline-parts.ts';
import { createSimulatedTime } from '../../test/simulated-time.ts';
import type { GenerateOperation, StoreOperation } from '../core/neutral/index.ts';
import { CancelSource } from '../core/platform/index.ts';
import type { Dialect, Recalled } from '../dialects/port.ts';
import { createMemoryResponses } from '../store/memory-responses.ts';
import type { Exchange } from './port.ts';
import { keepResponse, recall, serveStored } from './recall.ts';

const ROOMY = { responsesMax: 100, bytesMax: 1_000_000, ageMaxMs: 1_000_000 };
const STORED = { resource: { id: 'r1', output: ['said'] }, input: [{ asked: true }] };
const KEPT: GenerateOperation = {
  type: 'generate',
  call: textCall(),
  streamUsage: true,
  keep: STORED.input,
};

function exchangeOf(keyId: string | undefined, resumed: Recalled[] = []): Exchange {
  const dialect: Dialect = {
    ...createLineDialect(textCall()),
    resume: (_request, recalled) => {
      resumed.push(recalled);
      return { type: 'generate', call: textCall({ model: 'resumed' }), streamUsage: true };
    },
  };
  return {
    requestId: 'request',
    dialect,
    request: { method: 'POST', route: '/lines', rest: '', query: '', headers: {}, body: new Uint8Array() },
    caller: keyId === undefined ? undefined : { keyId, admin: false },
    out: createRecordedOut(),
    signal: new CancelSource(),
    abort: () => undefined,
    receivedMs: 0,
  };
}

async function storeOf(keyId: string | undefined) {
  const store = createMemoryResponses(ROOMY, createSimulatedTime());
  const finished = { id: 'r1', resource: STORED.resource, itemIds: ['i1'] };
  await keepResponse(KEPT, finished, exchangeOf(keyId), store);
  return store;
}

const previous = (responseId: string) => ({ responseId, itemIds: [] });
const get: StoreOperation = { type: 'response-store', action: 'get', id: 'r1' };

describe('a response that is stored', () => {
  it('is recalled for the key that made it, with the input that led to it', async () => {
    const store = await storeOf('anna');
    const resumed: Recalled[] = [];
    const operation = await recall(previous('r1'), exchangeOf('anna', resumed), store);
    expect(operation).toMatchObject({ call: { model: 'resumed' } });
    expect(resumed).toEqual([{ previous: STORED, holding: [] }]);
  });

  it('is found by its items, by the same key', async () => {
    const store = await storeOf('anna');
    const resumed: Recalled[] = [];
    const named = { responseId: undefined, itemIds: ['i1'] };
    await recall(named, exchangeOf('anna', resumed), store);
    await recall(named, exchangeOf('bert', resumed), store);
    expect(resumed.map(({ holding }) => holding)).toEqual([[STORED], []]);
  });

  it.each(['get', 'delete', 'cancel', 'items'] as const)(
    'is not there for another key: %s',
    async (action) => {
      const store = await storeOf('anna');
      await expect(serveStored({ ...get, action }, exchangeOf('bert'), store)).rejects.toMatchObject({
        code: 'response_not_found',
        param: 'response_id',
      });
      await expect(recall(previous('r1'), exchangeOf('bert'), store)).rejects.toMatchObject({
        code: 'response_not_found',
        param: 'previous_response_id',
      });
      expect(await serveStored(get, exchangeOf('anna'), store)).toEqual({
        type: 'stored-response',
        stored: STORED,
      });
    },
  );

  it('belongs to everybody where the gateway has no keys', async () => {
    const store = await storeOf(undefined);
    expect(await serveStored(get, exchangeOf(undefined), store)).toMatchObject({ stored: STORED });
  });

  it('can be deleted once, and cannot be cancelled', async () => {
    const store = await storeOf('anna');
    const exchange = exchangeOf('anna');
    const cancelled = serveStored({ ...get, action: 'cancel' }, exchange, store);
    await expect(cancelled).rejects.toMatchObject({ status: 400 });
    const deleted = await serveStored({ ...get, action: 'delete' }, exchange, store);
    expect(deleted).toEqual({ type: 'deleted-response', id: 'r1' });
    await expect(serveStored({ ...get, action: 'delete' }, exchange, store)).rejects.toMatchObject({
      status: 404,
    });
  });
});

describe('a response that is not to be stored', () => {
  it('is not, and neither is one that never ended', async () => {
    const store = createMemoryResponses(ROOMY, createSimulatedTime());
    const { keep: _keep, ...forgotten } = KEPT;
    const finished = { id: 'r1', resource: STORED.resource, itemIds: [] };
    await keepResponse(forgotten, finished, exchangeOf('anna'), store);
    await keepResponse(KEPT, undefined, exchangeOf('anna'), store);
    expect(store.statistics().responses).toBe(0);
  });

  it('is told as missing by a gateway that has no store', async () => {
    await expect(recall(previous('r1'), exchangeOf('anna'), undefined)).rejects.toMatchObject({
      code: 'response_not_found',
    });
    await expect(serveStored(get, exchangeOf('anna'), undefined)).rejects.toMatchObject({
      code: 'response_not_found',
    });
  });
});
