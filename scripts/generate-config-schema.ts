// Writes what is made from the configuration's schema: config.schema.json and docs/configuration.md.

import { mkdirSync, writeFileSync } from 'node:fs';

import { createConfigurationPage, createSchemaText } from '../src/config/documentation.ts';

const root = new URL('../', import.meta.url);
mkdirSync(new URL('docs/', root), { recursive: true });
writeFileSync(new URL('config.schema.json', root), createSchemaText());
writeFileSync(new URL('docs/configuration.md', root), createConfigurationPage());
