// The parser of calls in text: whatever way a model dresses its calls, wherever the text is split, and however it speaks of
// the marks without calling.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { CallMarkup } from './call-markup.ts';
import { CallParser, type ParsedPiece } from './call-parser.ts';

const MARKUP: CallMarkup = {
  open: '<call-abc123>',
  close: '</call-abc123>',
  result: '<result-abc123',
  resultClose: '</result-abc123>',
};
const O = MARKUP.open;
const C = MARKUP.close;
const CALL = '{"name":"f","arguments":{"a":1}}';

function parse(...chunks: readonly string[]): ParsedPiece[] {
  const pieces: ParsedPiece[] = [];
  const parser = new CallParser(MARKUP, (piece) => {
    const last = pieces.at(-1);
    if (last?.type === 'text' && piece.type === 'text') {
      pieces[pieces.length - 1] = { type: 'text', text: last.text + piece.text };
    } else pieces.push(piece);
  });
  for (const chunk of chunks) parser.push(chunk);
  parser.end();
  return pieces;
}

const text = (words: string): ParsedPiece => ({ type: 'text', text: words });
const call = (json = CALL): ParsedPiece => ({ type: 'call', json });

const CASES: readonly (readonly [string, string, readonly ParsedPiece[]])[] = [
  ['plain text', 'Hello <b>you</b> ', [text('Hello <b>you</b> ')]],
  ['a call alone', `${O}${CALL}${C}`, [call()]],
  ['text before a call', `Looking.\n\n${O}${CALL}${C}`, [text('Looking.'), call()]],
  ['text on the line of a call', `Looking: ${O}${CALL}${C}`, [text('Looking:'), call()]],
  [
    'text around calls',
    `a\n${O}${CALL}${C}\nb\n${O}${CALL}${C}\nc`,
    [text('a'), call(), text('b'), call(), text('c')],
  ],
  ['parallel calls', `${O}${CALL}${C}\n${O}${CALL}${C}`, [call(), call()]],
  ['calls in one block', `${O}${CALL}\n${CALL}${C}`, [call(), call()]],
  ['a list of calls', `${O}[${CALL},${CALL}]${C}`, [call(`[${CALL},${CALL}]`)]],
  [
    'a fence around a call',
    `Now:\n\`\`\`json\n${O}${CALL}${C}\n\`\`\`\ndone`,
    [text('Now:'), call(), text('done')],
  ],
  ['a fence inside the marks', `${O}\n\`\`\`json\n${CALL}\n\`\`\`\n${C}`, [call()]],
  ['a call without its closing mark', `${O}${CALL}`, [call()]],
  ['text after a missing closing mark', `${O}${CALL} then`, [call(), text('then')]],
  ['a bracket too many', `${O}${CALL}}${C}`, [call()]],
  ['the marks inside of a string', `${O}{"a":"${C}${O}"}${C}`, [call(`{"a":"${C}${O}"}`)]],
  [
    'a call with a bracket missing',
    `${O}{"a":{"b":1}${C}x`,
    [{ type: 'broken', of: 'call', source: '{"a":{"b":1}', closed: true }, text('x')],
  ],
  [
    'a string without its end',
    `${O}{"a":"b}${C}\nand ${O}${CALL}${C}`,
    [{ type: 'broken', of: 'call', source: '{"a":"b}', closed: true }, text('and'), call()],
  ],
  [
    'a call that was cut',
    `a ${O}{"a":"b`,
    [text('a'), { type: 'broken', of: 'call', source: '{"a":"b', closed: false }],
  ],
  ['another notation', `${O}f(a=1)${C}`, [{ type: 'broken', of: 'call', source: 'f(a=1)', closed: true }]],
  ['a quoted mark', `Write \`${O}\` and \`${C}\`.`, [text('Write `<call>` and `</call>`.')]],
  ['a quoted call', `It is "${O}${CALL}${C}", see?`, [text(`It is "<call>${CALL}", see?`)]],
  ['a mark in prose', `The ${O} mark opens.`, [text('The <call> mark opens.')]],
  ['a stray closing mark', `a ${C}b`, [text('a b')]],
  ['a result that was made up', `a<result-abc123 id="1">\nx\n</result-abc123>b`, [text('ab')]],
  [
    'a result that was made up and never closed',
    `a<result-abc123 id="1">\nx\n\nIt is ${O}x${C}.`,
    [
      text('a'),
      { type: 'broken', of: 'result', source: ' id="1">\nx\n\nIt is <call>x</call>.', closed: false },
    ],
  ],
  [
    'a result made up anew after one that was closed',
    'a<result-abc123>x</result-abc123>b<result-abc123>y',
    [text('ab'), { type: 'broken', of: 'result', source: '>y', closed: false }],
  ],
  [
    'a result made up that is cut within its closing mark',
    '<result-abc123>x</result-ab',
    [{ type: 'broken', of: 'result', source: '>x</result-ab', closed: false }],
  ],
  ['a result made up after a call', `${O}${CALL}${C}<result-abc123 id="1">\nx\n</result-abc123>b`, [call()]],
  [
    'a mark of another conversation',
    `<call-ffffff>${CALL}</call-ffffff>`,
    [text(`<call-ffffff>${CALL}</call-ffffff>`)],
  ],
  ['a mark at the very end', `a ${O}`, [text('a <call>')]],
  ['half a mark', 'a <call-abc', [text('a <call-abc')]],
];

describe('a reply with calls in its text', () => {
  it.each(CASES)('that has %s is read so', (_, given, expected) => {
    expect(parse(given)).toEqual(expected);
  });

  it('reads the same wherever it is split', () => {
    const chosen = fc.constantFrom(...CASES);
    fc.assert(
      fc.property(
        chosen,
        fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 }),
        ([, given, expected], sizes) => {
          const chunks: string[] = [];
          let at = 0;
          for (const size of sizes) {
            chunks.push(given.slice(at, at + size));
            at += size;
          }
          expect(parse(...chunks, given.slice(at))).toEqual(expected);
        },
      ),
      { numRuns: 2_000, seed: 6 },
    );
  });

  it('is never held back further than the beginning of a mark', () => {
    let told = '';
    const parser = new CallParser(MARKUP, (piece) => (told += piece.type === 'text' ? piece.text : ''));
    let given = '';
    for (const word of 'One `two` < three ``` four <b> five\n\nsix <calls> seven.'.split(/(?= )/)) {
      given += word;
      parser.push(word);
      // At most blank, a fence and a beginning of a mark.
      expect(given.slice(told.length)).toMatch(/^\s*`{0,3}\s*\w{0,16}\s*(?:<[\w/-]*)?$/);
    }
    parser.push(' and a long sentence without anything.');
    expect(told.endsWith('anything.')).toBe(true);
  });

  it('never shows a mark, whatever is between them', () => {
    const word = fc.constantFrom(
      O,
      C,
      CALL,
      '"',
      '`',
      '```json\n',
      '\n',
      ' ',
      '{',
      '}',
      '[',
      'text',
      '\\',
      MARKUP.result,
      '>',
      MARKUP.resultClose,
      '{"a":"',
      '<',
      'f(',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 14 }), (words) => {
        const shown = parse(...words).flatMap((piece) => (piece.type === 'text' ? [piece.text] : []));
        expect(shown.join('')).not.toContain('abc123');
        expect(parse(words.join(''))).toEqual(parse(...words));
      }),
      { numRuns: 5_000, seed: 6 },
    );
  });
});
