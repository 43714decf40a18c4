// Remote images and documents of a call become base64, where the operator allows it; otherwise an address is refused by
// name. The changed call has lost its native body, which still holds the addresses.

import { GatewayError } from '../../core/errors/index.ts';
import {
  mediaFault,
  type Call,
  type GenerateOperation,
  type MediaPart,
  type Message,
  type TextPart,
  type ToolResultPart,
} from '../../core/neutral/index.ts';
import { CancelSource, type CancelSignal } from '../../core/platform/index.ts';
import { fileTypeOf } from './file-type.ts';
import type { ByteBudget, MediaSource } from './port.ts';

/** Distinct addresses of one request. */
const FILES_MAX = 20;
const FILES_AT_ONCE = 4;

type RemotePart = MediaPart & { readonly source: { readonly type: 'url'; readonly url: string } };
type Part = Message['content'][number];

function isRemote(part: Part): part is RemotePart {
  return (part.type === 'image' || part.type === 'document') && part.source.type === 'url';
}

/** Runs on every call, so it makes nothing. */
export function holdsRemoteMedia(call: Call): boolean {
  for (const message of call.messages) {
    for (const part of message.content) {
      if (isRemote(part)) return true;
      if (part.type === 'tool-result' && part.content.some(isRemote)) return true;
    }
  }
  return false;
}

function remotePartsOf(call: Call): readonly RemotePart[] {
  return call.messages.flatMap((message) =>
    message.content.flatMap((part): RemotePart[] => {
      if (part.type === 'tool-result') return part.content.filter(isRemote);
      return isRemote(part) ? [part] : [];
    }),
  );
}

/** @throws GatewayError `unsupported` that says what to do instead. */
export function refuseRemoteMedia(call: Call): never {
  const part = remotePartsOf(call)[0];
  const type = part?.type ?? 'image';
  const why =
    `This gateway does not fetch remote files, and the request names an ${type === 'image' ? 'image' : 'online document'} ` +
    `by its address. Send the ${type} as base64, or ask the operator to set media.fetch_remote to true.`;
  throw part === undefined ? new GatewayError('unsupported', why) : mediaFault(part, why);
}

type LoadedFile = { readonly mimeType: string; readonly data: string };

/** @throws GatewayError for the first file that cannot be had. */
export async function resolveRemoteMedia(
  operation: GenerateOperation,
  deps: { readonly source: MediaSource; readonly bytesMax: number },
  signal: CancelSignal,
): Promise<GenerateOperation> {
  const parts = new Map(remotePartsOf(operation.call).map((part) => [part.source.url, part]));
  if (parts.size > FILES_MAX) {
    throw new GatewayError('invalid_request', `A request can name at most ${FILES_MAX} remote files.`);
  }
  const files = await loadAll([...parts.values()], deps, signal);
  const messages = operation.call.messages.map((message) => withFiles(message, files));
  const { native: _native, ...others } = operation;
  return { ...others, call: { ...operation.call, messages } };
}

async function loadAll(
  parts: readonly RemotePart[],
  deps: { readonly source: MediaSource; readonly bytesMax: number },
  signal: CancelSignal,
): Promise<ReadonlyMap<string, LoadedFile>> {
  const siblings = new CancelSource();
  const stay = siblings.follow(signal);
  const budget = createBudget(deps.bytesMax);
  const files = new Map<string, LoadedFile>();
  const waiting = [...parts];
  let failure: { readonly thrown: unknown } | undefined;

  async function work(): Promise<void> {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      try {
        const bytes = await deps.source.load(new URL(part.source.url), budget, siblings);
        files.set(part.source.url, readFile(part, bytes));
      } catch (thrown) {
        // Only the first is told: the others were ended for it.
        failure ??= { thrown };
        waiting.length = 0;
        siblings.abort(thrown);
      }
    }
  }

  await Promise.all(Array.from({ length: FILES_AT_ONCE }, work));
  stay();
  if (failure !== undefined) throw failure.thrown;
  return files;
}

function createBudget(bytesMax: number): ByteBudget {
  let left = bytesMax;
  return {
    bytesMax,
    spend(bytes) {
      left -= bytes;
      return left >= 0;
    },
  };
}

function readFile(part: RemotePart, bytes: Uint8Array): LoadedFile {
  const mimeType = fileTypeOf(bytes);
  const wanted = part.type === 'image' ? mimeType?.startsWith('image/') : mimeType === 'application/pdf';
  if (mimeType === undefined || wanted !== true) {
    const told = part.type === 'image' ? 'an image as PNG, JPEG, GIF or WebP' : 'a document as PDF';
    throw mediaFault(
      part,
      `What ${new URL(part.source.url).origin} sent for one of the request's files is not ${told}.`,
      'invalid_request',
    );
  }
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  return { mimeType, data };
}

function withFiles(message: Message, files: ReadonlyMap<string, LoadedFile>): Message {
  const inline = <P extends TextPart | MediaPart>(part: P): P => {
    if (part.type === 'text' || part.source.type !== 'url') return part;
    const file = files.get(part.source.url);
    return file === undefined ? part : { ...part, source: { type: 'base64', ...file } };
  };
  switch (message.role) {
    case 'user':
      return { ...message, content: message.content.map(inline) };
    case 'tool':
      return {
        ...message,
        content: message.content.map((result): ToolResultPart => ({
          ...result,
          content: result.content.map(inline),
        })),
      };
    default:
      return message;
  }
}
