// Exports traces and metrics to an OpenTelemetry collector. The published SDK is loaded when this is opened and not
// before, so that a gateway without a collector carries nothing of it. Requests never wait for the collector.

import type { Outcome } from '../port.ts';
import type { OtlpDependencies, OtlpOptions } from './options.ts';
import type { OtlpSdk } from './sdk.ts';

export type Otlp = {
  /** Loads the SDK; contacts nobody. */
  open(): Promise<void>;
  /** The id of the trace in which the request is told; undefined where it is not. Never throws. */
  settle(outcome: Outcome): string | undefined;
  /** Sends what waits now. */
  flush(): Promise<void>;
  /** Sends what waits, within a limit. */
  close(): Promise<void>;
};

export function createOtlp(options: OtlpOptions, deps: OtlpDependencies): Otlp {
  let sdk: OtlpSdk | undefined;
  return {
    async open() {
      const { openSdk } = await import('./sdk.ts');
      sdk ??= await openSdk(options, deps);
    },
    settle(outcome) {
      try {
        return sdk?.settle(outcome);
      } catch (thrown) {
        // A fault in telling of a request must not become one of the request.
        deps.warn('telemetry: a request was not told', {
          why: deps.clean(thrown instanceof Error ? thrown.message : 'unknown'),
        });
        return undefined;
      }
    },
    async flush() {
      await sdk?.flush();
    },
    async close() {
      const opened = sdk;
      sdk = undefined;
      await opened?.close();
    },
  };
}
