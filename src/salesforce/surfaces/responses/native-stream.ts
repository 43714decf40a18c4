// The stream of this surface on its way to a client that speaks the same format: the events' own texts, unframed, with who
// answers, the usage and the finish told beside them for the record.

import type { FrameSink, Passthrough } from '../port.ts';
import { openTold, type Telling } from './stream.ts';

const PASSED: Telling<FrameSink> = {
  event: (event, sink) => {
    if (event.type === 'reply-start' || event.type === 'usage' || event.type === 'finish') sink.event(event);
  },
  frame: (name, data, content, sink) => sink.frame({ name, data, content }),
};

export const openNativeStream: Passthrough['openStream'] = (head, context) => openTold(head, context, PASSED);
