// What the two surfaces of generations share: the envelope they answer in, their errors, and plain text messages; and what
// every surface that streams shares: how a stream is told, fails and ends.

export { planCarriage, type Carriage } from './carriage.ts';
export { Assembler } from './assembler.ts';
export { SIGNATURE_MAKER } from './choice.ts';
export { readEnvelope, type Envelope } from './envelope.ts';
export { decodeFailure, decodeInnerFailure, protocolFailure } from './failure.ts';
export { numberOf, objectOf, pick } from './fields.ts';
export { LentSink } from './lent-sink.ts';
export { upstreamModelName } from './model-name.ts';
export {
  failed,
  isForeignError,
  passReply,
  readNativeReply,
  translateReply,
  type NativeReply,
} from './native-reply.ts';
export { emptyReply, endedEarly, replyTooLarge, unreadableReply } from './reply-failures.ts';
export { PASSED, TAPPED, TRANSLATED, type Telling, type Told } from './telling.ts';
export { encodePathSegment, joinText, splitSystem } from './text-messages.ts';
export { readHeader } from './waits.ts';
export { readUsage } from './usage.ts';
export { WholeBody } from './whole-body.ts';
export { decodeWholeReply } from './whole-reply.ts';
