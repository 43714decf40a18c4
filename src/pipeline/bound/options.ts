// How long a conversation may become before its beginning is left out, and who decides.

/**
 * `off`: never; callers manage their own context. `fit`: only what would exceed the model's window or the character cap.
 * `limits`: also by the numbers.
 */
export type ConversationMode = 'off' | 'fit' | 'limits';

export type ConversationOptions = {
  readonly mode: ConversationMode;
  /** Messages that may be left after a cleanup; beyond, only `keepEmergency` stay. */
  readonly maxMessages: number;
  /** Messages from which on a conversation is cleaned up. */
  readonly cleanupAt: number;
  /** Messages that stay, beside the system's. */
  readonly keep: number;
  readonly keepEmergency: number;
  /** Tokens of the conversation; undefined leaves it to the model's window. */
  readonly tokensMax: number | undefined;
  /** Characters of a prompt; `masked`: what an org takes that masks data; undefined where no cap is known. */
  readonly charactersMax: number | 'masked' | undefined;
};

/** The numbers are the predecessor's, where `limits` is asked for. */
export const CONVERSATION_DEFAULTS: ConversationOptions = {
  mode: 'off',
  maxMessages: 30,
  cleanupAt: 25,
  keep: 15,
  keepEmergency: 8,
  tokensMax: undefined,
  charactersMax: undefined,
};
