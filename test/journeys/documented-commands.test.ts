// Every command that the documents show is run, against a gateway that serves a simulated org; and the table of the
// predecessor's checklist is whole: each of its lines has a command, which shows what the table says.

import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { systemProcesses } from '../../src/cli/processes.ts';
import { loadConfig } from '../../src/config/index.ts';
import { systemFileSystem } from '../../src/core/platform/index.ts';
import { createGateway, systemDependencies, type Gateway } from '../../src/main.ts';
import { openCommandPlace, type CommandPlace, type CommandRun } from './command-place.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
const TEST_MS = 60_000;
/** Of the checklist's distinct lines, in order and with blanks between, so that none can be dropped from the table. */
const LINES = 173;
const LINES_SHA256 = '8af97f4dd13ba309f31b4ed72b34fad779d497d7818b56e0493e553fb398d36b';

/** What would end this test's own process, or asks a person: the test that runs it, and what it looks like there. */
const RUN_ELSEWHERE: Readonly<Record<string, readonly [string, string]>> = {
  'forcegate init': ['configure-commands.test.ts', "'init', '--config'"],
  'forcegate init --ca-file ca/ca.pem --api-url https://127.0.0.1:9444': [
    'configure-commands.test.ts',
    "['init', '--ca-file', 'ca/ca.pem', '--api-url', ",
  ],
  'forcegate stop': ['daemon.test.ts', "forcegate('stop')"],
  'forcegate start --daemon': ['daemon.test.ts', "forcegate('start', '--daemon')"],
  'forcegate restart': ['daemon.test.ts', "forcegate('restart')"],
  'forcegate stop --force': ['daemon.test.ts', "forcegate('stop', '--force')"],
};

const pages = readdirSync(DOCS, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'));
const read = (path: string): string => readFileSync(join(DOCS, path), 'utf8');

const shown = [
  ...new Set(
    pages.flatMap((path) =>
      [...read(path).matchAll(/^```sh\n([^]*?)^```$/gmu)].flatMap(([, block = '']) =>
        block.split('\n').filter((line) => line.startsWith('forcegate ')),
      ),
    ),
  ),
].toSorted();

type Row = {
  readonly lines: readonly string[];
  readonly asks: string;
  readonly command: string;
  readonly shows: RegExp;
};

const rows: readonly Row[] = [
  ...read('checklist.md').matchAll(
    /^\| ([\da-f]{8}(?: [\da-f]{8})*) \| ([^|]+) \| `([^`|]+)` \| `([^`|]+)` \|$/gmu,
  ),
].map(([, lines = '', asks = '', command = '', shows = '']) => ({
  lines: lines.split(' '),
  asks,
  command,
  shows: new RegExp(shows.replaceAll('&#124;', '|'), 'mu'),
}));

let place: CommandPlace;
let gateway: Gateway;

beforeAll(async () => {
  place = await openCommandPlace({
    file: () => ({ port: 0 }),
    env: (_org, directory) => ({ HOME: directory }),
  });
  const { directory } = place;
  const loaded = await loadConfig({ cwd: directory, env: {}, files: systemFileSystem });
  if (!loaded.configured) throw new Error('the place has a configuration');
  const logFile = join(directory, 'logs', 'api.log');
  mkdirSync(join(directory, 'logs'));
  const log = { write: (line: string) => appendFileSync(logFile, line) };
  gateway = createGateway(loaded.config, { ...systemDependencies(), log });
  const { url, loggedIn } = await gateway.open();
  await loggedIn;
  // As `start --daemon` leaves it: this process is the gateway.
  const birth = await systemProcesses.birthOf(process.pid);
  const run = { pid: process.pid, birth, run: 'this', url, startedAtMs: 0, drainMs: 0, logFile, args: [] };
  await writeFile(join(directory, 'forcegate.pid'), JSON.stringify(run));
  await copyFile(join(directory, 'config.json'), join(directory, 'config.last-good.json'));
  expect((await forcegate('forcegate connect openai --test')).code).toBe(0);
});

afterAll(async () => {
  await gateway.close();
  await place.close();
});

/** As a shell would split it; nothing that the documents show needs more. */
function forcegate(command: string): Promise<CommandRun> {
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/gu)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  return place.run(words.slice(1));
}

function expectRunElsewhere(command: string): void {
  const [file, words] = RUN_ELSEWHERE[command] ?? ['', ''];
  expect(readFileSync(new URL(file, import.meta.url), 'utf8')).toContain(words);
}

describe('the documents', () => {
  it('show commands at all', () => {
    expect(shown.length).toBeGreaterThan(15);
  });

  it.each(shown)(
    '%s does what it says',
    async (command) => {
      if (Object.hasOwn(RUN_ELSEWHERE, command)) {
        expectRunElsewhere(command);
        return;
      }
      const { code, said, out } = await forcegate(command);
      expect(code, said + out).toBe(0);
    },
    TEST_MS,
  );

  it('lead only to pages that there are', () => {
    for (const path of pages) {
      for (const [, target = ''] of read(path).matchAll(/\]\((?!https?:)([^)#]+)/gu))
        expect(
          () => readFileSync(join(DOCS, path, '..', target)),
          `${path} leads to ${target}`,
        ).not.toThrow();
    }
  });
});

describe("the predecessor's checklist", () => {
  it('has every line in the table, once', () => {
    const lines = rows.flatMap((row) => row.lines);
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines).toHaveLength(LINES);
    const digest = createHash('sha256').update(lines.toSorted().join(' ')).digest('hex');
    expect(digest).toBe(LINES_SHA256);
  });

  it.each(rows)(
    '$asks: $command',
    async ({ command, shows }) => {
      if (Object.hasOwn(RUN_ELSEWHERE, command)) {
        expectRunElsewhere(command);
        return;
      }
      const { code, out, said } = await forcegate(command);
      expect(out, said).toMatch(shows);
      expect(code, said + out).toBe(0);
    },
    TEST_MS,
  );
});
