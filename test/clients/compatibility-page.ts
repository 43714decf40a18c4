// The page of compatibility from the cells that runs of the real clients judged: a part for each command that runs them, in
// it a table for each client, a row for each model and surface, a column for each feature. It says only what was run.

import type { Cell } from './cells.ts';

export type JudgedCell = { readonly cell: Cell; readonly passed: boolean };

/** What one run found out. */
export type JudgedRun = {
  /** Of the manifest, such as `test:clients`: names the part of the page that the run replaces. */
  readonly command: string;
  readonly day: string;
  readonly judged: readonly JudgedCell[];
};

const OPENING = [
  '# Which clients work, on which models, with what',
  '',
  'Written by the commands named below, which run these programs against a gateway in front of a simulated org. Do not edit:',
  'a cell is a test that passed or failed, and an empty cell was not tried. Nonces prove that content arrived. A command',
  'writes its own part anew and leaves the others as their last run left them.',
].join('\n');

/** The page as it shall be, from the page as it is: parts of other commands stay word for word. */
export function compatibilityPage(page: string, run: JudgedRun): string {
  const parts = new Map<string, string>();
  for (const part of page.split(/^(?=## )/m)) {
    const command = /^## By `npm run ([\w:-]+)`/.exec(part)?.[1];
    if (command !== undefined) parts.set(command, part.trimEnd());
  }
  parts.set(run.command, partOf(run));
  const sorted = [...parts].toSorted(([left], [right]) => left.localeCompare(right, 'en'));
  return `${[OPENING, ...sorted.map(([, part]) => part)].join('\n\n')}\n`;
}

function partOf({ command, day, judged }: JudgedRun): string {
  const passed = judged.filter((one) => one.passed).length;
  const clients = [...Map.groupBy(judged, ({ cell }) => `${cell.client} ${cell.version}`)];
  return [
    `## By \`npm run ${command}\` on ${day}: ${passed} of ${judged.length} cells hold`,
    ...clients
      .toSorted(([left], [right]) => left.localeCompare(right, 'en'))
      .flatMap(([title, cells]) => [`\n### ${title}\n`].concat(tableOf(cells))),
  ].join('\n');
}

function tableOf(judged: readonly JudgedCell[]): readonly string[] {
  const features = [...new Set(judged.map(({ cell }) => cell.feature))];
  const rows = [...Map.groupBy(judged, ({ cell }) => `${cell.model} | ${cell.surface}`)];
  return [
    line(['Model', 'Surface', ...features]),
    line(Array.from({ length: features.length + 2 }, () => '---')),
    ...rows.map(([name, cells]) => line([name, ...features.map((feature) => wordFor(cells, feature))])),
  ];
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** One test that fails spoils the cell. */
function wordFor(judged: readonly JudgedCell[], feature: string): string {
  const mine = judged.filter(({ cell }) => cell.feature === feature);
  if (mine.length === 0) return '';
  if (mine.some(({ passed }) => !passed)) return 'no';
  return mine.find(({ cell }) => cell.says !== undefined)?.cell.says ?? 'yes';
}
