// The environment's part: which variables set which keys. A variable wins over the file, and a secret's value given in
// one place replaces the `*_file` given in the other. Empty variables count as absent, as compose files pass them.

import { LEGACY_VARIABLES } from './legacy-names.ts';
import { isRecord, type RawConfig } from './file.ts';
import { knownKeys, type KeyKind } from './keys.ts';
import { nearestName } from './nearest-name.ts';
import type { Problems } from './problems.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const OURS = 'FORCEGATE_';
const THEIRS = 'SALESFORCE_';
const CONFIG_PATH = 'FORCEGATE_CONFIG';

/** Kubernetes announces a service named `forcegate` by variables that look like ours. */
function isServiceLink(name: string, value: string): boolean {
  return (
    /^FORCEGATE(?:_\w+)?_SERVICE_(?:HOST|PORT(?:_\w+)?)$/u.test(name) ||
    /^FORCEGATE(?:_\w+)?_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/u.test(name) ||
    (/^FORCEGATE(?:_\w+)?_PORT$/u.test(name) && /^(?:tcp|udp|sctp):\/\//u.test(value))
  );
}

function ownVariables(environment: Environment): [string, string][] {
  const found: [string, string][] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || value === '') continue;
    if (name.startsWith(OURS) && !isServiceLink(name, value)) found.push([name, value]);
    else if (name.startsWith(THEIRS)) found.push([name, value]);
  }
  return found;
}

/** Whether the environment says anything about us. `HOST` and `PORT` alone do not: many systems set them. */
export function isConfiguredByEnvironment(environment: Environment): boolean {
  return ownVariables(environment).length > 0;
}

export function configPathFrom(environment: Environment): string | undefined {
  const path = environment[CONFIG_PATH];
  return path === '' ? undefined : path;
}

const TRUE = new Set(['true', '1', 'yes', 'on']);
const FALSE = new Set(['false', '0', 'no', 'off']);

/** The variable's text as the key's kind; a text that does not fit stays one, and the schema then refuses it. */
function readValue(text: string, kind: KeyKind): unknown {
  const trimmed = text.trim();
  if (kind === 'number') return /^-?\d+(?:\.\d+)?$/u.test(trimmed) ? Number(trimmed) : text;
  if (kind === 'boolean') {
    if (TRUE.has(trimmed.toLowerCase())) return true;
    return FALSE.has(trimmed.toLowerCase()) ? false : text;
  }
  if (kind === 'list') {
    return trimmed
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }
  return text;
}

function setByPath(raw: RawConfig, path: string, value: unknown): void {
  const parts = path.split('.');
  const last = parts.pop() ?? path;
  let at = raw;
  for (const part of parts) {
    const inner = at[part];
    const copy: RawConfig = isRecord(inner) ? { ...inner } : {};
    at[part] = copy;
    at = copy;
  }
  at[last] = value;
}

/** `consumer_secret` ↔ `consumer_secret_file`; undefined for keys without a twin. */
function twinOf(path: string): string | undefined {
  const twin = path.endsWith('_file') ? path.slice(0, -'_file'.length) : `${path}_file`;
  return knownKeys().some((key) => key.path === twin) ? twin : undefined;
}

function refuseUnknown(name: string, problems: Problems): void {
  const known = knownKeys().flatMap((key) => key.variable ?? []);
  const near = nearestName(name, known);
  problems.add(
    name,
    'is not a variable that Forcegate knows.',
    near === undefined ? 'Remove it.' : `Did you mean ${near}? If not, remove it.`,
  );
}

type Setting = { readonly path: string; readonly variable: string; readonly text: string };

/** What the variables set, weakest first: the predecessor's names, then ours. */
export function settingsOf(environment: Environment, problems: Problems): readonly Setting[] {
  const settings: Setting[] = [];
  for (const [variable, path] of Object.entries(LEGACY_VARIABLES)) {
    const text = environment[variable];
    if (text !== undefined && text !== '') settings.push({ path, variable, text });
  }
  const byVariable = new Map(knownKeys().map((key) => [key.variable, key.path]));
  for (const [variable, text] of ownVariables(environment)) {
    if (variable === CONFIG_PATH) continue;
    const path = byVariable.get(variable);
    if (path !== undefined) settings.push({ path, variable, text });
    else if (variable.startsWith(OURS)) refuseUnknown(variable, problems);
    else if (LEGACY_VARIABLES[variable] === undefined) warnOfNearMiss(variable, problems);
  }
  return settings;
}

/** Other programs own variables with this prefix too, so an unknown one is only worth a word when it is nearly ours. */
function warnOfNearMiss(variable: string, problems: Problems): void {
  const near = nearestName(variable, Object.keys(LEGACY_VARIABLES));
  if (near !== undefined) problems.warn('key', `${variable} is not read. Did you mean ${near}?`);
}

/** Lays the environment over the file's keys, in place. */
export function applyEnvironment(raw: RawConfig, environment: Environment, problems: Problems): void {
  const settings = settingsOf(environment, problems);
  for (const { path } of settings) {
    const twin = twinOf(path);
    if (twin !== undefined) delete raw[twin];
  }
  const kinds = new Map(knownKeys().map((key) => [key.path, key.kind]));
  for (const { path, variable, text } of settings) {
    setByPath(raw, path, readValue(text, kinds.get(path) ?? 'text'));
    problems.setOrigin(path, { type: 'environment', variable });
  }
}
