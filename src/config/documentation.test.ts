// What is made from the schema agrees with what lies in the repository.

import { readFileSync } from 'node:fs';

import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';

import { createConfigurationPage, createSchemaText } from './documentation.ts';
import { knownKeys } from './keys.ts';

const REMEDY = 'run: node scripts/generate-config-schema.ts';
const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

describe('what is made from the schema', () => {
  it('is in config.schema.json as it is now', () => {
    expect(read('config.schema.json') === createSchemaText(), REMEDY).toBe(true);
  });

  it('is in docs/configuration.md as it is now', () => {
    expect(read('docs/configuration.md') === createConfigurationPage(), REMEDY).toBe(true);
  });

  it('is a JSON schema that judges files as the loader does', () => {
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
      JSON.parse(createSchemaText()) as object,
    );
    expect(validate({ port: 8000, client_keys: ['k', { id: 'a', key: 'b' }], token_file: null })).toBe(true);
    expect(validate({ port: 'x' })).toBe(false);
    expect(validate({ unknown: 1 })).toBe(false);
  });

  it('describes every key', () => {
    expect(knownKeys().filter(({ node }) => (node.description ?? '') === '')).toEqual([]);
  });

  it('marks every key that holds a secret', () => {
    const secrets = knownKeys().filter(({ secret }) => secret);
    expect(secrets.map(({ path }) => path)).toEqual([
      'consumer_key',
      'consumer_secret',
      'http_proxy',
      'https_proxy',
      'admin_key',
      'inbound_tls.key_passphrase',
      'alerts.webhook_url',
      'telemetry.otlp_headers',
    ]);
  });
});
