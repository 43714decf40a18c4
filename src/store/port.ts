// The port of stores: state that outlives a request. Verbs are narrow and atomic, and say nothing of where it is kept.

import type { StoredResponse } from '../core/neutral/index.ts';

/** Responses that clients come back to. Each belongs to whoever made it: to anybody else it does not exist. */
export type ResponseStore = {
  /** Keeps it as long as its limits allow; what is larger than all of them is not kept. */
  save(owner: string, id: string, stored: StoredResponse, itemIds: readonly string[]): Promise<void>;
  load(owner: string, id: string): Promise<StoredResponse | undefined>;
  /** The responses that were saved with any of these items. */
  holding(owner: string, itemIds: readonly string[]): Promise<readonly StoredResponse[]>;
  /** Whether there was one. */
  delete(owner: string, id: string): Promise<boolean>;
};
