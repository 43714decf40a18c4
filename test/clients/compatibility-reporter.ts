// Writes the page of compatibility after a whole run of the real clients. A run of some files or some tests, as in `npm test`,
// writes nothing: the page would claim less than what holds.

import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { Reporter, TestModule, Vitest } from 'vitest/node';

import { compatibilityPage, type JudgedCell } from './compatibility-page.ts';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'compatibility.md');

export class CompatibilityReporter implements Reporter {
  #isPart = false;

  onInit(vitest: Vitest): void {
    const { testNamePattern, tagsFilter } = vitest.config;
    this.#isPart = testNamePattern !== undefined || tagsFilter !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const ran = new Set(modules.map((module) => basename(module.moduleId)));
    const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.clients.ts'));
    if (this.#isPart || files.some((name) => !ran.has(name))) return;
    writeFileSync(PAGE, compatibilityPage(judgedIn(modules), new Date().toISOString().slice(0, 10)));
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
