// A recorded answer, bytes to frames: takes off the heads that `curl -i` leaves, tells server-sent events from an AWS event
// stream, and finds out which protocol the frames speak. What is no stream at all is a CommandFault.

import { isUtf8 } from 'node:buffer';

import { GatewayError } from '../core/errors/index.ts';
import {
  createEventStreamParser,
  FaultLog,
  parseFrameData,
  readRecordedSse,
  stringHeaderOf,
  type EventStreamHeaders,
  type GrammarOptions,
  type StreamFault,
  type StreamFrame,
  type StreamRule,
} from '../core/wire/index.ts';
import { EXIT_UNUSABLE } from './exit-codes.ts';
import { CommandFault } from './faults.ts';

export const PROTOCOLS = ['chat', 'responses', 'messages'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export type RecordedAnswer = {
  readonly framing: 'server-sent events' | 'AWS event stream';
  readonly frames: readonly StreamFrame[];
  readonly comments: number;
  readonly faults: readonly StreamFault[];
};

const EVENT_STREAM = 'application/vnd.amazon.eventstream';

const ANSWER_RULES = {
  'content-type': {
    clause: 'WHATWG HTML, 9.2 Server-sent events: text/event-stream; AWS: application/vnd.amazon.eventstream',
    fix: 'Answer with the content type of the stream.',
  },
  'event-stream': {
    clause: 'AWS event stream encoding: lengths, headers and both checksums of each message',
    fix: 'Write whole messages with their lengths and CRC-32s, and record them as bytes (curl --output).',
  },
  'event-stream-message': {
    clause:
      'Bedrock, InvokeModelWithResponseStream: events named chunk with {"bytes": base64}, or exceptions',
    fix: 'Send each event as the base64 "bytes" of a message whose :event-type is chunk.',
  },
} as const satisfies Readonly<Record<string, StreamRule>>;

const unusable = (message: string, fix: string): CommandFault =>
  new CommandFault(message, fix, EXIT_UNUSABLE);

/** Of one recording: more than any way through proxies leaves. */
const HEADS_MAX = 16;
const HEAD_BYTES_MAX = 16 * 1024;

type Head = { readonly status: number; readonly contentType: string | undefined };

/** The last of the heads, since proxies and 100 Continue have their own, and where the body begins. */
function readHeads(bytes: Buffer): { readonly head: Head | undefined; readonly body: Buffer } {
  let head: Head | undefined;
  let body = bytes;
  for (let count = 0; count < HEADS_MAX; count += 1) {
    const text = body.toString('latin1', 0, HEAD_BYTES_MAX);
    const found = /^HTTP\/[\d.]+ (\d{3})[^\n]*\n((?:[^\r\n]+\r?\n)*)\r?\n/u.exec(text);
    if (found === null) break;
    const [whole, status, lines = ''] = found;
    head = { status: Number(status), contentType: /^content-type:\s*([^;\s]+)/imu.exec(lines)?.[1] };
    body = body.subarray(whole.length);
  }
  return { head, body };
}

/** @throws CommandFault for what is no stream. */
export function readRecordedAnswer(recorded: Uint8Array, options: GrammarOptions): RecordedAnswer {
  const { head, body } = readHeads(Buffer.from(recorded));
  if (head !== undefined && head.status !== 200)
    throw unusable(`The answer is a ${head.status}, not a stream.`, 'Record an answer that was served.');
  if (body.length === 0) throw unusable('The recording is empty.', 'Record with: curl -N ... > stream.txt');
  if (/^\s*[{[]/u.test(body.toString('latin1', 0, 64)))
    throw unusable('This is a whole answer, not a stream.', 'Ask with "stream": true.');
  // The length of a message's first bytes is below 16 MiB; no text begins with a zero.
  const isBinary = body[0] === 0;
  const log = new FaultLog(ANSWER_RULES, options);
  const type = isBinary ? EVENT_STREAM : 'text/event-stream';
  if (head !== undefined)
    log.demand(
      head.contentType === type,
      'content-type',
      `The content type is ${head.contentType ?? 'not told'}.`,
    );
  if (isBinary) return { ...readEventStream(body, log), framing: 'AWS event stream', comments: 0 };
  const { frames, comments, faults } = readRecordedSse(body.toString('utf8'), options, isUtf8(body));
  return { framing: 'server-sent events', frames, comments, faults: [...log.list, ...faults] };
}

function readEventStream(
  bytes: Uint8Array,
  log: FaultLog<keyof typeof ANSWER_RULES>,
): Pick<RecordedAnswer, 'frames' | 'faults'> {
  const frames: StreamFrame[] = [];
  let count = 0;
  const parser = createEventStreamParser({
    frameBytesMax: bytes.length,
    onFrame(headers, payload) {
      count += 1;
      log.frame = count;
      const data = eventOf(headers, Buffer.from(payload).toString('utf8'));
      if (data === undefined) {
        log.tell('event-stream-message', 'A message is neither a chunk nor an exception.');
        return;
      }
      const type = parseFrameData(data)?.['type'];
      frames.push({ number: count, name: typeof type === 'string' ? type : undefined, data });
    },
  });
  try {
    parser.push(bytes);
    parser.end();
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    log.frame = count + 1;
    log.tell('event-stream', thrown.message);
  }
  return { frames, faults: log.list };
}

/** The event inside a message; an exception as the error that it is. */
function eventOf(headers: EventStreamHeaders, payload: string): string | undefined {
  const body = parseFrameData(payload);
  const kind = stringHeaderOf(headers, ':message-type');
  if (kind === 'exception') {
    const error = { type: stringHeaderOf(headers, ':exception-type'), message: body?.['message'] };
    return JSON.stringify({ type: 'error', error });
  }
  const bytes = body?.['bytes'];
  if (kind !== 'event' || stringHeaderOf(headers, ':event-type') !== 'chunk' || typeof bytes !== 'string')
    return undefined;
  return Buffer.from(bytes, 'base64').toString('utf8');
}

function protocolOf(data: string): Protocol | undefined {
  const frame = parseFrameData(data);
  if (frame === undefined) return undefined;
  const type = frame['type'];
  if (typeof type !== 'string') return 'choices' in frame || 'error' in frame ? 'chat' : undefined;
  if (type.startsWith('response.') || (type === 'error' && 'sequence_number' in frame)) return 'responses';
  return /^(?:message_|content_block_|ping$|error$)/u.test(type) ? 'messages' : undefined;
}

/** @throws CommandFault where the frames speak none of them. */
export function detectProtocol({ frames, framing }: RecordedAnswer): Protocol {
  if (framing === 'AWS event stream') return 'messages';
  for (const { data } of frames) {
    if (parseFrameData(data)?.['object'] === 'text_completion')
      throw unusable(
        'This is a stream of the older completions.',
        'Chat, Responses and Messages are checked.',
      );
    const protocol = protocolOf(data);
    if (protocol !== undefined) return protocol;
  }
  throw unusable(
    'No frame shows which protocol this is.',
    `Name it: --protocol ${PROTOCOLS.join(' or --protocol ')}.`,
  );
}
