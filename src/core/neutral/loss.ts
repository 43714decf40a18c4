// What did not arrive as the client wrote it. Never silent: it goes into a header and the log.

import type { Need } from './needs.ts';

export type Loss = {
  readonly need: Need;
  /** `dropped`: not sent at all. `adjusted`: sent with another value. */
  readonly how: 'dropped' | 'adjusted';
  /** For example `2 sent as 1`. Never a caller's text. */
  readonly note: string | undefined;
};
