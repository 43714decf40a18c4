// The parser of server-sent events: the rules of the format, any cut of the bytes, linear work, the bound.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createSseParser } from './sse.ts';

type Seen = readonly [name: string, data: string];

function parse(pieces: readonly Uint8Array[], eventBytesMax = 1 << 20): Seen[] {
  const seen: Seen[] = [];
  const parser = createSseParser({ eventBytesMax, onEvent: (name, data) => void seen.push([name, data]) });
  for (const piece of pieces) parser.push(piece);
  parser.end();
  return seen;
}

const parseText = (text: string): Seen[] => parse([Buffer.from(text)]);

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b),
    bytes.length,
  ];
  return sorted.slice(1).map((end, index) => bytes.slice(sorted[index], end));
}

describe('the parser of server-sent events', () => {
  it.each(['\n', '\r\n', '\r'])('takes %j as a line end', (end) => {
    expect(parseText(['event: a', 'data: 1', 'data: 2', '', 'data: 3', '', ''].join(end))).toEqual([
      ['a', '1\n2'],
      ['', '3'],
    ]);
  });

  it('takes line ends of all kinds in one stream', () => {
    expect(parseText('data: 1\r\rdata: 2\n\r\ndata: 3\r\n\n')).toEqual([
      ['', '1'],
      ['', '2'],
      ['', '3'],
    ]);
  });

  it('skips comments, unknown fields and a byte order mark', () => {
    expect(parseText('\uFEFFevent: a\n: comment\nid: 7\nretry: 1\ndata:x\n\n')).toEqual([['a', 'x']]);
  });

  it('takes off one space only, and keeps colons and empty data', () => {
    expect(parseText('data:  a: b\n\ndata\n\n')).toEqual([
      ['', ' a: b'],
      ['', ''],
    ]);
  });

  it('forgets the name of an event without data', () => {
    expect(parseText('event: lost\n\ndata: x\n\n')).toEqual([['', 'x']]);
  });

  it('lets go of an event that was not closed', () => {
    expect(parseText('data: 1\n\ndata: 2\n')).toEqual([['', '1']]);
  });

  it('gives the same events for any cut of the bytes', () => {
    const line = fc.oneof(
      fc.constant(''),
      fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `data: ${text.replaceAll(/[\r\n]/g, '')}`),
      fc.constantFrom('event: générer', ': comment', 'data', 'data:🙂', '\uFEFFdata: mark'),
    );
    const stream = fc
      .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 30 })
      .map((lines) => lines.map(([text, end]) => text + end).join(''));
    fc.assert(
      fc.property(stream, fc.boolean(), fc.array(fc.nat(400), { maxLength: 20 }), (text, mark, places) => {
        const bytes = Buffer.from(mark ? `\uFEFF${text}` : text);
        expect(parse(cut(bytes, places))).toEqual(parse([bytes]));
      }),
    );
  });

  it('gives the same events byte by byte', () => {
    const bytes = Buffer.from('\uFEFFevent: é\r\ndata: 🙂\r\ndata: b\r\n\r\ndata: c\r\r');
    expect(parse([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual([
      ['é', '🙂\nb'],
      ['', 'c'],
    ]);
  });

  it.each([
    ['one line', 'x'.repeat(2 << 20)],
    ['many lines', `${'x'.repeat(63)}\ndata: `.repeat(30_000)],
  ])('does linear work on an event of 2 MiB in pieces of 1 KiB: %s', (_what, content) => {
    const bytes = Buffer.from(`data: ${content}\n\n`);
    const seen: number[] = [];
    const parser = createSseParser({
      eventBytesMax: 4 << 20,
      onEvent: (_name, data) => void seen.push(data.length),
    });
    for (let at = 0; at < bytes.length; at += 1024) parser.push(bytes.subarray(at, at + 1024));
    expect(seen).toEqual([content.replaceAll('data: ', '').length]);
    expect(parser.bytesCopied).toBeGreaterThanOrEqual(bytes.length);
    expect(parser.bytesCopied).toBeLessThan(bytes.length * 5);
  });

  it('keeps its own copy of what the sender may overwrite', () => {
    const seen: string[] = [];
    const parser = createSseParser({ eventBytesMax: 100, onEvent: (_name, data) => void seen.push(data) });
    const chunk = Buffer.from('data: abc');
    parser.push(chunk);
    chunk.fill(0);
    parser.push(Buffer.from('d\n\n'));
    expect(seen).toEqual(['abcd']);
  });

  it.each([
    ['one endless line', ['data: ', 'x'.repeat(60), 'x'.repeat(60)]],
    ['endless lines', Array.from({ length: 20 }, () => 'data: 12345\n')],
    ['endless comments', Array.from({ length: 20 }, () => ': 12345678\n')],
  ])('refuses an event beyond its bound: %s', (_what, pieces) => {
    expect(() =>
      parse(
        pieces.map((piece) => Buffer.from(piece)),
        100,
      ),
    ).toThrowError(expect.objectContaining({ code: 'upstream_protocol' }));
  });
});
