// The port of a dialect: one way in which clients speak. A dialect is pure and synchronous; ids, times and estimates
// reach it through a context. Every implementation passes test/contract/dialect.ts.

import type { GatewayError } from '../core/errors/index.ts';
import type {
  Call,
  EmbedCall,
  EmbedReply,
  Event,
  JsonObject,
  Model,
  Operation,
  Page,
  ProtocolFrame,
  Reply,
  StoredResponse,
} from '../core/neutral/index.ts';

/** Lower-case header names; repeated headers joined as Node joins them. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

export type Route = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /**
   * For example `/v1/chat/completions`, or `/v1/models/*` where the rest of the path is a parameter. A `*` in the middle is a
   * parameter of one segment.
   */
  readonly path: string;
  /** False for a POST that says all by its path; its body, if any, is not read. */
  readonly takesBody?: false;
  /** Whether this dialect serves the request, where two dialects share a path. Absent: it always does. */
  readonly claims?: (headers: RequestHeaders) => boolean;
};

export type DialectRequest = {
  readonly method: string;
  /** The matched route's `path`. */
  readonly route: string;
  /** What stands in place of `*` in the route's path, decoded; empty where the route has none. */
  readonly rest: string;
  readonly query: string;
  readonly headers: RequestHeaders;
  /** The body's bytes, already bounded; empty for GET. */
  readonly body: Uint8Array;
};

/** A whole HTTP answer. The server adds the headers that belong to every answer. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What a store keeps of the answer; absent where the format has nothing to come back to. */
  readonly finished?: FinishedResource | undefined;
};

/** An answer that can be stored and come back to, by its own id. */
export type FinishedResource = {
  readonly id: string;
  readonly resource: JsonObject;
  /** Of the items in it that a later request may name. */
  readonly itemIds: readonly string[];
};

/** What a request goes on from, as it was found. */
export type Recalled = {
  readonly previous: StoredResponse | undefined;
  /** The stored responses that hold items which the request names. */
  readonly holding: readonly StoredResponse[];
};

export type ReplyContext = {
  /** A fresh id without prefix: hexadecimal, unguessable. */
  readonly newId: () => string;
  /** Seconds since the epoch at which the reply began. */
  readonly createdS: number;
  readonly call: Call;
  /** Whether a stream must tell usage in a last event of its own. */
  readonly streamUsage: boolean;
  /** What the dialect noted in the operation. */
  readonly manner?: string | undefined;
  /** Our estimate of the input, for dialects that must name a number before the upstream does. */
  readonly inputTokensEstimate: number;
  /** The operation's own. */
  readonly echo?: JsonObject | undefined;
  /** Seconds since the epoch, now; absent where nobody asks when a reply ended. */
  readonly nowS?: () => number;
};

export type OperationResult =
  | { readonly type: 'reply'; readonly reply: Reply; readonly context: ReplyContext }
  | { readonly type: 'embeddings'; readonly reply: EmbedReply; readonly call: EmbedCall }
  | { readonly type: 'token-count'; readonly inputTokens: number }
  | { readonly type: 'models'; readonly models: readonly Model[] }
  | { readonly type: 'model'; readonly model: Model }
  | { readonly type: 'stored-response'; readonly stored: StoredResponse }
  | { readonly type: 'stored-items'; readonly stored: StoredResponse; readonly page: Page }
  | { readonly type: 'deleted-response'; readonly id: string };

/** Where a client's stream writes: whole frames, in order, as text or, in a binary framing, as bytes. */
export type StreamOut = { write(frame: string | Uint8Array): void };

/**
 * One stream to one client. `open`, then any of `push` and `keepAlive`, then exactly one of `end` and `fail`. It alone
 * knows open blocks, ids and sequence numbers, and so can end properly at any moment, also on an error. `push` before
 * `open` opens; a second `open` is swallowed; anything after the ending is swallowed.
 */
export type ClientStream = {
  open(): void;
  keepAlive(): void;
  push(event: Event): void;
  /**
   * A frame of the dialect's own protocol on its way through: id and model are replaced, blocks are tracked, a second
   * opening is swallowed. Absent where `native` is. Frames and events are never mixed in one stream.
   */
  pushFrame?(frame: ProtocolFrame): void;
  fail(error: GatewayError): void;
  /** Gives what a store keeps, where the format has something to come back to. */
  end(): FinishedResource | void;
};

/** Paths that a format's clients know and the gateway does not serve. */
export type Unserved = {
  /** As a route's; `*` at the end stands for anything. */
  readonly path: string;
  /** Said to whoever asks, by any method and whatever the body: why, and what there is instead. */
  readonly message: string;
};

export type Dialect = {
  /** Kebab-case, as in the folder's name. */
  readonly id: string;
  readonly routes: readonly Route[];
  readonly unserved?: readonly Unserved[];
  /** What to say more to a caller whose key was refused, where its headers show what it meant. */
  readonly hintForKey?: (headers: RequestHeaders) => string | undefined;
  /** HTTP headers of a stream. */
  readonly streamHeaders: Readonly<Record<string, string>>;
  /** @throws GatewayError naming the field by JSON path. */
  decode(request: DialectRequest): Operation;
  /** Decodes the request again, now with what it `continues`. Absent where the format stores nothing. */
  resume?(request: DialectRequest, recalled: Recalled): Operation;
  encode(result: OperationResult): Answer;
  openStream(context: ReplyContext, out: StreamOut): ClientStream;
  encodeError(error: GatewayError, requestId: string): Answer;
  /** For a dialect whose protocol a surface may speak too: a whole body on its way through. */
  readonly native?: {
    readonly protocol: string;
    encode(body: JsonObject, context: ReplyContext): Answer;
  };
};
