// The content of messages and tool outputs as the format takes it: texts, images as data URLs, files as data URLs.

import type { JsonObject, MediaPart, TextPart } from '../../core/neutral/index.ts';

/** A file must have a name; the kind of it is read from there. */
const DOCUMENT_NAME = 'document.pdf';

export function encodeInputPart(part: TextPart | MediaPart): JsonObject {
  switch (part.type) {
    case 'text':
      return { type: 'input_text', text: part.text };
    case 'image':
      // `detail` is required by the format's schema though it has a default.
      return { type: 'input_image', detail: 'auto', image_url: urlOf(part) };
    case 'document':
      return part.source.type === 'url'
        ? { type: 'input_file', file_url: part.source.url }
        : { type: 'input_file', filename: part.fileName ?? DOCUMENT_NAME, file_data: urlOf(part) };
  }
}

function urlOf({ source }: MediaPart): string {
  return source.type === 'url' ? source.url : `data:${source.mimeType};base64,${source.data}`;
}
