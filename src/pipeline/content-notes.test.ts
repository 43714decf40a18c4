// What is gathered of a conversation and of an answer for the log of content: bounded, and without half a number at the
// edge.

import { describe, expect, it } from 'vitest';

import { textCall } from '../../test/fakes/pipeline-parts.ts';
import type { Call, Message } from '../core/neutral/index.ts';
import { ContentNotes } from './content-notes.ts';

const callOf = (messages: readonly Message[]): Call => textCall({ messages });

const said = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });

describe('what was asked', () => {
  it('is told message by message, media by their kind alone', () => {
    const notes = new ContentNotes(1000);
    notes.ask([
      callOf([
        { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Look:' },
            {
              type: 'image',
              source: { type: 'base64', mimeType: 'image/png', data: 'AAAA' },
              fileName: undefined,
            },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'hm', seal: undefined },
            { type: 'tool-call', id: '1', name: 'look', arguments: '{"a":1}', seal: undefined },
          ],
        },
        {
          role: 'tool',
          content: [
            {
              type: 'tool-result',
              callId: '1',
              name: 'look',
              content: [{ type: 'text', text: 'a cat' }],
              isError: false,
            },
          ],
        },
      ]),
    ]);
    const lines = [
      'system: Be brief.',
      'user: Look:',
      'user: [image]',
      'assistant: [reasoning] hm',
      'assistant: [call look] {"a":1}',
      'tool: [result of look] a cat',
    ];
    expect(notes.told().request).toEqual({
      text: lines.join('\n'),
      characters: lines.reduce((sum, { length }) => sum + length, 0),
    });
  });

  it('is its end where it is too long, without a word or a number that was cut', () => {
    const notes = new ContentNotes(15);
    notes.ask([callOf([said('first'), said('card 4111 1111 1111 1111 and then more')])]);
    const { request } = notes.told();
    expect(request.text).toBe('and then more');
    expect(request.characters).toBe(
      'user: first'.length + 'user: card 4111 1111 1111 1111 and then more'.length,
    );
  });

  it('is its end where it has no blanks', () => {
    const notes = new ContentNotes(5);
    notes.askTexts(['\u4f60\u597d'.repeat(10), 'ab,cd,ef,h']);
    expect(notes.told().request.text).toBe('ab,cd,ef,h');
    notes.askTexts(['\u4f60\u597d'.repeat(10)]);
    expect(notes.told().request.text).toBe('\u4f60\u597d'.repeat(5));
    notes.askTexts(['ab,cdef,ghij,klm']);
    expect(notes.told().request.text).toBe(',ghij,klm');
  });

  it('is the texts of a call for embeddings', () => {
    const notes = new ContentNotes(100);
    notes.askTexts(['one', 'two']);
    expect(notes.told().request).toEqual({ text: 'one\ntwo', characters: 6 });
  });
});

describe('what was answered', () => {
  it('is folded from its events', () => {
    const notes = new ContentNotes(1000);
    notes.hear({ type: 'reasoning-start', choice: 0 });
    notes.hear({ type: 'reasoning-delta', choice: 0, text: 'think' });
    notes.hear({ type: 'text-start', choice: 0 });
    notes.hear({ type: 'text-delta', choice: 0, text: 'Hel' });
    notes.hear({ type: 'text-delta', choice: 0, text: 'lo' });
    notes.hear({ type: 'tool-call-start', choice: 0, id: '1', name: 'look' });
    notes.hear({ type: 'tool-call-delta', choice: 0, arguments: '{}' });
    expect(notes.told().response.text).toBe('\n[reasoning] think\nHello\n[call look] {}');
  });

  it('is its beginning where it is too long, without a word or a number that was cut', () => {
    const notes = new ContentNotes(15);
    notes.hear({ type: 'text-delta', choice: 0, text: 'and the card is 4111 1111 ' });
    notes.hear({ type: 'text-delta', choice: 0, text: '1111 1111, so be it' });
    expect(notes.told().response).toEqual({ text: 'and the card is', characters: 45 });
  });

  it.each([
    ['a script without blanks', '\u4f60\u597d'.repeat(10), '\u4f60\u597d'.repeat(5)],
    ['JSON without blanks', '{"a":"bcdefgh"}', '{"a":"'],
    ['a key', 'abcdefghijklmnop', ''],
  ])('does not go as a whole where it is %s', (_name, answer, shown) => {
    const notes = new ContentNotes(5);
    notes.hear({ type: 'text-delta', choice: 0, text: answer });
    expect(notes.told().response).toEqual({ text: shown, characters: answer.length });
  });

  it('is that of each leg after the other', () => {
    const notes = new ContentNotes(1000);
    const [one, two] = [notes.leg(), notes.leg()];
    one.hear({ type: 'text-delta', choice: 0, text: 'a' });
    two.hear({ type: 'text-delta', choice: 0, text: 'b' });
    one.hear({ type: 'text-delta', choice: 0, text: 'a' });
    expect(notes.told().response).toEqual({ text: 'aa\nb', characters: 3 });
  });
});
