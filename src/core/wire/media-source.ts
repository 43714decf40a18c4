// Images and documents as requests bring them: base64 data of a known type, as a data URL or beside its type, or an https
// address, kept as one for whoever may fetch it. What is wrong is told by the field's path, never by its value.

import type { MediaPart } from '../neutral/index.ts';
import type { JsonReader } from './json-reader.ts';

type Source = MediaPart['source'];

/** From a type as clients write it to its proper name. */
export type MediaTypes = ReadonlyMap<string, string>;

export const IMAGE_TYPES: MediaTypes = new Map([
  ['image/png', 'image/png'],
  ['image/jpeg', 'image/jpeg'],
  ['image/jpg', 'image/jpeg'],
  ['image/gif', 'image/gif'],
  ['image/webp', 'image/webp'],
]);
export const DOCUMENT_TYPES: MediaTypes = new Map([['application/pdf', 'application/pdf']]);

const DATA_URL = /^data:/i;
/** Text of a data URL before its data: a type and a few parameters. */
const DATA_URL_HEAD_CHARACTERS_MAX = 256;

function decodeDataUrl(field: JsonReader, types: MediaTypes): Source {
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
  return { type: 'base64', mimeType, data: url.slice(comma + 1) };
}

/** @param expected What the format takes in this place, for the error: `an https URL` for example. */
export function decodeAddress(field: JsonReader, expected: string): Source {
  const url = field.expectNonEmptyString();
  if (!/^https:\/\//i.test(url) || !URL.canParse(url)) throw field.fault(`must be ${expected}.`);
  return { type: 'url', url };
}

/** An image's URL: its data, or where it is. */
export function decodeImageUrl(field: JsonReader): Source {
  if (DATA_URL.test(field.expectNonEmptyString())) return decodeDataUrl(field, IMAGE_TYPES);
  return decodeAddress(field, 'a data URL or an https URL');
}

/** A document's data URL. */
export function decodeDocumentData(field: JsonReader): Source {
  if (!DATA_URL.test(field.expectString())) {
    throw field.fault('must be a data URL with base64 data: data:application/pdf;base64,<data>.');
  }
  return decodeDataUrl(field, DOCUMENT_TYPES);
}
