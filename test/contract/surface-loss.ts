// The part of a surface's contract that is about loss: what its one table denies is exactly what a request leaves out and
// tells, and what is essential is never left out.

import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { GatewayError } from '../../src/core/errors/index.ts';
import { isEssential, needsOf, type Call, type Model, type Need } from '../../src/core/neutral/index.ts';
import type { Surface, SurfaceContext } from '../../src/salesforce/surfaces/port.ts';
import { textCall } from '../fakes/pipeline-parts.ts';
import { arbitraryCall } from './arbitrary-calls.ts';
import { findModel, surfaceContext } from './surface-corpus.ts';

export function describeLoss(surface: Surface, models: readonly Model[]): void {
  const arbitraryModel = fc.constantFrom(...models);

  it('loses exactly what its table denies, and refuses what is essential', () => {
    fc.assert(
      fc.property(arbitraryCall, arbitraryModel, (call, model) => {
        const denied = needsOf(call).filter((need) => !surface.carries(need, model));
        const encoded = tryEncode(surface, call, surfaceContext(model));
        if (encoded instanceof GatewayError) {
          // Some formats have no form for a conversation of blank texts.
          if (encoded.code === 'invalid_request' && saysNothing(call)) return;
          expect([encoded.code, denied.some(isEssential)]).toEqual(['unsupported', true]);
          return;
        }
        const { loss } = encoded;
        expect(denied.filter(isEssential)).toEqual([]);
        // What is carried by itself may be refused in company (a temperature beside reasoning): dropped too, and says why.
        // Labels say which they are.
        const alone = loss.filter(
          ({ need, how, note }) => how === 'dropped' && (note === undefined || need === 'labels'),
        );
        expect(alone.map((entry) => entry.need).toSorted()).toEqual(denied.toSorted());
        expect(loss.filter((entry) => entry.how === 'dropped' && isEssential(entry.need))).toEqual([]);
        for (const entry of loss) {
          if (entry.how === 'adjusted')
            expect([entry, surface.carries(entry.need, model)]).toEqual([entry, true]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('sends nothing of what it says it dropped', () => {
    fc.assert(
      fc.property(arbitraryCall, arbitraryModel, (call, model) => {
        const encoded = tryEncode(surface, call, surfaceContext(model));
        if (encoded instanceof GatewayError) return;
        const dropped = encoded.loss.filter((entry) => entry.how === 'dropped').map((entry) => entry.need);
        const bare = surface.encode(without(call, dropped), surfaceContext(model));
        expect(bare.request).toEqual(encoded.request);
      }),
      { numRuns: 300 },
    );
  });

  it('writes a body that is JSON', () => {
    const { request } = surface.encode(textCall(), surfaceContext(findModel('gpt-4o')));
    expect(JSON.stringify(JSON.parse(request.body))).toBe(request.body);
    expect(request.body).toContain('"hello"');
  });
}

function saysNothing(call: Call): boolean {
  return call.messages
    .filter((message) => message.role !== 'system')
    .flatMap((message): readonly { readonly type: string; readonly text?: string }[] => message.content)
    .every(({ type, text }) => type === 'reasoning' || (type === 'text' && text?.trim() === ''));
}

type Encoded = ReturnType<Surface['encode']>;

function tryEncode(surface: Surface, call: Call, context: SurfaceContext): Encoded | GatewayError {
  try {
    return surface.encode(call, context);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
}

const CLEARED: { readonly [N in Need]?: (call: Call) => Call } = {
  reasoning: (call) => ({ ...call, reasoning: undefined }),
  temperature: (call) => ({ ...call, sampling: { ...call.sampling, temperature: undefined } }),
  'top-p': (call) => ({ ...call, sampling: { ...call.sampling, topP: undefined } }),
  'top-k': (call) => ({ ...call, sampling: { ...call.sampling, topK: undefined } }),
  seed: (call) => ({ ...call, sampling: { ...call.sampling, seed: undefined } }),
  'frequency-penalty': (call) => ({ ...call, sampling: { ...call.sampling, frequencyPenalty: undefined } }),
  'presence-penalty': (call) => ({ ...call, sampling: { ...call.sampling, presencePenalty: undefined } }),
  'parallel-tool-calls': (call) => ({ ...call, parallelToolCalls: undefined }),
  'strict-tools': (call) => ({ ...call, tools: call.tools.map((tool) => ({ ...tool, strict: undefined })) }),
  labels: (call) => ({ ...call, labels: {} }),
  'cache-hints': (call) => ({
    ...call,
    tools: call.tools.map((tool) => ({ ...tool, cache: undefined })),
    messages: call.messages.map((message) =>
      message.role === 'user'
        ? { ...message, content: message.content.map((part) => ({ ...part, cache: undefined })) }
        : message,
    ),
  }),
  'reasoning-history': (call) => ({
    ...call,
    messages: call.messages.map((message) =>
      message.role === 'assistant'
        ? { ...message, content: message.content.filter((part) => part.type !== 'reasoning') }
        : message,
    ),
  }),
};

function without(call: Call, needs: readonly Need[]): Call {
  let bare = call;
  for (const need of needs) bare = (CLEARED[need] ?? cannotClear(need))(bare);
  return bare;
}

function cannotClear(need: Need): never {
  throw new Error(`no way to clear ${need}`);
}
