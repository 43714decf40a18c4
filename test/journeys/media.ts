// A picture and a paper that hold a nonce, and where in an upstream body they must arrive. The simulated org reads the
// nonce out of the file itself, so an answer that names it proves that the bytes came through whole.

import { randomUUID } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

import { expect } from 'vitest';

import type { OrgCase } from './orgs.ts';
import type { Stage } from './stage.ts';

/** A word that the simulated org looks for in files, and says back. */
export const newMarker = (): string => `NONCE-${randomUUID()}`;

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const chunk = Buffer.alloc(8 + body.length);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), 4 + body.length);
  return chunk;
}

/** A PNG of one grey pixel in base64, with the marker in a text chunk. */
export function pngWith(marker: string): string {
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])),
    pngChunk('tEXt', Buffer.from(`Comment\0${marker}`)),
    pngChunk('IDAT', deflateSync(Buffer.from([0, 128]))),
    pngChunk('IEND', Buffer.alloc(0)),
  ]).toString('base64');
}

/** A PDF of one empty page in base64, with the marker in a comment. */
export function pdfWith(marker: string): string {
  return Buffer.from(
    `%PDF-1.4\n%${marker}\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n` +
      '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\nxref\n0 4\n0000000000 65535 f \n' +
      'trailer<</Size 4/Root 1 0 R>>\nstartxref\n0\n%%EOF\n',
  ).toString('base64');
}

/** Where in a body the text stands: keys joined by dots, places in lists left out, the first one found. */
function placeOf(body: unknown, needle: string, path = ''): string | undefined {
  if (typeof body === 'string') return body.includes(needle) ? path : undefined;
  if (typeof body !== 'object' || body === null) return undefined;
  for (const [key, value] of Object.entries(body)) {
    const found = placeOf(value, needle, Array.isArray(body) ? path : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Places = { readonly image: string; readonly resultImage: string; readonly document: string };

/** The fields that carry files on each surface. The classic one has none. */
const MEDIA_PLACES: Readonly<Record<Exclude<OrgCase['surface'], 'chat-generations'>, Places>> = {
  invoke: {
    image: '.messages.content.source.data',
    resultImage: '.messages.content.content.source.data',
    document: '.messages.content.source.data',
  },
  responses: {
    image: '.input.content.image_url',
    resultImage: '.input.output.image_url',
    document: '.input.content.file_data',
  },
  'gateway-generations': {
    image: '.messages.files.data',
    resultImage: '.messages.files.data',
    document: '.messages.files.data',
  },
};

export type MediaField = keyof Places;

/** The last call that the org got has the file in the field for it. */
export async function expectPlace(
  { stage, surface }: { readonly stage: Stage; readonly surface: OrgCase['surface'] },
  data: string,
  field: MediaField,
): Promise<void> {
  if (surface === 'chat-generations') throw new Error('the classic surface carries no files');
  const body = (await stage.journal()).at(-1)?.body;
  expect(placeOf(body, data)).toBe(MEDIA_PLACES[surface][field]);
}
