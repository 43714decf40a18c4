// The operator's word on models: facts that override the catalogue's, and more names.

import { createCatalogue, type ModelEntry } from '../salesforce/catalogue/index.ts';
import type { Problems } from './problems.ts';
import type { ConfigFile, ModelOverrideEntry } from './schema.ts';
import type { ModelsConfig } from './types.ts';

/** What the catalogue knows by itself. */
type Known = ReturnType<typeof createCatalogue>;

const HOW_TO_LIST = '`forcegate models` lists the known ones';

/** A sentence on what was probably meant, with a space after it; empty where nothing is near. */
function didYouMean(nearest: readonly string[]): string {
  return nearest.length === 0 ? '' : `Did you mean ${nearest.join(' or ')}? `;
}

/** Undefined for an entry that says only which surfaces: the catalogue then keeps its own facts. */
function readEntry(
  id: string,
  entry: ModelOverrideEntry,
  known: Known,
  problems: Problems,
): ModelEntry | undefined {
  const { name, surfaces: _surfaces, ...facts } = entry;
  const found = name === undefined ? known.resolve(id) : undefined;
  if (found?.type === 'unknown') {
    // A name that is there but wrong was told already.
    if (problems.isEntryFaulty(`models.${id}`)) return undefined;
    problems.add(
      `models.${id}`,
      'is no known model, and does not say which one it is to Salesforce.',
      `${didYouMean(found.nearest)}Else add "name" with its API name, for example "name": "sfdc_ai__DefaultGPT54"; ${HOW_TO_LIST}.`,
    );
    return undefined;
  }
  const apiName = name ?? found?.model.apiName;
  if (apiName === undefined || (name === undefined && Object.keys(facts).length === 0)) return undefined;
  return {
    id,
    apiName,
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

/** What leads to a model, by the name asked for. */
function readAliases(
  file: ConfigFile,
  entries: readonly ModelEntry[],
  problems: Problems,
): Record<string, string> {
  const known = createCatalogue({ models: entries });
  const aliases: [string, string][] = [];
  for (const name of Object.keys(file.model_aliases)) {
    const path = `model_aliases.${name}`;
    const end = follow(name, file.model_aliases);
    if (end === undefined) {
      problems.add(path, 'leads in a circle.', 'Let it name a model.');
      continue;
    }
    if (Object.hasOwn(file.models, name)) {
      problems.add(path, 'is also a key of "models".', 'Keep the name in one of the two.');
      continue;
    }
    const found = known.resolve(end);
    if (found.type === 'found') aliases.push([name, end]);
    // A model that was told as faulty itself is not told twice.
    else if (!Object.hasOwn(file.models, end))
      problems.add(
        path,
        `means ${JSON.stringify(end)}, which is neither a known model nor an API name.`,
        `${didYouMean(found.nearest)}Name a model or its API name; ${HOW_TO_LIST}.`,
      );
  }
  return Object.fromEntries(aliases);
}

export function readModels(file: ConfigFile, problems: Problems): ModelsConfig {
  const known = createCatalogue();
  const written = Object.entries(file.models);
  const entries = written.flatMap(([id, entry]) => readEntry(id, entry, known, problems) ?? []);
  return {
    entries,
    surfaces: Object.fromEntries(
      written.flatMap(([id, { surfaces }]) => (surfaces === undefined ? [] : [[id, surfaces] as const])),
    ),
    aliases: readAliases(file, entries, problems),
  };
}
