// The lines a person types, or a script pipes in. One reader for the whole command: a reader for each question would lose
// what had come ahead of its question.

import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };
type Output = { write(text: string): unknown };

export class TypedLines {
  readonly #input: Input;
  readonly #output: Output;
  #reader: Interface | undefined;
  #waiting: ((line: string | undefined) => void) | undefined;
  #lines: string[] = [];
  #ended = false;
  #hidden = false;

  constructor(input: Input, output: Output) {
    this.#input = input;
    this.#output = output;
  }

  /** Undefined at the end of the input. What is typed to a hidden question is not shown. One question at a time. */
  ask(prompt: string, hidden: boolean): Promise<string | undefined> {
    this.#open();
    this.#output.write(prompt);
    this.#hidden = hidden;
    const line = this.#lines.shift();
    if (line !== undefined || this.#ended) return Promise.resolve(line);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  #open(): void {
    if (this.#reader !== undefined || this.#ended) return;
    // What a terminal shows of what is typed goes through here.
    const shown = new Writable({
      write: (piece: Buffer, _encoding, done) => {
        if (!this.#hidden) this.#output.write(piece.toString());
        done();
      },
    });
    const reader = createInterface({
      input: this.#input,
      output: shown,
      terminal: this.#input.isTTY === true,
      prompt: '',
    });
    this.#reader = reader;
    reader.on('line', (line) => {
      if (this.#hidden) this.#output.write('\n');
      this.#hidden = false;
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (waiting === undefined) this.#lines.push(line);
      else waiting(line);
    });
    reader.on('close', () => {
      this.#ended = true;
      this.#waiting?.(undefined);
      this.#waiting = undefined;
    });
    reader.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  }
}
