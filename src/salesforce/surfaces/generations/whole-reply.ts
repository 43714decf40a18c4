// A whole response to a reply or a failure. Never throws: what it cannot read is a failure, told as such.

import { toGatewayError } from '../../../core/errors/index.ts';
import { ReplyFold, type JsonObject, type Reply } from '../../../core/neutral/index.ts';
import { isJsonObject, parseJson } from '../../../core/wire/index.ts';
import type { Decoded, ResponseHead, SurfaceContext } from '../port.ts';
import { Assembler } from './assembler.ts';
import { readEnvelope, type Envelope } from './envelope.ts';
import { readErrorValue } from './error-body.ts';
import { decodeFailure, decodeInnerFailure, protocolFailure } from './failure.ts';
import { pick } from './fields.ts';
import { readPlainReply } from './plain-reply.ts';

export function decodeWholeReply(head: ResponseHead, body: Uint8Array, context: SurfaceContext): Decoded {
  try {
    if (head.status < 200 || head.status >= 300)
      return { type: 'failure', failure: decodeFailure(head, body) };
    return decodeSuccess(head, textOf(body), context);
  } catch (thrown) {
    return { type: 'failure', failure: { error: toGatewayError(thrown), token: 'unaffected' } };
  }
}

function decodeSuccess(head: ResponseHead, text: string, context: SurfaceContext): Decoded {
  const json = parseJson(text);
  if (!isJsonObject(json)) {
    const what = text.trim() === '' ? 'an empty reply' : 'a reply that is not JSON';
    return {
      type: 'failure',
      failure: protocolFailure(head, `Salesforce sent ${what}.`, describeText(text)),
    };
  }
  const envelope = readEnvelope(json, context.model);
  if (envelope === undefined) {
    // Under load a 200 may carry an error (reference 7).
    const isError = pick(json, ERROR_FIELDS) !== undefined;
    const failure = isError
      ? decodeInnerFailure(head, text)
      : protocolFailure(head, 'Salesforce sent a reply the gateway does not know.', describeKeys(json));
    return { type: 'failure', failure };
  }
  if (envelope.pieces.length === 0) {
    return {
      type: 'failure',
      failure: protocolFailure(head, 'Salesforce sent a reply without generations.'),
    };
  }
  return { type: 'reply', reply: readPlainReply(envelope, context) ?? assemble(envelope, context) };
}

/** The same reply as a stream with this one envelope folds to. */
export function assemble(envelope: Envelope, context: SurfaceContext): Reply {
  const fold = new ReplyFold();
  const assembler = new Assembler(context, (event) => fold.push(event));
  assembler.push(envelope);
  assembler.finish();
  return fold.reply();
}

function textOf(body: Uint8Array): string {
  const bytes = body instanceof Buffer ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return bytes.toString('utf8');
}

/** A page of an edge is worth its beginning; what began as JSON is a reply cut short, and nobody's to read. */
function describeText(text: string): string {
  const trimmed = text.trim();
  return /^[[{"]/.test(trimmed)
    ? `${text.length} characters of broken JSON`
    : (readErrorValue(undefined, trimmed).detail ?? '');
}

function describeKeys(json: JsonObject): string {
  return `fields: ${Object.keys(json).slice(0, KEYS_MAX).join(', ').slice(0, KEYS_CHARACTERS_MAX)}`;
}

const KEYS_MAX = 20;
const KEYS_CHARACTERS_MAX = 500;
const ERROR_FIELDS = ['error', 'errors', 'errorCode', 'error_code', 'messageCode', 'message_code', 'message'];
