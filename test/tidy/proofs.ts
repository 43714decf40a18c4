// For every rule that reads a source file: small sources that break it and small ones that come near and do not. A rule
// that no source can break is no rule.

import { checkSynchrony } from './codecs.ts';
import { checkComments, checkTypes } from './comments.ts';
import { checkGlobals } from './globals.ts';
import { checkImports } from './imports.ts';
import { checkNames } from './names.ts';
import { checkPackages } from './packages.ts';
import { checkSizes } from './sizes.ts';
import type { SourceFile, Violation } from './source.ts';
import { checkTestHabits } from './test-habits.ts';
import { checkVendorWords } from './vendor-words.ts';

type Sample = {
  readonly path: string;
  readonly text: string;
  /** A piece of the message that must be told. */
  readonly told: string;
};

type SourceRule = {
  readonly promise: string;
  readonly check: (file: SourceFile) => readonly Violation[];
  readonly broken: readonly Sample[];
  readonly kept: readonly Omit<Sample, 'told'>[];
};

const body = (lines: number): string => Array.from({ length: lines }, (_, at) => `  step(${at});`).join('\n');

export const SOURCE_RULES: readonly SourceRule[] = [
  {
    promise: 'imports point inward',
    check: checkImports,
    broken: [
      {
        path: 'src/core/errors/a.ts',
        text: "import '../neutral/index.ts';",
        told: 'may not import src/core/neutral',
      },
      {
        path: 'src/dialects/a/index.ts',
        text: "import '../b/index.ts';",
        told: 'may not import src/dialects/b',
      },
      { path: 'src/protocols/a/index.ts', text: "export * from '../b/index.ts';", told: 'src/protocols/b' },
      {
        path: 'src/salesforce/surfaces/a/index.ts',
        text: "import '../b/index.ts';",
        told: 'may not import src/salesforce/surfaces/b',
      },
      {
        path: 'src/salesforce/credentials/a.ts',
        text: "import '../transport/index.ts';",
        told: 'may not import src/salesforce/transport',
      },
      {
        path: 'src/pipeline/a.ts',
        text: "import '../policy/key-ring.ts';",
        told: 'may not import src/policy',
      },
      { path: 'src/server/a.ts', text: "import '../main.ts';", told: 'may not import src/main.ts' },
      {
        path: 'src/config/a.ts',
        text: "import { a } from '../server/options.ts';",
        told: 'as `import type` it may',
      },
      {
        path: 'simulator/a.ts',
        text: "import '../src/core/errors/index.ts';",
        told: 'nothing outside itself',
      },
      {
        path: 'simulator/a.ts',
        text: "const a = await import('../src/main.ts');",
        told: 'nothing outside itself',
      },
      { path: 'simulator/a.test.ts', text: "import '../src/main.ts';", told: 'nothing outside itself' },
      {
        path: 'src/pipeline/a.ts',
        text: "import '../../test/simulated-time.ts';",
        told: 'may not import test/',
      },
      {
        path: 'src/pipeline/a.ts',
        text: "import '../core/errors/table.ts';",
        told: 'src/core/errors/index.ts instead',
      },
      { path: 'src/novel/a.ts', text: "import '../main.ts';", told: 'give it a row' },
    ],
    kept: [
      { path: 'src/dialects/a/index.ts', text: "import './request.ts'; import '../port.ts';" },
      { path: 'src/salesforce/surfaces/a/index.ts', text: "import '../generations/body.ts';" },
      { path: 'src/pipeline/a.ts', text: "import '../salesforce/routing/port.ts'; import './b.ts';" },
      { path: 'src/config/a.ts', text: "import type { A } from '../server/options.ts';" },
      { path: 'src/pipeline/a.test.ts', text: "import '../../test/simulated-time.ts';" },
      { path: 'test/a.test.ts', text: "import '../src/main.ts'; import '../simulator/main.ts';" },
    ],
  },
  {
    promise: "packages and Node's modules stay in their homes",
    check: checkPackages,
    broken: [
      { path: 'src/pipeline/a.ts', text: "import fastify from 'fastify';", told: 'only in src/server/' },
      {
        path: 'src/server/a.ts',
        text: "import type { Pool } from 'undici';",
        told: 'only in src/salesforce/transport/',
      },
      {
        path: 'src/salesforce/credentials/a.ts',
        text: "import { jwtVerify } from 'jose';",
        told: 'only in simulator/',
      },
      { path: 'src/server/a.ts', text: "import axios from 'axios';", told: 'has no row' },
      {
        path: 'src/dialects/a/index.ts',
        text: "import { createHash } from 'node:crypto';",
        told: 'a codec is pure',
      },
      { path: 'src/core/wire/a.ts', text: "import { gzip } from 'node:zlib';", told: 'a codec is pure' },
      {
        path: 'src/policy/a.ts',
        text: "import { readFile } from 'node:fs/promises';",
        told: 'the FileSystem',
      },
      { path: 'src/server/a.ts', text: "import { randomUUID } from 'node:crypto';", told: 'the Random' },
    ],
    kept: [
      {
        path: 'src/server/a.ts',
        text: "import fastify from 'fastify'; import type { Server } from 'node:http';",
      },
      { path: 'src/core/wire/a.ts', text: "import { crc32 } from 'node:zlib';" },
      { path: 'src/policy/a.ts', text: "import { timingSafeEqual } from 'node:crypto';" },
      { path: 'src/dialects/a/a.test.ts', text: "import OpenAI from 'openai'; import fs from 'node:fs';" },
    ],
  },
  {
    promise: 'time, chance, environment and network are arguments',
    check: checkGlobals,
    broken: [
      {
        path: 'src/pipeline/a.ts',
        text: 'const at = Date.now();',
        told: 'Date.now is banned here; use the Clock',
      },
      { path: 'src/pipeline/a.ts', text: 'const at = new Date();', told: 'the present by `Date`' },
      { path: 'src/pipeline/a.ts', text: 'const at = performance.now();', told: 'the Clock' },
      { path: 'src/pipeline/a.ts', text: 'const a = Math.random();', told: 'the Random' },
      { path: 'src/pipeline/a.ts', text: 'const a = crypto.randomUUID();', told: 'the Random' },
      { path: 'src/server/a.ts', text: 'setTimeout(run, 5);', told: 'the Timers' },
      { path: 'src/server/a.ts', text: 'use({ later: globalThis.setInterval });', told: 'the Timers' },
      { path: 'src/server/a.ts', text: 'use(setImmediate);', told: 'the Timers' },
      { path: 'src/server/a.ts', text: 'const signal = AbortSignal.timeout(5);', told: 'CancelSource' },
      {
        path: 'src/config/a.ts',
        text: "const port = process.env['PORT'];",
        told: 'the environment handed to',
      },
      { path: 'src/config/a.ts', text: 'const { env } = process;', told: 'the environment handed to' },
      { path: 'src/main.ts', text: 'process.exit(1);', told: 'only src/cli/ ends the process' },
      { path: 'src/server/a.ts', text: "console.log('x');", told: "telemetry's port" },
      { path: 'src/salesforce/credentials/a.ts', text: 'await fetch(url);', told: 'a send function' },
    ],
    kept: [
      { path: 'src/pipeline/a.ts', text: 'const at = new Date(atMs); const fetch = deps.fetch; fetch(at);' },
      {
        path: 'src/pipeline/a.ts',
        text: 'deps.timers.setTimeout(run); type A = { fetch(): void; console: B };',
      },
      { path: 'src/core/platform/a.ts', text: 'const at = Date.now();' },
      { path: 'src/cli/a.ts', text: 'process.exit(1);' },
    ],
  },
  {
    promise: 'tests do not sleep, shout down others or go missing',
    check: checkTestHabits,
    broken: [
      {
        path: 'src/a.test.ts',
        text: 'await new Promise((done) => setTimeout(done, 50));',
        told: 'does not sleep',
      },
      {
        path: 'test/a.ts',
        text: 'await new Promise((done) => { setTimeout(() => done(), 5); });',
        told: 'not sleep',
      },
      {
        path: 'test/a.ts',
        text: "import { setTimeout } from 'node:timers/promises';",
        told: 'does not sleep',
      },
      { path: 'src/a.test.ts', text: "it.only('a', run);", told: '`.only`' },
      { path: 'src/a.test.ts', text: "describe.skip('a', run);", told: 'needs its reason' },
      { path: 'src/a.test.ts', text: "it('should work', run);", told: 'present tense' },
    ],
    kept: [
      { path: 'src/a.test.ts', text: "// Linux only: no such signal elsewhere.\nit.skip('a', run);" },
      { path: 'test/a.accept.ts', text: 'await new Promise((done) => setTimeout(done, 50));' },
    ],
  },
  {
    promise: 'names are whole words that say something',
    check: checkNames,
    broken: [
      { path: 'src/utils/a.ts', text: '', told: '`utils` in `utils`' },
      { path: 'src/server/error-handler.ts', text: '', told: '`handler` in' },
      { path: 'src/server/readBody.ts', text: '', told: 'not kebab-case' },
      { path: 'src/server/a.ts', text: 'export function parseReq() {}', told: 'write request' },
      { path: 'src/server/a.ts', text: 'export const DEFAULT_OPTS = 1;', told: 'write options' },
      { path: 'src/server/a.ts', text: 'export class TokenManager {}', told: '`manager`' },
      { path: 'src/server/a.ts', text: 'export type BaseClient = 1;', told: '`base`' },
    ],
    kept: [
      {
        path: 'src/server/read-body.test.ts',
        text: 'export const baseUrl = 1; export type Response = 2; const req = 3;',
      },
    ],
  },
  {
    promise: "vendors' words stay in their folders",
    check: checkVendorWords,
    broken: [
      { path: 'src/core/neutral/a.ts', text: 'const claudeEvent = 1;', told: '`claude`' },
      { path: 'src/pipeline/a.ts', text: "if (model.family === 'gpt') run();", told: '`gpt`' },
      { path: 'src/pipeline/a.ts', text: 'const header = `x-sfdc-app-${name}`;', told: '`sfdc`' },
      { path: 'src/server/a.ts', text: "const vendor = 'salesforce';", told: '`salesforce`' },
      { path: 'src/server/a.ts', text: "const message = 'OpenAI says no.';", told: '`openai`' },
      { path: 'src/dialects/openai-chat/a.ts', text: "const cap = 'claude-sonnet-4-6';", told: '`claude`' },
    ],
    kept: [
      {
        path: 'src/pipeline/a.ts',
        text: "// Salesforce is slow.\nfail('Salesforce did not answer in time.');",
      },
      { path: 'src/server/a.ts', text: "import { a } from '../salesforce/routing/port.ts';" },
      { path: 'src/dialects/openai-chat/a.ts', text: "const model = 'gpt-5'; const innovation = 1;" },
      { path: 'src/salesforce/catalogue/a.ts', text: "const model = 'claude-sonnet-4-6';" },
    ],
  },
  {
    promise: 'codecs are synchronous',
    check: checkSynchrony,
    broken: [
      { path: 'src/dialects/a/stream.ts', text: 'export async function push() {}', told: 'synchronous' },
      { path: 'src/core/wire/a.ts', text: 'export type A = Promise<void>;', told: 'synchronous' },
      { path: 'src/protocols/a/a.ts', text: 'const a = await b;', told: 'synchronous' },
    ],
    kept: [
      { path: 'src/pipeline/a.ts', text: 'export async function run() {}' },
      { path: 'src/dialects/a/a.test.ts', text: 'const a = await b;' },
    ],
  },
  {
    promise: 'functions and files are small',
    check: checkSizes,
    broken: [
      {
        path: 'src/server/a.ts',
        text: `function long() {\n${body(80)}\n}`,
        told: 'long has 82 lines of its own',
      },
      { path: 'src/server/a.ts', text: `const long = () => {\n${body(80)}\n};`, told: 'long has 82 lines' },
      { path: 'src/server/a.ts', text: `class A { long() {\n${body(80)}\n} }`, told: 'long has 82 lines' },
      { path: 'src/server/a.ts', text: body(401), told: '401 lines; a file has at most 400' },
      { path: 'src/server/a.test.ts', text: body(801), told: '801 lines' },
      {
        path: 'src/server/a.ts',
        text: `function createA() {\n${`function one() {\n${body(60)}\n}\n`.repeat(3)}}`,
        told: 'createA holds 188 lines',
      },
    ],
    kept: [
      {
        path: 'src/server/a.ts',
        text: `function createA() {\n${`function one() {\n${body(60)}\n}\n`.repeat(2)}}`,
      },
    ],
  },
  {
    promise: 'files open by saying what they are, and leave nothing for later',
    check: checkComments,
    broken: [
      { path: 'src/a.ts', text: 'const a = 1;\n', told: 'does not open with a comment' },
      { path: 'src/a.ts', text: '\n\n// Late.\nconst a = 1;\n', told: 'does not open with a comment' },
      { path: 'src/a.ts', text: '// Line.\n'.repeat(7), told: 'has 7 lines' },
      { path: 'src/a.ts', text: '// A file.\n\n// TODO: more.\n', told: 'open an issue' },
      { path: 'src/a.ts', text: '// A file.\n\n// @ts-ignore\nrun();\n', told: 'says why' },
      {
        path: 'src/a.ts',
        text: '// A file.\n\n// oxlint-disable-next-line no-await\n',
        told: 'says why',
      },
    ],
    kept: [
      { path: 'src/a.ts', text: '#!/usr/bin/env node\n// A file.\n// Its promise.\n\n// More.\n' },
      {
        path: 'src/a.ts',
        text: '// A file.\n\n// oxlint-disable-next-line no-await -- one at a time\n',
      },
    ],
  },
  {
    promise: 'no type is given up',
    check: checkTypes,
    broken: [
      { path: 'src/a.ts', text: 'const a: any = 1;', told: '`any`' },
      { path: 'test/a.ts', text: 'const a = b as any;', told: '`any`' },
      { path: 'src/a.ts', text: 'const a = b!;', told: '`!`' },
    ],
    kept: [{ path: 'src/a.ts', text: "const any: unknown = 'any';" }],
  },
];
