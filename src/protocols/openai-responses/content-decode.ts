// The content of messages and tool outputs as clients send it: strings, parts, images and files. Media come as data URLs; a
// remote address is kept as one, for whoever may fetch it. Empty text leaves no part: it says nothing.

import type { MediaPart, TextPart } from '../../core/neutral/index.ts';
import type { JsonReader, Labels } from '../../core/wire/index.ts';

const IMAGE_TYPES: ReadonlyMap<string, string> = new Map([
  ['image/png', 'image/png'],
  ['image/jpeg', 'image/jpeg'],
  ['image/jpg', 'image/jpeg'],
  ['image/gif', 'image/gif'],
  ['image/webp', 'image/webp'],
]);
const DOCUMENT_TYPES: ReadonlyMap<string, string> = new Map([['application/pdf', 'application/pdf']]);

/** Text of a data URL before its data: a type and a few parameters. */
const DATA_URL_HEAD_CHARACTERS_MAX = 256;

export function textPartsOf(text: string): TextPart[] {
  return text === '' ? [] : [{ type: 'text', text }];
}

function decodeDataUrl(field: JsonReader, types: ReadonlyMap<string, string>, fileName: string | undefined) {
  const url = field.expectString();
  const comma = url.slice(0, DATA_URL_HEAD_CHARACTERS_MAX).indexOf(',');
  const head = url.slice('data:'.length, Math.max(comma, 0)).toLowerCase();
  if (comma === -1 || !head.endsWith(';base64') || comma === url.length - 1) {
    throw field.fault('must be a data URL with base64 data: data:<type>;base64,<data>.');
  }
  const mimeType = types.get(head.slice(0, head.indexOf(';')).trim());
  if (mimeType === undefined) {
    throw field.fault(`must be of a type among: ${[...new Set(types.values())].join(', ')}.`, 'unsupported');
  }
  return { source: { type: 'base64', mimeType, data: url.slice(comma + 1) } as const, fileName };
}

function refuseFileId(part: JsonReader, instead: string): void {
  const fileId = part.given('file_id');
  if (fileId === undefined) return;
  throw fileId.fault(`is not supported: there is no file store; send ${instead}.`, 'unsupported');
}

function decodeUrl(field: JsonReader): MediaPart['source'] {
  const url = field.expectNonEmptyString();
  if (!/^https:\/\//i.test(url) || !URL.canParse(url)) {
    throw field.fault('must be a data URL or an https URL.');
  }
  return { type: 'url', url };
}

function decodeImage(part: JsonReader, labels: Labels): MediaPart {
  const detail = part.given('detail')?.expectString();
  if (detail !== undefined && detail !== 'auto') labels.add('input_image.detail', detail);
  refuseFileId(part, 'image_url');
  const field = part.field('image_url');
  if (/^data:/i.test(field.expectNonEmptyString())) {
    return { type: 'image', ...decodeDataUrl(field, IMAGE_TYPES, undefined) };
  }
  return { type: 'image', source: decodeUrl(field), fileName: undefined };
}

function decodeFile(part: JsonReader): MediaPart {
  refuseFileId(part, 'file_data');
  const fileName = part.given('filename')?.expectString();
  const address = part.given('file_url');
  if (address !== undefined) return { type: 'document', source: decodeUrl(address), fileName };
  const data = part.field('file_data');
  if (!/^data:/i.test(data.expectString())) {
    throw data.fault('must be a data URL with base64 data: data:application/pdf;base64,<data>.');
  }
  return { type: 'document', ...decodeDataUrl(data, DOCUMENT_TYPES, fileName) };
}

function decodePart(part: JsonReader, labels: Labels): readonly (TextPart | MediaPart)[] {
  const type = part.field('type');
  switch (type.expectString()) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return textPartsOf(part.field('text').expectString());
    case 'refusal':
      return textPartsOf(part.field('refusal').expectString());
    case 'input_image':
      return [{ ...decodeImage(part, labels), path: part.path }];
    case 'input_file':
      return [{ ...decodeFile(part), path: part.path }];
    case 'input_audio':
      throw type.fault("is 'input_audio', which is not supported: no model here hears.", 'unsupported');
    default:
      throw type.fault('must be one of: input_text, input_image, input_file, output_text, refusal.');
  }
}

function partsOf(field: JsonReader): readonly JsonReader[] {
  if (Array.isArray(field.value)) return field.expectArray();
  throw field.value === undefined
    ? field.fault('is required.')
    : field.fault('must be a string or an array of parts.');
}

/** Content of a user message or of a tool's output. */
export function decodeMixedContent(field: JsonReader, labels: Labels): readonly (TextPart | MediaPart)[] {
  if (typeof field.value === 'string') return textPartsOf(field.value);
  return partsOf(field).flatMap((part) => decodePart(part, labels));
}

/** Content that can only be text. */
export function decodeTextContent(field: JsonReader, labels: Labels): readonly TextPart[] {
  if (typeof field.value === 'string') return textPartsOf(field.value);
  return partsOf(field).flatMap((part) =>
    decodePart(part, labels).map((decoded) => {
      if (decoded.type === 'text') return decoded;
      throw part.field('type').fault('must be text here: only user messages and tool outputs hold files.');
    }),
  );
}
