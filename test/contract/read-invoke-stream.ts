// Reads an AWS event stream of Messages events with the codec that AWS publishes: checksums, headers and payloads are judged
// by it, not by ours.

import { EventStreamCodec } from '@smithy/eventstream-codec';
import { expect } from 'vitest';

type InvokeFrames = {
  /** The events of the chunks, as the server-sent events they stand for. */
  readonly events: string;
  readonly exception: { readonly type: string; readonly message: string } | undefined;
};

const codec = new EventStreamCodec(
  (bytes) => new TextDecoder().decode(bytes as Uint8Array),
  (text) => new TextEncoder().encode(text),
);

/** @param text The bytes as text, one character a byte. */
export function readInvokeFrames(text: string): InvokeFrames {
  const bytes = Buffer.from(text, 'latin1');
  let events = '';
  let exception: InvokeFrames['exception'];
  for (let at = 0; at < bytes.length;) {
    expect(exception).toBeUndefined();
    const length = bytes.readUInt32BE(at);
    const { headers, body } = codec.decode(bytes.subarray(at, at + length));
    at += length;
    expect(headers[':content-type']?.value).toBe('application/json');
    const payload: { bytes: string; message: string } = JSON.parse(new TextDecoder().decode(body));
    if (headers[':message-type']?.value === 'exception') {
      exception = { type: String(headers[':exception-type']?.value), message: payload.message };
      continue;
    }
    expect(headers[':event-type']?.value).toBe('chunk');
    const data = Buffer.from(payload.bytes, 'base64').toString();
    const event: { type: string } = JSON.parse(data);
    events += `event: ${event.type}\ndata: ${data}\n\n`;
  }
  return { events, exception };
}
