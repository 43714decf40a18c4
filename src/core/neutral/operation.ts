// What a client's HTTP request asks the gateway to do, after a dialect has decoded it.

import type { Call } from './call.ts';
import type { EmbedCall } from './embedding.ts';
import type { JsonObject } from './json.ts';

/** The caller's body as parsed, for surfaces that speak the caller's own protocol. */
export type NativeBody = { readonly protocol: string; readonly body: JsonObject };

/** One unframed piece of a public protocol's stream: an event's name and its JSON text. */
export type ProtocolFrame = {
  readonly name: string;
  readonly data: string;
  /** Whether it commits its upstream call, as a content event does: false for openings, pings and the like. */
  readonly content: boolean;
};

export type GenerateOperation = {
  readonly type: 'generate';
  readonly call: Call;
  /**
   * Calls that differ from `call` in their messages alone, for formats that take several prompts at once. The choices of
   * each follow those of the one before it. Bounded by the dialect: each costs an upstream call.
   */
  readonly furtherCalls?: readonly Call[];
  /** Whether a stream must report usage in its own last event (a choice some dialects leave to the client). */
  readonly streamUsage: boolean;
  /** A dialect's note to itself about how this client wants its reply. Nobody else reads it. */
  readonly manner?: string;
  /** Absent where no surface speaks the dialect's protocol. Any stage that changes the call drops it. */
  readonly native?: NativeBody;
};

export type Operation =
  | GenerateOperation
  | { readonly type: 'embed'; readonly call: EmbedCall }
  | { readonly type: 'count-tokens'; readonly call: Call }
  | { readonly type: 'list-models' }
  | { readonly type: 'get-model'; readonly model: string };
