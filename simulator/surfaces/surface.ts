// The port every surface of the org implements: which requests are its own, how it checks them, what it answers, and
// its own manner of failing. A surface checks a request first; only what it accepts may use up a scripted reply.
import type { Exchange } from '../exchange.ts';
import type { OrgState } from '../org.ts';
import type { Reader } from '../reading.ts';
import type { ScriptedReply } from '../replies.ts';

/** The names a scripted reply, a rate limit and the statistics know surfaces by. */
export const surfaceNames = [
  'token',
  'generations',
  'chat-generations',
  'embeddings',
  'feedback',
  'gateway-generations',
  'gateway-embeddings',
  'invoke',
  'responses',
  'configured-models',
] as const;

export type SurfaceName = (typeof surfaceNames)[number];

/** A piece of an answer. Content pieces are what `afterChunks` counts and `chunkMs` paces; `closing` ones go missing in a truncated stream. */
export type Frame = { readonly kind: 'content' | 'closing' | 'other'; readonly bytes: string | Buffer };

export type Headers = Readonly<Record<string, string>>;

export type Staged = {
  readonly status: number;
  readonly headers: Headers;
  /** A whole reply is one content frame. */
  readonly frames: readonly Frame[];
};

/** A finished refusal, thrown by whoever notices. */
export class Refusal extends Error {
  readonly staged: Staged;

  constructor(staged: Staged) {
    super(`refused with ${staged.status}`);
    this.name = 'Refusal';
    this.staged = staged;
  }
}

/** How a surface fails when a fault asks it to. */
export type Manner = {
  /** The surface's own error reply; on 429 with its rate-limit headers. */
  readonly failure: (status: number) => Staged;
  /** What a failure looks like after the frames told so far; absent where streams do not exist. */
  readonly errorEvent?: (before: readonly Frame[]) => string | Buffer;
  /** Bytes that no decoder of this surface can read. */
  readonly garbage: (streaming: boolean) => string | Buffer;
};

/** A request that has been read and checked. */
export type Prepared = {
  /** The model as the client named it. */
  readonly model?: string;
  readonly streaming: boolean;
  readonly produce: (reply: ScriptedReply | undefined) => Staged;
};

export type Context = {
  readonly org: OrgState;
  readonly exchange: Exchange;
  readonly nowMs: number;
  /** A new UUID; the same run of requests gets the same ones. */
  readonly nextId: () => string;
  readonly reader: Reader | undefined;
};

/** `match` gives what the path holds (`{}` if nothing), or undefined when the path is not this surface's. */
export type Surface = {
  readonly name: SurfaceName;
  readonly group: 'classic' | 'gateway';
  readonly match: (path: string) => Readonly<Record<string, string>> | undefined;
  readonly manner: (context: Context) => Manner;
  readonly prepare: (context: Context, parameters: Readonly<Record<string, string>>) => Prepared;
};
