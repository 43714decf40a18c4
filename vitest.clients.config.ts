// The settings of `npm run test:clients`: real clients, one after another, installed by their own manifest. With
// `--tags-filter fast` only the half of them that `npm test` runs.
import { defineConfig } from 'vitest/config';

import { FAST } from './test/clients/cells.ts';
import { CompatibilityReporter } from './test/clients/compatibility-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/clients/**/*.clients.ts'],
    fileParallelism: false,
    tags: [{ name: FAST, description: 'also in npm test' }],
    hookTimeout: 30_000,
    reporters: [
      'default',
      new CompatibilityReporter({
        command: 'test:clients',
        folder: 'test/clients',
        ending: '.clients.ts',
      }),
    ],
  },
});
