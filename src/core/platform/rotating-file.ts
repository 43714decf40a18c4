// A file that text is appended to and that never grows beyond its limit: when it is full it becomes `.1`, the one before
// `.2`, and the oldest goes. Written asynchronously and in order, by one writer; a disk that does not keep up, or fails,
// loses text, counted by the caller, rather than memory. Its files are for their owner's eyes only.

import {
  appendFileSync,
  constants,
  ftruncateSync,
  mkdirSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { mkdir, open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

export type RotatingFileOptions = {
  readonly path: string;
  /** Of one file. A single piece of text may go beyond it. */
  readonly fileBytesMax: number;
  /** Full ones kept beside the one that is written. */
  readonly oldFilesMax: number;
};

type Event = 'drain' | 'drop' | 'error';

/** Text taken from what waits, until it is in the file. */
type Batch = {
  readonly bytes: Buffer;
  /** Where its bytes go, once that is known; the position is null in what has none, a pipe or a device. */
  place: { readonly file: FileHandle; readonly position: number | null } | undefined;
  /** It was written by `writeNow`, and is nothing to tell of any more. */
  taken: boolean;
};

const WAITING_CHARACTERS_MAX = 16 * 1024 * 1024;
const NEWLINE = 0x0a;
const MODE_OWNER_ONLY = 0o600;
const MODE_DIRECTORY = 0o700;

export class RotatingFile {
  readonly #options: RotatingFileOptions;
  readonly #listeners = new Map<Event, ((dropped: unknown) => void)[]>();
  #waiting: string[] = [];
  #waitingCharacters = 0;
  #writing = false;
  #batch: Batch | undefined;

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

  /** Writes before it returns, and all that came before as well: for the process's last moment. */
  writeNow(text: string): void {
    const batch = this.#batch;
    const unwritten = [this.#take(), text];
    if (batch !== undefined && !batch.taken) {
      batch.taken = true;
      const { place, bytes } = batch;
      if (place === undefined) unwritten.unshift(bytes.toString());
      // Nobody can say how far a write under way has come: the same bytes in the same place do no harm.
      else if (place.position !== null) writeAllSync(place.file.fd, bytes, place.position);
    }
    mkdirSync(dirname(this.#options.path), { recursive: true, mode: MODE_DIRECTORY });
    appendFileSync(this.#options.path, unwritten.join(''), { mode: MODE_OWNER_ONLY });
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch: Batch = { bytes: Buffer.from(this.#take()), place: undefined, taken: false };
      this.#batch = batch;
      try {
        await this.#writeBatch(batch);
      } catch (thrown) {
        this.#tell('error', thrown);
      }
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
  async #writeBatch(batch: Batch): Promise<void> {
    let written = 0;
    try {
      const file = await this.#openFor(batch);
      try {
        const found = await file.stat();
        if (batch.taken) return;
        const position = found.isFile() ? found.size : null;
        batch.place = { file, position };
        while (written < batch.bytes.length) {
          const left = batch.bytes.length - written;
          const at = position === null ? null : position + written;
          written += (await file.write(batch.bytes, written, left, at)).bytesWritten;
        }
      } finally {
        if (written < batch.bytes.length) written = this.#cutToLine(batch, written);
        this.#batch = undefined;
        await file.close();
      }
    } catch (thrown) {
      this.#batch = undefined;
      if (!batch.taken && written < batch.bytes.length)
        this.#tell('drop', batch.bytes.subarray(written).toString());
      throw thrown;
    }
  }

  /** To write at a place rather than to append, for which there must be no other writer. */
  async #openFor(batch: Batch): Promise<FileHandle> {
    const { path, fileBytesMax } = this.#options;
    const held = (await stat(path).catch(ignoreMissing))?.size ?? 0;
    if (!batch.taken && held > 0 && held + batch.bytes.length > fileBytesMax) this.#rotate();
    await mkdir(dirname(path), { recursive: true, mode: MODE_DIRECTORY });
    return open(path, constants.O_WRONLY | constants.O_CREAT, MODE_OWNER_ONLY);
  }

  /** Leaves no half of a line for the next to stand behind. Gives the number of bytes that stay. */
  #cutToLine({ bytes, place, taken }: Batch, written: number): number {
    const position = place?.position ?? null;
    if (place === undefined || position === null || taken) return written;
    const kept = bytes.subarray(0, written).lastIndexOf(NEWLINE) + 1;
    try {
      ftruncateSync(place.file.fd, position + kept);
    } catch {
      // The disk has failed already; half a line is the least of it.
    }
    return kept;
  }

  /** At once: a step under way while the process ends could move or remove what `writeNow` has just written. */
  #rotate(): void {
    const { path, oldFilesMax } = this.#options;
    for (let age = oldFilesMax; age >= 1; age -= 1) {
      const younger = age === 1 ? path : `${path}.${age - 1}`;
      whereThere(() => renameSync(younger, `${path}.${age}`));
    }
    if (oldFilesMax === 0) whereThere(() => unlinkSync(path));
  }

  #tell(event: Event, about: unknown): void {
    for (const run of this.#listeners.get(event) ?? []) run(about);
  }
}

function writeAllSync(fd: number, bytes: Buffer, position: number): void {
  let written = 0;
  while (written < bytes.length)
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
}

function whereThere(change: () => void): void {
  try {
    change();
  } catch (thrown) {
    ignoreMissing(thrown);
  }
}

function ignoreMissing(thrown: unknown): undefined {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
  throw thrown;
}
