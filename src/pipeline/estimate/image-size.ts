// Width and height of an image from its first bytes, for PNG, JPEG, GIF and WebP.

export type ImageSize = { readonly width: number; readonly height: number };

/** Undefined where the bytes do not say, or not this early. */
export function imageSizeOf(bytes: Uint8Array): ImageSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return readSize(view);
  } catch (thrown) {
    // Reading beyond what is there: the beginning of the image ends before its size.
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

const PNG_MARK = 0x8950_4e47;
const GIF_MARK = 0x4749_4638;
const RIFF_MARK = 0x5249_4646;
const WEBP_MARK = 0x5745_4250;
const JPEG_MARK = 0xffd8;

function readSize(view: DataView): ImageSize | undefined {
  const mark = view.getUint32(0);
  if (mark === PNG_MARK) return { width: view.getUint32(16), height: view.getUint32(20) };
  if (mark === GIF_MARK) return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (mark === RIFF_MARK && view.getUint32(8) === WEBP_MARK) return readWebp(view);
  return view.getUint16(0) === JPEG_MARK ? readJpeg(view) : undefined;
}

/** RFC 9649: lossy, lossless and extended files keep their size in three ways. */
function readWebp(view: DataView): ImageSize | undefined {
  switch (view.getUint32(12)) {
    case 0x5650_3820:
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 0x5650_384c: {
      const packed = view.getUint32(21, true);
      return { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 };
    }
    case 0x5650_3858:
      return { width: readUint24(view, 24) + 1, height: readUint24(view, 27) + 1 };
    default:
      return undefined;
  }
}

function readUint24(view: DataView, offset: number): number {
  return view.getUint16(offset, true) | (view.getUint8(offset + 2) << 16);
}

/** Segment after segment until a frame header. Pictures of cameras have a preview of some 60 KB before it. */
function readJpeg(view: DataView): ImageSize | undefined {
  let offset = 2;
  for (;;) {
    if (view.getUint8(offset) !== 0xff) return undefined;
    const marker = view.getUint8(offset + 1);
    if (isFrameHeader(marker)) {
      return { height: view.getUint16(offset + 5), width: view.getUint16(offset + 7) };
    }
    // Fill bytes, and markers that stand alone.
    if (marker === 0xff) offset += 1;
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) offset += 2;
    else offset += 2 + Math.max(2, view.getUint16(offset + 2));
  }
}

/** SOF0 to SOF15, without the tables that share their range: DHT (c4), JPG (c8), DAC (cc). */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}
