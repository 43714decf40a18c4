// Every dialect and every surface that speak one protocol are held to the contract of passthrough.

import { describe, expect, it } from 'vitest';

import { createDialects } from '../../src/dialects/registry.ts';
import { createSurfaces } from '../../src/salesforce/surfaces/registry.ts';
import { readMessageStream } from './anthropic-grammar.ts';
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

const pairs: Pair[] = createDialects().all.flatMap((dialect) =>
  createSurfaces().flatMap((surface) => {
    const { native } = dialect;
    const { passthrough } = surface;
    if (native === undefined || passthrough?.protocol !== native.protocol) return [];
    const manner = MANNERS[dialect.id];
    if (manner === undefined) throw new Error(`it is not said how ${dialect.id} puts its format on the wire`);
    return [{ dialect, surface, passthrough, native, manner }];
  }),
);

describe('the pairs that pass', () => {
  it('are those of Anthropic’s format', () => {
    expect(pairs.map(({ dialect, surface }) => `${dialect.id} to ${surface.id}`)).toEqual([
      'anthropic-messages to invoke',
      'bedrock-invoke to invoke',
    ]);
  });
});

for (const pair of pairs) runPassthroughContract(pair);
