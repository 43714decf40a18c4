// Which published packages and which parts of Node a module may use, as data. A package has one home, so that
// replacing it is a change in one folder; tests are outside judges and may use any. A codec uses none: bytes in,
// events out.

type PackageRow = { readonly package: string; readonly homes: readonly string[] };

export const PACKAGE_TABLE: readonly PackageRow[] = [
  { package: 'fastify', homes: ['src/server/'] },
  // The bench's floor forwards with it, since that is the least a proxy can do.
  { package: 'undici', homes: ['src/salesforce/transport/', 'bench/'] },
  { package: 'pino', homes: ['src/telemetry/'] },
  { package: 'prom-client', homes: ['src/telemetry/'] },
  { package: '@opentelemetry/api', homes: ['src/telemetry/otlp/'] },
  { package: '@opentelemetry/sdk-trace', homes: ['src/telemetry/otlp/'] },
  { package: '@opentelemetry/sdk-metrics', homes: ['src/telemetry/otlp/'] },
  { package: '@opentelemetry/resources', homes: ['src/telemetry/otlp/'] },
  { package: '@opentelemetry/exporter-trace-otlp-http', homes: ['src/telemetry/otlp/'] },
  { package: '@opentelemetry/exporter-metrics-otlp-http', homes: ['src/telemetry/otlp/'] },
  { package: 'zod', homes: ['src/config/'] },
  { package: 'commander', homes: ['src/cli/'] },
  { package: 'jose', homes: ['simulator/'] },
  { package: '@peculiar/x509', homes: ['simulator/'] },
  { package: 'reflect-metadata', homes: ['simulator/'] },
  { package: '@smithy/eventstream-codec', homes: ['simulator/'] },
  { package: 'vitest', homes: ['vitest.config.ts'] },
];

export type NodeModuleRow = {
  /** A name after `node:`. */
  readonly name: string;
  /** Names whose import is banned; absent: the whole module. */
  readonly names?: readonly string[];
  readonly homes: readonly string[];
  readonly instead: string;
};

/** Banned in `src/` outside `homes`: time, chance, files and processes are arguments. */
export const NODE_MODULE_TABLE: readonly NodeModuleRow[] = [
  {
    name: 'fs',
    homes: ['src/core/platform/', 'src/cli/'],
    instead: 'the FileSystem of core/platform as an argument',
  },
  {
    name: 'fs/promises',
    homes: ['src/core/platform/', 'src/cli/'],
    instead: 'the FileSystem of core/platform as an argument',
  },
  { name: 'timers', homes: ['src/core/platform/'], instead: 'the Timers of core/platform as an argument' },
  {
    name: 'timers/promises',
    homes: ['src/core/platform/'],
    instead: 'the Timers of core/platform as an argument',
  },
  {
    name: 'perf_hooks',
    homes: ['src/core/platform/', 'src/cli/'],
    instead: 'the Clock of core/platform as an argument',
  },
  {
    name: 'process',
    homes: ['src/core/platform/', 'src/cli/'],
    instead: 'what src/cli/ hands down as an argument',
  },
  { name: 'child_process', homes: ['src/cli/'], instead: 'no child processes: the gateway is one process' },
  {
    name: 'crypto',
    names: ['randomUUID', 'randomBytes', 'randomInt', 'webcrypto'],
    homes: ['src/core/platform/', 'src/cli/'],
    instead: 'the Random of core/platform as an argument',
  },
];

/** Pure and synchronous: nothing of Node but what turns bytes into text. */
export const CODEC_FOLDERS: readonly string[] = [
  'src/core/neutral/',
  'src/core/wire/',
  'src/protocols/',
  'src/dialects/',
  'src/salesforce/surfaces/',
];
/** `node:` modules, with the names that are pure functions of their arguments; `*` for all. */
export const CODECS_MAY_USE: Readonly<Record<string, readonly string[]>> = {
  'node:buffer': ['*'],
  'node:string_decoder': ['*'],
  'node:zlib': ['crc32'],
};
