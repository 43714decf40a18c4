// Errors: one class over one closed table.

export { ERROR_CODES, ERROR_TABLE, type ErrorCode, type Fault, type RetryRule } from './table.ts';
export {
  GatewayError,
  toGatewayError,
  type GatewayErrorOptions,
  type UpstreamFault,
} from './gateway-error.ts';
export { retryHeaders } from './retry-headers.ts';
