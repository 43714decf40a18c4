// Which surface is liked best among equals, by model family. The reasons are in design and reference 3.3.

import type { ModelFamily } from '../../core/neutral/index.ts';

const GATEWAY_FIRST = ['gateway-generations', 'chat-generations'] as const;

export const SURFACE_ORDER: Readonly<Record<ModelFamily, readonly string[]>> = {
  claude: ['invoke', ...GATEWAY_FIRST],
  gpt: ['responses', ...GATEWAY_FIRST],
  gemini: GATEWAY_FIRST,
  nova: GATEWAY_FIRST,
  nemotron: GATEWAY_FIRST,
  custom: GATEWAY_FIRST,
  embedding: [],
};
