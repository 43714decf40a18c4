// `configured-models` of core REST (6.2): the models of the org with their status, searched, filtered and paged.
import type { Exchange } from './exchange.ts';
import { models } from './models.ts';
import type { OrgState } from './org.ts';
import { isEnabled } from './surfaces/classic-body.ts';
import type { Staged } from './surfaces/surface.ts';

const pageDefault = 100;
const coreMessages: Readonly<Record<string, string>> = {
  INVALID_SESSION_ID: 'Session expired or invalid',
  INSUFFICIENT_ACCESS: 'insufficient access rights',
  NOT_FOUND: 'The requested resource does not exist',
  REQUEST_LIMIT_EXCEEDED: 'TotalRequests Limit exceeded.',
  MISSING_FEATURE_ID: 'X-Feature-Id is required',
  METHOD_NOT_ALLOWED: 'HTTP Method not allowed',
};

/** Core REST tells errors as a list. */
export const coreError = (status: number, errorCode: string): Staged => ({
  status,
  headers: { 'content-type': 'application/json;charset=UTF-8' },
  frames: [
    {
      kind: 'content',
      bytes: JSON.stringify([
        { message: coreMessages[errorCode] ?? 'An unexpected error occurred', errorCode },
      ]),
    },
  ],
});

type Entry = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly capability: string;
};

const namespace = 'sfdc_ai';

function entriesOf(org: OrgState, version: string): Entry[] {
  const path = `/services/data/${version}/ssot/machine-learning/configured-models`;
  const entry = (index: number, name: string, label: string, rest: Record<string, unknown>): Entry => {
    const id = `0OmXX${String(index).padStart(10, '0')}AAA`;
    return {
      id,
      name,
      label,
      description: `${label} for generative AI`,
      url: `${path}/${id}`,
      createdDate: '2026-01-01T00:00:00.000Z',
      artifact: {},
      parameterOverrides: [],
      capability: 'ChatCompletion',
      ...rest,
    };
  };
  const own = models.map((model, index) => {
    const bare = model.name.slice(namespace.length + 2);
    return entry(index + 1, org.configuredModelNames === 'bare' ? bare : model.name, model.label, {
      namespace,
      capability: model.kind === 'embeddings' ? 'Embedding' : 'ChatCompletion',
      status: isEnabled(model.name, org.enabledModels, model) ? 'Enabled' : 'Disabled',
      sourceType: 'Salesforce',
    });
  });
  const custom = org.customModels.map(({ name, label }, index) =>
    entry(own.length + index + 1, name, label ?? name, {
      namespace: null,
      status: org.enabledModels === 'all' || org.enabledModels.includes(name) ? 'Enabled' : 'Disabled',
      sourceType: 'Custom',
    }),
  );
  return [...own, ...custom];
}

const reply = (body: unknown): Staged => ({
  status: 200,
  headers: { 'content-type': 'application/json;charset=UTF-8' },
  frames: [{ kind: 'content', bytes: JSON.stringify(body) }],
});

/** The list, or the one model that `rest` names by id or API name. */
export function configuredModels(org: OrgState, exchange: Exchange, rest: string): Staged {
  if (exchange.method !== 'GET') return coreError(405, 'METHOD_NOT_ALLOWED');
  if (org.configuredModelsStatus === 403) return coreError(403, 'INSUFFICIENT_ACCESS');
  if (org.configuredModelsStatus === 404) return coreError(404, 'NOT_FOUND');
  const entries = entriesOf(org, exchange.path.split('/')[3] ?? '');
  if (rest !== '') {
    const asked = decodeURIComponent(rest);
    const names = (item: Entry): string[] => [item.id, item.name, `${namespace}__${item.name}`];
    const found = entries.find((item) => names(item).includes(asked));
    return found === undefined ? coreError(404, 'NOT_FOUND') : reply(found);
  }
  const query = new URLSearchParams(exchange.query);
  const search = query.get('search')?.toLowerCase();
  const capabilities = query.get('capabilities')?.split(',');
  const custom = { true: false, false: true }[query.get('outOfTheBox') ?? ''];
  const found = entries.filter(
    (item) =>
      (search === undefined || `${item.name} ${item.label}`.toLowerCase().includes(search)) &&
      (capabilities === undefined || capabilities.includes(item.capability)) &&
      (custom === undefined || (item['namespace'] === null) === custom),
  );
  const offset = Math.max(0, Number(query.get('offset') ?? 0) || 0);
  const limit = Math.max(1, Number(query.get('limit') ?? pageDefault) || pageDefault);
  return reply({
    configuredModels: found.slice(offset, offset + limit),
    totalSize: found.length,
    offset,
    limit,
  });
}
