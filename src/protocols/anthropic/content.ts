// Content blocks of users, system entries and tool results. Blocks that models elsewhere do not know (titles and contexts
// of documents, search results, references to tools) are told as text. Empty text leaves no part: it says nothing.
// Decoders put their parts into a list that is handed to them: one list for each block took as long as the decoding.

import type { GatewayError } from '../../core/errors/index.ts';
import type { CacheHint, MediaPart, TextPart } from '../../core/neutral/index.ts';
import {
  decodeAddress,
  DOCUMENT_TYPES,
  IMAGE_TYPES,
  type JsonReader,
  type Labels,
  type MediaTypes,
} from '../../core/wire/index.ts';

/** Where parts go: the list of whoever asked. */
export type PartSink<T> = { push(part: T): unknown };
export type BlockDecoder<T> = (block: JsonReader, labels: Labels, parts: PartSink<T>) => void;
export type BlockTable<T> = ReadonlyMap<string, BlockDecoder<T>>;

/** A block type is quoted only where it looks like one: anything else may be the caller's text. */
const TYPE_NAME = /^[a-z0-9_]{1,64}$/;
/** Blocks that only tools running at Anthropic make or read. */
const SERVER_BLOCK =
  /^(?:server_tool_use|mcp_tool_use|mcp_tool_result|container_upload|[a-z_]+_tool_result|compaction)$/;

/** The hint of a block, undefined where it has none. */
export function decodeCache(block: JsonReader): CacheHint | undefined {
  const field = block.given('cache_control');
  if (field === undefined) return undefined;
  field.field('type').expectOneOf(['ephemeral']);
  return { ttl: field.field('ttl').optionalString() };
}

/** The part with the hint, if there is one: most parts have none, and are not copied for it. */
export function withCache<T extends object>(
  part: T,
  cache: CacheHint | undefined,
): T | (T & { cache: CacheHint }) {
  return cache === undefined ? part : { ...part, cache };
}

export function decodeBlock<T>(
  block: JsonReader,
  table: BlockTable<T>,
  labels: Labels,
  parts: PartSink<T>,
): void {
  const name = block.stringAt('type');
  const decode = table.get(name);
  if (decode === undefined) throw refuseBlock(block.field('type'), name, table);
  decode(block, labels, parts);
}

function refuseBlock(type: JsonReader, name: string, table: BlockTable<never>): GatewayError {
  if (SERVER_BLOCK.test(name) && TYPE_NAME.test(name)) {
    return type.fault(
      `is '${name}', which is not supported: tools that run at Anthropic do not exist here.`,
      'unsupported',
    );
  }
  return type.fault(`must be one of: ${[...table.keys()].join(', ')}.`);
}

/** A string, or an array of blocks. */
export function decodeContent<T>(
  field: JsonReader,
  table: BlockTable<T>,
  labels: Labels,
  parts: PartSink<T | TextPart>,
): void {
  if (typeof field.value === 'string') {
    pushText(field.value, undefined, parts);
    return;
  }
  if (!Array.isArray(field.value)) {
    throw field.value === undefined
      ? field.fault('is required.')
      : field.fault('must be a string or an array of content blocks.');
  }
  for (const block of field.expectArray()) decodeBlock(block, table, labels, parts);
}

function pushText(text: string, cache: CacheHint | undefined, parts: PartSink<TextPart>): void {
  if (text !== '') parts.push(withCache({ type: 'text', text }, cache));
}

export function decodeText(block: JsonReader, labels: Labels, parts: PartSink<TextPart>): void {
  const citations = block.given('citations')?.expectArray() ?? [];
  if (citations.length > 0) labels.add('messages.text.citations', true);
  pushText(block.stringAt('text'), decodeCache(block), parts);
}

function decodeSource(
  source: JsonReader,
  types: MediaTypes,
  allowed: string,
): MediaPart['source'] | undefined {
  const type = source.field('type');
  switch (type.expectString()) {
    case 'base64': {
      const mediaType = source.field('media_type');
      const mimeType = types.get(mediaType.expectString());
      if (mimeType === undefined) {
        throw mediaType.fault(`must be one of: ${[...new Set(types.values())].join(', ')}.`);
      }
      return { type: 'base64', mimeType, data: source.field('data').expectNonEmptyString() };
    }
    case 'url':
      return decodeAddress(source.field('url'), 'an https URL');
    case 'file':
      throw type.fault(
        "is 'file', which is not supported: there is no file store; send base64.",
        'unsupported',
      );
    case 'text':
    case 'content':
      return undefined;
    default:
      throw type.fault(`must be one of: ${allowed}.`);
  }
}

function decodeImage(block: JsonReader, _labels: Labels, parts: PartSink<MediaPart>): void {
  const field = block.field('source');
  const source = decodeSource(field, IMAGE_TYPES, 'base64, url');
  if (source === undefined) throw field.field('type').fault('must be one of: base64, url.');
  const image: MediaPart = { type: 'image', source, fileName: undefined, path: block.path };
  parts.push(withCache(image, decodeCache(block)));
}

/** Several parts made of one block: its hint belongs to the last. */
function pushAll<T extends TextPart | MediaPart>(
  made: readonly T[],
  cache: CacheHint | undefined,
  parts: PartSink<T>,
): void {
  const last = made.length - 1;
  for (const [index, part] of made.entries()) parts.push(index === last ? withCache(part, cache) : part);
}

function decodeDocument(block: JsonReader, labels: Labels, parts: PartSink<TextPart | MediaPart>): void {
  const citations = block.field('citations');
  if (!citations.isAbsent && citations.field('enabled').optionalBoolean() === true) {
    labels.add('messages.document.citations', true);
  }
  const title = block.field('title').optionalString();
  const about = block.field('context').optionalString() ?? '';
  const field = block.field('source');
  const source = decodeSource(field, DOCUMENT_TYPES, 'base64, url, text, content');
  const made: (TextPart | MediaPart)[] = [];
  if (source === undefined) {
    const heading = [title === undefined ? '' : `Document: ${title}`, about].filter((line) => line !== '');
    pushText(heading.join('\n'), undefined, made);
    decodeTextualSource(field, labels, made);
  } else {
    pushText(about, undefined, made);
    made.push({ type: 'document', source, fileName: title, path: block.path });
  }
  pushAll(made, decodeCache(block), parts);
}

function decodeTextualSource(
  source: JsonReader,
  labels: Labels,
  parts: PartSink<TextPart | MediaPart>,
): void {
  if (source.field('type').value === 'text') pushText(source.stringAt('data'), undefined, parts);
  else decodeContent(source.field('content'), SOURCE_BLOCKS, labels, parts);
}

function decodeSearchResult(block: JsonReader, labels: Labels, parts: PartSink<TextPart>): void {
  const title = block.stringAt('title');
  const source = block.stringAt('source');
  const made: TextPart[] = [{ type: 'text', text: `Search result: ${title}\nSource: ${source}` }];
  decodeContent(block.field('content'), TEXT_BLOCKS, labels, made);
  pushAll(made, decodeCache(block), parts);
}

function decodeToolReference(block: JsonReader, _labels: Labels, parts: PartSink<TextPart>): void {
  const name = block.nonEmptyStringAt('tool_name');
  pushText(`The tool ${name} is available now.`, decodeCache(block), parts);
}

export const TEXT_BLOCKS: BlockTable<TextPart> = new Map([['text', decodeText]]);

const SOURCE_BLOCKS: BlockTable<TextPart | MediaPart> = new Map<string, BlockDecoder<TextPart | MediaPart>>([
  ['text', decodeText],
  ['image', decodeImage],
]);

/** What a user may say, tool results aside. */
export const USER_BLOCKS: BlockTable<TextPart | MediaPart> = new Map<
  string,
  BlockDecoder<TextPart | MediaPart>
>([...SOURCE_BLOCKS, ['document', decodeDocument], ['search_result', decodeSearchResult]]);

export const RESULT_BLOCKS: BlockTable<TextPart | MediaPart> = new Map<
  string,
  BlockDecoder<TextPart | MediaPart>
>([...USER_BLOCKS, ['tool_reference', decodeToolReference]]);
