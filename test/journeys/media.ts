// A picture and a paper that hold a nonce, and where in an upstream body they must arrive. The simulated org reads the
// nonce out of the file itself, so an answer that names it proves that the bytes came through whole.

import { randomUUID } from 'node:crypto';

import { expect } from 'vitest';

import type { OrgCase } from './orgs.ts';
import { pdfFileWith, placeOf, pngFileWith } from './proofs.ts';
import type { Stage } from './stage.ts';

/** A word that the simulated org looks for in files, and says back. */
export const newMarker = (): string => `NONCE-${randomUUID()}`;

/** A PNG in base64, with the marker in a text chunk. */
export const pngWith = (marker: string): string => pngFileWith(marker).toString('base64');

/** A PDF in base64, with the marker in a comment. */
export const pdfWith = (marker: string): string => pdfFileWith(marker).toString('base64');

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
