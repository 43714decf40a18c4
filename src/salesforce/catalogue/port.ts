// The port of the catalogue: which names mean which models.

import type { Model } from '../../core/neutral/index.ts';

export type Resolution =
  | { readonly type: 'found'; readonly model: Model }
  /** `nearest`: up to three known names that look like it, best first. */
  | { readonly type: 'unknown'; readonly nearest: readonly string[] };

export type Catalogue = {
  /** By alias, dated vendor id, the predecessor's names, raw `sfdc_ai__` name, or a custom name by pattern. */
  resolve(name: string): Resolution;
  /** What clients are shown, in a stable order. */
  list(): readonly Model[];
};

/** What clients are shown where the org can be asked. */
export type OrgModels = {
  /** Never rejects: the catalogue's own list stands in for one that the org does not give. */
  list(): Promise<readonly Model[]>;
};
