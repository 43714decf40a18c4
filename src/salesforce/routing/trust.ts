// The operator's Trust Layer settings in routing. What is configured must reach Salesforce: a surface that has no field for
// it is left out, and where none remains the call is refused in words that name the setting.

import { GatewayError } from '../../core/errors/index.ts';
import type { Model } from '../../core/neutral/index.ts';
import type { TrustOptions } from '../surfaces/port.ts';
import type { Plan } from './port.ts';

type Setting = keyof TrustOptions;
type Carrier = { readonly trustCarried: readonly Setting[] };

/** As the operator wrote them. */
const KEYS: Readonly<Record<Setting, string>> = {
  piiMasking: 'trust.enable_pii_masking',
  localization: 'trust.localization',
};

/** Masking that is switched off demands nothing: a surface without the field masks at most what the org has chosen. */
function demands(trust: TrustOptions): Setting[] {
  const demanded: Setting[] = [];
  if (trust.piiMasking === true) demanded.push('piiMasking');
  if (trust.localization !== undefined) demanded.push('localization');
  return demanded;
}

export function carriesTrust(surface: Carrier, trust: TrustOptions): boolean {
  return demands(trust).every((setting) => surface.trustCarried.includes(setting));
}

/** @param also What else is to be said: a whole sentence with a space before it, or nothing. */
export function refuseTrust(
  model: Model,
  trust: TrustOptions,
  serving: readonly Carrier[],
  also: string,
): Extract<Plan, { type: 'refuse' }> {
  const told = demands(trust)
    .filter((setting) => serving.some((surface) => !surface.trustCarried.includes(setting)))
    .map((setting) => KEYS[setting])
    .join(', ');
  const message = `No surface of this org that serves ${model.id} carries what the gateway's operator demands: ${told}.${also}`;
  return { type: 'refuse', error: new GatewayError('unsupported', message) };
}
