// A whole response of the gateway (reference 3.5): the shared envelope, in snake_case.

export { decodeWholeReply as decodeResponse } from '../generations/index.ts';
