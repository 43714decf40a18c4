// Which needs the pipeline can stand in for, on which surface.

import type { Need } from '../../core/neutral/index.ts';
import type { Surface } from '../../salesforce/surfaces/port.ts';
import { canLimit } from './limits.ts';
import { STACK_NEEDS } from './stack.ts';

/** Whether an essential need that the surface does not carry can be met all the same. Files cannot: words show no image. */
export function canEmulate(need: Need, surface: Surface): boolean {
  return STACK_NEEDS.includes(need) || canLimit(need, surface);
}
