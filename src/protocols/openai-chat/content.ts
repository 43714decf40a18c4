// The content of messages: strings, parts, images and files. Media come as data URLs; a remote address is kept as one,
// for whoever may fetch it. Empty text leaves no part: it says nothing, and some models refuse it.

import type { CacheHint, MediaPart, TextPart } from '../../core/neutral/index.ts';
import { decodeDocumentData, decodeImageUrl, type JsonReader, type Labels } from '../../core/wire/index.ts';

export function textPartsOf(text: string, cache?: CacheHint): TextPart[] {
  if (text === '') return [];
  return [cache === undefined ? { type: 'text', text } : { type: 'text', text, cache }];
}

/** `cache_control` is not OpenAI's; clients of gateways send it in this format to mark a prefix worth caching. */
export function decodeCacheHint(marked: JsonReader): CacheHint | undefined {
  const control = marked.given('cache_control');
  return control && { ttl: control.given('ttl')?.expectString() };
}

function decodeImage(field: JsonReader, labels: Labels): MediaPart {
  const detail = field.given('detail')?.expectString();
  if (detail !== undefined && detail !== 'auto') labels.add('messages.image_url.detail', detail);
  return { type: 'image', source: decodeImageUrl(field.field('url')), fileName: undefined };
}

function decodeFile(field: JsonReader): MediaPart {
  const fileId = field.given('file_id');
  if (fileId !== undefined) {
    throw fileId.fault('is not supported: there is no file store; send file_data.', 'unsupported');
  }
  const fileName = field.given('filename')?.expectString();
  return { type: 'document', source: decodeDocumentData(field.field('file_data')), fileName };
}

function decodePart(part: JsonReader, labels: Labels): readonly (TextPart | MediaPart)[] {
  const type = part.field('type');
  switch (type.expectString()) {
    case 'text':
      return textPartsOf(part.field('text').expectString(), decodeCacheHint(part));
    case 'image_url':
      return [
        { ...decodeImage(part.field('image_url'), labels), path: part.path, cache: decodeCacheHint(part) },
      ];
    case 'file':
      return [{ ...decodeFile(part.field('file')), path: part.path, cache: decodeCacheHint(part) }];
    case 'input_audio':
      throw type.fault("is 'input_audio', which is not supported: no model here hears.", 'unsupported');
    default:
      throw type.fault('must be one of: text, image_url, file.');
  }
}

/** Content of a user message or of a tool's result. */
export function decodeMixedContent(field: JsonReader, labels: Labels): readonly (TextPart | MediaPart)[] {
  if (typeof field.value === 'string') return textPartsOf(field.value);
  if (!Array.isArray(field.value)) {
    throw field.value === undefined
      ? field.fault('is required.')
      : field.fault('must be a string or an array of parts.');
  }
  return field.expectArray().flatMap((part) => decodePart(part, labels));
}

/** Content that can only be text. `refusal` parts are an assistant's words too. */
export function decodeTextContent(
  field: JsonReader,
  allowed: readonly ('text' | 'refusal')[],
): readonly TextPart[] {
  if (typeof field.value === 'string') return textPartsOf(field.value);
  if (!Array.isArray(field.value)) {
    throw field.value === undefined
      ? field.fault('is required.')
      : field.fault('must be a string or an array of text parts.');
  }
  return field.expectArray().flatMap((part) => {
    const type = part.field('type').expectOneOf(allowed);
    return textPartsOf(part.field(type).expectString(), decodeCacheHint(part));
  });
}
