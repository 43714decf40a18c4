// Images and documents in Anthropic's own form on `invoke`, and the caps of section 3.9. Only base64 and plain text: the
// model host fetches nothing.
import { markersIn, markersInBase64 } from '../markers.ts';
import type { AttachedFile } from '../mind.ts';
import type { Model } from '../models.ts';
import type { Body } from './classic-body.ts';
import { isRecord } from './classic-body.ts';
import { decodedBytes } from './gateway-files.ts';
import { nativeRefusal } from './native-errors.ts';
import type { Context } from './surface.ts';

const mebibyte = 1024 * 1024;
const imageBytesMax = 3.75 * mebibyte;
const pdfBytesMax = 4.5 * mebibyte;
const pdfsMax = 5;
const filesMax = 10;
const filesBytesMax = 15 * mebibyte;
const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

const invalid = (context: Context, message: string): Error => nativeRefusal(context, 'invoke', 400, message);

function sourceOf(context: Context, block: Body, path: string): Body {
  const { source } = block;
  if (!isRecord(source)) throw invalid(context, `${path}.source: Field required`);
  return source;
}

function fromBase64(context: Context, source: Body, path: string, types: readonly string[]): AttachedFile {
  const { media_type: mimeType, data } = source;
  if (typeof mimeType !== 'string' || !types.includes(mimeType)) {
    const allowed = types.map((type) => `'${type}'`).join(', ');
    throw invalid(context, `${path}.source.base64.media_type: Input should be ${allowed}`);
  }
  const bytes = typeof data === 'string' && data !== '' ? decodedBytes(data) : undefined;
  if (typeof data !== 'string' || bytes === undefined) {
    throw invalid(context, `${path}.source.base64.data: invalid base64 data`);
  }
  return { mimeType, bytes, markers: markersInBase64(data) };
}

export function readImage(context: Context, block: Body, path: string): AttachedFile {
  const source = sourceOf(context, block, path);
  if (source['type'] !== 'base64') {
    throw invalid(context, `${path}.source.type: Input should be 'base64'`);
  }
  const file = fromBase64(context, source, path, imageTypes);
  if (file.bytes > imageBytesMax) {
    throw invalid(
      context,
      `${path}.source.base64: image exceeds 3.75 MB maximum: ${file.bytes} bytes > ${imageBytesMax} bytes`,
    );
  }
  return file;
}

/** The files of a document: one, or the images of a document made of blocks. */
export function readDocument(context: Context, block: Body, path: string): readonly AttachedFile[] {
  const source = sourceOf(context, block, path);
  switch (source['type']) {
    case 'base64': {
      const file = fromBase64(context, source, path, ['application/pdf']);
      if (file.bytes > pdfBytesMax) {
        throw invalid(
          context,
          `${path}.source.base64: document exceeds 4.5 MB maximum: ${file.bytes} bytes > ${pdfBytesMax} bytes`,
        );
      }
      return [file];
    }
    case 'text': {
      const { data, media_type: mimeType } = source;
      if (typeof data !== 'string' || mimeType !== 'text/plain') {
        throw invalid(context, `${path}.source.text: needs media_type text/plain and data`);
      }
      return [{ mimeType, bytes: Buffer.byteLength(data), markers: markersIn(data) }];
    }
    case 'content':
      return readParts(context, source['content'], `${path}.source.content`);
    default:
      throw invalid(context, `${path}.source.type: Input should be 'base64', 'text' or 'content'`);
  }
}

function readParts(context: Context, content: unknown, path: string): readonly AttachedFile[] {
  const text = (data: string): AttachedFile => ({
    mimeType: 'text/plain',
    bytes: Buffer.byteLength(data),
    markers: markersIn(data),
  });
  if (typeof content === 'string') return [text(content)];
  if (!Array.isArray(content)) throw invalid(context, `${path}: Input should be a valid list`);
  return content.map((part: unknown, index) => {
    if (isRecord(part) && part['type'] === 'text' && typeof part['text'] === 'string')
      return text(part['text']);
    if (isRecord(part) && part['type'] === 'image') return readImage(context, part, `${path}.${index}.image`);
    throw invalid(context, `${path}.${index}.type: Input should be 'text' or 'image'`);
  });
}

/** What the model takes, and the caps over all files. The caps of a request are only known for chat ([D/I M]). */
export function checkInvokeFiles(context: Context, model: Model, files: readonly AttachedFile[]): void {
  const images = files.filter((file) => file.mimeType.startsWith('image/'));
  const pdfs = files.filter((file) => file.mimeType === 'application/pdf');
  if (images.length > 0 && !model.images)
    throw invalid(context, `${model.vendorId} does not support image input`);
  if (pdfs.length > 0 && !model.pdfs) throw invalid(context, `${model.vendorId} does not support PDF input`);
  if (pdfs.length > pdfsMax) throw invalid(context, `A request can hold no more than ${pdfsMax} PDF files`);
  if (context.org.invokeFileCaps === 'by-model') return;
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  if (files.length > filesMax) throw invalid(context, `A request can hold no more than ${filesMax} files`);
  if (total > filesBytesMax) {
    throw invalid(context, 'The files of a request cannot be larger than 15 MB in total');
  }
}
