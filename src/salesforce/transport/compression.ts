// Whether large bodies go to the model host in gzip. Nobody says whether Salesforce takes it, so it is tried, once at a
// time, and what was found is remembered for each path under which a part of Salesforce lives, for a while.

import { createGzip } from 'node:zlib';

import type { CancelSignal, Clock } from '../../core/platform/index.ts';

export type CompressionOptions = {
  readonly requests: 'auto' | 'off';
  /** Bodies from this size on, in UTF-8. */
  readonly requestBytesMin: number;
};

/** What was found out about the paths under `root`, told once each time. */
export type CompressionEvent = {
  /** `doubted`: the call failed without gzip too, or was never answered, so that nothing is known. */
  readonly type: 'taken' | 'refused' | 'doubted';
  readonly root: string;
  readonly status: number | undefined;
};

/** Long enough to cost nothing, short enough that a change of the org is noticed. */
const REMEMBERED_MS = 3_600_000;
/** During an outage no more than one call in this time is sent twice. */
const DOUBTED_MS = 60_000;
const UTF8_BYTES_PER_UNIT_MAX = 3;
/** `/ai/gpt/v1`, `/einstein/platform/v1`: what is behind them differs, the rest of a path does not tell more. */
const ROOT = /^(?:\/[^/]*){1,3}/;
/** Measured on a megabyte of prompts: to 38 % of its size, where 1 reaches 42 % and 6 reaches 37 % in half as much time again. */
const GZIP_LEVEL = 4;
const GZIP_CHUNK_BYTES = 64 * 1024;

/** `plain` as it is; `trial` in gzip, nobody knows yet; `known` in gzip, it was taken before. */
export type Way = 'plain' | 'trial' | 'known';

type Finding =
  | { readonly type: 'trying' }
  | { readonly type: CompressionEvent['type']; readonly untilMs: number };

export class CompressionMemory {
  readonly #options: CompressionOptions;
  readonly #clock: Clock;
  readonly #observe: (event: CompressionEvent) => void;
  readonly #findings = new Map<string, Finding>();

  constructor(
    options: CompressionOptions,
    deps: { readonly clock: Clock; readonly observe: (event: CompressionEvent) => void },
  ) {
    this.#options = options;
    this.#clock = deps.clock;
    this.#observe = deps.observe;
  }

  /** Who is told `trial` must say what came of it: one of `note` and `forget`. */
  wayFor(path: string, body: string): Way {
    if (this.#options.requests === 'off' || !this.#isLarge(body)) return 'plain';
    const root = rootOf(path);
    const finding = this.#findings.get(root);
    if (finding?.type === 'trying') return 'plain';
    if (finding !== undefined && this.#clock.monotonicMs() < finding.untilMs)
      return finding.type === 'taken' ? 'known' : 'plain';
    this.#findings.set(root, { type: 'trying' });
    return 'trial';
  }

  note(path: string, type: CompressionEvent['type'], status: number | undefined): void {
    const root = rootOf(path);
    const rememberedMs = type === 'doubted' ? DOUBTED_MS : REMEMBERED_MS;
    this.#findings.set(root, { type, untilMs: this.#clock.monotonicMs() + rememberedMs });
    this.#observe({ type, root, status });
  }

  /** The trial told nothing: the next large body is the next trial. */
  forget(path: string): void {
    this.#findings.delete(rootOf(path));
  }

  #isLarge(body: string): boolean {
    const { requestBytesMin } = this.#options;
    if (body.length * UTF8_BYTES_PER_UNIT_MAX < requestBytesMin) return false;
    return body.length >= requestBytesMin || Buffer.byteLength(body) >= requestBytesMin;
  }
}

function rootOf(path: string): string {
  return ROOT.exec(path)?.[0] ?? path;
}

/** Calls back once, with undefined when it was given up, failed, or made nothing smaller. Never within this call. */
export function gzipText(
  text: string,
  signal: CancelSignal,
  done: (packed: Buffer | undefined) => void,
): void {
  const stream = createGzip({ level: GZIP_LEVEL, chunkSize: GZIP_CHUNK_BYTES });
  const plain = Buffer.from(text);
  const pieces: Buffer[] = [];
  let bytes = 0;
  let over = false;

  function finish(packed: Buffer | undefined): void {
    if (over) return;
    over = true;
    leave?.();
    stream.destroy();
    done(packed);
  }

  // Whoever comes too late to be told at once is told by the call that is sent.
  const leave = signal.aborted ? undefined : signal.onAbort(() => finish(undefined));
  stream.on('data', (piece: Buffer) => {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes >= plain.length) finish(undefined);
  });
  stream.on('end', () => finish(Buffer.concat(pieces, bytes)));
  stream.on('error', () => finish(undefined));
  stream.end(plain);
}
