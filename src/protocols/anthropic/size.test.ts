// Requests of any size that a body may have: the work grows with them and no faster, and no count is too many.

import { describe, expect, it } from 'vitest';
import { countWork } from '../../../test/fakes/counted-work.ts';
import { textCall } from '../../../test/fakes/pipeline-parts.ts';
import { EMPTY_CHOICE, UNKNOWN_USAGE } from '../../core/neutral/index.ts';
import type { Choice, JsonValue, Message, Reply } from '../../core/neutral/index.ts';
import { JsonReader } from '../../core/wire/json-reader.ts';

import {
  decodeMessagesRequest,
  encodeMessage,
  encodeMessagesRequest,
  MessageStreamEncoder,
} from './index.ts';

/** More than a function takes arguments on the largest stack that tests run on. */
const MANY = 600_000;

const call = (id: string) =>
  ({ type: 'tool-call', id, name: 'f', arguments: '{}', seal: undefined }) as const;

function writeHistory(count: number): void {
  const messages = Array.from({ length: count }, (): Message[] => [
    { role: 'assistant', content: [call('same')] },
    {
      role: 'tool',
      content: [{ type: 'tool-result', callId: 'same', name: 'f', content: [], isError: false }],
    },
  ]).flat();
  encodeMessagesRequest(textCall({ messages }), { maxTokens: 9, thinking: 'as-asked' });
}

const OPTIONS = { id: 'm', model: 'm', newId: () => 'id', estimateInput: () => 0 };

function replyOf(parts: Choice['parts']): Reply {
  const choices = [{ ...EMPTY_CHOICE, parts }];
  return { choices, usage: UNKNOWN_USAGE, servedModel: undefined, upstreamId: undefined };
}

function writeReply(count: number): void {
  const parts = Array.from({ length: count }, () => call('same'));
  encodeMessage(replyOf(parts), OPTIONS);
}

function writeStream(count: number): void {
  const encoder = new MessageStreamEncoder(OPTIONS, () => undefined);
  for (let made = 0; made < count; made += 1) {
    encoder.push({ type: 'tool-call-start', choice: 0, id: 'same', name: 'f' });
    encoder.push({ type: 'part-end', choice: 0, seal: undefined });
  }
}

describe('one id for every call', () => {
  it.each([
    ['a history', writeHistory],
    ['a whole reply', writeReply],
    ['a stream', writeStream],
  ])('costs %s twice the work for twice the calls', (_what, write) => {
    const once = countWork(() => write(200));
    expect(once).toBeGreaterThan(200);
    expect(countWork(() => write(400))).toBeLessThan(2.1 * once);
  });

  it('becomes as many ids, also where the caller took some of them', () => {
    const parts = ['a', 'a_2', 'a', 'a', 'a_2', 'a'].map(call);
    const message = encodeMessage(replyOf(parts), OPTIONS);
    expect(message['content']).toMatchObject(
      ['a', 'a_2', 'a_3', 'a_4', 'a_2_2', 'a_5'].map((id) => ({ id })),
    );
  });
});

describe('more pieces than a function takes arguments', () => {
  const decode = (messages: JsonValue) =>
    decodeMessagesRequest(new JsonReader({ model: 'm', max_tokens: 9, messages }), { maxTokens: 'required' })
      .messages;
  const text = { type: 'text', text: 'x' };

  it('are read as messages', () => {
    const entry = { role: 'user', content: 'x' };
    expect(decode(Array.from({ length: MANY }, () => entry)).length).toBe(MANY);
  });

  it('are read as blocks within a block', () => {
    const document = {
      type: 'document',
      source: { type: 'content', content: Array.from({ length: MANY }, () => text) },
    };
    expect(decode([{ role: 'user', content: [document] }])[0]?.content.length).toBe(MANY);
  });

  it('are written into the message before them', () => {
    const content = Array.from({ length: MANY }, () => ({ type: 'text', text: 'x' }) as const);
    const messages: Message[] = [
      { role: 'user', content: [{ type: 'text', text: 'first' }] },
      { role: 'user', content },
    ];
    const { body } = encodeMessagesRequest(textCall({ messages }), { maxTokens: 9, thinking: 'as-asked' });
    expect(body['messages']).toMatchObject([{ content: { length: MANY + 1 } }]);
  });
});
