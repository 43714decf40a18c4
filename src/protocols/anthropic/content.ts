// Content blocks of users, system entries and tool results. Blocks that models elsewhere do not know (titles and contexts
// of documents, search results, references to tools) are told as text. Empty text leaves no part: it says nothing.

import type { CacheHint, MediaPart, TextPart } from '../../core/neutral/index.ts';
import type { JsonReader } from '../../core/wire/json-reader.ts';
import type { Labels } from './labels.ts';

export type BlockDecoder<T> = (block: JsonReader, labels: Labels) => readonly T[];
export type BlockTable<T> = ReadonlyMap<string, BlockDecoder<T>>;

const IMAGE_TYPES: ReadonlyMap<string, string> = new Map([
  ['image/png', 'image/png'],
  ['image/jpeg', 'image/jpeg'],
  ['image/jpg', 'image/jpeg'],
  ['image/gif', 'image/gif'],
  ['image/webp', 'image/webp'],
]);
const DOCUMENT_TYPES: ReadonlyMap<string, string> = new Map([['application/pdf', 'application/pdf']]);

/** A block type is quoted only where it looks like one: anything else may be the caller's text. */
const TYPE_NAME = /^[a-z0-9_]{1,64}$/;
/** Blocks that only tools running at Anthropic make or read. */
const SERVER_BLOCK =
  /^(?:server_tool_use|mcp_tool_use|mcp_tool_result|container_upload|[a-z_]+_tool_result|compaction)$/;

/** The hint of a block, to be spread into its part. */
export function decodeCache(block: JsonReader): { readonly cache?: CacheHint } {
  const field = block.field('cache_control');
  if (field.isAbsent) return {};
  field.field('type').expectOneOf(['ephemeral']);
  return { cache: { ttl: field.field('ttl').optionalString() } };
}

export function decodeBlock<T>(block: JsonReader, table: BlockTable<T>, labels: Labels): readonly T[] {
  const type = block.field('type');
  const name = type.expectString();
  const decode = table.get(name);
  if (decode !== undefined) return decode(block, labels);
  if (SERVER_BLOCK.test(name) && TYPE_NAME.test(name)) {
    throw type.fault(
      `is '${name}', which is not supported: tools that run at Anthropic do not exist here.`,
      'unsupported',
    );
  }
  throw type.fault(`must be one of: ${[...table.keys()].join(', ')}.`);
}

/** A string, or an array of blocks. */
export function decodeContent<T>(
  field: JsonReader,
  table: BlockTable<T>,
  labels: Labels,
): readonly (T | TextPart)[] {
  if (typeof field.value === 'string') return textPartsOf(field.value, {});
  if (!Array.isArray(field.value)) {
    throw field.value === undefined
      ? field.fault('is required.')
      : field.fault('must be a string or an array of content blocks.');
  }
  return field.expectArray().flatMap((block) => decodeBlock(block, table, labels));
}

function textPartsOf(text: string, cache: { readonly cache?: CacheHint }): TextPart[] {
  return text === '' ? [] : [{ type: 'text', text, ...cache }];
}

export function decodeText(block: JsonReader, labels: Labels): readonly TextPart[] {
  const citations = block.field('citations').optionalArray() ?? [];
  if (citations.length > 0) labels.add('messages.text.citations', true);
  return textPartsOf(block.field('text').expectString(), decodeCache(block));
}

function decodeSource(
  source: JsonReader,
  types: ReadonlyMap<string, string>,
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
    case 'url': {
      const url = source.field('url');
      const address = url.expectNonEmptyString();
      if (!/^https:\/\//i.test(address) || !URL.canParse(address)) throw url.fault('must be an https URL.');
      return { type: 'url', url: address };
    }
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

function decodeImage(block: JsonReader): readonly MediaPart[] {
  const field = block.field('source');
  const source = decodeSource(field, IMAGE_TYPES, 'base64, url');
  if (source === undefined) throw field.field('type').fault('must be one of: base64, url.');
  return [{ type: 'image', source, fileName: undefined, ...decodeCache(block) }];
}

function withCache<T extends TextPart | MediaPart>(
  parts: readonly T[],
  cache: { readonly cache?: CacheHint },
): readonly T[] {
  return parts.map((part, index) => (index === parts.length - 1 ? { ...part, ...cache } : part));
}

function decodeDocument(block: JsonReader, labels: Labels): readonly (TextPart | MediaPart)[] {
  const citations = block.field('citations');
  if (!citations.isAbsent && citations.field('enabled').optionalBoolean() === true) {
    labels.add('messages.document.citations', true);
  }
  const title = block.field('title').optionalString();
  const about = block.field('context').optionalString() ?? '';
  const field = block.field('source');
  const source = decodeSource(field, DOCUMENT_TYPES, 'base64, url, text, content');
  if (source !== undefined) {
    const media: MediaPart = { type: 'document', source, fileName: title, ...decodeCache(block) };
    return [...textPartsOf(about, {}), media];
  }
  const heading = [title === undefined ? '' : `Document: ${title}`, about].filter((line) => line !== '');
  return withCache(
    [...textPartsOf(heading.join('\n'), {}), ...decodeTextualSource(field, labels)],
    decodeCache(block),
  );
}

function decodeTextualSource(source: JsonReader, labels: Labels): readonly (TextPart | MediaPart)[] {
  if (source.field('type').value === 'text') return textPartsOf(source.field('data').expectString(), {});
  return decodeContent(source.field('content'), SOURCE_BLOCKS, labels);
}

function decodeSearchResult(block: JsonReader, labels: Labels): readonly TextPart[] {
  const title = block.field('title').expectString();
  const source = block.field('source').expectString();
  const found = decodeContent(block.field('content'), TEXT_BLOCKS, labels);
  return withCache(
    [{ type: 'text', text: `Search result: ${title}\nSource: ${source}` }, ...found],
    decodeCache(block),
  );
}

function decodeToolReference(block: JsonReader): readonly TextPart[] {
  const name = block.field('tool_name').expectNonEmptyString();
  return [{ type: 'text', text: `The tool ${name} is available now.`, ...decodeCache(block) }];
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
