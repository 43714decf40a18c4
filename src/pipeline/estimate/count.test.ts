// Counting a call: nothing of it is left out, and what tokenisers cannot shorten is told from prose.

import { describe, expect, it } from 'vitest';

import { jpegOf, pdfOf, pngOf } from '../../../test/fakes/media-files.ts';
import { textCall } from '../../../test/fakes/pipeline-parts.ts';
import type { Call, MediaPart, Message, Tool } from '../../core/neutral/index.ts';
import { countAtLeast, countCall, textTokens } from './count.ts';
import { mediaTokens } from './media-tokens.ts';

const PROSE = 'The quick brown fox jumps over the lazy dog, and nobody minds. '.repeat(40);
const TOOL: Tool = { name: 'f', description: undefined, parameters: {}, strict: undefined };

const tokensOf = (overrides: Partial<Call>): number => countCall(textCall(overrides)).tokens;
const withMessage = (message: Message): number => tokensOf({ messages: [message] });
const media = (type: MediaPart['type'], mimeType: string, bytes: Buffer): MediaPart => ({
  type,
  source: { type: 'base64', mimeType, data: bytes.toString('base64') },
  fileName: undefined,
});

describe('text', () => {
  it('of prose counts as measured: 3.3 characters a token', () => {
    expect(textTokens(PROSE)).toBeCloseTo(PROSE.length / 3.3, 5);
  });

  it('of base64 counts as measured: nearly a token a character', () => {
    const text = Buffer.alloc(3_000, 'any bytes at all').toString('base64');
    expect(textTokens(text)).toBeCloseTo(text.length * 0.95, 5);
  });

  it('of both counts in between', () => {
    const base64 = Buffer.alloc(PROSE.length * 0.75, 'any bytes at all').toString('base64');
    const perCharacter = textTokens(PROSE + base64) / (PROSE.length + base64.length);
    expect(perCharacter).toBeGreaterThan(0.5);
    expect(perCharacter).toBeLessThan(0.75);
  });

  it('of other scripts counts at least a token a character', () => {
    const text = '你好，世界。今天天气很好。'.repeat(20);
    expect(textTokens(text)).toBeGreaterThanOrEqual(text.length);
  });

  it('grows with every piece added', () => {
    let before = 0;
    for (let length = 0; length < PROSE.length; length += 37) {
      const tokens = textTokens(PROSE.slice(0, length));
      expect(tokens).toBeGreaterThanOrEqual(before);
      before = tokens;
    }
  });
});

describe('a call', () => {
  const text = 'x y '.repeat(100);

  it.each<[string, Message]>([
    ['what the system says', { role: 'system', content: [{ type: 'text', text }] }],
    ['what the user says', { role: 'user', content: [{ type: 'text', text }] }],
    ['what the model said', { role: 'assistant', content: [{ type: 'text', text }] }],
    [
      'what the model thought',
      { role: 'assistant', content: [{ type: 'reasoning', text, seal: undefined }] },
    ],
    [
      'arguments of tool calls',
      {
        role: 'assistant',
        content: [{ type: 'tool-call', id: 'c', name: 'f', arguments: text, seal: undefined }],
      },
    ],
    [
      'results of tools',
      {
        role: 'tool',
        content: [
          { type: 'tool-result', callId: 'c', name: 'f', content: [{ type: 'text', text }], isError: false },
        ],
      },
    ],
  ])('counts %s', (_what, message) => expect(withMessage(message)).toBeGreaterThan(textTokens(text)));

  it('counts tools with their schemas about as long as their JSON text', () => {
    const parameters = {
      type: 'object',
      properties: { city: { type: 'string', enum: ['a', 'b'], description: 'where' }, days: { maximum: 5 } },
      required: ['city'],
      additionalProperties: false,
    };
    const without = tokensOf({ tools: [TOOL] });
    const added = (tokensOf({ tools: [{ ...TOOL, parameters }] }) - without) * 3.3;
    const length = JSON.stringify(parameters).length;
    expect(added).toBeGreaterThan(length * 0.95);
    expect(added).toBeLessThan(length * 1.15);
  });

  it('counts the prompt that tools bring along', () => {
    expect(tokensOf({ tools: [TOOL] }) - tokensOf({})).toBeGreaterThan(346);
  });

  it('counts the schema of its format', () => {
    const format = { name: 'x', description: undefined, strict: undefined, type: 'json-schema' } as const;
    const small = tokensOf({ format: { ...format, schema: {} } });
    expect(tokensOf({ format: { ...format, schema: { description: PROSE } } })).toBeGreaterThan(
      small + textTokens(PROSE) * 0.99,
    );
  });

  it('counts images and documents apart, those inside results of tools too', () => {
    const image = media('image', 'image/png', pngOf(1000, 750));
    const messages: Message[] = [
      { role: 'user', content: [image] },
      {
        role: 'tool',
        content: [{ type: 'tool-result', callId: 'c', name: 'f', content: [image], isError: false }],
      },
    ];
    expect(countCall(textCall({ messages })).mediaTokens).toBe(2000);
  });
});

describe('an image', () => {
  it.each([
    ['by its area', pngOf(1000, 750), 1000],
    ['no more than what it is shrunk to', pngOf(8000, 8000), 1600],
    ['no less than a tile', pngOf(10, 10), 260],
    ['by its area behind a preview', jpegOf(1000, 750, 50_000), 1000],
    ['the most where its size cannot be read', Buffer.from('no image at all'), 1600],
  ])('counts %s', (_how, bytes, tokens) => {
    expect(mediaTokens(media('image', 'image/png', bytes))).toBe(tokens);
  });

  it('that lies elsewhere counts the most', () => {
    const source = { type: 'url', url: 'https://example.com/' } as const;
    expect(mediaTokens({ type: 'image', source, fileName: undefined })).toBe(1600);
  });
});

describe('a document', () => {
  const pdfTokens = (bytes: Buffer): number => mediaTokens(media('document', 'application/pdf', bytes));

  it('counts by its pages', () => {
    expect(pdfTokens(pdfOf(7))).toBeGreaterThanOrEqual(7 * 3_000);
    expect(pdfTokens(pdfOf(7))).toBeLessThanOrEqual(8 * 3_000);
  });

  it('counts by its bytes where pages cannot be seen, within the usual limit of pages', () => {
    expect(pdfTokens(Buffer.concat([Buffer.from('%PDF-1.7'), Buffer.alloc(50_000)]))).toBe(5 * 3_000);
    expect(pdfTokens(Buffer.alloc(5_000_000))).toBe(100 * 3_000);
  });

  it('counts the pages beyond those looked at as being like them', () => {
    const pages = pdfOf(30_000);
    expect(pages.length).toBeGreaterThan(1_100_000);
    const counted = pdfTokens(pages) / 3_000;
    expect(counted).toBeGreaterThan(29_000);
    expect(counted).toBeLessThan(31_000);
  });

  it('of text counts as dense text', () => {
    expect(mediaTokens(media('document', 'text/plain', Buffer.from('x'.repeat(250))))).toBeGreaterThanOrEqual(
      100,
    );
  });
});

describe('the count from lengths alone', () => {
  const atLeast = (text: string, overrides: Partial<Call> = {}): number =>
    countAtLeast(textCall({ messages: [{ role: 'user', content: [{ type: 'text', text }] }], ...overrides }));
  const whole = (text: string, overrides: Partial<Call> = {}): number =>
    tokensOf({ messages: [{ role: 'user', content: [{ type: 'text', text }] }], ...overrides });

  it('is that of the whole call for prose', () => {
    expect(atLeast(PROSE)).toBe(whole(PROSE));
  });

  it('is below it for anything else', () => {
    expect(atLeast('你好，世界。')).toBeLessThan(whole('你好，世界。'));
    expect(atLeast('a'.repeat(500))).toBeLessThan(whole('a'.repeat(500)));
    expect(atLeast(PROSE, { tools: [TOOL] })).toBeLessThan(whole(PROSE, { tools: [TOOL] }));
  });
});
