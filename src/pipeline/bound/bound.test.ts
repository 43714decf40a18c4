// The bounds of conversations: the numbers of the documented scenes, and what holds for every conversation whatever is
// left out of it.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MODEL, textCall } from '../../../test/fakes/pipeline-parts.ts';
import type { Call, Message, Model } from '../../core/neutral/index.ts';
import { MASKED_CHARACTERS_KEPT } from '../masked-characters.ts';
import { boundConversation } from './bound.ts';
import type { ConversationMode, ConversationOptions } from './options.ts';

const LIMITS: ConversationOptions = {
  mode: 'limits',
  maxMessages: 30,
  cleanupAt: 25,
  keep: 15,
  keepEmergency: 8,
  tokensMax: undefined,
  charactersMax: undefined,
};
const ROOMY: Model = { ...MODEL, contextTokens: 1_000_000 };

const text = (words: string) => [{ type: 'text' as const, text: words }];
const system = (words: string): Message => ({ role: 'system', content: text(words) });
const user = (words: string): Message => ({ role: 'user', content: text(words) });
const assistant = (words: string): Message => ({ role: 'assistant', content: text(words) });
const calling = (id: string, count = 1): readonly Message[] => {
  const ids = Array.from({ length: count }, (_, index) => `${id}.${index}`);
  return [
    {
      role: 'assistant',
      content: ids.map((callId) => ({
        type: 'tool-call',
        id: callId,
        name: 'f',
        arguments: '{}',
        seal: undefined,
      })),
    },
    {
      role: 'tool',
      content: ids.map((callId) => ({
        type: 'tool-result',
        callId,
        name: 'f',
        content: text('ok'),
        isError: false,
      })),
    },
  ];
};

/** One token a character, so that numbers can be read. */
const estimate = (call: Call): number => wordsOf(call.messages).join('').length;

const wordsOf = (messages: readonly Message[]): readonly string[] =>
  messages.flatMap((message) =>
    message.content.map((part) => {
      if (part.type === 'text') return part.text;
      return part.type === 'tool-call'
        ? `call ${part.id}`
        : part.type === 'tool-result'
          ? `result ${part.callId}`
          : '';
    }),
  );

const bound = (messages: readonly Message[], options = LIMITS, model = ROOMY) =>
  boundConversation(textCall({ messages }), model, options, estimate);

const turns = (count: number): Message[] =>
  Array.from({ length: count }, (_, index) => (index % 2 === 0 ? user(`u${index}`) : assistant(`a${index}`)));

describe('the numbers', () => {
  it('leave a conversation of 24 messages alone, the same object', () => {
    const call = textCall({ messages: turns(24) });
    expect(boundConversation(call, ROOMY, LIMITS, estimate).call).toBe(call);
  });

  it('keep the instructions and the newest 15 of 50 messages', () => {
    const messages = [system('s'), ...turns(49)];
    const { call, loss } = bound(messages);
    // The 15 newest begin with a question: u34 to u48.
    expect(call.messages).toEqual([system('s'), ...turns(49).slice(-15)]);
    expect(loss).toEqual({ need: 'conversation', how: 'dropped', note: '34 of 50 messages' });
  });

  it('keep all of 15 instructions beside 15 messages, and no more than 8 beside 16', () => {
    const systems = (count: number): Message[] =>
      Array.from({ length: count }, (_, index) => system(`s${index}`));
    expect(bound([...systems(15), ...turns(35)]).call.messages).toHaveLength(30);
    const emergency = bound([...systems(16), ...turns(35)]).call.messages;
    // Eight would begin with an answer, so it is seven.
    expect(emergency).toEqual([...systems(16), ...turns(35).slice(-7)]);
  });

  it('keep the same words said twice', () => {
    const messages = Array.from({ length: 30 }, () => user('yes'));
    expect(bound(messages).call.messages).toHaveLength(15);
  });

  it('keep the question of a long chain of tool calls', () => {
    const messages = [
      user('do it'),
      ...Array.from({ length: 40 }, (_, index) => calling(`c${index}`)).flat(),
    ];
    const { call } = bound(messages);
    expect(call.messages[0]).toEqual(user('do it'));
    expect(call.messages).toHaveLength(15);
    expect(call.messages.slice(1)).toEqual(messages.slice(-14));
  });

  it('count each result as the message it was', () => {
    const messages = [...turns(10), user('q'), ...calling('many', 20)];
    const { call, loss } = bound(messages);
    expect(call.messages).toEqual(messages.slice(-3));
    expect(loss?.note).toBe('10 of 32 messages');
  });

  it('hold tokens where a number for them is given', () => {
    const messages = [user('x'.repeat(50)), assistant('y'.repeat(50)), user('z'.repeat(50))];
    expect(bound(messages, { ...LIMITS, tokensMax: 60 }).call.messages).toEqual(messages.slice(-1));
  });
});

describe('fitting', () => {
  const options: ConversationOptions = { ...LIMITS, mode: 'fit' };

  it('leaves out as few as possible of what exceeds the window', () => {
    const model = { ...MODEL, contextTokens: 1_000, outputTokensMax: 100 };
    const messages = Array.from({ length: 21 }, (_, index) =>
      (index % 2 === 0 ? user : assistant)('w'.repeat(100)),
    );
    const { call } = bound(messages, options, model);
    // 900 are left to the input; nine messages begin with a question.
    expect(call.messages).toHaveLength(9);
  });

  it('holds the cap of characters', () => {
    const messages = [user('x'.repeat(500)), assistant('y'), user('z')];
    expect(bound(messages, { ...options, charactersMax: 100 }).call.messages).toEqual([user('z')]);
  });

  it('holds the cap of an org that masks data, with a margin', () => {
    const masked: ConversationOptions = { ...options, charactersMax: 'masked' };
    const kept = [user('x'.repeat(MASKED_CHARACTERS_KEPT - 2)), assistant('y'), user('z')];
    expect(bound(kept, masked).call.messages).toHaveLength(3);
    const longer = [user('x'.repeat(MASKED_CHARACTERS_KEPT - 1)), assistant('y'), user('z')];
    expect(bound(longer, masked).call.messages).toEqual([user('z')]);
    expect(MASKED_CHARACTERS_KEPT).toBe(455_000);
  });

  it('never leaves out the question, even where it is too long by itself', () => {
    const messages = [user('a'), assistant('b'), user('x'.repeat(5_000))];
    expect(bound(messages, options, MODEL).call.messages).toEqual(messages.slice(-1));
  });

  it('is off where it is off', () => {
    const messages = turns(200);
    expect(bound(messages, { ...LIMITS, mode: 'off' }, MODEL).call.messages).toBe(messages);
  });
});

const arbitraryTurn = fc.oneof(
  { weight: 1, arbitrary: fc.constant((id: number) => [system(`s${id}`)]) },
  { weight: 4, arbitrary: fc.constant((id: number) => [user(`u${id}`)]) },
  { weight: 4, arbitrary: fc.constant((id: number) => [assistant(`a${id}`)]) },
  {
    weight: 6,
    arbitrary: fc.integer({ min: 1, max: 4 }).map((count) => (id: number) => calling(`c${id}`, count)),
  },
);

const conversation = fc
  .array(arbitraryTurn, { minLength: 100, maxLength: 200 })
  .map((makers) => [() => [user('first')], ...makers].flatMap((make, index) => make(index)));

describe('a long conversation', () => {
  it.each<ConversationMode>(['off', 'fit', 'limits'])('keeps what it must in the mode %s', (mode) => {
    const numbers = fc.record({
      keep: fc.integer({ min: 1, max: 40 }),
      keepEmergency: fc.integer({ min: 1, max: 20 }),
      contextTokens: fc.integer({ min: 20, max: 4_000 }),
    });
    fc.assert(
      fc.property(conversation, numbers, (messages, { keep, keepEmergency, contextTokens }) => {
        const model = { ...MODEL, contextTokens, outputTokensMax: 10 };
        const { call, loss } = bound(messages, { ...LIMITS, mode, keep, keepEmergency }, model);
        const kept = call.messages;
        // Nothing is changed or moved.
        let at = 0;
        for (const message of kept) {
          at = messages.indexOf(message, at);
          expect(at).toBeGreaterThanOrEqual(0);
          at += 1;
        }
        expect(kept.filter(({ role }) => role === 'system')).toEqual(
          messages.filter(({ role }) => role === 'system'),
        );
        expect(kept).toContain(messages.findLast(({ role }) => role === 'user'));
        expect(kept).toContain(messages.findLast(({ role }) => role !== 'system'));
        expect(kept.find(({ role }) => role !== 'system')?.role).toBe('user');
        const words = wordsOf(kept);
        const named = (what: string) =>
          words.flatMap((word) => (word.startsWith(what) ? [word.slice(what.length)] : []));
        expect(named('result ')).toEqual(named('call '));
        expect(loss === undefined).toBe(kept === messages);
        if (mode === 'fit' && loss === undefined)
          expect(estimate(call)).toBeLessThanOrEqual(contextTokens - 10);
      }),
      { numRuns: 150, seed: 6 },
    );
  });
});
