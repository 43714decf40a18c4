// The port of remote media: bytes of a file that a caller only named by its address.

import type { CancelSignal } from '../../core/platform/index.ts';

/** How much may still be received; shared by all files of one request. */
export type ByteBudget = {
  /** False when it is spent: nothing more may be received. */
  spend(bytes: number): boolean;
  readonly bytesMax: number;
};

export type MediaSource = {
  /**
   * The whole file behind an address that a stranger wrote: nothing but public hosts is spoken to, and only in https.
   *
   * @throws GatewayError `invalid_request` that says why the file cannot be had, or the signal's reason.
   */
  load(url: URL, budget: ByteBudget, signal: CancelSignal): Promise<Uint8Array>;
};

/** What the operator allows. */
export type MediaOptions = {
  /** Off: an address is refused by name. */
  readonly fetchRemote: boolean;
  /** Bytes of all remote files of one request together. */
  readonly bytesMax: number;
  /** For one file, from the look-up of its host to its last byte. */
  readonly timeoutMs: number;
  readonly redirectsMax: number;
};
