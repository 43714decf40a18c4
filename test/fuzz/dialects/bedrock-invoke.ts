// Bedrock's InvokeModel for the fuzz: Messages bodies whose model stands in the path, by name or by a whole ARN.

import type { Chance } from '../../faults/schedule.ts';
import { drop, set, type DialectGenerator, type Draft, type RouteGenerator } from '../generator.ts';
import { readInvokeMessage, readInvokeStream } from '../readers/anthropic.ts';
import { readBedrockError } from '../readers/errors.ts';
import { MODELS } from '../words.ts';
import { BODY_SPOILS, messagesBody } from './anthropic-messages.ts';

/** Names that AWS has for models of the org. */
const AWS_NAMES = [
  'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
];

function valid(chance: Chance): Draft {
  const model = chance.pick(MODELS);
  const { model: _model, stream: _stream, ...body } = messagesBody(chance, model);
  const rest = chance.happens(0.2) ? chance.pick(AWS_NAMES) : model;
  // What such a name stands for may think less than the model it was drawn for.
  if (rest !== model) {
    delete body['thinking'];
    delete body['output_config'];
  }
  return { rest, body: { ...body, anthropic_version: 'bedrock-2023-05-31' } };
}

const spoils: RouteGenerator['spoils'] = [
  ...BODY_SPOILS,
  drop('max_tokens'),
  set('model', 'claude-sonnet-4-6', 7),
  set('stream', true, false, 'x'),
];

export const BEDROCK_INVOKE: DialectGenerator = {
  routes: {
    'POST /model/*/invoke': { valid, spoils, read: readInvokeMessage },
    'POST /model/*/invoke-with-response-stream': { valid, spoils, read: readInvokeStream },
  },
  readError: readBedrockError,
};
