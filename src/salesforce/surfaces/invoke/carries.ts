// The one table of this surface: what it carries, for which model (reference 3.7). The body is Anthropic's own; what Bedrock
// does not take, or nobody has shown it to take here, is dropped and told, or refused where it is essential.

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
  // Reference 9.11 [I M]: native blocks work.
  images: (model) => model.carries.images,
  documents: (model) => model.carries.documents,
  stop: always,
  'output-limit': always,
  reasoning: withReasoning,
  // Signed thinking goes back as it came; another maker's is left out, and told.
  'reasoning-history': withReasoning,
  // Not beside adaptive thinking: the request leaves them out there, and says so.
  temperature: always,
  'top-p': always,
  'top-k': always,
  // Reference 9.12 [M]: usage has the cache's counts.
  'cache-hints': always,
  // The format has no JSON without a schema, and Bedrock is not known to take `output_config.format` or `strict`.
  'json-object': never,
  'json-schema': never,
  'strict-tools': never,
  seed: never,
  'frequency-penalty': never,
  'presence-penalty': never,
  // `metadata` would be taken, but the caller's other labels would not, and no model needs to hear who asks.
  labels: never,
};
