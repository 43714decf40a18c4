// The stream of this surface on its way to a client that speaks the same format.

import { PASSED, TAPPED } from '../generations/index.ts';
import type { Passthrough } from '../port.ts';
import { openTold } from './stream.ts';

/** Deltas that need no reading go on unparsed. */
const PASSED_UNREAD = { ...PASSED, passesDeltas: true };

const TAPPED_READ = { ...TAPPED, passesDeltas: false };

export const openNativeStream: Passthrough['openStream'] = (head, context) =>
  openTold(head, context, context.tapsContent === true ? TAPPED_READ : PASSED_UNREAD);
