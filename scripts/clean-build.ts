// Removes what an earlier build left, so that the package holds nothing that the source no longer has.

import { rm } from 'node:fs/promises';

await rm(new URL('../dist', import.meta.url), { recursive: true, force: true });
