// A client's request body to a neutral call, and to what the answer will need of it: the settings it repeats, the names of the
// tools, the input to store. Nothing is lost in silence: each field is understood, refused by name, a documented no-op, or
// kept as a label, which is told in loss when it is dropped.

import type { Call, Continued, JsonObject, JsonValue, Message } from '../../core/neutral/index.ts';
import { JsonReader } from '../../core/wire/index.ts';
import { COMPACTION_REQUEST } from './compaction.ts';
import { textPartsOf } from './content-decode.ts';
import { encodeEcho, type AnswerShape } from './echo.ts';
import { decodeInput, itemOfText, referencesOf, resolveReferences, toolListsOf } from './input-decode.ts';
import { createLabels } from './labels.ts';
import {
  decodeFormat,
  decodeInclude,
  decodeReasoning,
  decodeSampling,
  decodeTruncation,
} from './settings-decode.ts';
import { decodeToolChoice, ToolList } from './tools-decode.ts';

const AT_LEAST_ONE = { min: 1 };

export type ResponsesRequest = {
  readonly call: Call;
  readonly body: JsonObject;
  /** What the answer repeats of the request, for the encoder of this format alone. */
  readonly echo: JsonObject;
  /** What the request names instead of sending it; undefined where it does not, and once it has been found. */
  readonly continues: Continued | undefined;
  /** Whether the caller lets the response be stored: this format does unless told otherwise. */
  readonly store: boolean;
  /** The whole input as items, those of the stored response first. */
  readonly items: readonly JsonObject[];
};

export type DecodeOptions = {
  readonly shape: AnswerShape;
  /** What the request goes on from, once it is found. */
  readonly found?:
    | {
        /** The items of the previous response, input and output. */
        readonly previous: readonly JsonObject[];
        /** Stored items by their ids. */
        readonly items: ReadonlyMap<string, JsonObject>;
      }
    | undefined;
};

function itemsOf(field: JsonReader, isOptional: boolean): readonly JsonReader[] {
  if (typeof field.value === 'string') return [new JsonReader(itemOfText(field.value))];
  if (field.isAbsent && isOptional) return [];
  if (!Array.isArray(field.value)) {
    throw field.value === undefined
      ? field.fault('is required.')
      : field.fault('must be a string or an array of items.');
  }
  const items = field.expectArray();
  if (items.length === 0 && !isOptional) throw field.fault('must not be empty.');
  for (const item of items) item.expectObject();
  return items;
}

function readPrevious(items: readonly JsonObject[]): readonly JsonReader[] {
  const list: readonly JsonValue[] = items;
  return new JsonReader(list, new JsonReader({}), 'previous_response').expectArray();
}

function decodeInstructions(body: JsonReader): readonly Message[] {
  const text = body.given('instructions')?.expectString() ?? '';
  return text === '' ? [] : [{ role: 'system', content: textPartsOf(text) }];
}

/** @throws GatewayError naming the field by JSON path. */
export function decodeResponsesRequest(body: JsonReader, options: DecodeOptions): ResponsesRequest {
  const labels = createLabels();
  const model = body.field('model').expectNonEmptyString();
  const previousId = body.given('previous_response_id')?.expectNonEmptyString();
  const instructions = decodeInstructions(body);
  const own = itemsOf(body.field('input'), previousId !== undefined);
  const { found } = options;
  const named = referencesOf(own);
  const items =
    found === undefined ? own : [...readPrevious(found.previous), ...resolveReferences(own, found.items)];
  const isOpen = found === undefined && (previousId !== undefined || named.length > 0);

  const list = new ToolList(labels);
  list.addAll(body.given('tools')?.expectArray() ?? [], 'declared');
  for (const entries of toolListsOf(items)) list.addAll(entries, 'loaded');
  list.close();
  const { tools, toolChoice } = decodeToolChoice(body.given('tool_choice'), list);

  const conversation = decodeInput(items, { names: list.names, labels, openStart: isOpen });
  if (!isOpen && [...instructions, ...conversation].every(saysNothing)) {
    throw body.field('input').fault('must hold something to answer.');
  }
  decodeInclude(body.given('include'));
  decodeTruncation(body.given('truncation'), labels);
  body.given('max_tool_calls')?.expectInteger(AT_LEAST_ONE);
  // `include_obfuscation` needs nothing of us: we never pad events.
  body.given('stream_options')?.expectObject();
  const isCompaction = options.shape === 'compaction';
  const call: Call = {
    model,
    messages: [...instructions, ...conversation, ...(isCompaction ? [COMPACTION_TURN] : [])],
    tools,
    toolChoice: isCompaction && tools.length > 0 ? { type: 'none' } : toolChoice,
    parallelToolCalls: body.given('parallel_tool_calls')?.optionalBoolean(),
    format: decodeFormat(body.given('text'), labels),
    maxOutputTokens: body.given('max_output_tokens')?.expectInteger(AT_LEAST_ONE),
    stop: [],
    sampling: decodeSampling(body),
    reasoning: decodeReasoning(body.given('reasoning'), labels),
    stream: !isCompaction && (body.given('stream')?.optionalBoolean() ?? false),
    choices: 1,
    labels: labels.collect(body),
  };
  const store = body.given('store')?.optionalBoolean() ?? true;
  return {
    call,
    body: body.expectObject(),
    echo: encodeEcho(body, { shape: options.shape, names: list.names, store }),
    continues: isOpen ? { responseId: previousId, itemIds: named } : undefined,
    store: store && !isCompaction,
    items: items.map((item) => item.expectObject()),
  };
}

/** Thoughts alone are no turn: no model takes them. */
function saysNothing({ content }: Message): boolean {
  return content.every(({ type }) => type === 'reasoning');
}

const COMPACTION_TURN: Message = { role: 'user', content: textPartsOf(COMPACTION_REQUEST) };
