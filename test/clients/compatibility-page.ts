// The page of compatibility from the cells a run of the real clients judged: a table for each client, a row for each model
// and surface, a column for each feature. It says only what was run.

import type { Cell } from './cells.ts';

export type JudgedCell = { readonly cell: Cell; readonly passed: boolean };

export function compatibilityPage(judged: readonly JudgedCell[], day: string): string {
  const passed = judged.filter((one) => one.passed).length;
  const clients = [...Map.groupBy(judged, ({ cell }) => `${cell.client} ${cell.version}`)];
  const sections = clients
    .toSorted(([left], [right]) => left.localeCompare(right, 'en'))
    .flatMap(([title, cells]) => [`\n## ${title}\n`].concat(tableOf(cells)));
  return [
    '# Which clients work, on which models, with what',
    '',
    'Written by `npm run test:clients`, which runs these programs against a gateway in front of a simulated org. Do not edit:',
    'a cell is a test that passed or failed, and an empty cell was not tried. Nonces prove that content arrived.',
    '',
    `Run on ${day}: ${passed} of ${judged.length} cells hold.`,
    ...sections,
    '',
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
