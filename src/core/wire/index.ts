// Bytes to structure and back: JSON bodies, server-sent events, AWS event streams.

export {
  createEventStreamParser,
  type EventStreamParser,
  type EventStreamParserOptions,
} from './event-stream.ts';
export { formatEventStreamFrame } from './event-stream-format.ts';
export { stringHeaderOf, type EventStreamHeader, type EventStreamHeaders } from './event-stream-headers.ts';
export { JSON_DEPTH_MAX, parseJsonBody, type JsonLimits } from './json.ts';
export { isJsonObject, JsonReader, type NumberRange } from './json-reader.ts';
export { Labels, type LabelRule } from './labels.ts';
export { countOf, listOf, objectOf, objectsOf, parseJson, textOf } from './lenient-json.ts';
export {
  decodeAddress,
  decodeDocumentData,
  decodeImageUrl,
  DOCUMENT_TYPES,
  IMAGE_TYPES,
  type MediaTypes,
} from './media-source.ts';
export { formatSseData, SSE_HEADERS, SSE_KEEP_ALIVE } from './sse-format.ts';
export { createSseParser, type SseParser, type SseParserOptions } from './sse.ts';
export { onePiece } from './one-piece.ts';
export { readRecordedSse, type RecordedSse } from './recorded-sse.ts';
export {
  FaultLog,
  isCount,
  isSameJson,
  isText,
  parseFrameData,
  quote,
  STREAM_FAULTS_MAX,
  type GrammarOptions,
  type StreamEnding,
  type StreamFault,
  type StreamFrame,
  type StreamGrammar,
  type StreamRule,
} from './stream-faults.ts';
