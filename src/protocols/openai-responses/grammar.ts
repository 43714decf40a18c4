// The grammar of a stream of response events: frames in, faults out. Numbers without a gap, items and parts that open, grow and
// end in their order, and a last event that repeats exactly what was told. Shares nothing with the code that writes streams,
// so that both cannot be wrong alike.

import type { JsonObject, JsonValue } from '../../core/neutral/index.ts';
import {
  FaultLog,
  isCount,
  isJsonObject,
  isText,
  parseFrameData,
  quote,
  type GrammarOptions,
  type StreamEnding,
  type StreamFault,
  type StreamFrame,
  type StreamGrammar,
} from '../../core/wire/index.ts';
import { checkItem, ItemGrammar } from './grammar-items.ts';
import { RESPONSE_RULES, type ResponseRule } from './grammar-rules.ts';

/** Every field of the response object. */
export const RESPONSE_FIELDS = [
  'background',
  'completed_at',
  'created_at',
  'error',
  'frequency_penalty',
  'id',
  'incomplete_details',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'model',
  'object',
  'output',
  'parallel_tool_calls',
  'presence_penalty',
  'previous_response_id',
  'prompt_cache_key',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'status',
  'store',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'truncation',
  'usage',
  'user',
] as const;

const ENDINGS: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
]);
const OPENING_STATES: ReadonlySet<unknown> = new Set(['in_progress', 'queued']);

/** Holds a response object to its shape, as the body of an answer and in an event. */
export function checkResponse(response: JsonObject, log: FaultLog<ResponseRule>): void {
  const { id, object, created_at: created, status, model, output } = response;
  const isNamed = isText(id) && object === 'response' && typeof created === 'number';
  const isShaped = isNamed && isText(status) && isText(model) && Array.isArray(output);
  log.demand(isShaped, 'response-shape', 'The response lacks one of its first fields.');
  const lacks = RESPONSE_FIELDS.filter((field) => !(field in response));
  log.demand(lacks.length === 0, 'response-fields', `The response lacks ${lacks.join(', ')}.`);
  if (isText(id)) log.demand(/^resp_./u.test(id), 'response-id-form', `The id is ${quote(id)}.`);
  for (const item of outputOf(response)) checkItem(item, log);
}

const outputOf = (response: JsonObject): readonly JsonObject[] => {
  const { output } = response;
  return Array.isArray(output) ? output.filter((item) => isJsonObject(item)) : [];
};

class ResponseGrammar implements StreamGrammar {
  readonly #log: FaultLog<ResponseRule>;
  readonly #items: ItemGrammar;
  ending: StreamEnding = 'open';
  error: StreamGrammar['error'];
  /** Of the last event. */
  response: JsonObject | undefined;
  #events = 0;
  #sequence = 0;
  #id: JsonValue | undefined;
  #isCreated = false;
  #isClosed = false;

  constructor(options: GrammarOptions) {
    this.#log = new FaultLog(RESPONSE_RULES, options);
    this.#items = new ItemGrammar(this.#log);
  }

  get faults(): readonly StreamFault[] {
    return this.#log.list;
  }

  read(frame: StreamFrame): void {
    const log = this.#log;
    log.frame = frame.number;
    if (this.#isClosed) {
      log.tell('after-end', `${quote(frame.data)} follows [DONE].`);
      return;
    }
    if (frame.data === '[DONE]') {
      this.#isClosed = true;
      log.demand(
        this.ending !== 'open' || this.error !== undefined,
        'done-last',
        '[DONE] comes before the last event.',
      );
      return;
    }
    const event = parseFrameData(frame.data);
    const type = event?.['type'];
    if (event === undefined || !isText(type)) {
      log.tell('data-json', `The data is ${quote(frame.data)}.`);
      return;
    }
    log.demand(
      frame.name === type,
      'event-line',
      `The event line says ${quote(frame.name)}, the data ${quote(type)}.`,
    );
    this.#checkSequence(event['sequence_number']);
    if (log.demand(this.ending === 'open', 'after-end', `${type} follows the end.`))
      this.#readEvent(type, event);
    this.#events += 1;
  }

  end(): void {
    const log = this.#log;
    log.demand(this.ending !== 'open' || this.error !== undefined, 'ending', 'The stream has no end.');
    if (this.ending === 'open' && this.error !== undefined) {
      log.tell('error-both', 'The stream ends with an error event.');
      this.ending = 'failed';
    }
    if (this.ending !== 'open') log.demand(this.#isClosed, 'done-last', 'The stream ends without [DONE].');
  }

  #checkSequence(found: JsonValue | undefined): void {
    this.#log.demand(
      found === this.#sequence,
      'sequence',
      `The number is ${quote(found)}, not ${this.#sequence}.`,
    );
    // A gap is told once.
    this.#sequence = (isCount(found) ? found : this.#sequence) + 1;
  }

  #readEvent(type: string, event: JsonObject): void {
    const log = this.#log;
    if (this.#events === 0 && type !== 'error')
      log.demand(type === 'response.created', 'created-first', `The first event is ${type}.`);
    if (this.#events === 1 && this.#isCreated && type !== 'error')
      log.demand(type === 'response.in_progress', 'in-progress-second', `The second event is ${type}.`);
    this.#isCreated ||= type === 'response.created';
    if (type === 'response.created' || type === 'response.in_progress') this.#readOpening(type, event);
    else if (type === 'error') this.#noteError(event);
    else if (ENDINGS.has(type)) this.#finish(type, event);
    else if (!this.#items.read(type.replace(/^response\./u, ''), event))
      log.tell('event-known', `The event is ${type}.`);
  }

  #readOpening(type: string, event: JsonObject): void {
    const log = this.#log;
    if (type === 'response.created')
      log.demand(this.#events === 0, 'created-first', `${type} comes late or again.`);
    const response = this.#responseOf(event);
    const { status, usage } = response;
    if (!isText(status)) return;
    const isUnderWay = OPENING_STATES.has(status) && (usage === null || usage === undefined);
    if (log.demand(isUnderWay, 'under-way-state', `The status is ${quote(status)}.`))
      this.#items.compareOutput(outputOf(response), 'under-way-state');
  }

  #responseOf(event: JsonObject): JsonObject {
    const response = isJsonObject(event['response']) ? event['response'] : {};
    checkResponse(response, this.#log);
    const { id } = response;
    this.#id ??= id;
    this.#log.demand(id === this.#id, 'response-id', `The id is ${quote(id)}, and was ${quote(this.#id)}.`);
    return response;
  }

  #noteError(event: JsonObject): void {
    const nested = isJsonObject(event['error']) ? event['error'] : {};
    const { message = nested['message'], code } = event;
    this.#log.demand(isText(message), 'error-shape', `The error is ${quote(event)}.`);
    const isBoth = isText(nested['message']) && event['message'] === nested['message'];
    if (isText(message))
      this.#log.demand(isBoth, 'error-both', 'The message is not told twice in the event.');
    this.error = { type: isText(code) ? code : undefined, message: isText(message) ? message : '' };
  }

  #finish(type: string, event: JsonObject): void {
    const log = this.#log;
    const response = this.#responseOf(event);
    const { status, usage } = response;
    this.response = response;
    const isFailed = type === 'response.failed';
    this.ending = isFailed ? 'failed' : 'finished';
    if (isText(status))
      log.demand(`response.${status}` === type, 'status-same', `The status is ${quote(status)}.`);
    this.#items.end(isFailed);
    this.#items.compareOutput(outputOf(response), 'output-same');
    if (isFailed) this.#checkFailure(response['error']);
    else this.#checkUsage(usage);
  }

  #checkFailure(value: JsonValue | undefined): void {
    const { code, message } = isJsonObject(value) ? value : {};
    const isShaped = isText(code) && isText(message);
    this.#log.demand(isShaped, 'error-shape', `The response's error is ${quote(value)}.`);
    const told = this.error?.message;
    if (isShaped && told !== '')
      this.#log.demand(told === message, 'error-both', `The event said ${quote(told)}.`);
    this.error ??= { type: isText(code) ? code : undefined, message: isText(message) ? message : '' };
  }

  #checkUsage(usage: JsonValue | undefined): void {
    const {
      input_tokens: input,
      output_tokens: output,
      total_tokens: total,
    } = isJsonObject(usage) ? usage : {};
    const isShaped = isCount(input) && isCount(output) && isCount(total);
    this.#log.demand(isShaped, 'usage-shape', `The usage is ${quote(usage)}.`);
  }
}

export function createResponseGrammar(options: GrammarOptions): ResponseGrammar {
  return new ResponseGrammar(options);
}
