// Paths of the public API that its clients know and that have nothing behind them here: each is refused in words that say
// what there is instead.

import type { Unserved } from '../port.ts';

function unserved(path: string, message: string): readonly Unserved[] {
  return [
    { path, message },
    { path: `${path}/*`, message },
  ];
}

export const UNSERVED: readonly Unserved[] = [
  ...unserved(
    '/v1/messages/batches',
    'There are no batches here: send the messages one by one to /v1/messages, several at a time.',
  ),
  ...unserved(
    '/v1/files',
    'No files are kept here: send images and documents inside a message to /v1/messages, in base64.',
  ),
  ...unserved('/v1/skills', 'No skills are kept here.'),
  ...unserved('/v1/complete', 'The older completions are not served here: use /v1/messages.'),
];
