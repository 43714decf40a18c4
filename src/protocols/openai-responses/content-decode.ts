// The content of messages and tool outputs as clients send it: strings, parts, images and files. Media come as data URLs; a
// remote address is kept as one, for whoever may fetch it. Empty text leaves no part: it says nothing.

import type { MediaPart, TextPart } from '../../core/neutral/index.ts';
import {
  decodeAddress,
  decodeDocumentData,
  decodeImageUrl,
  type JsonReader,
  type Labels,
} from '../../core/wire/index.ts';

export function textPartsOf(text: string): TextPart[] {
  return text === '' ? [] : [{ type: 'text', text }];
}

function refuseFileId(part: JsonReader, instead: string): void {
  const fileId = part.given('file_id');
  if (fileId === undefined) return;
  throw fileId.fault(`is not supported: there is no file store; send ${instead}.`, 'unsupported');
}

function decodeImage(part: JsonReader, labels: Labels): MediaPart {
  const detail = part.given('detail')?.expectString();
  if (detail !== undefined && detail !== 'auto') labels.add('input_image.detail', detail);
  refuseFileId(part, 'image_url');
  return { type: 'image', source: decodeImageUrl(part.field('image_url')), fileName: undefined };
}

function decodeFile(part: JsonReader): MediaPart {
  refuseFileId(part, 'file_data');
  const fileName = part.given('filename')?.expectString();
  const address = part.given('file_url');
  const source =
    address === undefined
      ? decodeDocumentData(part.field('file_data'))
      : decodeAddress(address, 'a data URL or an https URL');
  return { type: 'document', source, fileName };
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
