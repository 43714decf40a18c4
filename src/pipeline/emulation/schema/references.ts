// `$ref` inside one schema: `#`, and JSON pointers from its root. Nothing is ever fetched; other references are unknown.

import type { JsonValue } from '../../../core/neutral/index.ts';
import { isList, isRecord, own } from './json-values.ts';

const STEPS_MAX = 32;

/** Undefined where the reference leads nowhere, or out of the document. */
export function resolveReference(root: JsonValue, reference: string): JsonValue | undefined {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  const steps = reference.slice(2).split('/', STEPS_MAX + 1);
  if (steps.length > STEPS_MAX) return undefined;
  let at: JsonValue | undefined = root;
  for (const step of steps) {
    const name = decodeStep(step);
    if (isRecord(at)) at = own(at, name);
    else if (isList(at)) at = /^\d{1,9}$/.test(name) ? at[Number(name)] : undefined;
    else return undefined;
  }
  return at;
}

function decodeStep(step: string): string {
  const plain = step.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
}
