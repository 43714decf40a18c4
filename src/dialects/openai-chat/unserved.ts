// Paths of the public API that its clients know and that have nothing behind them here: each is refused in words that say
// what there is instead, so that nobody looks for a mistake of their own.

import type { Unserved } from '../port.ts';

const WHAT_THERE_IS =
  'What is served: /v1/chat/completions, /v1/completions, /v1/embeddings and /v1/models, among others.';

function unserved(path: string, reason: string): readonly Unserved[] {
  const message = `${reason} ${WHAT_THERE_IS}`;
  return [
    { path: `/v1/${path}`, message },
    { path: `/v1/${path}/*`, message },
  ];
}

export const UNSERVED: readonly Unserved[] = [
  ...unserved('batches', 'There are no batches here: send the requests one by one, several at a time.'),
  ...unserved(
    'files',
    'No files are kept here: send images and documents inside a message, as data URLs in base64.',
  ),
  ...unserved('uploads', 'No files are kept here: send images and documents inside a message.'),
  ...unserved('audio', 'No model here hears or speaks.'),
  ...unserved('images', 'No model here draws; many of them read images sent inside a message.'),
  ...unserved('videos', 'No model here makes videos.'),
  ...unserved(
    'moderations',
    'There is no moderation call here: replies carry the safety scores of the org in their `salesforce` field.',
  ),
  ...unserved('fine_tuning', 'No models are trained here.'),
  ...unserved('assistants', 'There are no assistants here.'),
  ...unserved('threads', 'No conversations are kept here: send the whole conversation with each request.'),
  ...unserved('vector_stores', 'No vectors are kept here: /v1/embeddings makes them.'),
  ...unserved('realtime', 'There is no realtime connection here: ask for a stream.'),
];
