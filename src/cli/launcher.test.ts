// The launcher in bin/: it starts the right program on the right Node, says what is wrong where it cannot, and passes
// signals and exit codes through. Old versions of Node are pretended by changing what the process says of itself.

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, describe, expect, it } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/', import.meta.url));
const PROGRAM = 'src/cli/main.ts';
const BUILT = 'dist/src/cli/main.js';

const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A place like a checkout, or like an installed package, with programs that tell their name and arguments. */
function createPlace(options: {
  programs: readonly string[];
  under?: string;
  ownNode?: boolean;
  run?: string;
}): string {
  const top = mkdtempSync(join(tmpdir(), 'forcegate-launcher-'));
  directories.push(top);
  const root = join(top, options.under ?? '.');
  mkdirSync(join(root, 'bin'), { recursive: true });
  for (const name of readdirSync(BIN)) copyFileSync(join(BIN, name), join(root, 'bin', name));
  writeFileSync(join(root, 'package.json'), '{"type":"module","version":"1.2.3"}');
  writeFileSync(join(root, 'old.cjs'), `Object.defineProperty(process, 'version', { value: 'v18.19.0' });`);
  for (const name of options.programs) {
    const file = join(root, name);
    mkdirSync(dirname(file), { recursive: true });
    const body =
      options.run ?? `console.log('${name}', version, ...process.argv.slice(2)); process.exitCode = 7;`;
    writeFileSync(file, `export async function main(version) { ${body} }\n`);
  }
  if (options.ownNode === true) {
    mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
    symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'));
  }
  return root;
}

function launch(root: string, age: 'new' | 'old', ...args: string[]): ChildProcessWithoutNullStreams {
  const old = age === 'old' ? ['--require', join(root, 'old.cjs')] : [];
  return spawn(process.execPath, [...old, join(root, 'bin/forcegate.js'), ...args]);
}

type Ended = { readonly code: number | null; readonly out: string; readonly errors: string };

async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  let out = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, errors };
}

describe('the launcher on a Node that is new enough', () => {
  it('runs the source, with arguments, version and exit code', async () => {
    const root = createPlace({ programs: [PROGRAM] });
    expect(await ended(launch(root, 'new', 'start', '--port', '1'))).toMatchObject({
      code: 7,
      out: `${PROGRAM} 1.2.3 start --port 1\n`,
    });
  });

  it('prefers the source of a checkout to an old build', async () => {
    const root = createPlace({ programs: [PROGRAM, BUILT] });
    expect((await ended(launch(root, 'new'))).out).toContain(PROGRAM);
  });

  it('runs the build of an installed package', async () => {
    const root = createPlace({ programs: [PROGRAM, BUILT], under: 'node_modules/forcegate' });
    expect(await ended(launch(root, 'new'))).toMatchObject({ code: 7, out: `${BUILT} 1.2.3\n` });
  });

  it('says what is wrong when there is no program', async () => {
    const root = createPlace({ programs: [] });
    const { code, errors } = await ended(launch(root, 'new'));
    expect(code).toBe(2);
    expect(errors).toContain('Install it again.');
  });
});

describe('the launcher on a Node that is too old', () => {
  it('hands over to the Node of the checkout', async () => {
    const root = createPlace({ programs: [PROGRAM], ownNode: true });
    expect(await ended(launch(root, 'old', 'check'))).toMatchObject({
      code: 7,
      out: `${PROGRAM} 1.2.3 check\n`,
    });
  });

  it('passes signals on and keeps the exit code', async () => {
    const run = `process.on('SIGTERM', () => process.exit(5)); setInterval(() => {}, 1000); console.log('ready');`;
    const child = launch(createPlace({ programs: [PROGRAM], ownNode: true, run }), 'old');
    const end = ended(child);
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    expect((await end).code).toBe(5);
  });

  it('says what is wrong and how to mend it, in a checkout and in an installed package', async () => {
    const checkout = await ended(launch(createPlace({ programs: [PROGRAM] }), 'old'));
    expect(checkout.code).toBe(2);
    expect(checkout.errors).toContain('Forcegate needs Node 24 or newer; this is v18.19.0');
    expect(checkout.errors).toContain('npm ci');
    const installed = await ended(launch(createPlace({ programs: [BUILT] }), 'old'));
    expect(installed.code).toBe(2);
    expect(installed.errors).toContain('Install a newer Node');
    expect(checkout.errors).not.toMatch(/^\s+at /mu);
  });

  it('can read the launcher: nothing in it is newer than ES2015', () => {
    const text = readFileSync(join(BIN, 'forcegate.js'), 'utf8').replaceAll(/^\s*(?:\/\/|\/\*\*).*$/gmu, '');
    expect(text).not.toMatch(/\bimport\s*[({*]|\basync\b|\bawait\b|\?\.|\?\?|\*\*|,\s*\)|\.\.\.|node:/u);
  });
});
