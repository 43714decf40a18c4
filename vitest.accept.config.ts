// The settings of `npm run accept`: real-time scenes, one after another, so that they do not slow each other down.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/accept/**/*.accept.ts'], fileParallelism: false, hookTimeout: 30_000 },
});
