// Installs n8n for `npm run test:n8n`: its packages as its lock says, without their scripts, and then the one thing that must
// be compiled, its database. Needs a C and a C++ compiler; Node's headers come with Node. Does nothing when all is there.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FOLDER = import.meta.dirname;
const MODULES = join(FOLDER, 'node_modules');
/** Holds what was installed: a fingerprint of the lock. */
const STAMP = join(MODULES, '.forcegate-installed');

function run(file: string, args: readonly string[], cwd = FOLDER): void {
  execFileSync(file, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
}

function installPackages(): void {
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // Set by npm for what it runs: the same npm by the same Node.
  const npm = process.env['npm_execpath'];
  if (npm === undefined) run('npm', args);
  else run(process.execPath, [npm, ...args]);
}

// As its own build file says.
const SQLITE_OPTIONS = [
  'NDEBUG',
  '_REENTRANT=1',
  'SQLITE_THREADSAFE=1',
  'HAVE_USLEEP=1',
  'SQLITE_ENABLE_FTS3',
  'SQLITE_ENABLE_FTS4',
  'SQLITE_ENABLE_FTS5',
  'SQLITE_ENABLE_RTREE',
  'SQLITE_ENABLE_DBSTAT_VTAB=1',
  'SQLITE_ENABLE_MATH_FUNCTIONS',
  'NAPI_VERSION=6',
  'NAPI_DISABLE_CPP_EXCEPTIONS=1',
];

/** By the compilers alone: the usual way asks for Python and make too, and fetches Node's headers. */
function buildDatabase(): void {
  const home = join(MODULES, 'sqlite3');
  const output = join(home, 'build', 'Release');
  mkdirSync(output, { recursive: true });
  const archive = readdirSync(join(home, 'deps')).find((name) => name.endsWith('.tar.gz'));
  if (archive === undefined) throw new Error('sqlite3 does not bring the source of its database any more');
  run('tar', ['-xzf', join(home, 'deps', archive), '-C', output]);
  const source = join(output, archive.replace('.tar.gz', ''));
  const headers = join(dirname(process.execPath), '..', 'include', 'node');
  if (!existsSync(join(headers, 'node_api.h'))) throw new Error(`Node's headers are not in ${headers}`);
  const folders = [source, headers, join(MODULES, 'node-addon-api')];
  const compile = [
    '-c',
    '-O2',
    '-fPIC',
    ...folders.map((folder) => `-I${folder}`),
    ...SQLITE_OPTIONS.map((option) => `-D${option}`),
  ];
  const object = (name: string): string => join(output, `${name}.o`);
  run(process.env['CC'] ?? 'cc', [...compile, join(source, 'sqlite3.c'), '-o', object('sqlite3')]);
  const compiler = process.env['CXX'] ?? 'c++';
  const parts = ['backup', 'database', 'node_sqlite3', 'statement'];
  for (const part of parts) {
    run(compiler, [...compile, '-std=c++17', join(home, 'src', `${part}.cc`), '-o', object(part)]);
  }
  const kind = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
  const objects = [...parts, 'sqlite3'].map(object);
  run(compiler, [...kind, ...objects, '-lpthread', '-o', join(output, 'node_sqlite3.node')]);
}

const lock = readFileSync(join(FOLDER, 'package-lock.json'));
const wanted = createHash('sha256').update(lock).digest('hex');
if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== wanted) {
  process.stdout.write('Installing n8n: about 3 GB, and some minutes.\n');
  rmSync(STAMP, { force: true });
  installPackages();
  buildDatabase();
  writeFileSync(STAMP, wanted);
}
