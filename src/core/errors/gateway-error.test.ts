// What a GatewayError promises about its message.

import { expect, it } from 'vitest';

import { GatewayError } from './gateway-error.ts';

it('tells a name that holds half a surrogate pair in well-formed text, which strict JSON parsers read', () => {
  const error = new GatewayError('model_not_found', "The model 'm\ud800' does not exist.");
  expect(error.message).toBe("The model 'm\ufffd' does not exist.");
  expect(JSON.stringify(error.message)).not.toContain(String.raw`\ud800`);
});
