// Who may import whom: the table of the architecture, as data. A module is a folder (or a file) of the repository; the
// first row whose `module` fits a file says all that the file may import besides its own module. A module that has no
// row is a violation: a new folder must be placed before it is filled.

type ImportRow = {
  /** A folder (`src/pipeline/`) or a file. `*` stands for one folder: siblings under it are different modules. */
  readonly module: string;
  /** Folders, files, or patterns with `*` for one name. */
  readonly may: readonly string[];
  /** What may be imported where only types are taken. */
  readonly mayAsTypes?: readonly string[];
};

const CORE = ['src/core/'];
const CODEC_CORE = ['src/core/neutral/', 'src/core/wire/', 'src/core/errors/'];
const PORTS_OF_PARTS = [
  'src/dialects/port.ts',
  'src/salesforce/*/port.ts',
  'src/policy/port.ts',
  'src/store/port.ts',
];
const SUPPORT_PORTS = ['src/policy/port.ts', 'src/store/port.ts', 'src/telemetry/port.ts'];

export const IMPORT_TABLE: readonly ImportRow[] = [
  { module: 'src/core/platform/', may: [] },
  { module: 'src/core/errors/', may: [] },
  { module: 'src/core/neutral/', may: ['src/core/errors/'] },
  // See docs/decisions/0004-json-types-cross-into-wire.md.
  { module: 'src/core/wire/', may: ['src/core/errors/'], mayAsTypes: ['src/core/neutral/'] },

  { module: 'src/protocols/*/', may: CODEC_CORE },
  { module: 'src/dialects/port.ts', may: CODEC_CORE },
  { module: 'src/dialects/extension.ts', may: CODEC_CORE },
  { module: 'src/dialects/registry.ts', may: ['src/dialects/'] },
  {
    module: 'src/dialects/*/',
    may: [...CODEC_CORE, 'src/protocols/', 'src/dialects/port.ts', 'src/dialects/extension.ts'],
  },

  { module: 'src/salesforce/surfaces/port.ts', may: CODEC_CORE },
  { module: 'src/salesforce/surfaces/registry.ts', may: ['src/salesforce/surfaces/'] },
  {
    module: 'src/salesforce/surfaces/*/',
    may: [
      ...CODEC_CORE,
      'src/protocols/',
      'src/salesforce/surfaces/port.ts',
      'src/salesforce/surfaces/generations/',
    ],
  },
  { module: 'src/salesforce/credentials/', may: ['src/core/platform/', 'src/core/errors/'] },
  { module: 'src/salesforce/transport/', may: ['src/core/platform/', 'src/core/errors/'] },
  { module: 'src/salesforce/catalogue/', may: [...CORE, 'src/salesforce/surfaces/port.ts'] },
  { module: 'src/salesforce/routing/', may: [...CORE, 'src/salesforce/surfaces/port.ts'] },

  { module: 'src/pipeline/', may: [...CORE, 'src/telemetry/port.ts', ...PORTS_OF_PARTS] },
  { module: 'src/policy/', may: [...CORE, ...SUPPORT_PORTS] },
  { module: 'src/store/', may: [...CORE, ...SUPPORT_PORTS] },
  { module: 'src/telemetry/', may: [...CORE, ...SUPPORT_PORTS] },
  {
    // The key is judged from the headers alone, before a body is read, so the listener holds a key ring.
    module: 'src/server/',
    may: [
      ...CORE,
      'src/pipeline/',
      'src/dialects/port.ts',
      'src/dialects/registry.ts',
      'src/telemetry/port.ts',
      'src/policy/port.ts',
    ],
  },
  {
    module: 'src/config/',
    // The catalogue is data, and says whether the names of models mean anything.
    may: ['src/core/platform/', 'src/core/errors/', 'src/salesforce/catalogue/index.ts'],
    // Each part's options, and nothing that runs.
    mayAsTypes: [
      'src/salesforce/',
      'src/pipeline/',
      'src/policy/',
      'src/store/',
      'src/telemetry/',
      'src/server/',
    ],
  },
  // Programs are started through their `main.ts`, the simulator's among them.
  // The grammars of the protocols are what `validate-stream` is made of.
  {
    module: 'src/cli/',
    may: ['src/config/', ...CORE, 'src/protocols/', 'src/main.ts', 'simulator/main.ts'],
  },
  { module: 'src/main.ts', may: ['src/'] },
  // The operator's side of the composition: reads the parts, makes none.
  { module: 'src/operator-views.ts', may: ['src/'] },
  { module: 'src/alerting.ts', may: ['src/'] },
  { module: 'src/telemetry-options.ts', may: ['src/'] },
  { module: 'src/version.ts', may: ['package.json'] },

  // A bug shared by both sides would cancel itself out: the simulator knows nothing of the gateway.
  { module: 'simulator/', may: [] },

  { module: 'test/', may: ['src/', 'simulator/'] },
  { module: 'bench/', may: ['src/', 'simulator/', 'test/'] },
  { module: 'scripts/', may: ['src/', 'simulator/', 'test/fakes/'] },
  { module: 'vitest.config.ts', may: [] },
];

/** What a test beside its source may import more: the module it tests, its neighbours and the fakes. */
export const TESTS_MAY_IMPORT: readonly string[] = ['src/', 'test/', 'simulator/'];
export const SIMULATOR_TESTS_MAY_IMPORT: readonly string[] = ['simulator/'];

/** Modules whose insides are reached through their `index.ts` alone. */
export const THROUGH_INDEX: readonly string[] = [
  'src/core/errors/',
  'src/core/neutral/',
  'src/core/platform/',
  'src/protocols/*/',
  'src/dialects/*/',
];
