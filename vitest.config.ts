// The test runner's settings. Tests sit beside the source and in test/; real-time scenes (`*.accept.ts`) run only
// through `npm run accept`.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'simulator/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'threads',
    // By default one processor is left to others; on a small machine that is half of it.
    maxWorkers: '100%',
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: ['default'],
  },
});
