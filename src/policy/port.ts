// The port of policy: who a caller is and what they may do.

export type Caller = {
  /** A name for logs and metrics, never the key itself. */
  readonly keyId: string;
  /** Whether the key opens the operator's routes. */
  readonly admin: boolean;
};

export type KeyRing = {
  /** The caller behind the presented key; undefined when the key is missing or wrong. Its time tells nothing of the keys. */
  identify(presented: string | undefined): Caller | undefined;
};
