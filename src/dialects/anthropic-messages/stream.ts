// A reply as the format's server-sent events (see the relay of protocols/anthropic, which another dialect frames otherwise).
// A failed stream ends with an `error` event and without `message_stop`.

import { formatSseEvent } from '../../core/wire/sse-format.ts';
import { formatErrorBody, MessageRelay } from '../../protocols/anthropic/index.ts';
import { extensionField } from '../extension.ts';
import type { ClientStream, ReplyContext, StreamOut } from '../port.ts';
import { describeError } from './errors.ts';
import { messageOptions } from './response.ts';

export function openMessageStream(context: ReplyContext, out: StreamOut): ClientStream {
  return new MessageRelay(
    {
      ...messageOptions(context),
      ending: (told) => extensionField(told, 'estimated'),
      tellError: (error) => out.write(formatSseEvent('error', formatErrorBody(describeError(error)))),
    },
    (name, data) => out.write(formatSseEvent(name, data)),
  );
}
