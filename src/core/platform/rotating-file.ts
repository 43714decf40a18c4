// A file that text is appended to and that never grows beyond its limit: when it is full it becomes `.1`, the one before
// `.2`, and the oldest goes. Written asynchronously and in order; a disk that does not keep up loses text, counted by the
// caller, rather than memory. Its files are for their owner's eyes only.

import { appendFileSync, mkdirSync } from 'node:fs';
import { appendFile, mkdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

export type RotatingFileOptions = {
  readonly path: string;
  /** Of one file. A single piece of text may go beyond it. */
  readonly fileBytesMax: number;
  /** Full ones kept beside the one that is written. */
  readonly oldFilesMax: number;
};

type Event = 'drain' | 'drop' | 'error';

const WAITING_CHARACTERS_MAX = 16 * 1024 * 1024;
const MODE_OWNER_ONLY = 0o600;
const MODE_DIRECTORY = 0o700;

export class RotatingFile {
  readonly #options: RotatingFileOptions;
  readonly #listeners = new Map<Event, ((dropped: unknown) => void)[]>();
  #waiting: string[] = [];
  #waitingCharacters = 0;
  #writing = false;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
  }

  on(event: Event, run: (dropped: unknown) => void): void {
    const listeners = this.#listeners.get(event);
    if (listeners === undefined) this.#listeners.set(event, [run]);
    else listeners.push(run);
  }

  write(text: string): void {
    if (this.#waitingCharacters + text.length > WAITING_CHARACTERS_MAX) {
      this.#tell('drop', text);
      return;
    }
    this.#waiting.push(text);
    this.#waitingCharacters += text.length;
    if (this.#writing) return;
    this.#writing = true;
    void this.#writeAll();
  }

  /** Writes before it returns, for the process's last moment. */
  writeNow(text: string): void {
    mkdirSync(dirname(this.#options.path), { recursive: true, mode: MODE_DIRECTORY });
    appendFileSync(this.#options.path, text, { mode: MODE_OWNER_ONLY });
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0) await this.#writeBatch(this.#take());
    } catch (thrown) {
      this.#tell('error', thrown);
    }
    this.#writing = false;
    this.#tell('drain', undefined);
  }

  #take(): string {
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#waitingCharacters = 0;
    return text;
  }

  /** Opened anew for each: there are ten a second at most, and whoever moves or removes the file does no harm. */
  async #writeBatch(text: string): Promise<void> {
    const { path, fileBytesMax } = this.#options;
    const bytes = Buffer.byteLength(text);
    const held = (await stat(path).catch(ignoreMissing))?.size ?? 0;
    if (held > 0 && held + bytes > fileBytesMax) await this.#rotate();
    await mkdir(dirname(path), { recursive: true, mode: MODE_DIRECTORY });
    await appendFile(path, text, { mode: MODE_OWNER_ONLY });
  }

  async #rotate(): Promise<void> {
    const { path, oldFilesMax } = this.#options;
    for (let age = oldFilesMax; age >= 1; age -= 1) {
      const younger = age === 1 ? path : `${path}.${age - 1}`;
      await rename(younger, `${path}.${age}`).catch(ignoreMissing);
    }
    if (oldFilesMax === 0) await unlink(path).catch(ignoreMissing);
  }

  #tell(event: Event, about: unknown): void {
    for (const run of this.#listeners.get(event) ?? []) run(about);
  }
}

function ignoreMissing(thrown: unknown): undefined {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
  throw thrown;
}
