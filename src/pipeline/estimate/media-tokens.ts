// What an image or a document costs in tokens, from above: vendors count differently, and the dearest usual way is taken.

import type { MediaPart } from '../../core/neutral/index.ts';
import { imageSizeOf } from './image-size.ts';

/** The dearest vendor's published rule: an image costs its area in pixels over 750, and is first shrunk to about 1,600 tokens. */
const PIXELS_PER_TOKEN = 750;
const IMAGE_TOKENS_MAX = 1_600;
/** Others charge a tile of this many tokens even for the smallest image. */
const IMAGE_TOKENS_MIN = 260;
/** First enough for every format but a camera's JPEG, then enough for that. Bytes. */
const IMAGE_HEAD_BYTES = [1_024, 256 * 1_024] as const;

/** Published: 1,500 to 3,000 tokens of text a page. */
const TOKENS_PER_PAGE = 3_000;
/** No further than this is looked for pages; the rest is taken to be like it. Bytes. */
const PDF_SCAN_BYTES_MAX = 1_024 * 1_024;
/** Pages inside compressed objects cannot be counted, so a page is taken to be this small, up to the usual limit of pages. */
const PDF_PAGE_BYTES = 10 * 1_024;
const PDF_PAGES_GUESSED_MAX = 100;
const PDF_PAGE = /\/Type\s?\/Page(?![A-Za-z])/g;
/** Nothing is known of a file that lies elsewhere. */
const REMOTE_PAGES = 10;
/** Documents that are text, densely written. */
const TEXT_BYTES_PER_TOKEN = 2.5;

export function mediaTokens({ type, source }: MediaPart): number {
  if (source.type === 'url') return type === 'image' ? IMAGE_TOKENS_MAX : REMOTE_PAGES * TOKENS_PER_PAGE;
  if (type === 'image') return imageTokens(source.data);
  if (source.mimeType.startsWith('text/')) return Math.ceil(decodedBytes(source.data) / TEXT_BYTES_PER_TOKEN);
  return pagesOf(source.data) * TOKENS_PER_PAGE;
}

function imageTokens(data: string): number {
  for (const bytes of IMAGE_HEAD_BYTES) {
    const size = imageSizeOf(head(data, bytes));
    if (size === undefined) continue;
    const tokens = Math.ceil((size.width * size.height) / PIXELS_PER_TOKEN);
    return Math.min(IMAGE_TOKENS_MAX, Math.max(IMAGE_TOKENS_MIN, tokens));
  }
  return IMAGE_TOKENS_MAX;
}

function pagesOf(data: string): number {
  const bytes = decodedBytes(data);
  const scanned = head(data, PDF_SCAN_BYTES_MAX);
  const seen = scanned.toString('latin1').match(PDF_PAGE)?.length ?? 0;
  if (seen > 0) return Math.ceil((seen * bytes) / Math.min(bytes, scanned.length));
  return Math.min(PDF_PAGES_GUESSED_MAX, Math.ceil(bytes / PDF_PAGE_BYTES));
}

/** The first bytes of base64 text, at most so many. */
function head(data: string, bytesMax: number): Buffer {
  return Buffer.from(data.slice(0, Math.ceil(bytesMax / 3) * 4), 'base64');
}

function decodedBytes(data: string): number {
  return Math.ceil((data.length * 3) / 4);
}
