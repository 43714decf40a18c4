// Emulations and bounds in the life of a request: the extra round, what it costs, and what the client sees of it.

import { describe, expect, it } from 'vitest';

import { dress, promptOf } from '../../test/fakes/emulated-play.ts';
import {
  createLineDialect,
  createLineSurface,
  createOwnDialect,
  PASSES_NOTHING,
  textCall,
} from '../../test/fakes/pipeline-parts.ts';
import { sent, start } from '../../test/fakes/pipeline-scene.ts';
import type { Call, Message, Need, Tool } from '../core/neutral/index.ts';
import type { Surface } from '../salesforce/surfaces/port.ts';
import { CONVERSATION_DEFAULTS } from './bound/options.ts';
import { RESILIENCE_DEFAULTS } from './resilience/options.ts';

const CLOCK: Tool = {
  name: 'get_time',
  description: undefined,
  parameters: { type: 'object', properties: { zone: { type: 'string' } }, required: ['zone'] },
  strict: undefined,
};
const LACKING: ReadonlySet<Need> = new Set<Need>([
  'tools',
  'tool-history',
  'tool-choice',
  'json-object',
  'json-schema',
  'stop',
  'output-limit',
]);

/** Speaks lines, carries no tools and no formats, and remembers what it was asked. */
function createPlainSurface(overrides: Partial<Surface> = {}): {
  readonly surface: Surface;
  readonly asked: Call[];
} {
  const asked: Call[] = [];
  const surface = createLineSurface('chat-generations', {
    streams: false,
    carries: (need) => !LACKING.has(need),
    encode(call) {
      asked.push(call);
      return { request: { path: '/classic', accept: 'x', body: promptOf(call) }, loss: [] };
    },
    ...overrides,
  });
  return { surface, asked };
}

const asking = (overrides: Partial<Call> = {}): Call => textCall({ tools: [CLOCK], ...overrides });
const GOOD = 'OPEN{"name":"get_time","arguments":{"zone":"CET"}}CLOSE';
const BAD = 'OPEN{"name":"get_time","arguments":{}}CLOSE';

describe('a call with emulated tools', () => {
  it('is served in one round, with headers that say how', async () => {
    const { surface, asked } = createPlainSurface();
    const scene = start(asking(), [surface]);
    const call = await sent(scene);
    call.answer(200, dress(`Looking. ${GOOD}`, asked[0] ?? asking()));
    await scene.done;
    const [answer] = scene.out.answers;
    expect(answer?.body).toContain('"name":"get_time","arguments":"{\\"zone\\":\\"CET\\"}"');
    expect(answer?.body).toContain('Looking.');
    expect(answer?.headers['x-forcegate-emulated']).toBe('tools');
    expect(answer?.headers['x-forcegate-loss']).toMatch(
      /^tools=adjusted \(1 tool by prompt, \d+ characters, \d+ of them added\)$/,
    );
    expect(scene.telemetry.outcomes[0]).toMatchObject({
      attempts: 1,
      result: 'ok',
      loss: [{ need: 'tools' }],
    });
  });

  it('tells in loss that a demanded call was not made, and gives the words of one round', async () => {
    const { surface, asked } = createPlainSurface();
    const scene = start(asking({ toolChoice: { type: 'required' } }), [surface]);
    (await sent(scene)).answer(200, dress('I do not know.', asked[0] ?? asking()));
    (await sent(scene, 1)).answer(200, dress('I do not know.', asked[0] ?? asking()));
    await scene.done;
    const [answer] = scene.out.answers;
    expect(answer?.body.match(/I do not know\./g)).toHaveLength(1);
    expect(answer?.headers['x-forcegate-loss']).toMatch(/; tool-choice=dropped \(no tool was called\)$/);
    expect(scene.telemetry.outcomes[0]).toMatchObject({
      result: 'ok',
      loss: [{ need: 'tools' }, { need: 'tool-choice', how: 'dropped' }],
    });
  });

  it('takes a second round for a call that does not fit, and both are counted', async () => {
    const { surface, asked } = createPlainSurface();
    const scene = start(asking(), [surface]);
    (await sent(scene)).answer(200, dress(BAD, asked[0] ?? asking()));
    const second = await sent(scene, 1);
    expect(second.request.body).toContain('/zone is required');
    second.answer(200, dress(GOOD, asked[0] ?? asking()));
    await scene.done;
    expect(scene.out.answers[0]?.body).toContain('CET');
    expect(scene.telemetry.outcomes[0]).toMatchObject({
      attempts: 2,
      result: 'ok',
      usage: { inputTokens: 2, outputTokens: 4 },
    });
  });

  it('holds a limit on what the client gets, not on the round that was asked for again', async () => {
    const { surface, asked } = createPlainSurface();
    // Each round costs two tokens.
    const scene = start(asking({ maxOutputTokens: 3 }), [surface]);
    (await sent(scene)).answer(200, dress(BAD, asked[0] ?? asking()));
    (await sent(scene, 1)).answer(200, dress(GOOD, asked[0] ?? asking()));
    await scene.done;
    expect(scene.out.answers[0]?.body).toContain('CET');
    expect(scene.telemetry.outcomes[0]).toMatchObject({ usage: { inputTokens: 2, outputTokens: 4 } });
  });

  it('answers honestly where the second round fails', async () => {
    const { surface, asked } = createPlainSurface();
    const scene = start(asking(), [surface]);
    (await sent(scene)).answer(200, dress(BAD, asked[0] ?? asking()));
    (await sent(scene, 1)).answer(500, 'no');
    await scene.done;
    expect(scene.out.answers[0]?.body).toContain('tried to call the tool');
    expect(scene.telemetry.outcomes[0]).toMatchObject({
      attempts: 2,
      result: 'ok',
      usage: { outputTokens: 2 },
    });
  });

  it('answers with the first round where the second meets the time limit', async () => {
    const { surface, asked } = createPlainSurface();
    const scene = start(asking(), [surface]);
    (await sent(scene)).answer(200, dress(BAD, asked[0] ?? asking()));
    await sent(scene, 1);
    await scene.time.advance(RESILIENCE_DEFAULTS.timeLimits.largeMs);
    await scene.done;
    expect(scene.out.answers[0]?.body).toContain('tried to call the tool');
    expect(scene.telemetry.outcomes[0]).toMatchObject({ attempts: 2, result: 'ok' });
    expect(scene.time.pending()).toBe(0);
  });

  it('makes no second call for a client that is gone', async () => {
    const { surface, asked } = createPlainSurface();
    const scene = start(asking(), [surface]);
    (await sent(scene)).answer(200, dress(BAD, asked[0] ?? asking()));
    await sent(scene, 1);
    scene.client.abort();
    await scene.done;
    expect(scene.host.calls).toHaveLength(2);
    expect(scene.telemetry.outcomes[0]).toMatchObject({ result: 'client-closed' });
  });

  it('streams text as it comes, and the repaired call after it', async () => {
    const { surface, asked } = createPlainSurface({ streams: true });
    const scene = start(asking({ stream: true }), [surface]);
    const first = await sent(scene);
    first.head(200);
    first.data('t:Looking.\n');
    expect(scene.out.text).toBe('open\ntext-start\nLooking.\n');
    first.data(`t:${dress(BAD, asked[0] ?? asking())}\n`);
    first.handler.end();
    const second = await sent(scene, 1);
    second.head(200);
    second.data(`t:${dress(`Sorry. ${GOOD}`, asked[0] ?? asking())}\n`);
    second.handler.end();
    await scene.done;
    const lines = scene.out.text.split('\n').filter(Boolean);
    expect(lines).toEqual([
      'open',
      'text-start',
      'Looking.',
      'part-end',
      'tool-call-start',
      'tool-call-delta',
      'part-end',
      'finish',
      'usage',
      'end',
    ]);
  });

  it('is tried again like any other, with marks of its own', async () => {
    const { surface, asked } = createPlainSurface();
    const scene = start(asking(), [surface]);
    (await sent(scene)).answer(401, 'who are you');
    (await sent(scene, 1)).answer(200, dress(GOOD, asked[0] ?? asking()));
    await scene.done;
    expect(scene.out.answers[0]?.body).toContain('CET');
  });

  it('of several choices serves each by itself', async () => {
    const { surface, asked } = createPlainSurface();
    const scene = start(asking({ choices: 2 }), [surface]);
    await sent(scene, 1);
    for (const [index, call] of scene.host.calls.entries())
      call.answer(200, dress(GOOD, asked[index] ?? asking()));
    await scene.done;
    expect(scene.out.answers[0]?.body.match(/CET/g)).toHaveLength(2);
  });
});

describe('a call of the client’s own protocol', () => {
  it('is translated where something of it is emulated', async () => {
    const { surface } = createPlainSurface({
      passthrough: PASSES_NOTHING,
    });
    const call = textCall({ format: { type: 'json-object' } });
    const dialect = createOwnDialect(call);
    const scene = start(call, [surface], dialect);
    (await sent(scene)).answer(200, '```json\n{"a":1}\n```');
    await scene.done;
    expect(scene.out.answers[0]?.body).toContain('{\\"a\\":1}');
  });
});

describe('a conversation out of bounds', () => {
  it('loses its beginning, tells how much, and leaves the way through', async () => {
    const messages = Array.from({ length: 41 }, (_, index): Message => {
      const content = [{ type: 'text' as const, text: `m${index}` }];
      return index % 2 === 0 ? { role: 'user', content } : { role: 'assistant', content };
    });
    const call = textCall({ messages });
    const { surface, asked } = createPlainSurface();
    const conversation = { ...CONVERSATION_DEFAULTS, mode: 'limits' as const };
    const scene = start(call, [surface], undefined, undefined, RESILIENCE_DEFAULTS, conversation);
    (await sent(scene)).answer(200, 'hi');
    await scene.done;
    expect(asked[0]?.messages).toEqual(messages.slice(-15));
    expect(scene.out.answers[0]?.headers['x-forcegate-loss']).toBe(
      'conversation=dropped (26 of 41 messages)',
    );
    expect(scene.telemetry.outcomes[0]?.loss).toEqual([
      { need: 'conversation', how: 'dropped', note: '26 of 41 messages' },
    ]);
  });

  it('is answered in the manner it was asked in', async () => {
    const messages = Array.from({ length: 41 }, (_, index): Message => {
      const content = [{ type: 'text' as const, text: `m${index}` }];
      return index % 2 === 0 ? { role: 'user', content } : { role: 'assistant', content };
    });
    const call = textCall({ messages });
    const lines = createLineDialect(call);
    const manners: unknown[] = [];
    const dialect: typeof lines = {
      ...lines,
      decode: () => ({ type: 'generate', call, streamUsage: false, manner: 'old' }),
      encode: (result) => {
        if (result.type === 'reply') manners.push(result.context.manner);
        return lines.encode(result);
      },
    };
    const conversation = { ...CONVERSATION_DEFAULTS, mode: 'limits' as const };
    const { surface } = createPlainSurface();
    const scene = start(call, [surface], dialect, undefined, RESILIENCE_DEFAULTS, conversation);
    (await sent(scene)).answer(200, 'hi');
    await scene.done;
    expect(manners).toEqual(['old']);
  });
});
