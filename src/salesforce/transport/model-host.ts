// The org's model host: adds the headers that every surface demands to each call and sends it.

import type { ModelHost, Transport } from './port.ts';

// "Reserved for future use; send this value" (reference 2.2, documented).
const APP_CONTEXT = 'EinsteinGPT';
const FEATURE_ID = 'ai-platform-models-connected-app';

export function createModelHost(
  options: { readonly userAgent: string },
  deps: { readonly transport: Transport },
): ModelHost {
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
      deps.transport.send(
        { method: 'POST', path: request.path, headers, body: request.body },
        handler,
        signal,
      );
    },
  };
}
