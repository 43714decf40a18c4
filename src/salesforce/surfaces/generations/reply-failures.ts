// Failures of a reply that is not what the surface is documented to send, in the same words for every surface.

import type { Failure, ResponseHead } from '../port.ts';
import { protocolFailure } from './failure.ts';

export function emptyReply(head: ResponseHead): Failure {
  return protocolFailure(head, 'Salesforce answered with an empty reply.');
}

export function endedEarly(head: ResponseHead): Failure {
  return protocolFailure(head, 'The stream from Salesforce ended before the reply was complete.');
}

/** @param detail For the log, which tells no more than its length. */
export function unreadableReply(head: ResponseHead, detail: string): Failure {
  return protocolFailure(head, 'Salesforce sent a reply that the gateway cannot read.', detail);
}

export function replyTooLarge(head: ResponseHead): Failure {
  return protocolFailure(head, 'Salesforce sent a reply larger than the gateway accepts.');
}
