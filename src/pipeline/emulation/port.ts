// The port of an emulation: it stands between the client and an upstream call, changes the call on its way up and the
// events on their way down, and may ask for one round more. Emulations stack; they share that one round.

import type { Call, Event, Loss } from '../../core/neutral/index.ts';

export type EmulationContext = {
  /** A fresh id of hexadecimal digits. */
  readonly newId: () => string;
  /** Where events go, towards the client. */
  readonly out: (event: Event) => void;
};

export type RoundEnd =
  | { readonly type: 'done' }
  /** This call shall be made too; its events go into the same session. */
  | { readonly type: 'again'; readonly call: Call };

/** Opened anew for each attempt of round one, continued in round two. */
export type EmulationSession = {
  /** The call as those nearer the surface are to see it. */
  readonly call: Call;
  readonly loss: readonly Loss[];
  push(event: Event): void;
  /** The round is over. `last`: there is no other, so it ends with what there is. */
  end(last: boolean): RoundEnd;
  /** The round that was asked for failed: tells what was withheld for it. */
  giveUp(): void;
  /** Makes a call that a session nearer the client asked for such that this one can serve it, and begins it. */
  prepare(call: Call): Call;
};

export const DONE: RoundEnd = { type: 'done' };
