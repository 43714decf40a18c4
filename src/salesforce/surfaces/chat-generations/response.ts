// A whole response of the classic surface (reference 2.4): the shared envelope, in camelCase.

export { decodeWholeReply as decodeResponse } from '../generations/index.ts';
