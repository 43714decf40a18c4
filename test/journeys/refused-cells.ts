// The cells of the client matrix that Forcegate refuses, each with its reason. A cell that is not here must pass, and a
// cell that is here must be refused in these words: the list can neither grow nor rot in silence.

import { expect } from 'vitest';

import type { OrgCase } from './orgs.ts';

export type MatrixClient = 'openai-chat' | 'anthropic-messages' | 'openai-responses';

type RefusedCells = {
  readonly client: MatrixClient;
  readonly org: OrgCase['org'];
  readonly scenes: readonly string[];
  readonly status: number;
  /** Part of the message: the need that nobody carries. */
  readonly says: string;
  readonly reason: string;
};

const NO_FILES = 'the classic surface takes text alone (reference 2.9)';

/** On the org that has the classic surface alone; all refused alike, before a model is asked. */
function onClassic(
  client: MatrixClient,
  says: string,
  reason: string,
  scenes: readonly string[],
): RefusedCells {
  return { client, org: 'classic-only', scenes, status: 400, says, reason };
}

const REFUSED_CELLS: readonly RefusedCells[] = [
  onClassic('anthropic-messages', 'images', NO_FILES, ['images', 'results with images']),
  onClassic('anthropic-messages', 'documents', NO_FILES, ['PDFs']),
  onClassic('openai-chat', 'images', NO_FILES, ['images']),
  onClassic('openai-chat', 'documents', NO_FILES, ['PDFs']),
  onClassic('openai-responses', 'images', NO_FILES, ['images']),
  onClassic('openai-responses', 'documents', NO_FILES, ['PDFs']),
];

export type Cell = { readonly client: MatrixClient; readonly org: OrgCase['org']; readonly scene: string };

/** Plays a cell: to its end, or to the refusal that is listed for it. */
export async function playCell(cell: Cell, play: () => Promise<void>): Promise<void> {
  const refused = REFUSED_CELLS.find(
    ({ client, org, scenes }) => client === cell.client && org === cell.org && scenes.includes(cell.scene),
  );
  if (refused === undefined) return play();
  await expect(play()).rejects.toMatchObject({
    status: refused.status,
    message: expect.stringContaining(refused.says),
  });
}

/** Listed scenes of a client that its matrix does not have. */
export function strayCells(
  client: MatrixClient,
  scenes: readonly { readonly name: string }[],
): readonly string[] {
  const names = new Set(scenes.map(({ name }) => name));
  return REFUSED_CELLS.filter((cell) => cell.client === client).flatMap((cell) =>
    cell.scenes.filter((scene) => !names.has(scene)),
  );
}
