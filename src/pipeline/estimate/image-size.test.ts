// The size of an image stands in its first bytes.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { gifOf, jpegOf, pngOf, webpOf } from '../../../test/fakes/media-files.ts';
import { imageSizeOf } from './image-size.ts';

const side = fc.integer({ min: 1, max: 16_383 });

describe('the size of an image', () => {
  it.each([
    ['PNG', pngOf],
    ['GIF', gifOf],
    ['JPEG', jpegOf],
    ['lossy WebP', (width: number, height: number) => webpOf('VP8 ', width, height)],
    ['lossless WebP', (width: number, height: number) => webpOf('VP8L', width, height)],
    ['extended WebP', (width: number, height: number) => webpOf('VP8X', width, height)],
  ] as const)('is read from a %s', (_format, imageOf) => {
    fc.assert(
      fc.property(side, side, (width, height) => {
        expect(imageSizeOf(imageOf(width, height))).toEqual({ width, height });
      }),
    );
  });

  it('is read from a JPEG behind the preview of a camera', () => {
    expect(imageSizeOf(jpegOf(4032, 3024, 100_000))).toEqual({ width: 4032, height: 3024 });
  });

  it('is unknown where the bytes end before it, and reading any bytes ends', () => {
    expect(imageSizeOf(jpegOf(10, 10, 5_000).subarray(0, 1_000))).toBeUndefined();
    fc.assert(
      fc.property(
        fc.constantFrom([], [0xff, 0xd8], [0x89, 0x50, 0x4e, 0x47], [0x52, 0x49, 0x46, 0x46]),
        fc.uint8Array({ maxLength: 200 }),
        (mark, rest) => {
          const size = imageSizeOf(Uint8Array.from([...mark, ...rest]));
          expect(size === undefined || Number.isInteger(size.width * size.height)).toBe(true);
        },
      ),
    );
  });
});
