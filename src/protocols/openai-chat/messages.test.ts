// Chat messages to neutral ones: every legal shape, and the path of every illegal one.

import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../core/errors/index.ts';
import type { JsonObject, JsonValue, Message } from '../../core/neutral/index.ts';
import { JsonReader } from '../../core/wire/index.ts';
import { decodeChatRequest } from './request.ts';

function decode(...messages: JsonValue[]): readonly Message[] {
  return decodeChatRequest(new JsonReader({ model: 'm', messages })).call.messages;
}

function refusal(...messages: JsonValue[]): GatewayError {
  try {
    decode(...messages);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error('the messages were not refused');
}

const ASK: JsonObject = { role: 'user', content: 'go' };

function calling(...ids: string[]): JsonObject {
  return {
    role: 'assistant',
    content: null,
    tool_calls: ids.map((id) => ({
      id,
      type: 'function',
      function: { name: `tool_${id}`, arguments: '{"a":1}' },
    })),
  };
}

function result(id: string, content: JsonValue = 'done'): JsonObject {
  return { role: 'tool', tool_call_id: id, content };
}

function user(...content: JsonValue[]): JsonObject {
  return { role: 'user', content };
}

describe('the roles and contents of messages', () => {
  it('reads system and developer alike, and text in parts', () => {
    expect(
      decode(
        { role: 'system', content: 'a' },
        { role: 'developer', content: [{ type: 'text', text: 'b' }] },
        user({ type: 'text', text: 'c' }, { type: 'text', text: 'd' }),
      ),
    ).toEqual([
      { role: 'system', content: [{ type: 'text', text: 'a' }] },
      { role: 'system', content: [{ type: 'text', text: 'b' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'c' },
          { type: 'text', text: 'd' },
        ],
      },
    ]);
  });

  it('keeps an assistant that refused or thought', () => {
    expect(
      decode(
        ASK,
        { role: 'assistant', content: null, refusal: 'No.' },
        { role: 'assistant', content: [{ type: 'refusal', refusal: 'Still no.' }] },
        { role: 'assistant', content: 'yes', reasoning_content: 'hm' },
      ).slice(1),
    ).toEqual([
      { role: 'assistant', content: [{ type: 'text', text: 'No.' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Still no.' }] },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'hm', seal: undefined },
          { type: 'text', text: 'yes' },
        ],
      },
    ]);
  });

  it('reads images and PDFs from data URLs and keeps remote addresses', () => {
    const [message] = decode(
      user(
        { type: 'image_url', image_url: { url: 'data:image/JPG;base64,QUJD' } },
        { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'auto' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,QUJD' } },
      ),
    );
    expect(message?.content).toEqual([
      {
        type: 'image',
        source: { type: 'base64', mimeType: 'image/jpeg', data: 'QUJD' },
        fileName: undefined,
        path: 'messages[0].content[0]',
      },
      {
        type: 'image',
        source: { type: 'url', url: 'https://example.com/a.png' },
        fileName: undefined,
        path: 'messages[0].content[1]',
      },
      {
        type: 'document',
        source: { type: 'base64', mimeType: 'application/pdf', data: 'QUJD' },
        fileName: 'a.pdf',
        path: 'messages[0].content[2]',
      },
    ]);
  });

  it('tells hints deep in messages as labels', () => {
    const body = {
      model: 'm',
      messages: [
        { role: 'user', name: 'ann', content: 'x' },
        user({ type: 'image_url', image_url: { url: 'data:image/png;base64,QQ==', detail: 'low' } }),
      ],
    };
    expect(decodeChatRequest(new JsonReader(body)).call.labels).toEqual({
      'messages.name': true,
      'messages.image_url.detail': 'low',
    });
  });

  it.each<[string, JsonValue, string, string]>([
    ['an unknown part', { type: 'hologram' }, 'invalid_request', 'messages[0].content[0].type'],
    ['a part without type', { text: 'x' }, 'invalid_request', 'messages[0].content[0].type'],
    ['a text part without text', { type: 'text' }, 'invalid_request', 'messages[0].content[0].text'],
    ['audio', { type: 'input_audio', input_audio: {} }, 'unsupported', 'messages[0].content[0].type'],
    [
      'an http image',
      { type: 'image_url', image_url: { url: 'http://example.com/a.png' } },
      'invalid_request',
      'messages[0].content[0].image_url.url',
    ],
    [
      'an image of another type',
      { type: 'image_url', image_url: { url: 'data:image/svg+xml;base64,QUJD' } },
      'unsupported',
      'messages[0].content[0].image_url.url',
    ],
    [
      'an image that is not base64',
      { type: 'image_url', image_url: { url: 'data:image/png,abc' } },
      'invalid_request',
      'messages[0].content[0].image_url.url',
    ],
    [
      'a stored file',
      { type: 'file', file: { file_id: 'file-1' } },
      'unsupported',
      'messages[0].content[0].file.file_id',
    ],
    [
      'a file that is no PDF',
      { type: 'file', file: { file_data: 'data:text/plain;base64,QUJD' } },
      'unsupported',
      'messages[0].content[0].file.file_data',
    ],
  ])('refuses %s', (_what, part, code, param) => {
    expect(refusal(user(part))).toMatchObject({ code, param });
  });
});

describe('tool calls and their results', () => {
  it('groups the results of a turn, in the order they came', () => {
    const messages = decode(
      ASK,
      calling('1', '2'),
      result('2'),
      result('1', [{ type: 'text', text: 'one' }]),
      ASK,
    );
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user']);
    expect(messages[2]?.content).toEqual([
      {
        type: 'tool-result',
        callId: '2',
        name: 'tool_2',
        content: [{ type: 'text', text: 'done' }],
        isError: false,
      },
      {
        type: 'tool-result',
        callId: '1',
        name: 'tool_1',
        content: [{ type: 'text', text: 'one' }],
        isError: false,
      },
    ]);
  });

  it('reads the same ids again in a later turn', () => {
    const turn = [calling('1'), result('1')];
    expect(decode(ASK, ...turn, ...turn).map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'tool',
      'assistant',
      'tool',
    ]);
  });

  it('hazard 13: reads a call without arguments as one with an empty object', () => {
    for (const argumentText of ['', ' ', null]) {
      const call = { id: '1', type: 'function', function: { name: 'now', arguments: argumentText } };
      const [, assistant] = decode(ASK, { role: 'assistant', tool_calls: [call] }, result('1'));
      expect(assistant?.content).toMatchObject([{ type: 'tool-call', arguments: '{}' }]);
    }
  });

  it('hazard 14: takes results in blocks, empty results and ids of any maker, so that no history is poisoned', () => {
    const odd = 'functions.Bash:0|fc_1';
    const contents: JsonValue[] = [
      '',
      null,
      [],
      [
        { type: 'text', text: 'x' },
        { type: 'text', text: 'y' },
      ],
    ];
    for (const content of contents) {
      const messages = decode(ASK, calling(odd), result(odd, content));
      expect(messages[2]?.content).toMatchObject([{ callId: odd, name: `tool_${odd}` }]);
    }
  });

  it('hazard 14: refuses an id that could never be answered, naming it', () => {
    expect(refusal(ASK, calling('')).param).toBe('messages[1].tool_calls[0].id');
    expect(refusal(ASK, calling('1', '1')).param).toBe('messages[1].tool_calls[1].id');
  });

  it('hazard 21: takes what clients send along: refusal null, empty content beside calls, extra keys, images', () => {
    const messages = decode(
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,QUJD' } }] },
      {
        role: 'assistant',
        content: [],
        refusal: null,
        annotations: [],
        audio: null,
        function_call: null,
        tool_calls: [
          { id: '1', index: 0, type: 'function', function: { name: 'a', arguments: '{"x":1,"id":"1"}' } },
        ],
      },
      { ...result('1'), name: 'a' },
    );
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
    expect(messages[1]?.content).toEqual([
      { type: 'tool-call', id: '1', name: 'a', arguments: '{"x":1,"id":"1"}', seal: undefined },
    ]);
  });

  it('reads the older function_call with its function message', () => {
    expect(
      decode(
        ASK,
        { role: 'assistant', content: null, function_call: { name: 'add', arguments: '{}' } },
        { role: 'function', name: 'add', content: '4' },
      ).slice(1),
    ).toEqual([
      {
        role: 'assistant',
        content: [{ type: 'tool-call', id: 'call_1', name: 'add', arguments: '{}', seal: undefined }],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            callId: 'call_1',
            name: 'add',
            content: [{ type: 'text', text: '4' }],
            isError: false,
          },
        ],
      },
    ]);
  });

  it.each<[string, JsonValue[], string]>([
    ['a result without any call', [ASK, result('1')], 'messages[1].tool_call_id'],
    ['a result of an unknown call', [ASK, calling('1'), result('2')], 'messages[2].tool_call_id'],
    [
      'a result that does not follow its call',
      [ASK, calling('1'), result('1'), ASK, result('1')],
      'messages[4].tool_call_id',
    ],
    ['a result given twice', [ASK, calling('1'), result('1'), result('1')], 'messages[3].tool_call_id'],
    ['a call without a result', [ASK, calling('1', '2'), result('1'), ASK], 'messages[1].tool_calls[1]'],
    ['a call without a result at the end', [ASK, calling('1')], 'messages[1].tool_calls[0]'],
    [
      'a result without its id',
      [ASK, calling('1'), { role: 'tool', content: 'x' }],
      'messages[2].tool_call_id',
    ],
    [
      'a result without content',
      [ASK, calling('1'), { role: 'tool', tool_call_id: '1' }],
      'messages[2].content',
    ],
    [
      'a function result nobody asked for',
      [ASK, { role: 'function', name: 'f', content: 'x' }],
      'messages[1].name',
    ],
  ])('refuses %s', (_what, messages, param) => {
    expect(refusal(...messages)).toMatchObject({ code: 'invalid_request', param });
  });

  it('refuses unanswered calls in the words clients know', () => {
    expect(refusal(ASK, calling('1'), ASK).message).toContain(
      "an assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'",
    );
  });
});
