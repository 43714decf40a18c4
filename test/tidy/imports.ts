// Imports point inward: holds the table of modules, and that modules are entered by their front door.

import { IMPORT_TABLE, SIMULATOR_TESTS_MAY_IMPORT, TESTS_MAY_IMPORT, THROUGH_INDEX } from './import-table.ts';
import { coveredBy, fits, fitsAny, resolveImport } from './paths.ts';
import { isTest, type ImportSite, type SourceFile, type Violation } from './source.ts';

function rowOf(path: string): (typeof IMPORT_TABLE)[number] | undefined {
  return IMPORT_TABLE.find((row) => fits(path, row.module));
}

function testsMayImport(path: string): readonly string[] {
  if (!isTest(path)) return [];
  return path.startsWith('simulator/') ? SIMULATOR_TESTS_MAY_IMPORT : TESTS_MAY_IMPORT;
}

function judgeTarget(file: SourceFile, site: ImportSite, target: string): string | undefined {
  const row = rowOf(file.path);
  if (row === undefined) {
    return `no module of test/tidy/import-table.ts holds this file: give it a row before it imports ${target}`;
  }
  if (target.startsWith(coveredBy(file.path, row.module)) || target === file.path) return undefined;
  const allowed = [
    ...row.may,
    ...(site.typeOnly ? (row.mayAsTypes ?? []) : []),
    ...testsMayImport(file.path),
  ];
  if (!fitsAny(target, allowed)) {
    const list = row.may.length === 0 ? 'nothing outside itself' : row.may.join(', ');
    const asTypes =
      row.mayAsTypes !== undefined && fitsAny(target, row.mayAsTypes) ? ' (as `import type` it may)' : '';
    return `${row.module} may not import ${target}${asTypes}; it may import ${list}`;
  }
  const door = THROUGH_INDEX.find((pattern) => fits(target, pattern));
  if (door === undefined || isTest(file.path)) return undefined;
  const index = `${coveredBy(target, door)}index.ts`;
  return target === index
    ? undefined
    : `import ${index} instead of ${target}: a module is entered by its index`;
}

export function checkImports(file: SourceFile): readonly Violation[] {
  return file.imports.flatMap((site) => {
    if (!site.specifier.startsWith('.')) return [];
    const target = resolveImport(file.path, site.specifier);
    const message = judgeTarget(file, site, target);
    return message === undefined ? [] : [{ path: file.path, line: site.line, message }];
  });
}
