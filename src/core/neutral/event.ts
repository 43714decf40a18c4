// What a reply is made of while it streams. At most one part is open per choice, so events need no block numbers;
// surfaces serialise what arrives interleaved. Errors are not events: a failed call calls `fail`.

import type { Seal } from './call.ts';
import type { Safety } from './safety.ts';
import type { Usage } from './usage.ts';

/** Why a choice ended. `raw` keeps the vendor's own word. */
export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'refusal';

export type Event =
  /** Who really answers: the vendor's model id and the upstream's id of the reply. Not content. */
  | {
      readonly type: 'reply-start';
      readonly servedModel: string | undefined;
      readonly upstreamId: string | undefined;
    }
  | { readonly type: 'text-start'; readonly choice: number }
  | { readonly type: 'text-delta'; readonly choice: number; readonly text: string }
  | { readonly type: 'reasoning-start'; readonly choice: number }
  | { readonly type: 'reasoning-delta'; readonly choice: number; readonly text: string }
  | { readonly type: 'tool-call-start'; readonly choice: number; readonly id: string; readonly name: string }
  /** A piece of the arguments' JSON text. A call without any has no arguments and folds to `{}`. */
  | { readonly type: 'tool-call-delta'; readonly choice: number; readonly arguments: string }
  | { readonly type: 'part-end'; readonly choice: number; readonly seal: Seal | undefined }
  | { readonly type: 'usage'; readonly usage: Usage }
  | { readonly type: 'safety'; readonly choice: number; readonly safety: Safety }
  | {
      readonly type: 'finish';
      readonly choice: number;
      readonly reason: FinishReason;
      readonly raw: string | undefined;
      readonly stopSequence: string | undefined;
    };

export type EventType = Event['type'];

const CONTENT: ReadonlySet<EventType> = new Set([
  'text-start',
  'text-delta',
  'reasoning-start',
  'reasoning-delta',
  'tool-call-start',
  'tool-call-delta',
  'part-end',
  'finish',
]);

/** Whether the event commits its upstream call: after it, nothing of that call is retried. */
export function isContent(event: Event): boolean {
  return CONTENT.has(event.type);
}
