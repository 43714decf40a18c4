// From a surface's one table to what a request may hold: what the table denies is dropped and told, and where it is
// essential the call is refused, since an essential need is never a loss.

import { GatewayError } from '../../../core/errors/index.ts';
import {
  droppedLabels,
  isEssential,
  needsOf,
  type Call,
  type Loss,
  type Model,
  type Need,
} from '../../../core/neutral/index.ts';

export type Carriage = {
  readonly carries: (need: Need) => boolean;
  /** One entry for each need of the call that the surface denies. */
  readonly dropped: readonly Loss[];
};

/** @throws GatewayError `unsupported` naming the essential needs that are denied: routing should not have come here. */
export function planCarriage(
  call: Call,
  model: Model,
  surfaceId: string,
  carries: (need: Need, model: Model) => boolean,
): Carriage {
  const dropped: Loss[] = [];
  const essential: Need[] = [];
  for (const need of needsOf(call)) {
    if (carries(need, model)) continue;
    if (isEssential(need)) essential.push(need);
    else if (need === 'labels') dropped.push(droppedLabels(call.labels));
    else dropped.push({ need, how: 'dropped', note: undefined });
  }
  if (essential.length > 0) {
    throw new GatewayError(
      'unsupported',
      `The surface ${surfaceId} does not carry what the request needs of ${model.id}: ${essential.join(', ')}.`,
    );
  }
  return { carries: (need) => carries(need, model), dropped };
}
