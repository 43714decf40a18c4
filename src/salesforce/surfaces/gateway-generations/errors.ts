// Failures inside a stream of the gateway. What a status says is judged by the shared rules (reference 3.10, 7).

import { decodeInnerFailure, protocolFailure } from '../generations/index.ts';
import type { Failure, ResponseHead } from '../port.ts';

/** The data of `event: error`, an LLMGError. Terminal. */
export function decodeErrorEvent(head: ResponseHead, data: string): Failure {
  return decodeInnerFailure(head, data);
}

export function emptyStream(head: ResponseHead): Failure {
  return protocolFailure(head, 'Salesforce answered with an empty stream.');
}

export function unreadableEvent(head: ResponseHead, data: string): Failure {
  return protocolFailure(
    head,
    'Salesforce sent an event that the gateway cannot read.',
    `${data.length} characters`,
  );
}
