// What proves that content arrived: files nobody could have guessed, and the place in an upstream body where a text stands.

import { randomBytes } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

/** A PNG of random pixels: 8 × 8, truecolour, unfiltered. */
export function randomPicture(): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const frame = Buffer.alloc(8 + body.length);
    frame.writeUInt32BE(data.length, 0);
    body.copy(frame, 4);
    frame.writeUInt32BE(crc32(body), 4 + body.length);
    return frame;
  };
  const header = Buffer.from([0, 0, 0, 8, 0, 0, 0, 8, 8, 2, 0, 0, 0]);
  const rows = Array.from({ length: 8 }, () => Buffer.concat([Buffer.from([0]), randomBytes(24)]));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** One empty page and a comment that holds the nonce. */
export function pdfWith(nonce: string): Buffer {
  return Buffer.from(
    `%PDF-1.4\n%${nonce}\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n` +
      '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\nxref\n0 4\n0000000000 65535 f \n' +
      'trailer<</Size 4/Root 1 0 R>>\nstartxref\n0\n%%EOF\n',
  );
}

/** Where in a body the text stands: keys joined by dots, the first one found. */
export function placeOf(body: unknown, needle: string, path = ''): string | undefined {
  if (typeof body === 'string') return body.includes(needle) ? path : undefined;
  if (typeof body !== 'object' || body === null) return undefined;
  for (const [key, value] of Object.entries(body)) {
    const found = placeOf(value, needle, Array.isArray(body) ? path : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
