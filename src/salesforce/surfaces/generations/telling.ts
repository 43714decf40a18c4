// Who is told of the events of a surface that speaks a public format, and how: translated, or passed on as they came to a
// client that speaks the format too.

import type { Event } from '../../../core/neutral/index.ts';
import type { EventSink, FrameSink } from '../port.ts';

export type Telling<S extends EventSink> = {
  event(event: Event, sink: S): void;
  /** After the events that were read from it. @param content Whether it commits the call. */
  frame(name: string, data: string, content: boolean, sink: S): void;
};

/** A decoder of one stream. */
export type Told<S extends EventSink> = { push(chunk: Uint8Array, sink: S): void; end(sink: S): void };

export const TRANSLATED: Telling<EventSink> = {
  event: (event, sink) => sink.event(event),
  frame: () => undefined,
};

/** The events' own texts, unframed, with who answers, the usage and the finish told beside them for the record. */
export const PASSED: Telling<FrameSink> = {
  event: (event, sink) => {
    if (event.type === 'reply-start' || event.type === 'usage' || event.type === 'finish') sink.event(event);
  },
  frame: (name, data, content, sink) => sink.frame({ name, data, content }),
};

/** With the content beside the frames, for whoever keeps a record of it. */
export const TAPPED: Telling<FrameSink> = { ...PASSED, event: (event, sink) => sink.event(event) };
