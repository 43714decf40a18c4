// Every dialect and every surface that speak one protocol are held to the contract of passthrough; those of Responses by
// responses-passthrough.test.ts.

import { describe, expect, it } from 'vitest';

import { createDialects } from '../../src/dialects/registry.ts';
import { createSurfaces } from '../../src/salesforce/surfaces/registry.ts';
import { readMessageStream } from './read-anthropic-messages.ts';
import { runPassthroughContract, type Manner, type Pair } from './passthrough.ts';
import { readInvokeFrames } from './read-invoke-stream.ts';

const MANNERS: Readonly<Record<string, Manner>> = {
  'anthropic-messages': {
    request: (body) => ({ route: '/v1/messages', rest: '', body }),
    read: readMessageStream,
  },
  'bedrock-invoke': {
    request({ model: _model, stream: _stream, ...body }) {
      return { route: '/model/*/invoke-with-response-stream', rest: 'asked-model', body };
    },
    read(text) {
      const { events, exception } = readInvokeFrames(text);
      const reading = readMessageStream(events);
      if (exception === undefined) return reading;
      const error = { type: exception.type, message: exception.message };
      return { ...reading, ending: 'failed', error };
    },
  },
};

/** By responses-passthrough.test.ts. */
const HELD_ELSEWHERE = 'openai-responses';

const pairs = createDialects().all.flatMap((dialect) =>
  createSurfaces().flatMap((surface): Omit<Pair, 'manner'>[] => {
    const { native } = dialect;
    const { passthrough } = surface;
    if (native === undefined || passthrough?.protocol !== native.protocol) return [];
    return [{ dialect, surface, passthrough, native }];
  }),
);

describe('the pairs that pass', () => {
  it('are those of formats that both sides speak', () => {
    expect(pairs.map(({ dialect, surface }) => `${dialect.id} to ${surface.id}`)).toEqual([
      'anthropic-messages to invoke',
      'openai-responses to responses',
      'bedrock-invoke to invoke',
    ]);
  });
});

for (const pair of pairs.filter(({ native }) => native.protocol !== HELD_ELSEWHERE)) {
  const manner = MANNERS[pair.dialect.id];
  if (manner === undefined)
    throw new Error(`it is not said how ${pair.dialect.id} puts its format on the wire`);
  runPassthroughContract({ ...pair, manner });
}
