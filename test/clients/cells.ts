// What a test with a real client judges: one cell of the table of compatibility. A test names its cell before it does
// anything else, so that one which fails is in the table too.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { TestContext } from 'vitest';

export type Cell = {
  readonly client: string;
  readonly version: string;
  readonly model: string;
  /** By which surface of the org its calls go. */
  readonly surface: string;
  readonly feature: string;
  /** What the table says in place of "yes": how it was refused, or a score. */
  readonly says?: string;
};

/** The half that `npm test` runs: a text and a tool by each agent on each family, the SDKs, the suites. */
export const FAST = 'fast';

declare module 'vitest' {
  interface TaskMeta {
    cell?: Cell;
  }
}

export function judge({ task }: TestContext, cell: Cell): void {
  task.meta.cell = cell;
}

/** By whose manifest a client is installed: that of the clients, or the product's own. */
const INSTALLED_BY = {
  clients: join(import.meta.dirname, 'node_modules'),
  product: join(import.meta.dirname, '..', '..', 'node_modules'),
};

/** The version of a client that is installed; `folderName` is its name in the manifest. */
export function versionOf(folderName: string, by: keyof typeof INSTALLED_BY = 'clients'): string {
  const text = readFileSync(join(INSTALLED_BY[by], folderName, 'package.json'), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  return version;
}
