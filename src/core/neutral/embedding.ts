// A call for embeddings and its reply: texts in, one vector each out, in the order of the texts.

import type { JsonValue } from './json.ts';
import type { Usage } from './usage.ts';

export type EmbedCall = {
  /** The name the client asked for. */
  readonly model: string;
  /** Never empty, and none of them is. */
  readonly texts: readonly string[];
  /** The width the client wants; undefined where the model's own will do. */
  readonly dimensions: number | undefined;
  /** How the client wants a vector written: as numbers, or as base64 of little-endian 32-bit floats. */
  readonly encoding: 'float' | 'base64';
  /** The caller's own labels. Carried nowhere; told in loss. */
  readonly labels: { readonly [name: string]: JsonValue };
};

export type Vector = readonly number[];

export type EmbedReply = {
  /** One a text, in the order of the texts. */
  readonly vectors: readonly Vector[];
  /** Only the input counts. */
  readonly usage: Usage;
  readonly servedModel: string | undefined;
};
