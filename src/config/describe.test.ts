// What is told of two configurations that differ: never the value of a secret, and a misspelt secret is one.

import { describe, expect, it } from 'vitest';

import { compareConfigs } from './describe.ts';

const changesTo = (after: object): ReturnType<typeof compareConfigs> =>
  compareConfigs('{}', JSON.stringify(after));

describe('what is told of a change', () => {
  it('is the value where the schema knows the key', () => {
    expect(changesTo({ port: 9000 })).toEqual([{ key: 'port', before: undefined, after: 9000 }]);
  });

  it.each([
    { consumer_secrt: 'CANARY' },
    { consumer_secrt: { inner: 'CANARY' } },
    { client_keys: ['CANARY', { id: 'laptop', ky: 'CANARY' }] },
    { client_keys: { laptop: 'CANARY' } },
  ])('is no value of %j, whose key it does not know', (after) => {
    const told = changesTo(after);
    expect(told).toHaveLength(1);
    expect(JSON.stringify(told)).toContain('[secret]');
    expect(JSON.stringify(told)).not.toContain('CANARY');
  });
});
