// Admission: which model the call means, and whether it exists at all.

import { GatewayError } from '../core/errors/index.ts';
import type { Model } from '../core/neutral/index.ts';
import type { Catalogue } from '../salesforce/catalogue/port.ts';

/** @throws GatewayError `model_not_found` with the nearest names. */
export function admitModel(name: string, catalogue: Catalogue): Model {
  const resolution = catalogue.resolve(name);
  if (resolution.type === 'found') return resolution.model;
  const { nearest } = resolution;
  const hint =
    nearest.length === 0
      ? 'GET /v1/models lists what there is.'
      : `Did you mean ${nearest.map((near) => `'${near}'`).join(' or ')}? GET /v1/models lists what there is.`;
  throw new GatewayError('model_not_found', `The model '${shorten(name)}' does not exist. ${hint}`, {
    param: 'model',
  });
}

const NAME_SHOWN_MAX = 120;

function shorten(name: string): string {
  return name.length <= NAME_SHOWN_MAX ? name : `${name.slice(0, NAME_SHOWN_MAX)}…`;
}
