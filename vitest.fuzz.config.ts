// The settings of `npm run fuzz`: a long campaign of generated requests.
import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['test/fuzz/**/*.fuzz.ts'] } });
