// The documentation page of the configuration, made from the schema. `docs/configuration.md` is this text; a test says
// when it is stale.

import { LEGACY_VARIABLES } from './legacy-names.ts';
import { createJsonSchema, knownKeys, type KnownKey, type SchemaNode } from './keys.ts';

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

function typeOf(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map((value) => code(JSON.stringify(value))).join(', ');
  if (node.anyOf !== undefined) return node.anyOf.map(typeOf).join(' or ');
  if (node.type === 'array') return `list of ${node.items === undefined ? 'values' : typeOf(node.items)}`;
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    integer: 'whole number',
    number: 'number',
    boolean: 'true or false',
    object: 'object',
    null: 'null',
  };
  return names[node.type ?? ''] ?? 'any';
}

function meaningOf({ node }: KnownKey): string {
  const example = node.examples?.[0];
  const parts = [node.description ?? ''];
  if (node.deprecated === true) parts.unshift('Deprecated.');
  if (example !== undefined) parts.push(`Example: ${code(JSON.stringify(example))}.`);
  return parts.join(' ').replaceAll('|', '\\|');
}

function keyRow(key: KnownKey): string {
  const standard = key.node.default === undefined ? '' : code(JSON.stringify(key.node.default));
  const variable = key.variable === undefined ? '' : code(key.variable);
  return `| ${code(key.path)} | ${typeOf(key.node)} | ${standard} | ${meaningOf(key)} | ${variable} |`;
}

function memberTable(path: string): readonly string[] {
  const node = knownKeys().find((key) => key.path === path)?.node;
  const inner =
    node?.items ?? (node?.additionalProperties === false ? undefined : node?.additionalProperties);
  const member = inner?.anyOf?.find((branch) => branch.properties !== undefined) ?? inner;
  return [
    `### An entry of ${code(path)}`,
    '',
    '| key | type | meaning |',
    '| --- | --- | --- |',
    ...Object.entries(member?.properties ?? {}).map(
      ([name, field]) => `| ${code(name)} | ${typeOf(field)} | ${field.description ?? ''} |`,
    ),
    '',
  ];
}

const INTRODUCTION = `# Configuration

<!-- Made by scripts/generate-config-schema.ts from src/config/schema.ts. Do not edit. -->

Forcegate reads one JSON file and the environment.

- The file is the one named by \`--config\`, else by \`FORCEGATE_CONFIG\`, else \`config.json\` in the working directory, else
  \`config.json\` one directory up (which is passed over when it has no key of Forcegate).
- A variable wins over the file, and \`--host\` and \`--port\` win over both. An empty variable counts as absent.
- Nested keys are written with two underscores in variables: \`FORCEGATE_TIMEOUTS__IDLE_SECONDS\`. Lists have commas between.
- Paths are relative to the file they stand in; in a variable, to the working directory.
- A secret can stand in a file of its own (\`..._file\`), as container platforms mount it.
- Everything is checked at start and all faults are told at once, each with its key and its fix. Unknown keys are faults.
- \`forcegate check\` checks the same without starting.

The least that serves a real org:

\`\`\`json
{
  "consumer_key": "...",
  "consumer_secret": "...",
  "instance_url": "https://acme.my.salesforce.com"
}
\`\`\`

For completion in editors add \`"$schema": "./config.schema.json"\`.

## Keys
`;

const PROXIES = `## Proxies

\`http_proxy\`, \`https_proxy\` and \`no_proxy\` in the file win over the variables \`HTTP_PROXY\`, \`HTTPS_PROXY\` and
\`NO_PROXY\` (also in lower case), because those speak to the whole machine; \`FORCEGATE_HTTPS_PROXY\` wins over the file. User and
password in the address (\`http://user:password@proxy:3128\`) are used for the proxy's own login.
`;

export function createConfigurationPage(): string {
  const legacy = Object.entries(LEGACY_VARIABLES).map(([name, key]) => `| ${code(name)} | ${code(key)} |`);
  return [
    INTRODUCTION,
    '| key | type | default | meaning | variable |',
    '| --- | --- | --- | --- | --- |',
    ...knownKeys().map(keyRow),
    '',
    ...memberTable('client_keys'),
    ...memberTable('models'),
    PROXIES,
    '## Names of the predecessor',
    '',
    'Its variables are read as ever; where a `FORCEGATE_` variable sets the same key, that one wins. Inside the file the upper-case',
    'spellings are understood as well, with a warning.',
    '',
    '| variable | key |',
    '| --- | --- |',
    ...legacy,
    '',
  ].join('\n');
}

/** The text of `config.schema.json`. */
export function createSchemaText(): string {
  return `${JSON.stringify(createJsonSchema(), undefined, 2)}\n`;
}
