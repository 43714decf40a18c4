// What a client's HTTP request asks the gateway to do, after a dialect has decoded it.

import type { Call } from './call.ts';

export type GenerateOperation = {
  readonly type: 'generate';
  readonly call: Call;
  /** Whether a stream must report usage in its own last event (a choice some dialects leave to the client). */
  readonly streamUsage: boolean;
};

export type Operation =
  | GenerateOperation
  | { readonly type: 'list-models' }
  | { readonly type: 'get-model'; readonly model: string };
