// What images and documents may be here: base64, of the types that Anthropic's format names. What would be refused after
// twenty megabytes were sent is refused here.

import { mediaFault, type MediaPart, type Message } from '../../../core/neutral/index.ts';

const TYPES: Readonly<
  Record<MediaPart['type'], { readonly of: ReadonlySet<string>; readonly told: string }>
> = {
  image: {
    of: new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']),
    told: 'images as PNG, JPEG, GIF or WebP',
  },
  document: { of: new Set(['application/pdf']), told: 'documents as PDF' },
};

function assertMedia(part: MediaPart): void {
  const { type, source } = part;
  if (source.type === 'url') {
    // Nobody shall fetch for a caller what the gateway's own rules did not let it fetch.
    throw mediaFault(part, `Media by URL cannot be sent to Salesforce; send the ${type} as base64.`);
  }
  const { of, told } = TYPES[type];
  if (!of.has(source.mimeType)) throw mediaFault(part, `This model takes ${told} only.`);
}

/** @throws GatewayError `unsupported` for media that this surface has no form for. */
export function assertMediaOf(messages: readonly Message[]): void {
  for (const message of messages) {
    for (const part of message.content) {
      if (part.type === 'image' || part.type === 'document') assertMedia(part);
      else if (part.type === 'tool-result') {
        for (const inner of part.content) if (inner.type !== 'text') assertMedia(inner);
      }
    }
  }
}
