// What this surface may send that is no answer. What a status says is judged by the shared rules (reference 2.8, 7).

import { protocolFailure } from '../generations/index.ts';
import type { Failure, ResponseHead } from '../port.ts';

export function unreadable(head: ResponseHead, what: string): Failure {
  return protocolFailure(head, `Salesforce sent ${what}.`);
}
