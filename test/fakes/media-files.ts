// The beginnings of real files: enough for what only looks at headers.

const bytesOf = (...parts: readonly (string | readonly number[])[]): Buffer =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  );

function uint(value: number, bytes: number, order: 'big' | 'little'): number[] {
  const digits = Array.from({ length: bytes }, (_, index) => (value >>> (8 * index)) & 0xff);
  return order === 'little' ? digits : digits.toReversed();
}

export function pngOf(width: number, height: number): Buffer {
  return bytesOf(
    '\u0089PNG\r\n\u001a\n',
    uint(13, 4, 'big'),
    'IHDR',
    uint(width, 4, 'big'),
    uint(height, 4, 'big'),
  );
}

export function gifOf(width: number, height: number): Buffer {
  return bytesOf('GIF89a', uint(width, 2, 'little'), uint(height, 2, 'little'));
}

/** `previewBytes`: of a segment before the frame header, as cameras write one. */
export function jpegOf(width: number, height: number, previewBytes = 16): Buffer {
  const segments = Math.ceil(previewBytes / 60_000);
  const preview = Array.from({ length: segments }, () => {
    const length = Math.min(60_000, previewBytes);
    return bytesOf([0xff, 0xe1], uint(length + 2, 2, 'big'), 'x'.repeat(length));
  });
  const frame = [[0xff, 0xc2], uint(17, 2, 'big'), [8], uint(height, 2, 'big'), uint(width, 2, 'big')];
  // A table whose marker lies in the same range as the frame headers'.
  const table = bytesOf([0xff, 0xc4], uint(4, 2, 'big'), [0, 0]);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), ...preview, table, bytesOf(...frame)]);
}

export function webpOf(kind: 'VP8 ' | 'VP8L' | 'VP8X', width: number, height: number): Buffer {
  const head = bytesOf('RIFF', uint(30, 4, 'little'), 'WEBP', kind, uint(10, 4, 'little'));
  if (kind === 'VP8X') {
    return Buffer.concat([
      head,
      bytesOf([0, 0, 0, 0], uint(width - 1, 3, 'little'), uint(height - 1, 3, 'little')),
    ]);
  }
  if (kind === 'VP8L') {
    return Buffer.concat([head, bytesOf([0x2f], uint((width - 1) | ((height - 1) << 14), 4, 'little'))]);
  }
  const frame = [[0, 0, 0], [0x9d, 0x01, 0x2a], uint(width, 2, 'little'), uint(height, 2, 'little')];
  return Buffer.concat([head, bytesOf(...frame)]);
}

export function pdfOf(pages: number): Buffer {
  const objects = Array.from(
    { length: pages },
    (_, index) => `${index + 3} 0 obj <</Type /Page /Parent 2 0 R>> endobj\n`,
  );
  return Buffer.from(`%PDF-1.7\n2 0 obj <</Type /Pages /Count ${pages}>> endobj\n${objects.join('')}`);
}
