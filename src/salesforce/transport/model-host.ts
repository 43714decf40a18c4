// The org's model host: adds the headers that every surface demands to each call and sends it, a large one in gzip where
// Salesforce takes that.

import type { Clock } from '../../core/platform/index.ts';
import { sendCompressed } from './compressed-call.ts';
import { CompressionMemory, type CompressionEvent, type CompressionOptions } from './compression.ts';
import type { ModelHost, Transport } from './port.ts';

// "Reserved for future use; send this value" (reference 2.2, documented).
const APP_CONTEXT = 'EinsteinGPT';
const FEATURE_ID = 'ai-platform-models-connected-app';

export type ModelHostOptions = { readonly userAgent: string; readonly compression: CompressionOptions };

export type ModelHostDependencies = {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly observe: (event: CompressionEvent) => void;
};

export function createModelHost(options: ModelHostOptions, deps: ModelHostDependencies): ModelHost {
  const { transport } = deps;
  const memory = new CompressionMemory(options.compression, deps);
  return {
    send(request, handler, signal) {
      const headers = [
        'authorization',
        request.authorization.reveal(),
        'content-type',
        'application/json',
        'accept',
        request.accept,
        'user-agent',
        options.userAgent,
        'x-sfdc-app-context',
        APP_CONTEXT,
        'x-client-feature-id',
        FEATURE_ID,
        'x-sfdc-core-tenant-id',
        request.tenantKey,
        'x-client-trace-id',
        request.requestId,
      ];
      const { path, body } = request;
      const plain = { method: 'POST', path, headers, body } as const;
      const way = memory.wayFor(path, body);
      if (way === 'plain') transport.send(plain, handler, signal);
      else sendCompressed({ transport, memory, request: plain, way, handler, signal });
    },
  };
}
