// A file is what its first bytes say.

import { describe, expect, it } from 'vitest';

import { gifOf, jpegOf, pdfOf, pngOf, webpOf } from '../../../test/fakes/media-files.ts';
import { fileTypeOf } from './file-type.ts';

describe('the type of a file', () => {
  it.each([
    ['image/png', pngOf(1, 1)],
    ['image/jpeg', jpegOf(1, 1)],
    ['image/gif', gifOf(1, 1)],
    ['image/webp', webpOf('VP8 ', 1, 1)],
    ['application/pdf', pdfOf(1)],
    ['application/pdf', Buffer.concat([Buffer.from('\n junk \n'), pdfOf(1)])],
  ])('is %s by its mark', (type, bytes) => expect(fileTypeOf(bytes)).toBe(type));

  it.each([
    ['nothing', Buffer.from('')],
    ['a page', Buffer.from('<!doctype html><html>')],
    ['a drawing with scripts', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['a cut mark', pngOf(1, 1).subarray(0, 7)],
    ['other RIFF', Buffer.from('RIFF\0\0\0\0WAVE')],
    ['a mark too late', Buffer.concat([Buffer.alloc(2000), pdfOf(1)])],
  ])('is unknown of %s', (_what, bytes) => expect(fileTypeOf(bytes)).toBeUndefined());
});
