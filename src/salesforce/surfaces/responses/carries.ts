// The one table of this surface: what it carries, for which model (reference 3.8). The body is OpenAI's own and goes to the
// provider as it is; what the public format has no field for is dropped and told, or refused where it is essential.

import type { Model, Need } from '../../../core/neutral/index.ts';

type Row = (model: Model) => boolean;

const always: Row = () => true;
const never: Row = () => false;
const withTools: Row = (model) => model.carries.tools;
const withReasoning: Row = (model) => model.carries.reasoning;

export const CARRIES: Readonly<Record<Need, Row>> = {
  tools: withTools,
  'tool-history': withTools,
  'tool-choice': withTools,
  'parallel-tool-calls': withTools,
  'strict-tools': withTools,
  // Reference 9.11 [I M]: native vendor blocks work.
  images: (model) => model.carries.images,
  documents: (model) => model.carries.documents,
  // Reference 3.8 [I L]: `text.format` is forwarded.
  'json-object': always,
  'json-schema': always,
  'output-limit': always,
  reasoning: withReasoning,
  // Only beside no reasoning: the request leaves them out otherwise, and says so.
  temperature: always,
  'top-p': always,
  // Encrypted content goes back where this format made it; another maker's is left out, and told.
  'reasoning-history': withReasoning,
  // The public format has none of these.
  stop: never,
  'top-k': never,
  seed: never,
  'frequency-penalty': never,
  'presence-penalty': never,
  // Reference 9.12: the provider caches by itself.
  'cache-hints': never,
  labels: never,
};
