// The port of a surface: one of the HTTP surfaces on which Salesforce offers models. A surface is pure and synchronous:
// bytes in, events out. Every implementation passes test/contract/surface.ts.

import type { GatewayError } from '../../core/errors/index.ts';
import type {
  Call,
  Event,
  JsonObject,
  Loss,
  Model,
  Need,
  ProtocolFrame,
  Reply,
  Usage,
  Vector,
} from '../../core/neutral/index.ts';

/**
 * Trust Layer settings of the operator. No client can change them. A surface that does not carry one that is configured is
 * not used, so that none is ever dropped.
 */
export type TrustOptions = {
  /** Sent as `enable_pii_masking`. Only `true` demands something of a surface; undefined leaves the org's own setting. */
  readonly piiMasking: boolean | undefined;
  /** The `localization` object, in the classic surface's camelCase; surfaces rename what they must. */
  readonly localization: JsonObject | undefined;
};

/**
 * What an org or a model turned out to demand of a surface. A set in the target, read by every encoder, each added at most
 * once, remembered per org and model, told in loss.
 */
export const ADAPTATIONS = [
  /** Reasoning is neither asked for nor echoed. */
  'strip-reasoning',
  /** A token budget is rewritten to adaptive reasoning with an effort. */
  'adaptive-reasoning',
  /** Temperature, top-p and top-k are left out. */
  'drop-sampling',
  /** The highest effort is sent as the next one. */
  'clamp-effort',
  /** Cache markers are sent bare: without how long to keep. */
  'plain-cache-markers',
] as const;
export type Adaptation = (typeof ADAPTATIONS)[number];

export type SurfaceContext = {
  readonly model: Model;
  /** Whether the upstream shall stream. Always false on a surface that cannot. */
  readonly stream: boolean;
  /** What the call allows, so that a decoder can tell a cut reply whose surface never says why it ended. */
  readonly maxOutputTokens: number | undefined;
  readonly trust: TrustOptions;
  readonly adaptations: ReadonlySet<Adaptation>;
  /** A fresh id without prefix, for a tool call to which the upstream gave none. */
  readonly newId: () => string;
  /** Whether passing through shall tell the content as well: its deltas as events, the parts of a whole reply. */
  readonly tapsContent?: boolean;
};

export type UpstreamRequest = {
  /** From the root of the model host; every caller-made piece percent-encoded. */
  readonly path: string;
  readonly accept: string;
  /** JSON text. */
  readonly body: string;
};

export type ResponseHead = {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
};

export type Failure = {
  readonly error: GatewayError;
  /**
   * What the failure says of the bearer token. `rejected`: it is no good. `suspect`: perhaps, since Salesforce answers
   * 404 both for an unknown model and for an unusable token (reference 2.8). `unaffected`: nothing.
   */
  readonly token: 'unaffected' | 'suspect' | 'rejected';
  /** What would make the same call acceptable. The pipeline adds it and tries once more. */
  readonly adaptation?: Adaptation | undefined;
};

export type EventSink = {
  event(event: Event): void;
  /** The call failed inside its stream. At most once; nothing follows. */
  fail(failure: Failure): void;
  /**
   * The reply is complete, though the connection may stay open. At most once; nothing follows. A stream whose format has no
   * end of its own is complete when it closes.
   */
  done?(): void;
};

/**
 * Turns the bytes of one upstream stream into events. `push` in any pieces, then `end` once when the upstream closed
 * properly: a stream that stops before its finish fails there.
 */
export type StreamDecoder = {
  push(chunk: Uint8Array, sink: EventSink): void;
  end(sink: EventSink): void;
};

export type Decoded =
  | { readonly type: 'reply'; readonly reply: Reply }
  | { readonly type: 'failure'; readonly failure: Failure };

/** Takes a passing stream: frames for the client, and events tapped from them (usage, finish, reply-start, safety). */
export type FrameSink = EventSink & { frame(frame: ProtocolFrame): void };

export type NativeDecoded =
  /** `reply` holds what was tapped: usage, finish and served model; its parts are empty unless the context asks for them. */
  | { readonly type: 'native'; readonly body: JsonObject; readonly reply: Reply }
  | { readonly type: 'failure'; readonly failure: Failure };

/**
 * The way through a surface for a client that speaks the same public protocol. Never a plain copy: model and betas
 * leave, limits are clamped, frames are re-framed. A test holds it equal to translation.
 */
export type Passthrough = {
  readonly protocol: string;
  encode(
    body: JsonObject,
    call: Call,
    context: SurfaceContext,
  ): { readonly request: UpstreamRequest; readonly loss: readonly Loss[] };
  decode(head: ResponseHead, body: Uint8Array, context: SurfaceContext): NativeDecoded;
  openStream(
    head: ResponseHead,
    context: SurfaceContext,
  ): { push(chunk: Uint8Array, sink: FrameSink): void; end(sink: FrameSink): void };
};

export type Surface = {
  /** Kebab-case, as in the folder's name. */
  readonly id: string;
  /** Which of the two entitlements of an org it belongs to. */
  readonly entitlement: 'classic' | 'gateway';
  readonly streams: boolean;
  /** Whether it carries the need for this model without loss. The one table: `encode` drops exactly what it denies. */
  carries(need: Need, model: Model): boolean;
  /**
   * The least output limit it takes. A smaller one is sent as this, told in loss, and must be held on the reply by whoever
   * asks; absent where every limit is taken.
   */
  readonly outputTokensMin?: number;
  /** The settings of the operator that it sends to Salesforce. Most surfaces have a field for few of them. */
  readonly trustCarried: readonly (keyof TrustOptions)[];
  /** Whether it serves models of this family at all. */
  serves(model: Model): boolean;
  /** @throws GatewayError for a call that no request on this surface can express (limits on files and the like). */
  encode(
    call: Call,
    context: SurfaceContext,
  ): { readonly request: UpstreamRequest; readonly loss: readonly Loss[] };
  /** A whole response of any status. Never throws: what it cannot read is a failure. */
  decode(head: ResponseHead, body: Uint8Array, context: SurfaceContext): Decoded;
  /** For a 2xx response to a request that asked for a stream. */
  openStream(head: ResponseHead, context: SurfaceContext): StreamDecoder;
  readonly passthrough?: Passthrough;
};

export type EmbeddingContext = { readonly model: Model; readonly trust: TrustOptions };

export type EmbeddingDecoded =
  | {
      readonly type: 'vectors';
      /** One a text that was sent, in their order. */
      readonly vectors: readonly Vector[];
      readonly usage: Usage;
      readonly servedModel: string | undefined;
    }
  | { readonly type: 'failure'; readonly failure: Failure };

/** A surface that makes embeddings. It has no needs to weigh and no streams, so its port is its own. */
export type EmbeddingSurface = {
  /** Kebab-case, as in the folder's name. */
  readonly id: string;
  readonly entitlement: 'classic' | 'gateway';
  /** The settings of the operator that it sends to Salesforce. */
  readonly trustCarried: readonly (keyof TrustOptions)[];
  serves(model: Model): boolean;
  encode(texts: readonly string[], context: EmbeddingContext): UpstreamRequest;
  /**
   * A whole response of any status to a request with so many texts. Never throws: what it cannot read is a failure, and so
   * is another count of vectors.
   */
  decode(head: ResponseHead, body: Uint8Array, texts: number): EmbeddingDecoded;
};
