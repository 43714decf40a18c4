// The operator's word on models: facts that override the catalogue's, and more names.

import type { ModelEntry } from '../salesforce/catalogue/index.ts';
import type { Problems } from './problems.ts';
import type { ConfigFile, ModelOverrideEntry } from './schema.ts';
import type { ModelsConfig } from './types.ts';

/** Undefined for an entry that says only which surfaces: the catalogue then keeps its own facts. */
function readEntry(id: string, entry: ModelOverrideEntry, problems: Problems): ModelEntry | undefined {
  const { name, surfaces: _surfaces, ...facts } = entry;
  if (name !== undefined)
    return {
      id,
      apiName: name,
      family: facts.family,
      contextTokens: facts.context_tokens,
      outputTokensMax: facts.output_tokens_max,
      carries: {
        tools: facts.tools,
        images: facts.images,
        documents: facts.documents,
        reasoning: facts.reasoning,
      },
    };
  if (Object.keys(facts).length > 0)
    problems.add(
      `models.${id}`,
      'changes facts of a model but does not say which one it is to Salesforce.',
      'Add "name" with its API name, for example "name": "sfdc_ai__DefaultGPT54".',
    );
  return undefined;
}

/** Follows a name through the aliases; undefined when it leads in a circle. */
function follow(name: string, aliases: Readonly<Record<string, string>>): string | undefined {
  const seen = new Set([name]);
  let at = name;
  for (;;) {
    const next = Object.hasOwn(aliases, at) ? aliases[at] : undefined;
    if (next === undefined) return at;
    if (seen.has(next)) return undefined;
    seen.add(next);
    at = next;
  }
}

export function readModels(file: ConfigFile, problems: Problems): ModelsConfig {
  const aliases: [string, string][] = [];
  for (const name of Object.keys(file.model_aliases)) {
    const path = `model_aliases.${name}`;
    const end = follow(name, file.model_aliases);
    if (end === undefined) problems.add(path, 'leads in a circle.', 'Let it name a model.');
    else if (Object.hasOwn(file.models, name))
      problems.add(path, 'is also a key of "models".', 'Keep the name in one of the two.');
    else aliases.push([name, end]);
  }
  const written = Object.entries(file.models);
  return {
    entries: written.flatMap(([id, entry]) => readEntry(id, entry, problems) ?? []),
    surfaces: Object.fromEntries(
      written.flatMap(([id, { surfaces }]) => (surfaces === undefined ? [] : [[id, surfaces] as const])),
    ),
    aliases: Object.fromEntries(aliases),
  };
}
