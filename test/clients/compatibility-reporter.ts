// Writes a command's part of the page of compatibility after a whole run of its real clients. A run of some files or some
// tests, as in `npm test`, writes nothing: the page would claim less than what holds.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { Reporter, TestModule, Vitest } from 'vitest/node';

import { compatibilityPage, type JudgedCell } from './compatibility-page.ts';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'compatibility.md');

type Suite = {
  /** Of the manifest. */
  readonly command: string;
  /** Holds its test files. */
  readonly folder: string;
  /** What their names end in. */
  readonly ending: string;
};

export class CompatibilityReporter implements Reporter {
  readonly #suite: Suite;
  #isPart = false;

  constructor(suite: Suite) {
    this.#suite = suite;
  }

  onInit(vitest: Vitest): void {
    const { testNamePattern, tagsFilter } = vitest.config;
    this.#isPart = testNamePattern !== undefined || tagsFilter !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const { command, folder, ending } = this.#suite;
    const ran = new Set(modules.map((module) => basename(module.moduleId)));
    const files = readdirSync(folder).filter((name) => name.endsWith(ending));
    if (this.#isPart || files.some((name) => !ran.has(name))) return;
    const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
    const day = new Date().toISOString().slice(0, 10);
    writeFileSync(PAGE, compatibilityPage(page, { command, day, judged: judgedIn(modules) }));
  }
}

function judgedIn(modules: readonly TestModule[]): readonly JudgedCell[] {
  const judged: JudgedCell[] = [];
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { cell } = test.meta();
      const { state } = test.result();
      if (cell !== undefined && state !== 'skipped') judged.push({ cell, passed: state === 'passed' });
    }
  }
  return judged;
}
