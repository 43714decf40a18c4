// A `fetch` for official clients that keeps the text of the streams it hands on, so that each stream a client read is also held
// to its grammar.

import { readInvokeFrames } from '../contract/read-invoke-stream.ts';

async function eventsOfFrames(stream: ReadableStream<Uint8Array>): Promise<string> {
  const bytes = Buffer.from(await new Response(stream).arrayBuffer());
  return readInvokeFrames(bytes.toString('latin1')).events;
}

/** @param texts Gets the text of each stream; of an AWS event stream, as the server-sent events it stands for. */
export function keepStreams(texts: Promise<string>[]): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const type = response.headers.get('content-type') ?? '';
    const isBinary = type === 'application/vnd.amazon.eventstream';
    if (!(isBinary || type.startsWith('text/event-stream')) || response.body === null) return response;
    const [kept, handed] = response.body.tee();
    const text = isBinary ? eventsOfFrames(kept) : new Response(kept).text();
    // A client that leaves breaks it off, and nobody may ask for it then. Who asks still sees that.
    text.catch(() => undefined);
    texts.push(text);
    return new Response(handed, { status: response.status, headers: response.headers });
  };
}
