// What the org really has: the configured models of its core REST API (reference 6.2), kept for a while. An org whose user
// may not list them, or that does not answer in time, is served the table of known models instead; a list once read stands
// in for one that cannot be read again.

import type { Model } from '../../core/neutral/index.ts';
import {
  CancelSource,
  type CancelSignal,
  type Clock,
  type Secret,
  type Timers,
} from '../../core/platform/index.ts';
import type { Catalogue, OrgModels } from './port.ts';

export type OrgModelsRequest = {
  readonly method: 'GET';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: undefined;
};

/** The `Authorization` header's value. */
type Authorized = { readonly authorization: Secret };

export type OrgModelsDependencies = {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly catalogue: Catalogue;
  readonly tokens: { get(signal: CancelSignal): Authorized | Promise<Authorized> };
  /** To the org's own host. Rejects when no answer came. */
  readonly send: (
    request: OrgModelsRequest,
    signal: CancelSignal,
  ) => Promise<{ readonly status: number; readonly body: string }>;
};

const PATH = '/services/data/v63.0/ssot/machine-learning/configured-models';
const PAGE_MODELS = 50;
/** More pages than any org has. */
const PAGES_MAX = 40;
/** How long a list is served without asking again. */
const KEPT_MS = 600_000;
/** How long an org that gave no list is not asked again. */
const REFUSAL_KEPT_MS = 300_000;
/** How long a client that lists models waits for the org, all pages together. */
const WAIT_MS = 5_000;
const NAMESPACE_SEPARATOR = '__';

/** What of an org's models can be called here. */
const CAPABILITIES: ReadonlySet<unknown> = new Set(['ChatCompletion', 'Completion', 'Embedding']);

type Entry = { readonly apiName: string; readonly isEmbedding: boolean };

export function createOrgModels(deps: OrgModelsDependencies): OrgModels {
  let known: readonly Model[] | undefined;
  let askAgainMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    const limit = new CancelSource();
    const timer = deps.timers.after(WAIT_MS, () => limit.abort(new Error('the org did not list its models')));
    let keptMs = REFUSAL_KEPT_MS;
    try {
      const entries = await readPages(deps, limit.signal);
      if (entries !== undefined) {
        known = modelsOf(entries, deps.catalogue);
        keptMs = KEPT_MS;
      }
    } catch {
      // Whatever went wrong, the table is there, and the next one to ask may have more luck.
    }
    timer.cancel();
    askAgainMs = deps.clock.monotonicMs() + keptMs;
    asking = undefined;
  }

  return {
    async list() {
      if (deps.clock.monotonicMs() >= askAgainMs) await (asking ??= ask());
      return known ?? deps.catalogue.list();
    },
  };
}

/** Undefined where the org gives no list. */
async function readPages(
  deps: OrgModelsDependencies,
  signal: CancelSignal,
): Promise<readonly Entry[] | undefined> {
  const authorization = (await deps.tokens.get(signal)).authorization.reveal();
  const entries: Entry[] = [];
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const path = `${PATH}?limit=${PAGE_MODELS}&offset=${page * PAGE_MODELS}`;
    const headers = { authorization, accept: 'application/json' };
    const { status, body } = await deps.send({ method: 'GET', path, headers, body: undefined }, signal);
    if (status !== 200) return undefined;
    const listed = readPage(body);
    if (listed === undefined) return undefined;
    for (const item of listed) {
      const entry = readEntry(item);
      if (entry !== undefined) entries.push(entry);
    }
    if (listed.length < PAGE_MODELS) break;
  }
  // An org without a single model would serve nobody: then the list is not to be believed.
  return entries.length === 0 ? undefined : entries;
}

function readPage(body: string): readonly unknown[] | undefined {
  const page: unknown = JSON.parse(body);
  if (typeof page !== 'object' || page === null || !('configuredModels' in page)) return undefined;
  return Array.isArray(page.configuredModels) ? page.configuredModels : undefined;
}

/** Undefined for what is switched off, cannot be called here, or is in no shape we know. */
function readEntry(item: unknown): Entry | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { name, namespace, capability, status }: Partial<Record<string, unknown>> = { ...item };
  if (typeof name !== 'string' || name === '' || status !== 'Enabled' || !CAPABILITIES.has(capability)) {
    return undefined;
  }
  // The name carries its namespace in some orgs and not in others (reference 6.2).
  const prefix = typeof namespace === 'string' && namespace !== '' ? namespace + NAMESPACE_SEPARATOR : '';
  return {
    apiName: name.startsWith(prefix) ? name : prefix + name,
    isEmbedding: capability === 'Embedding',
  };
}

/** The org's, in the table's order, then those the table does not know, in the org's. Each with what is known of it. */
function modelsOf(entries: readonly Entry[], catalogue: Catalogue): readonly Model[] {
  const found = new Map<string, Model>();
  for (const { apiName, isEmbedding } of entries) {
    const resolution = catalogue.resolve(apiName);
    if (resolution.type !== 'found') continue;
    const { model } = resolution;
    const isUnsaid = isEmbedding && model.family === 'custom';
    found.set(model.id, isUnsaid ? { ...model, family: 'embedding' } : model);
  }
  const listed = catalogue.list().filter((model) => found.delete(model.id));
  return [...listed, ...found.values()];
}
