// What proves that content arrived: files nobody could have guessed, and the place in an upstream body where a text stands.

import { randomBytes } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

type PngChunk = readonly [type: string, data: Buffer];

function pngOf(...chunks: readonly PngChunk[]): Buffer {
  const frames = chunks.map(([type, data]) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(8 + body.length);
    frame.writeUInt32BE(data.length, 0);
    body.copy(frame, 4);
    frame.writeUInt32BE(crc32(body), 4 + body.length);
    return frame;
  });
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), ...frames]);
}

/** A PNG of random pixels: 8 × 8, truecolour, unfiltered. */
export function randomPicture(): Buffer {
  const rows = Array.from({ length: 8 }, () => Buffer.concat([Buffer.from([0]), randomBytes(24)]));
  return pngOf(
    ['IHDR', Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0])],
    ['IDAT', deflateSync(Buffer.concat(rows))],
    ['IEND', Buffer.alloc(0)],
  );
}

/** A PNG of one grey pixel, with the nonce in a text chunk. */
export function pngFileWith(nonce: string): Buffer {
  return pngOf(
    ['IHDR', Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])],
    ['tEXt', Buffer.from(`Comment\0${nonce}`)],
    ['IDAT', deflateSync(Buffer.from([0, 128]))],
    ['IEND', Buffer.alloc(0)],
  );
}

/** A PDF of one empty page and a comment that holds the nonce. */
export function pdfFileWith(nonce: string): Buffer {
  return Buffer.from(
    `%PDF-1.4\n%${nonce}\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n` +
      '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\nxref\n0 4\n0000000000 65535 f \n' +
      'trailer<</Size 4/Root 1 0 R>>\nstartxref\n0\n%%EOF\n',
  );
}

/** Where in a body the text stands: keys joined by dots, places in lists left out, the first one found. */
export function placeOf(body: unknown, needle: string, path = ''): string | undefined {
  if (typeof body === 'string') return body.includes(needle) ? path : undefined;
  if (typeof body !== 'object' || body === null) return undefined;
  for (const [key, value] of Object.entries(body)) {
    const found = placeOf(value, needle, Array.isArray(body) ? path : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
