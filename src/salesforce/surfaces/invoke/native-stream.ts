// The stream of this surface on its way to a client that speaks the same format.

import { PASSED } from '../generations/index.ts';
import type { Passthrough } from '../port.ts';
import { openTold } from './stream.ts';

/** Deltas that need no reading go on unparsed. */
const PASSED_UNREAD = { ...PASSED, passesDeltas: true };

export const openNativeStream: Passthrough['openStream'] = (head, context) =>
  openTold(head, context, PASSED_UNREAD);
