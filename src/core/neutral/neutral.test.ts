// The neutral language: folding is the inverse of telling, needs are complete, unknown is not zero.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryReply } from '../../../test/fakes/arbitrary-replies.ts';
import { textCall } from '../../../test/fakes/pipeline-parts.ts';
import {
  droppedLabels,
  eventsOf,
  mergeUsage,
  needsOf,
  normaliseArguments,
  ReplyFold,
  UNKNOWN_USAGE,
  type Message,
} from './index.ts';

describe('folding', () => {
  it('gives back the reply that was told as events', () => {
    fc.assert(
      fc.property(arbitraryReply, (reply) => {
        const fold = new ReplyFold();
        for (const event of eventsOf(reply)) fold.push(event);
        expect(fold.reply()).toEqual(reply);
      }),
    );
  });

  it('tells what had arrived when a stream breaks off inside a part', () => {
    const fold = new ReplyFold();
    fold.push({ type: 'text-start', choice: 0 });
    fold.push({ type: 'text-delta', choice: 0, text: 'half' });
    expect(fold.reply().choices[0]).toMatchObject({
      parts: [{ type: 'text', text: 'half' }],
      finish: 'stop',
    });
  });

  it('gives {} to a tool call that came without arguments', () => {
    const fold = new ReplyFold();
    fold.push({ type: 'tool-call-start', choice: 0, id: '1', name: 'now' });
    fold.push({ type: 'part-end', choice: 0, seal: undefined });
    expect(fold.reply().choices[0]?.parts[0]).toMatchObject({ arguments: '{}' });
  });
});

describe('arguments', () => {
  it.each([
    [null, '{}'],
    [undefined, '{}'],
    ['', '{}'],
    [' \n', '{}'],
    ['{"a":1}', '{"a":1}'],
  ])('%j becomes %s', (given, expected) => {
    expect(normaliseArguments(given)).toBe(expected);
  });
});

describe('usage', () => {
  it('keeps what an earlier report knew and a later one does not', () => {
    const merged = mergeUsage(
      { ...UNKNOWN_USAGE, inputTokens: 5, outputTokens: 1 },
      { ...UNKNOWN_USAGE, outputTokens: 9 },
    );
    expect(merged).toEqual({ ...UNKNOWN_USAGE, inputTokens: 5, outputTokens: 9 });
  });
});

describe('needs', () => {
  const tool = { name: 'f', description: undefined, parameters: {}, strict: true };
  const image = {
    type: 'image' as const,
    source: { type: 'url' as const, url: 'https://x' },
    fileName: undefined,
  };
  const toolTurn: readonly Message[] = [
    {
      role: 'assistant',
      content: [{ type: 'tool-call', id: '1', name: 'f', arguments: '{}', seal: undefined }],
    },
    {
      role: 'tool',
      content: [{ type: 'tool-result', callId: '1', name: 'f', content: [image], isError: false }],
    },
  ];

  it('of plain text are none', () => {
    expect(needsOf(textCall())).toEqual([]);
  });

  it.each([
    ['tools', textCall({ tools: [tool] }), ['tools', 'strict-tools']],
    [
      'a forced choice',
      textCall({ tools: [tool], toolChoice: { type: 'required' } }),
      ['tools', 'tool-choice', 'strict-tools'],
    ],
    ['tool history with an image in a result', textCall({ messages: toolTurn }), ['tool-history', 'images']],
    ['a JSON object', textCall({ format: { type: 'json-object' } }), ['json-object']],
    ['limits', textCall({ stop: ['x'], maxOutputTokens: 5 }), ['stop', 'output-limit']],
    ['reasoning switched off', textCall({ reasoning: { effort: 'none', budgetTokens: undefined } }), []],
    ['labels', textCall({ labels: { user: 'u' } }), ['labels']],
  ])('of %s are told', (_name, call, expected) => {
    expect(needsOf(call)).toEqual(expected);
  });
});

describe('labels that are dropped', () => {
  it('are told by name, where the names look like names of fields', () => {
    const labels = { foo: 1, 'text.verbosity': 'low', 'no name\n': 1, [`a${'b'.repeat(40)}`]: 1 };
    expect(droppedLabels(labels)).toEqual({
      need: 'labels',
      how: 'dropped',
      note: 'foo, text.verbosity, 2 more',
    });
  });

  it('are counted beyond eight', () => {
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`f${index}`, 1]));
    expect(droppedLabels(many).note).toBe('f0, f1, f2, f3, f4, f5, f6, f7, 3 more');
  });
});
