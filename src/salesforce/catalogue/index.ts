// The catalogue: which names mean which models. Static data and the operator's own entries; it never asks the org, and
// never stands in the way of a name that Salesforce may know.

import type { Model, ModelFamily } from '../../core/neutral/index.ts';
import { ALIASES, REROUTED } from './aliases.ts';
import { canonicalName, NAME_CHARACTERS_MAX } from './canonical-name.ts';
import { isApiName, modelOfApiName } from './custom.ts';
import { API_PREFIX, KNOWN_MODELS, OWNERS } from './models.ts';
import { nearestNames } from './nearest.ts';
import type { Catalogue, Resolution } from './port.ts';

/** A model the operator adds, or one of ours, by its API name or its id, with the facts that differ. */
export type ModelEntry = {
  readonly id: string;
  readonly apiName: string;
  readonly family?: ModelFamily | undefined;
  readonly contextTokens?: number | undefined;
  readonly outputTokensMax?: number | undefined;
  readonly carries?: { readonly [Key in keyof Model['carries']]?: boolean | undefined } | undefined;
};

export type CatalogueOptions = {
  /** Name asked for → an id, an alias of ours, or an API name. Goes before everything else. */
  readonly aliases?: Readonly<Record<string, string>> | undefined;
  readonly models?: readonly ModelEntry[] | undefined;
};

/** Clients can invent API names without end; the oldest is forgotten first. */
const FOUND_MAX = 1_000;
const GATEWAY_PREFIX = 'llmgateway__';

/** @throws Error naming the alias whose target means nothing. */
export function createCatalogue(options: CatalogueOptions = {}): Catalogue {
  return new StaticCatalogue(options);
}

class StaticCatalogue implements Catalogue {
  readonly #listed: readonly Model[];
  readonly #byName = new Map<string, Model>();
  readonly #byCanonicalName = new Map<string, Model>();
  readonly #configured = new Map<string, Model>();
  /** What names were found to mean. Most clients ask for one name, and a model newer than the table stays one object. */
  readonly #found = new Map<string, Resolution>();

  constructor(options: CatalogueOptions) {
    const entries = (options.models ?? []).map(modelOfEntry);
    const own = new Set(entries.map((model) => model.id));
    const known = KNOWN_MODELS.filter(({ model }) => !own.has(model.id));
    this.#listed = [...known.filter(({ hidden }) => !hidden).map(({ model }) => model), ...entries];
    for (const { model } of known) this.#addKnown(model);
    for (const model of entries) this.#addKnown(model);
    for (const [alias, id] of Object.entries(ALIASES)) this.#addName(this.#byCanonicalName, alias, id);
    for (const [bare, id] of Object.entries(REROUTED)) this.#addName(this.#byName, API_PREFIX + bare, id);
    for (const [alias, target] of Object.entries(options.aliases ?? {})) {
      this.#configured.set(alias, this.#resolveTarget(alias, target));
    }
  }

  resolve(name: string): Resolution {
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    const asked = name.trim();
    const model = this.#configured.get(asked) ?? this.#find(asked);
    if (model !== undefined) return this.#remember(name, { type: 'found', model });
    const names = this.#listed.map((listed) => listed.id);
    return { type: 'unknown', nearest: nearestNames(canonicalName(asked), names) };
  }

  #remember(name: string, found: Resolution): Resolution {
    if (name.length > NAME_CHARACTERS_MAX) return found;
    this.#found.set(name, found);
    if (this.#found.size <= FOUND_MAX) return found;
    const oldest = this.#found.keys().next();
    if (oldest.done !== true) this.#found.delete(oldest.value);
    return found;
  }

  list(): readonly Model[] {
    return this.#listed;
  }

  #addKnown(model: Model): void {
    this.#byName.set(model.id, model);
    this.#byName.set(model.apiName, model);
    for (const name of gatewayNames(model.apiName)) {
      // Leaving the provider out makes two models' names alike; the first is the geo-aware one.
      if (!this.#byName.has(name)) this.#byName.set(name, model);
    }
    this.#byCanonicalName.set(canonicalName(model.id), model);
  }

  #addName(names: Map<string, Model>, name: string, id: string): void {
    const model = this.#byName.get(id);
    if (model !== undefined && !names.has(name)) names.set(name, model);
  }

  #find(name: string): Model | undefined {
    if (name.length > NAME_CHARACTERS_MAX) return undefined;
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    if (isApiName(name)) return modelOfApiName(name);
    return this.#byCanonicalName.get(canonicalName(name));
  }

  #resolveTarget(alias: string, target: string): Model {
    const model = this.#find(target);
    if (model !== undefined) return model;
    const nearest = this.resolve(target);
    const hint =
      nearest.type === 'unknown' && nearest.nearest[0] !== undefined
        ? ` Did you mean ${nearest.nearest[0]}?`
        : '';
    throw new Error(
      `The model alias "${alias}" means "${target}", which is neither a known model nor an API name.${hint}`,
    );
  }
}

/** The names of reference 4 on the code base path; geo-aware GPT gets the provider its API name leaves out. */
function gatewayNames(apiName: string): string[] {
  if (!apiName.startsWith(API_PREFIX)) return [];
  const bare = apiName.slice(API_PREFIX.length);
  return [GATEWAY_PREFIX + bare, `${GATEWAY_PREFIX}OpenAI${bare}`];
}

/** What the entry says; what it leaves open stays as known, or for a model nobody knows as guessed. */
function modelOfEntry(entry: ModelEntry): Model {
  const base = knownModelOf(entry) ?? modelOfApiName(entry.apiName, entry.id, entry.family);
  const family = entry.family ?? base.family;
  const { carries } = base;
  return {
    ...base,
    id: entry.id,
    apiName: entry.apiName,
    family,
    ownedBy: OWNERS[family],
    contextTokens: entry.contextTokens ?? base.contextTokens,
    outputTokensMax: entry.outputTokensMax ?? base.outputTokensMax,
    carries: {
      tools: entry.carries?.tools ?? carries.tools,
      images: entry.carries?.images ?? carries.images,
      documents: entry.carries?.documents ?? carries.documents,
      reasoning: entry.carries?.reasoning ?? carries.reasoning,
    },
  };
}

/** By API name first, for that is what will answer. An id given to a model of another family says nothing about it. */
function knownModelOf({ id, apiName, family }: ModelEntry): Model | undefined {
  const known = KNOWN_MODELS.map(({ model }) => model);
  const sameName = known.find((model) => model.apiName === apiName);
  if (sameName !== undefined) return sameName;
  return known.find((model) => model.id === id && (family === undefined || family === model.family));
}
