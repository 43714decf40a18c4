// Policy: who may do what. For now the keys that open the gateway.

export { createKeyRing, hashKey, type KeyRecord, type KeyRingOptions } from './keys.ts';
export type { Caller, KeyRing } from './port.ts';
