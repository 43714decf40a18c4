// Credentials: the org's bearer token, minted once, shared by all, renewed ahead.

export type { TokenEvent } from './events.ts';
export { tokenHitRate } from './hit-rate.ts';
export { createTokenSource, type OpenableTokenSource } from './token-source.ts';
