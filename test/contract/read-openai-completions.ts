// Reads streams of the older completions as a careful client would: one id and model, each choice ended once, the usage after all
// of them. Ids and times are left out of the reading, after a check that they are there.

import { isCount, isText } from '../../src/core/wire/index.ts';
import type { StreamReading } from './dialect.ts';
import { framesOf } from './read-openai-chat.ts';

type Extension = { safety?: unknown[] };
type CompletionChoice = { text: string; finish: string | null };

export type CompletionReading = StreamReading & {
  readonly reply: {
    readonly model: string;
    readonly choices: readonly CompletionChoice[];
    readonly usage: unknown;
    readonly salesforce: Extension;
  };
};

type Piece = {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly model: string;
  readonly choices: readonly {
    readonly text: string;
    readonly index: number;
    readonly finish_reason: string | null;
  }[];
  readonly usage?: unknown;
  readonly salesforce?: Extension;
  readonly error?: { readonly message: string };
};

function demand(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`stream of completions: ${what}`);
}

class CompletionReader {
  readonly choices: CompletionChoice[] = [];
  readonly salesforce: Extension & { safety: unknown[] } = { safety: [] };
  model = '';
  usage: unknown;
  #id = '';

  read(piece: Piece): void {
    demand(
      /^cmpl-./u.test(piece.id) && (this.#id === '' || piece.id === this.#id),
      'one id that begins with cmpl-',
    );
    demand(piece.object === 'text_completion' && isCount(piece.created), 'a text_completion with its time');
    this.#id = piece.id;
    this.model = piece.model;
    for (const choice of piece.choices) this.#readChoice(choice);
    if (piece.choices.length === 0) {
      demand(this.usage === undefined, 'usage comes once');
      this.usage = piece.usage;
    }
    const { safety = [], ...rest } = piece.salesforce ?? {};
    this.salesforce.safety.push(...safety);
    Object.assign(this.salesforce, rest);
  }

  #readChoice({ index, text, finish_reason: finish }: Piece['choices'][number]): void {
    demand(isCount(index) && isText(text), 'a choice has its index and a text');
    const choice = (this.choices[index] ??= { text: '', finish: null });
    demand(choice.finish === null, 'nothing follows the finish of a choice');
    choice.text += text;
    choice.finish = finish;
  }
}

/** @throws where the format is broken, also where anything follows the ending. */
export function readCompletionStream(text: string): CompletionReading {
  const reader = new CompletionReader();
  let ending: StreamReading['ending'] = 'open';
  let message: string | undefined;
  for (const frame of framesOf(text)) {
    demand(ending === 'open', 'nothing follows the ending');
    if (frame === '[DONE]') {
      ending = 'finished';
      demand(
        reader.choices.every(({ finish }) => isText(finish)),
        'each choice has ended',
      );
      continue;
    }
    const piece: Piece = JSON.parse(frame);
    if (piece.error === undefined) {
      reader.read(piece);
      continue;
    }
    ({ message } = piece.error);
    demand(isText(message), 'an error has a message');
    ending = 'failed';
  }
  const { model, choices, usage, salesforce } = reader;
  return { reply: { model, choices, usage, salesforce }, ending, message };
}
