// Every surface there is. A new one is a folder and a line here.

import { createChatGenerations } from './chat-generations/index.ts';
import { createEmbeddings } from './embeddings/index.ts';
import { createGatewayGenerations, type GatewayGenerationsOptions } from './gateway-generations/index.ts';
import { createInvoke, type InvokeOptions } from './invoke/index.ts';
import type { EmbeddingSurface, Surface } from './port.ts';
import { createResponses, type ResponsesOptions } from './responses/index.ts';

export type SurfaceOptions = {
  readonly gatewayGenerations?: GatewayGenerationsOptions | undefined;
  readonly invoke?: InvokeOptions | undefined;
  readonly responses?: ResponsesOptions | undefined;
};

export function createSurfaces(options: SurfaceOptions = {}): readonly Surface[] {
  return [
    createInvoke(options.invoke),
    createResponses(options.responses),
    createGatewayGenerations(options.gatewayGenerations),
    createChatGenerations(),
  ];
}

/** Those that make embeddings, best first. */
export function createEmbeddingSurfaces(): readonly EmbeddingSurface[] {
  return [createEmbeddings()];
}
