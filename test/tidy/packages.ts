// Published packages and Node's own modules stay in the folders that own them.

import {
  CODEC_FOLDERS,
  CODECS_MAY_USE,
  NODE_MODULE_TABLE,
  PACKAGE_TABLE,
  type NodeModuleRow,
} from './package-table.ts';
import { fitsAny } from './paths.ts';
import { isTest, type ImportSite, type SourceFile, type Violation } from './source.ts';

/** `@scope/name/deep` → `@scope/name`. */
function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function judgePackage(path: string, site: ImportSite): string | undefined {
  if (isTest(path)) return undefined;
  const name = packageName(site.specifier);
  const row = PACKAGE_TABLE.find((one) => one.package === name);
  if (row === undefined) {
    return `the package ${name} has no row in test/tidy/package-table.ts: a dependency comes with a home and a reason`;
  }
  return fitsAny(path, row.homes)
    ? undefined
    : `${name} may be imported only in ${row.homes.join(', ')}: put it behind that module's port`;
}

function isBanned(row: NodeModuleRow, path: string, site: ImportSite): boolean {
  if (`node:${row.name}` !== site.specifier || fitsAny(path, row.homes)) return false;
  return row.names === undefined || site.names.some((name) => row.names?.includes(name));
}

function isPure(site: ImportSite): boolean {
  const pure = CODECS_MAY_USE[site.specifier] ?? [];
  return (
    site.typeOnly ||
    pure.includes('*') ||
    (site.names.length > 0 && site.names.every((name) => pure.includes(name)))
  );
}

function judgeNodeModule(path: string, site: ImportSite): string | undefined {
  if (!path.startsWith('src/') || isTest(path)) return undefined;
  if (fitsAny(path, CODEC_FOLDERS) && !isPure(site)) {
    return `a codec is pure and may not import ${site.specifier}: let it come through the context`;
  }
  if (site.typeOnly) return undefined;
  const row = NODE_MODULE_TABLE.find((one) => isBanned(one, path, site));
  if (row === undefined) return undefined;
  const what = row.names === undefined ? site.specifier : `${row.names.join(', ')} of ${site.specifier}`;
  return `${what} is banned here; use ${row.instead}`;
}

export function checkPackages(file: SourceFile): readonly Violation[] {
  return file.imports.flatMap((site) => {
    if (site.specifier.startsWith('.')) return [];
    const judge = site.specifier.startsWith('node:') ? judgeNodeModule : judgePackage;
    const message = judge(file.path, site);
    return message === undefined ? [] : [{ path: file.path, line: site.line, message }];
  });
}
