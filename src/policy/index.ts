// Policy: who may do what. For now the keys that open the gateway.

export { createKeyRing, hashKey } from './keys.ts';
