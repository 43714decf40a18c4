// What the process stands on (time, chance, files, secrets), as small ports with one system implementation each.

export { CancelSource, type CancelSignal } from './cancel.ts';
export { systemClock, systemTimers, type Clock, type Timer, type Timers } from './clock.ts';
export { createSystemRandom, type Random } from './random.ts';
export { RotatingFile, type RotatingFileOptions } from './rotating-file.ts';
export { Secret } from './secret.ts';
export { systemFileSystem, type FileSystem } from './file-system.ts';
export {
  judgeTlsMaterial,
  secureContextOptions,
  type TlsJudgement,
  type TlsMaterial,
} from './tls-material.ts';
