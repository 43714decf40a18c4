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
  /** What the answer repeats of the request: written and read by the dialect, opaque to all between. */
  readonly echo?: JsonObject;
  /** What the call goes on from: it is not in `call` until it has been recalled. */
  readonly continues?: Continued;
  /** The input to store with the response; absent where nothing is to be kept. */
  readonly keep?: readonly JsonObject[];
};

/** Stored things that a request names instead of sending them. */
export type Continued = {
  readonly responseId: string | undefined;
  /** Single items of the output of stored responses. */
  readonly itemIds: readonly string[];
};

/** A response as it is stored: what the client got, and the input that led to it. Both in the dialect's own words. */
export type StoredResponse = {
  readonly resource: JsonObject;
  readonly input: readonly JsonObject[];
};

/** Which part of a list is wanted. */
export type Page = {
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  /** The id of the item before the first one wanted. */
  readonly after: string | undefined;
};

/** What is asked of a stored response. */
export type StoreOperation = {
  readonly type: 'response-store';
  readonly id: string;
  readonly action: 'get' | 'delete' | 'cancel' | 'items';
  /** Of the items. */
  readonly page?: Page;
};

export type Operation =
  | GenerateOperation
  | { readonly type: 'embed'; readonly call: EmbedCall }
  | StoreOperation
  | {
      readonly type: 'count-tokens';
      readonly call: Call;
      /** As in a call that is carried. */
      readonly continues?: Continued;
    }
  | { readonly type: 'list-models' }
  | { readonly type: 'get-model'; readonly model: string };
