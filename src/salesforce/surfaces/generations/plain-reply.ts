// A whole reply without tool calls, put together in one step: what most replies are. Through the assembler it would
// become events, which a fold then collects again, at the price of the rest of the decoding; a test holds both equal.

import { UNKNOWN_USAGE, type Choice, type Reply, type ReplyPart } from '../../../core/neutral/index.ts';
import type { SurfaceContext } from '../port.ts';
import { SIGNATURE_MAKER } from './choice.ts';
import type { Envelope, Piece } from './envelope.ts';
import { concludeFinish, outputTokensMaxOf } from './finish.ts';

/** Undefined where the reply takes an assembler: calls come in pieces, and so may a choice. */
export function readPlainReply(envelope: Envelope, context: SurfaceContext): Reply | undefined {
  const { pieces, usage, servedModel, upstreamId } = envelope;
  const outputTokens = usage?.outputTokens;
  const outputTokensMax = outputTokensMaxOf(context);
  const choices: Choice[] = [];
  for (const piece of pieces) {
    if (piece.choice !== choices.length || piece.invocations.length > 0) return undefined;
    choices.push({
      parts: readParts(piece),
      finish: concludeFinish({
        raw: piece.finishRaw,
        toolSeen: false,
        refused: piece.refusal !== '',
        outputTokens,
        outputTokensMax,
      }),
      finishRaw: piece.finishRaw,
      stopSequence: piece.stopSequence,
      safety: piece.safety,
    });
  }
  return { choices, usage: usage ?? UNKNOWN_USAGE, servedModel, upstreamId };
}

function readParts({ reasoning, text, refusal, signature }: Piece): ReplyPart[] {
  const parts: ReplyPart[] = [];
  const said = refusal === '' ? text : text + refusal;
  if (reasoning !== '') {
    // Behind a text the signature has nowhere to go back from.
    const sealed = signature !== undefined && said === '';
    const seal = sealed ? { maker: SIGNATURE_MAKER, value: signature } : undefined;
    parts.push({ type: 'reasoning', text: reasoning, seal });
  }
  if (said !== '') parts.push({ type: 'text', text: said });
  return parts;
}
