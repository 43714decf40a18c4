// The schema as a list of keys: what the environment can set, what a misspelt name is compared with, what the
// documentation lists. Read from the JSON schema, so that it cannot disagree with what is published.

import { z } from 'zod';

import { configFileSchema } from './schema.ts';

/** The part of JSON schema that this schema uses. */
export type SchemaNode = {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly deprecated?: boolean;
  readonly writeOnly?: boolean;
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | false;
};

export type KeyKind = 'text' | 'number' | 'boolean' | 'list' | 'structure';

export type KnownKey = {
  /** For example `timeouts.idle_seconds`. */
  readonly path: string;
  readonly kind: KeyKind;
  readonly node: SchemaNode;
  readonly secret: boolean;
  /** Undefined where the environment cannot set the key. */
  readonly variable: string | undefined;
};

/** The JSON schema as published. */
export function createJsonSchema(): SchemaNode & Record<string, unknown> {
  // The schema is our own and its generated form is tested, so its shape needs no check here.
  return { ...(z.toJSONSchema(configFileSchema, { io: 'input' }) as SchemaNode) };
}

const takesText = (node: SchemaNode): boolean =>
  node.type === 'string' || (node.anyOf ?? []).some((inner) => inner.type === 'string');

function kindOf(node: SchemaNode): KeyKind {
  if (takesText(node)) return 'text';
  if (node.type === 'number' || node.type === 'integer') return 'number';
  if (node.type === 'boolean') return 'boolean';
  if (node.type === 'array' && node.items !== undefined && takesText(node.items)) return 'list';
  return 'structure';
}

const variableOf = (path: string): string => `FORCEGATE_${path.replaceAll('.', '__').toUpperCase()}`;

function listKeys(node: SchemaNode, prefix: string): KnownKey[] {
  const keys: KnownKey[] = [];
  for (const [name, inner] of Object.entries(node.properties ?? {})) {
    const path = `${prefix}${name}`;
    if (path === '$schema') continue;
    if (inner.properties !== undefined) keys.push(...listKeys(inner, `${path}.`));
    else {
      const kind = kindOf(inner);
      const settable = kind !== 'structure' && !path.startsWith('trust.localization.');
      const variable = settable ? variableOf(path) : undefined;
      keys.push({ path, kind, node: inner, secret: inner.writeOnly === true, variable });
    }
  }
  return keys;
}

// Made once, at its first use: it is the same for the life of the process.
let known: readonly KnownKey[] | undefined;

export function knownKeys(): readonly KnownKey[] {
  known ??= listKeys(createJsonSchema(), '');
  return known;
}

/** Names of the entries inside the lists and maps whose members have keys of their own. */
export function memberKeys(path: string): readonly string[] {
  const node = knownKeys().find((key) => key.path === path)?.node;
  const member =
    node?.items ?? (node?.additionalProperties === false ? undefined : node?.additionalProperties);
  const object = member?.anyOf?.find((inner) => inner.properties !== undefined) ?? member;
  return Object.keys(object?.properties ?? {});
}
