// Markers in texts, PNGs and PDFs, and that the mind says them back: the proof that content arrived.
import { crc32 } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { markersIn, markersInBase64 } from './markers.ts';
import { plainQuestion, think } from './mind.ts';

const chunk = (type: string, data: string): Buffer => {
  const body = Buffer.from(type + data, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
};
const signature = Buffer.from('89504e470d0a1a0a', 'hex');
const png = (...texts: string[]): string =>
  Buffer.concat([
    signature,
    chunk('IHDR', '\0'.repeat(13)),
    ...texts.map((text) => chunk('tEXt', `Comment\0${text}`)),
    chunk('IEND', ''),
  ]).toString('base64');
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('markers', () => {
  it('are words, each told once and in order', () => {
    expect(markersIn('a NONCE-b2, NONCE-a-1; NONCE-b2.')).toEqual(['NONCE-b2', 'NONCE-a-1']);
    expect(markersIn('nonce-x NONCE x')).toEqual([]);
  });

  it('end with their text chunk in a PNG, whatever its checksum looks like', () => {
    const endings = Array.from({ length: 300 }, (_, index) => `NONCE-${index}`);
    // Some checksums begin with a letter or a digit, which a plain search would take for a part of the word.
    const confusing = endings.filter((text) =>
      /^[A-Za-z0-9-]/u.test(chunk('tEXt', `Comment\0${text}`).toString('latin1').slice(-4)),
    );
    expect(confusing.length).toBeGreaterThan(0);
    for (const text of confusing) expect(markersInBase64(png(text))).toEqual([text]);
  });

  it('stand in PDFs and plain files, and nowhere in other bytes or a broken PNG', () => {
    expect(markersInBase64(base64('%PDF-1.4 (NONCE-pdf) Tj'))).toEqual(['NONCE-pdf']);
    expect(markersInBase64(png())).toEqual([]);
    expect(markersInBase64(png('NONCE-x').slice(0, 24))).toEqual([]);
  });
});

describe('the mind', () => {
  const file = { mimeType: 'image/png', bytes: 70, markers: ['NONCE-img'] };

  it('says the markers of files, also beside tool results and in JSON', () => {
    const question = { ...plainQuestion('gpt', [{ role: 'user', text: 'see' }]), files: [file] };
    expect(think(question).text).toBe('Echo: see ✓ (saw 1 message and image/png of 70 bytes) [NONCE-img]');
    const told = {
      ...question,
      messages: [...question.messages, { role: 'tool' as const, text: 'done' }],
    };
    expect(think(told).text).toBe('The tools say: done ✓ (saw 2 messages) [NONCE-img]');
    expect(JSON.parse(think({ ...question, format: 'json' }).text)).toEqual({ echo: 'see [NONCE-img]' });
  });

  it('says a marker that stands beyond where it clips a long text, and none twice', () => {
    const long = `${'x'.repeat(5000)} NONCE-far`;
    expect(think(plainQuestion('gpt', [{ role: 'user', text: long }])).text).toMatch(/ \[NONCE-far\]$/u);
    expect(think(plainQuestion('gpt', [{ role: 'user', text: 'NONCE-near' }])).text).toBe(
      'Echo: NONCE-near ✓ (saw 1 message)',
    );
  });
});
