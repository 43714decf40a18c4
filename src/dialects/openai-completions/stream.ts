// A reply as a stream of `text_completion` chunks. Finish chunks wait for `end`, so that the order is always text, finish,
// usage (if asked for), `[DONE]`. A failed stream ends with an error chunk and without `[DONE]`.

import type { GatewayError } from '../../core/errors/index.ts';
import { mergeUsage, UNKNOWN_USAGE, type Event } from '../../core/neutral/index.ts';
import type { FinishReason, Safety } from '../../core/neutral/index.ts';
import { formatSseData, SSE_KEEP_ALIVE } from '../../core/wire/index.ts';
import { encodeFinishReason, encodeUsage, formatError } from '../../protocols/openai-chat/index.ts';
import { encodeExtension } from '../extension.ts';
import type { ClientStream, ReplyContext, StreamOut } from '../port.ts';
import { completionId, OBJECT } from './response.ts';

/** Events beyond are no reply of ours; the list of choices stays bounded. */
const CHOICES_MAX = 128;

type OpenChoice = { finish: FinishReason | undefined; safety: Safety | undefined };

export class CompletionStream implements ClientStream {
  readonly #out: StreamOut;
  readonly #streamUsage: boolean;
  readonly #choices: OpenChoice[] = [];
  /** Every chunk begins and ends alike; both are made once, since a stream has thousands. */
  readonly #head: string;
  readonly #tail: string;
  #hasEnded = false;
  #usage = UNKNOWN_USAGE;
  #servedModel: string | undefined;

  constructor(context: ReplyContext, out: StreamOut) {
    this.#out = out;
    this.#streamUsage = context.streamUsage;
    const start = JSON.stringify({
      id: completionId(context.newId),
      object: OBJECT,
      created: context.createdS,
      model: context.call.model,
    });
    this.#head = `${start.slice(0, -1)},"choices":[`;
    this.#tail = context.streamUsage ? '],"usage":null' : ']';
  }

  open(): void {
    // Nothing to say before the first text.
  }

  keepAlive(): void {
    if (!this.#hasEnded) this.#out.write(SSE_KEEP_ALIVE);
  }

  push(event: Event): void {
    if (this.#hasEnded) return;
    if (event.type === 'reply-start') this.#servedModel = event.servedModel ?? this.#servedModel;
    else if (event.type === 'usage') this.#usage = mergeUsage(this.#usage, event.usage);
    else this.#pushChoice(event);
  }

  fail(error: GatewayError): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#out.write(formatSseData(formatError(error)));
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#choice(0);
    for (const [index, choice] of this.#choices.entries()) this.#finish(index, choice);
    if (this.#streamUsage) {
      const usage = JSON.stringify(encodeUsage(this.#usage));
      this.#out.write(formatSseData(`${this.#head}],"usage":${usage}}`));
    }
    this.#out.write(formatSseData('[DONE]'));
  }

  #pushChoice(event: Exclude<Event, { type: 'reply-start' | 'usage' }>): void {
    const choice = this.#choice(event.choice);
    if (choice === undefined) return;
    if (event.type === 'finish') choice.finish = event.reason;
    else if (event.type === 'safety') choice.safety = event.safety;
    else if (event.type === 'text-delta' && event.text !== '') this.#write(event.choice, event.text, null);
  }

  #choice(index: number): OpenChoice | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= CHOICES_MAX) return undefined;
    while (this.#choices.length <= index) this.#choices.push({ finish: undefined, safety: undefined });
    return this.#choices[index];
  }

  #finish(index: number, { finish, safety }: OpenChoice): void {
    const safeties = safety === undefined ? [] : [{ choice: index, safety }];
    const usage = this.#streamUsage ? this.#usage : undefined;
    const extension = encodeExtension({ safeties, servedModel: this.#servedModel, usage }, 'unknown');
    const salesforce = extension === undefined ? '' : `,"salesforce":${JSON.stringify(extension)}`;
    this.#write(index, '', encodeFinishReason(finish ?? 'stop', false), salesforce);
  }

  #write(index: number, text: string, finish: string | null, extra = ''): void {
    const choice = `{"text":${JSON.stringify(text)},"index":${index},"logprobs":null,"finish_reason":${JSON.stringify(finish)}}`;
    this.#out.write(formatSseData(`${this.#head}${choice}${this.#tail}${extra}}`));
  }
}
