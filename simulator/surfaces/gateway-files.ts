// Files on chat messages: the keys, types and size caps of section 3.9. The size is told by the base64 itself.
import { markersInBase64 } from '../markers.ts';
import type { AttachedFile } from '../mind.ts';
import type { Model } from '../models.ts';
import { isRecord } from './classic-body.ts';
import { bad } from './gateway-body.ts';
import type { Context } from './surface.ts';

const mebibyte = 1024 * 1024;
const filesMax = 10;
const filesBytesMax = 15 * mebibyte;
const claudeImageBytesMax = 3.75 * mebibyte;
const claudePdfBytesMax = 4.5 * mebibyte;
const claudePdfsMax = 5;
const mimeTypes = new Set(['image/png', 'image/jpeg', 'application/pdf']);

/** The size of what is in base64, or undefined when it is not base64. */
export function decodedBytes(data: string): number | undefined {
  if (data.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/u.test(data)) return undefined;
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0;
  return (data.length / 4) * 3 - padding;
}

export function readFiles(context: Context, value: unknown, path: string): readonly AttachedFile[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw bad(context, `${path} must be a list`);
  return value.map((file: unknown, index) => {
    const at = `${path}[${index}]`;
    if (!isRecord(file)) throw bad(context, `${at} must be an object`);
    for (const key of ['fileId', 'mimeType', 'dataType', 'data']) {
      if (typeof file[key] !== 'string' || file[key] === '') throw bad(context, `${at}.${key} is required`);
    }
    const { mimeType, dataType, data } = file as Record<string, string>;
    if (dataType !== 'base64') throw bad(context, `${at}.dataType ${dataType} is not supported`);
    if (mimeType === undefined || !mimeTypes.has(mimeType)) {
      throw bad(context, `${at}.mimeType ${mimeType} is not supported`);
    }
    const bytes = decodedBytes(data ?? '');
    if (bytes === undefined) throw bad(context, `${at}.data is not valid base64`);
    return { mimeType, bytes, markers: markersInBase64(data ?? '') };
  });
}

/** The caps on all files of a request together, and what the model takes. */
export function checkFiles(context: Context, model: Model, files: readonly AttachedFile[]): void {
  if (files.length === 0) return;
  if (files.length > filesMax) throw bad(context, `A request can hold no more than ${filesMax} files`);
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  if (total > filesBytesMax)
    throw bad(context, 'The files of a request cannot be larger than 15 MB in total');
  const pdfs = files.filter((file) => file.mimeType === 'application/pdf');
  const images = files.filter((file) => file.mimeType !== 'application/pdf');
  if (images.length > 0 && !model.images) throw bad(context, 'The model does not support image input', 400);
  if (pdfs.length > 0 && !model.pdfs) throw bad(context, 'The model does not support PDF input', 400);
  if (model.family !== 'claude') return;
  if (images.some((file) => file.bytes > claudeImageBytesMax)) {
    throw bad(context, 'An image cannot be larger than 3.75 MB for this model', 400);
  }
  if (pdfs.length > claudePdfsMax) throw bad(context, 'No more than 5 PDF files for this model', 400);
  if (pdfs.some((file) => file.bytes > claudePdfBytesMax)) {
    throw bad(context, 'A PDF cannot be larger than 4.5 MB for this model', 400);
  }
}
