// The settings of `npm run test:clients`: real clients, one after another, installed by their own manifest.
import { defineConfig } from 'vitest/config';

import { CompatibilityReporter } from './test/clients/compatibility-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/clients/**/*.clients.ts'],
    fileParallelism: false,
    hookTimeout: 30_000,
    reporters: ['default', new CompatibilityReporter()],
  },
});
