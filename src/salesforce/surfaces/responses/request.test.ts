// What this surface makes of a call: reference 3.8's rules on effort, sampling and state, each change told.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryCall } from '../../../../test/contract/arbitrary-calls.ts';
import { findModel, surfaceContext } from '../../../../test/contract/surface-corpus.ts';
import { textCall } from '../../../../test/fakes/pipeline-parts.ts';
import {
  isEssential,
  needsOf,
  type Call,
  type Loss,
  type ReasoningEffort,
} from '../../../core/neutral/index.ts';
import type { Adaptation, SurfaceContext } from '../port.ts';
import { createResponses } from './index.ts';

const surface = createResponses();
const thinker = findModel('gpt-5.4');
const talker = findModel('gpt-4o');
const BUDGETLESS = { budgetTokens: undefined };

type Body = { readonly [field: string]: unknown; readonly reasoning?: { readonly effort?: string } };

function encode(call: Partial<Call>, context: Partial<SurfaceContext> = {}, of = surface) {
  const encoded = of.encode(textCall(call), surfaceContext(thinker, context));
  return { ...encoded, body: JSON.parse(encoded.request.body) as Body };
}

function adapted(...adaptations: readonly Adaptation[]): Partial<SurfaceContext> {
  return { adaptations: new Set(adaptations) };
}

describe('the request', () => {
  it('goes to one path, streamed or whole', () => {
    const whole = encode({});
    expect(whole.request).toMatchObject({ path: '/ai/gpt/v1/responses', accept: 'application/json' });
    expect(whole.body).toMatchObject({ stream: false, store: false, model: thinker.apiName });
    const streamed = encode({}, { stream: true });
    expect(streamed.request).toMatchObject({ path: '/ai/gpt/v1/responses', accept: 'text/event-stream' });
    expect(streamed.body).toMatchObject({ stream: true, store: false });
  });

  it('goes to another base by configuration, under the name the model has there', () => {
    const code = createResponses({ basePath: '/einstein/gpt/code/v1.1/' });
    const { request, body } = encode({}, {}, code);
    expect(request.path).toBe('/einstein/gpt/code/v1.1/responses');
    expect(body['model']).toBe('llmgateway__OpenAIGPT54');
  });

  it('refuses media by address, in messages and in results', () => {
    const image = {
      type: 'image',
      source: { type: 'url', url: 'https://x/y.png' },
      fileName: undefined,
    } as const;
    const refused = expect.objectContaining({ code: 'unsupported' });
    expect(() => encode({ messages: [{ role: 'user', content: [image] }] })).toThrowError(refused);
    const result = { type: 'tool-result', callId: 'c', name: 'f', content: [image], isError: false } as const;
    expect(() => encode({ messages: [{ role: 'tool', content: [result] }] })).toThrowError(refused);
  });

  it('refuses a call that needs stop sequences', () => {
    expect(() => encode({ stop: ['END'] })).toThrowError(expect.objectContaining({ code: 'unsupported' }));
  });
});

describe('effort', () => {
  it.each<[ReasoningEffort, string | undefined, string | undefined]>([
    ['none', undefined, 'none left to the model'],
    ['minimal', 'low', 'minimal sent as low'],
    ['low', 'low', undefined],
    ['medium', 'medium', undefined],
    ['high', 'high', undefined],
    ['xhigh', 'xhigh', undefined],
    ['max', 'xhigh', 'max sent as xhigh'],
  ])('%s is sent as %s', (effort, sent, note) => {
    const { body, loss } = encode({ reasoning: { effort, ...BUDGETLESS } });
    expect(body.reasoning?.effort).toBe(sent);
    expect(loss).toEqual(note === undefined ? [] : [{ need: 'reasoning', how: 'adjusted', note }]);
  });

  it.each([
    [0, 'low'],
    [2_048, 'low'],
    [2_049, 'medium'],
    [8_192, 'medium'],
    [8_193, 'high'],
  ])('of a budget of %i tokens is %s', (budgetTokens, sent) => {
    const { body, loss } = encode({ reasoning: { effort: undefined, budgetTokens } });
    expect(body.reasoning?.effort).toBe(sent);
    expect(loss).toEqual([
      { need: 'reasoning', how: 'adjusted', note: `a token budget sent as effort ${sent}` },
    ]);
  });

  it('of a caller who gave both is the one in words', () => {
    expect(encode({ reasoning: { effort: 'high', budgetTokens: 1 } }).body.reasoning?.effort).toBe('high');
  });

  it('is left to the model where the caller left it', () => {
    const { body } = encode({ reasoning: { effort: undefined, ...BUDGETLESS } });
    expect(body.reasoning).toEqual({ summary: 'auto' });
  });

  it.each(['max', 'xhigh'] as const)(
    '%s is sent as high once the model turned out to refuse more',
    (effort) => {
      const { body, loss } = encode({ reasoning: { effort, ...BUDGETLESS } }, adapted('clamp-effort'));
      expect(body.reasoning?.effort).toBe('high');
      expect(loss).toEqual([{ need: 'reasoning', how: 'adjusted', note: `${effort} sent as high` }]);
    },
  );

  it('none means nothing to a model that does not reason', () => {
    const { body, loss } = encode({ reasoning: { effort: 'none', ...BUDGETLESS } }, { model: talker });
    expect([body.reasoning, loss]).toEqual([undefined, []]);
  });
});

describe('reasoning', () => {
  const asked = { effort: 'low', ...BUDGETLESS } as const;
  const own = { type: 'reasoning', text: '', seal: { maker: 'openai', value: 'enc' } } as const;
  const foreign = { ...own, seal: { maker: 'anthropic', value: 'sig' } };
  const text = { type: 'text', text: 'so' } as const;
  const history = (...content: readonly (typeof own | typeof foreign | typeof text)[]) => ({
    messages: [{ role: 'assistant' as const, content }],
  });
  const needLost = (loss: readonly Loss[]) => loss.filter(({ need }) => need === 'reasoning-history');

  it('is asked for back where it is asked for at all', () => {
    expect(encode({ reasoning: asked }).body).toMatchObject({
      reasoning: { effort: 'low', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
    });
    expect(encode({}).body).not.toHaveProperty('include');
    expect(encode({}).body).not.toHaveProperty('reasoning');
  });

  it.each([
    ['by configuration', encode({ reasoning: asked }, {}, createResponses({ reasoningBack: false }))],
    ['once the model refused it', encode({ reasoning: asked }, adapted('strip-reasoning'))],
  ])('is asked for with its effort alone %s', (_why, { body }) => {
    expect(body.reasoning).toEqual({ effort: 'low' });
    expect(body).not.toHaveProperty('include');
  });

  it('goes back where it was sealed here, and is told where it does not', () => {
    expect(encode(history(own, text)).body['input']).toMatchObject([
      { type: 'reasoning' },
      { role: 'assistant' },
    ]);
    expect(needLost(encode(history(own, text)).loss)).toEqual([]);
    const note = 'only what this format sealed goes back';
    expect(needLost(encode(history(foreign, text)).loss)).toMatchObject([{ how: 'dropped', note }]);
    expect(needLost(encode(history(foreign, own, text)).loss)).toMatchObject([{ how: 'adjusted', note }]);
  });

  it('does not go back once the model refused it', () => {
    const { body, loss } = encode(history(own, text), adapted('strip-reasoning'));
    expect(body['input']).toMatchObject([{ role: 'assistant' }]);
    expect(needLost(loss)).toMatchObject([{ how: 'dropped', note: 'the model refused it' }]);
  });
});

describe('sampling', () => {
  const sampling = { ...textCall().sampling, temperature: 0.5, topP: 0.9 };
  const dropped = (note: string) => [
    { need: 'temperature', how: 'dropped', note },
    { need: 'top-p', how: 'dropped', note },
  ];

  it('is sent to a model that is not asked to reason', () => {
    const { body, loss } = encode({ sampling });
    expect(body).toMatchObject({ temperature: 0.5, top_p: 0.9 });
    expect(loss).toEqual([]);
  });

  it.each([
    [
      'beside reasoning',
      { sampling, reasoning: { effort: 'low' as const, ...BUDGETLESS } },
      adapted(),
      'the model takes none while it reasons',
    ],
    ['once the model refused it', { sampling }, adapted('drop-sampling'), 'the model refused it'],
  ])('is left out and told %s', (_when, call, context, note) => {
    const { body, loss } = encode(call, context);
    expect(body).not.toHaveProperty('temperature');
    expect(body).not.toHaveProperty('top_p');
    expect(loss).toEqual(dropped(note));
  });

  it('is held to the range of the gateway', () => {
    const { body, loss } = encode({ sampling: { ...sampling, temperature: 1.5 } });
    expect(body['temperature']).toBe(1);
    expect(loss).toEqual([{ need: 'temperature', how: 'adjusted', note: '1.5 sent as 1' }]);
  });
});

describe('the output limit', () => {
  it.each([
    [1, 16, talker],
    [16, 16, talker],
    [1_000, 1_000, talker],
    [1_000_000, talker.outputTokensMax, talker],
  ])('%i is sent as %i', (maxOutputTokens, sent, model) => {
    const { body, loss } = encode({ maxOutputTokens }, { model });
    expect(body['max_output_tokens']).toBe(sent);
    expect(loss.map(({ need, note }) => [need, note])).toEqual(
      sent === maxOutputTokens ? [] : [['output-limit', `${maxOutputTokens} sent as ${sent}`]],
    );
  });
});

describe('loss', () => {
  it('is what the table denies, sampling beside reasoning, and other makers’ reasoning', () => {
    fc.assert(
      fc.property(arbitraryCall, fc.constantFrom(thinker, talker), (given, model) => {
        const call = { ...given, stop: [] };
        const needs = needsOf(call);
        const denied = needs.filter((need) => !surface.carries(need, model));
        fc.pre(!denied.some(isEssential));
        const asks = needs.includes('reasoning') && !denied.includes('reasoning');
        const expected = needs.filter(
          (need) =>
            denied.includes(need) ||
            (asks && (need === 'temperature' || need === 'top-p')) ||
            // The generator seals nothing as this format does.
            need === 'reasoning-history',
        );
        const { loss } = surface.encode(call, surfaceContext(model));
        const lost = loss.filter(({ how }) => how === 'dropped').map(({ need }) => need);
        expect(lost.toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: 300 },
    );
  });

  it('names each need once', () => {
    fc.assert(
      fc.property(
        arbitraryCall,
        fc.subarray(['clamp-effort', 'drop-sampling', 'strip-reasoning'] as const),
        (given, on) => {
          const { loss } = surface.encode({ ...given, stop: [] }, surfaceContext(thinker, adapted(...on)));
          const lost = loss.map(({ need }) => need);
          expect(new Set(lost).size).toBe(lost.length);
        },
      ),
    );
  });
});

describe('the surface', () => {
  it('serves OpenAI’s models and nobody else’s', () => {
    const names = [
      'gpt-5.4',
      'gpt-4o',
      'o3',
      'claude-sonnet-4-6',
      'gemini-3.5-flash',
      'nova-pro',
      'text-embedding-ada-002',
    ];
    expect(names.filter((name) => surface.serves(findModel(name)))).toEqual(['gpt-5.4', 'gpt-4o', 'o3']);
  });
});
