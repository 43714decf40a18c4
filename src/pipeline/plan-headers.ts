// The plan as response headers: which surface, which model, what is emulated and what is lost on the way.

import type { CallLoss, Model, Need } from '../core/neutral/index.ts';

/** Proxies commonly refuse header blocks over 8 KiB; the rest of a longer list is in the log. */
const LOSS_HEADER_BYTES_MAX = 1_024;
const NOT_HEADER_SAFE = /[^\x20-\x7e]/g;

function formatLoss(loss: CallLoss): string {
  const text =
    loss.note === undefined ? `${loss.need}=${loss.how}` : `${loss.need}=${loss.how} (${loss.note})`;
  return text.replace(NOT_HEADER_SAFE, '?');
}

function formatLosses(losses: readonly CallLoss[]): string {
  let header = '';
  for (const loss of losses) {
    const next = header === '' ? formatLoss(loss) : `${header}; ${formatLoss(loss)}`;
    if (next.length > LOSS_HEADER_BYTES_MAX) return `${header}; ...`;
    header = next;
  }
  return header;
}

type Planned = {
  readonly surface: { readonly id: string };
  readonly model: Model;
  readonly emulated: readonly Need[];
};

export function planHeaders(step: Planned, losses: readonly CallLoss[]): Record<string, string> {
  const headers: Record<string, string> = {
    'x-forcegate-surface': step.surface.id,
    'x-forcegate-model': step.model.apiName.replace(NOT_HEADER_SAFE, '?'),
  };
  if (step.emulated.length > 0) headers['x-forcegate-emulated'] = step.emulated.join(', ');
  if (losses.length > 0) headers['x-forcegate-loss'] = formatLosses(losses);
  return headers;
}
