// Responses in memory: whose they are, how they are bounded, and that nobody can change what is kept.

import { describe, expect, it } from 'vitest';

import { createSimulatedTime } from '../../test/simulated-time.ts';
import { createMemoryResponses } from './memory-responses.ts';

const stored = (name: string, filling = '') => ({
  resource: { id: name, filling },
  input: [{ role: 'user' }],
});

const ROOMY = { responsesMax: 100, bytesMax: 1_000_000, ageMaxMs: 1_000_000 };

function open(options: Partial<typeof ROOMY> = {}) {
  const { clock, ...time } = createSimulatedTime();
  return { time, store: createMemoryResponses({ ...ROOMY, ...options }, { clock }) };
}

describe('responses in memory', () => {
  it('gives back what was saved, to its owner alone', async () => {
    const { store } = open();
    await store.save('anna', 'r1', stored('r1'), ['r1-item']);
    expect(await store.load('anna', 'r1')).toEqual(stored('r1'));
    expect(await store.load('bert', 'r1')).toBeUndefined();
    expect(await store.delete('bert', 'r1')).toBe(false);
    expect(await store.load('anna', 'r1')).toEqual(stored('r1'));
  });

  it('keeps what was saved as it was, whatever becomes of the object', async () => {
    const { store } = open();
    const resource = { id: 'r1', output: ['said'] };
    await store.save('anna', 'r1', { resource, input: [] }, []);
    resource.output.push('changed');
    expect((await store.load('anna', 'r1'))?.resource).toEqual({ id: 'r1', output: ['said'] });
  });

  it('forgets what is deleted', async () => {
    const { store } = open();
    await store.save('anna', 'r1', stored('r1'), ['r1-item']);
    expect(await store.delete('anna', 'r1')).toBe(true);
    expect(await store.load('anna', 'r1')).toBeUndefined();
    expect(await store.delete('anna', 'r1')).toBe(false);
    expect(store.statistics()).toEqual({ responses: 0, bytes: 0 });
  });

  it('finds the responses that hold an item, for their owner alone, as long as they are kept', async () => {
    const { store } = open();
    await store.save('anna', 'r1', stored('r1'), ['a', 'b']);
    await store.save('anna', 'r2', stored('r2'), ['c']);
    expect(await store.holding('anna', ['b', 'a', 'none'])).toEqual([stored('r1')]);
    expect(await store.holding('anna', ['a', 'c'])).toEqual([stored('r1'), stored('r2')]);
    expect(await store.holding('bert', ['a'])).toEqual([]);
    await store.delete('anna', 'r1');
    expect(await store.holding('anna', ['a', 'c'])).toEqual([stored('r2')]);
  });

  it('drops the oldest beyond its count', async () => {
    const { store } = open({ responsesMax: 2 });
    for (const id of ['r1', 'r2', 'r3']) await store.save('anna', id, stored(id), [`${id}-item`]);
    expect(await store.load('anna', 'r1')).toBeUndefined();
    expect(await store.load('anna', 'r3')).toEqual(stored('r3'));
    expect(store.statistics().responses).toBe(2);
  });

  it('keeps none where there is room for none', async () => {
    const { store } = open({ responsesMax: 0 });
    await store.save('anna', 'r1', stored('r1'), []);
    expect(await store.load('anna', 'r1')).toBeUndefined();
    expect(store.statistics()).toEqual({ responses: 0, bytes: 0 });
  });

  it('drops the oldest beyond its bytes, and keeps nothing that is larger than all of them', async () => {
    const { store } = open({ bytesMax: 1000 });
    await store.save('anna', 'r1', stored('r1', 'x'.repeat(500)), ['r1-item']);
    await store.save('anna', 'r2', stored('r2', 'x'.repeat(500)), ['r2-item']);
    expect(await store.load('anna', 'r1')).toBeUndefined();
    await store.save('anna', 'r3', stored('r3', 'x'.repeat(2000)), ['r3-item']);
    expect(await store.load('anna', 'r3')).toBeUndefined();
    expect(await store.load('anna', 'r2')).toEqual(stored('r2', 'x'.repeat(500)));
    expect(store.statistics().bytes).toBeLessThanOrEqual(1000);
  });

  it('counts a response that is saved again once', async () => {
    const { store } = open();
    await store.save('anna', 'r1', stored('r1'), ['r1-item']);
    const { bytes } = store.statistics();
    await store.save('anna', 'r1', stored('r1'), ['r1-item']);
    expect(store.statistics()).toEqual({ responses: 1, bytes });
  });

  it('forgets what is older than its age', async () => {
    const { store, time } = open({ ageMaxMs: 1000 });
    await store.save('anna', 'r1', stored('r1'), ['r1-item']);
    await time.advance(600);
    await store.save('anna', 'r2', stored('r2'), ['r2-item']);
    await time.advance(600);
    expect(await store.load('anna', 'r1')).toBeUndefined();
    expect(await store.load('anna', 'r2')).toEqual(stored('r2'));
    expect(store.statistics().responses).toBe(1);
  });
});
