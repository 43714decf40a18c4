// The signal that ends work: who hears it, when, how often, and what a source that follows another keeps for itself.

import { describe, expect, it } from 'vitest';

import { CancelSource } from './cancel.ts';

const tellOf = (told: string[], name: string) => () => void told.push(name);

describe('a cancel signal', () => {
  it('is quiet until it is aborted, and then tells every listener once', () => {
    const source = new CancelSource();
    const told: string[] = [];
    for (const name of ['a', 'b', 'c']) source.signal.onAbort(tellOf(told, name));
    expect(source.signal.aborted).toBe(false);
    expect(source.signal.reason).toBeUndefined();
    source.abort('why');
    source.abort('again');
    expect(told.toSorted()).toEqual(['a', 'b', 'c']);
    expect(source.signal.aborted).toBe(true);
    expect(source.signal.reason).toBe('why');
  });

  it('tells at once who comes after the abort', () => {
    const source = new CancelSource();
    source.abort('why');
    const told: string[] = [];
    source.signal.onAbort(tellOf(told, 'late'))();
    expect(told).toEqual(['late']);
  });

  it('tells nobody who has left, whichever place it had', () => {
    const source = new CancelSource();
    const told: string[] = [];
    const leaves = ['a', 'b', 'c', 'd'].map((name) => source.onAbort(tellOf(told, name)));
    leaves[0]?.();
    leaves[2]?.();
    const leaveFirstAgain = source.onAbort(tellOf(told, 'e'));
    leaves[0]?.();
    source.abort('why');
    leaveFirstAgain();
    expect(told.toSorted()).toEqual(['b', 'd', 'e']);
  });

  it('does not tell a listener that another one took off in its turn', () => {
    const source = new CancelSource();
    const told: string[] = [];
    const leave: (() => void)[] = [];
    for (const name of ['a', 'b', 'c']) {
      const run = (): void => {
        told.push(name);
        for (const off of leave) off();
      };
      leave.push(source.onAbort(run));
    }
    source.abort('why');
    expect(told).toHaveLength(1);
  });

  it('tells the others when a listener throws, and throws on what it threw', () => {
    const source = new CancelSource();
    const told: string[] = [];
    source.onAbort(() => {
      throw new Error('bug of one');
    });
    source.onAbort(tellOf(told, 'other'));
    expect(() => source.abort('why')).toThrow('bug of one');
    expect(told).toEqual(['other']);
    expect(source.aborted).toBe(true);
  });
});

describe('a source that follows another', () => {
  it('aborts with it and for its reason, also when it already had', () => {
    const parent = new CancelSource();
    const child = new CancelSource();
    child.follow(parent);
    parent.abort('why');
    expect(child.reason).toBe('why');
    const late = new CancelSource();
    late.follow(parent);
    expect(late.reason).toBe('why');
  });

  it('keeps the reason it had first, and does not speak for its parent', () => {
    const parent = new CancelSource();
    const child = new CancelSource();
    child.follow(parent);
    child.abort('its own');
    expect(parent.aborted).toBe(false);
    parent.abort('why');
    expect(child.reason).toBe('its own');
  });

  it('hears no more once it has left', () => {
    const parent = new CancelSource();
    const child = new CancelSource();
    child.follow(parent)();
    parent.abort('why');
    expect(child.aborted).toBe(false);
  });
});
