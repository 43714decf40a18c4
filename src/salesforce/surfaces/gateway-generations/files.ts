// Images and documents as the gateway takes them: `files` with camelCase keys on a message (reference 3.9), within its
// caps. What it would refuse is refused here, by name, before twenty megabytes are sent.

import { GatewayError } from '../../../core/errors/index.ts';
import { mediaFault, type MediaPart, type Model } from '../../../core/neutral/index.ts';

export type UpstreamFile = {
  readonly fileId: string;
  readonly mimeType: string;
  readonly dataType: 'base64';
  readonly data: string;
  readonly fileName?: string;
};

const MEBIBYTE = 1024 * 1024;
const FILES_MAX = 10;
const FILES_BYTES_MAX = 15 * MEBIBYTE;
const CLAUDE_IMAGE_BYTES_MAX = 3.75 * MEBIBYTE;
const CLAUDE_DOCUMENT_BYTES_MAX = 4.5 * MEBIBYTE;
const CLAUDE_DOCUMENTS_MAX = 5;
const DOCUMENT_TYPE = 'application/pdf';
const IMAGE_TYPES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg']);

/** Takes the files of one request and holds them to the caps. */
export class FileCounter {
  readonly #model: Model;
  readonly #newId: () => string;
  #files = 0;
  #documents = 0;
  #bytes = 0;

  constructor(model: Model, newId: () => string) {
    this.#model = model;
    this.#newId = newId;
  }

  /** @throws GatewayError `unsupported` saying which limit the file breaks. */
  take(part: MediaPart): UpstreamFile {
    const { source } = part;
    if (source.type === 'url') {
      throw mediaFault(part, `Media by URL cannot be sent to Salesforce; send the ${part.type} as base64.`);
    }
    const mimeType = expectType(part, source.mimeType);
    const bytes = decodedBytes(source.data);
    this.#count(part, mimeType, bytes);
    const file: UpstreamFile = { fileId: this.#newId(), mimeType, dataType: 'base64', data: source.data };
    return part.fileName === undefined ? file : { ...file, fileName: part.fileName };
  }

  #count(part: MediaPart, mimeType: string, bytes: number): void {
    this.#files += 1;
    this.#bytes += bytes;
    if (this.#files > FILES_MAX)
      throw refuse(`A request can have at most ${FILES_MAX} images and documents.`);
    if (this.#bytes > FILES_BYTES_MAX) {
      throw refuse('The images and documents of a request can have at most 15 MiB together.');
    }
    if (this.#model.family !== 'claude') return;
    if (mimeType !== DOCUMENT_TYPE) {
      if (bytes > CLAUDE_IMAGE_BYTES_MAX)
        throw mediaFault(part, 'An image for this model can have at most 3.75 MiB.');
      return;
    }
    this.#documents += 1;
    if (bytes > CLAUDE_DOCUMENT_BYTES_MAX)
      throw mediaFault(part, 'A PDF for this model can have at most 4.5 MiB.');
    if (this.#documents > CLAUDE_DOCUMENTS_MAX) {
      throw refuse(`A request for this model can have at most ${CLAUDE_DOCUMENTS_MAX} PDFs.`);
    }
  }
}

function expectType(part: MediaPart, stated: string): string {
  const lower = stated.toLowerCase();
  const mimeType = lower === 'image/jpg' ? 'image/jpeg' : lower;
  if (mimeType === DOCUMENT_TYPE || IMAGE_TYPES.has(mimeType)) return mimeType;
  throw mediaFault(part, 'Salesforce takes images as PNG or JPEG and documents as PDF only.');
}

function decodedBytes(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : Number(base64.endsWith('='));
  return Math.floor((base64.length * 3) / 4) - padding;
}

function refuse(why: string): GatewayError {
  return new GatewayError('unsupported', why);
}
