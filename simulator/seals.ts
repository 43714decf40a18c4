// Opaque state that travels through a client and must come back unchanged: signatures of thinking, redacted thinking,
// encrypted reasoning. Deterministic, so that any instance can check what another one made.
import { createHash } from 'node:crypto';

const sealBytes = 32;

const sealOver = (content: Buffer): Buffer =>
  createHash('sha256').update('simulated-seal:').update(content).digest();

/** Seals a text: base64 of a checksum and the text. */
export function seal(text: string): string {
  const content = Buffer.from(text);
  return Buffer.concat([sealOver(content), content]).toString('base64');
}

/** The text under a seal, or undefined when either was changed. */
export function unseal(sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  const content = bytes.subarray(sealBytes);
  const intact = bytes.length >= sealBytes && sealOver(content).equals(bytes.subarray(0, sealBytes));
  return intact && bytes.toString('base64') === sealed ? content.toString() : undefined;
}

/** A short name of a text, to be sealed in its stead. */
export const digestOf = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 32);
