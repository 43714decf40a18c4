// The settings of `npm run test:n8n`: the real n8n, installed by its own manifest.
import { defineConfig } from 'vitest/config';

import { CompatibilityReporter } from './test/clients/compatibility-reporter.ts';

export default defineConfig({
  test: {
    include: ['test/n8n/*.n8n.ts'],
    fileParallelism: false,
    reporters: [
      'default',
      new CompatibilityReporter({ command: 'test:n8n', folder: 'test/n8n', ending: '.n8n.ts' }),
    ],
  },
});
