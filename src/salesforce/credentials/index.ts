// Credentials: the org's bearer token, minted once, shared by all, renewed ahead.

export type { FileIgnoredReason, ObserveTokens, TokenEvent } from './events.ts';
export { tokenHitRate } from './hit-rate.ts';
export type { LoginRequest, LoginResponse } from './token-request.ts';
export {
  createTokenSource,
  type OpenableTokenSource,
  type TokenSourceDependencies,
  type TokenSourceOptions,
} from './token-source.ts';
