// The one table of this surface: what it carries, for which model. Where the reference is unsure, the row says what it
// stands on. A hint that the provider has no field for is dropped and told, rather than sent and perhaps refused.

import type { Model, ModelFamily, Need } from '../../../core/neutral/index.ts';

type Row = (model: Model) => boolean;

const always: Row = () => true;
const never: Row = () => false;
const withTools: Row = (model) => model.carries.tools;
const families =
  (...names: ModelFamily[]): Row =>
  (model) =>
    names.includes(model.family);

export const CARRIES: Readonly<Record<Need, Row>> = {
  tools: withTools,
  'tool-history': withTools,
  'tool-choice': withTools,
  'parallel-tool-calls': withTools,
  // Reference 3.9: images and PDFs as `files`. The caps and types are held by the request.
  images: (model) => model.carries.images,
  documents: (model) => model.carries.documents,
  // Reference 3.4: `parameters` goes to the provider verbatim, and `response_format` is a word of OpenAI's alone.
  'json-object': families('gpt'),
  'json-schema': families('gpt'),
  'strict-tools': (model) => withTools(model) && model.family === 'gpt',
  stop: always,
  'output-limit': always,
  // Reference 3.4: `reasoning_settings` is "OpenAI and Gemini only". For GPT it is unproven (3.3); what was measured to do
  // nothing is OpenAI's flat `reasoning_effort`, which is never sent here.
  reasoning: (model) => model.carries.reasoning && (model.family === 'gpt' || model.family === 'gemini'),
  temperature: always,
  // Reference 3.4 [O L]: inside `parameters`, verbatim, so only what the provider itself knows by that name.
  'top-p': always,
  'top-k': families('claude', 'gemini', 'nova', 'nemotron'),
  seed: families('gpt', 'gemini', 'custom'),
  'frequency-penalty': families('gpt', 'gemini', 'custom'),
  'presence-penalty': families('gpt', 'gemini', 'custom'),
  // Reference 3.4: no field takes thinking back; only Gemini's state on a tool call returns, with the call.
  'reasoning-history': never,
  // Reference 9.12: caching is by the provider, with no field of ours.
  'cache-hints': never,
  // Reference 3.4: `tags` is Salesforce's own {gateway, client}, not the caller's.
  labels: never,
};
