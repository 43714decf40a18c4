// A whole reply: the format's message object, both ways.

import {
  EMPTY_CHOICE,
  normaliseArguments,
  type JsonObject,
  type JsonValue,
  type Reply,
  type ReplyPart,
} from '../../core/neutral/index.ts';
import { isJsonObject } from '../../core/wire/json-reader.ts';
import { listOf, objectOf, textOf } from '../../core/wire/index.ts';
import { encodeArguments } from './arguments.ts';
import { callSealBlock, decodeSignature, encodeSignature, isRedacted, REDACTED_MAKER } from './seal.ts';
import { decodeStopReason, encodeStop } from './stop-reason.ts';
import { ToolIds } from './tool-ids.ts';
import { typeOf, unreadableReply } from './upstream-json.ts';
import { encodeUsage, UsageCounts, type MessageUsage } from './usage.ts';

function decodeReplyBlock(value: JsonValue): readonly ReplyPart[] {
  const block = objectOf(value);
  switch (typeOf(block)) {
    case 'text':
      return [{ type: 'text', text: textOf(block['text']) ?? '' }];
    case 'thinking': {
      const seal = decodeSignature(textOf(block['signature']) ?? '');
      return [{ type: 'reasoning', text: textOf(block['thinking']) ?? '', seal }];
    }
    case 'redacted_thinking': {
      const seal = { maker: REDACTED_MAKER, value: textOf(block['data']) ?? '' };
      return [{ type: 'reasoning', text: '', seal }];
    }
    case 'tool_use':
      return [
        {
          type: 'tool-call',
          id: textOf(block['id']) ?? '',
          name: textOf(block['name']) ?? '',
          arguments: normaliseArguments(
            isJsonObject(block['input']) ? JSON.stringify(block['input']) : undefined,
          ),
          seal: undefined,
        },
      ];
    default:
      // Blocks of tools that were never asked for.
      return [];
  }
}

/** @throws GatewayError where the value is no message. */
export function decodeMessage(value: JsonValue): Reply {
  if (!isJsonObject(value) || !Array.isArray(value['content'])) throw unreadableReply('no message object');
  const usage = new UsageCounts();
  usage.add(value['usage']);
  const raw = textOf(value['stop_reason']);
  return {
    choices: [
      {
        parts: listOf(value['content']).flatMap(decodeReplyBlock),
        finish: decodeStopReason(raw),
        finishRaw: raw,
        stopSequence: textOf(value['stop_sequence']),
        safety: undefined,
      },
    ],
    usage: usage.usage(),
    servedModel: textOf(value['model']),
    upstreamId: textOf(value['id']),
  };
}

function encodeReplyPart(part: ReplyPart, ids: ToolIds, newId: () => string): JsonObject[] {
  if (part.type === 'text') return part.text === '' ? [] : [{ type: 'text', text: part.text }];
  if (part.type === 'tool-call') {
    const id = ids.open(toolUseId(part.id, newId));
    const call = { type: 'tool_use', id, name: part.name, input: encodeArguments(part.arguments) };
    return part.seal === undefined ? [call] : [call, callSealBlock(id, part.seal)];
  }
  const redacted = isRedacted(part.seal) ? part.seal : undefined;
  const signature = redacted === undefined ? encodeSignature(part.seal) : '';
  const isEmpty = part.text === '' && signature === '';
  return [
    ...(isEmpty ? [] : [{ type: 'thinking', thinking: part.text, signature }]),
    ...(redacted === undefined ? [] : [{ type: 'redacted_thinking', data: redacted.value }]),
  ];
}

/** A call without an id could never be answered. */
export function toolUseId(id: string, newId: () => string): string {
  return id === '' ? `toolu_${newId()}` : id;
}

/** What a message holds that the reply does not tell, streamed and whole alike. */
export type MessageOptions = {
  readonly id: string;
  /** The name the client asked for. */
  readonly model: string;
  readonly newId: () => string;
  /** Asked only where nobody told the count. */
  readonly estimateInput: () => number;
};

/** Of several choices only the first has a place in the format. */
export function encodeMessage(
  reply: Reply,
  options: MessageOptions,
): JsonObject & { readonly usage: MessageUsage } {
  const choice = reply.choices[0] ?? EMPTY_CHOICE;
  const ids = new ToolIds();
  const content = choice.parts.flatMap((part) => encodeReplyPart(part, ids, options.newId));
  const hasToolCalls = choice.parts.some((part) => part.type === 'tool-call');
  return {
    id: options.id,
    type: 'message',
    role: 'assistant',
    model: options.model,
    // Clients read `content[0]` without asking.
    content: content.length === 0 ? [{ type: 'text', text: '' }] : content,
    ...encodeStop(choice.finish, choice.stopSequence, hasToolCalls),
    usage: encodeUsage(reply.usage, options.estimateInput),
  };
}
