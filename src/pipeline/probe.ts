// Asks the org what a gateway would ask it: one login, one tiny call at a time, through the pipeline that serves clients,
// so that what it proves is what a client will meet. It serves nobody.

import { GatewayError } from '../core/errors/index.ts';
import { CancelSource, type CancelSignal, type Clock, type Random } from '../core/platform/index.ts';
import type { Dialect } from '../dialects/port.ts';
import type { TokenSource } from '../salesforce/credentials/port.ts';
import type { Outcome, Telemetry } from '../telemetry/port.ts';
import type { ClientOut, Pipeline } from './port.ts';

/** The two kinds of surfaces that an org may be entitled to. */
type Entitlement = 'gateway' | 'classic';

export type Probe = {
  /** @throws GatewayError whose message holds the remedy. */
  login(signal: CancelSignal): Promise<{ readonly expiresInS: number | undefined }>;
  /**
   * One tiny call, on the surfaces of one entitlement alone where one is given.
   * @throws GatewayError
   */
  call(
    model: string,
    signal: CancelSignal,
    entitlement?: Entitlement,
  ): Promise<{ readonly surface: string; readonly model: string }>;
};

export type ProbeDependencies = {
  readonly clock: Clock;
  readonly random: Random;
  readonly tokens: TokenSource;
  readonly dialect: Dialect;
  /** A pipeline that tells this telemetry, held to the surfaces of the entitlement. */
  readonly pipelineFor: (entitlement: Entitlement | undefined, telemetry: Telemetry) => Pipeline;
};

const SILENT_OUT: ClientOut = {
  answer: () => undefined,
  openStream: () => undefined,
  write: () => true,
  onDrain: () => undefined,
  end: () => undefined,
};

export function createProbe(deps: ProbeDependencies): Probe {
  return {
    async login(signal) {
      await deps.tokens.get(signal);
      return { expiresInS: deps.tokens.status().expiresInS };
    },
    async call(model, signal, entitlement) {
      let outcome: Outcome | undefined;
      const pipeline = deps.pipelineFor(entitlement, {
        begin: () => undefined,
        settle: (told) => void (outcome = told),
      });
      const limit = new CancelSource();
      const stay = limit.follow(signal);
      const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Say OK.' }] });
      await pipeline.run({
        requestId: deps.random.uuid(),
        dialect: deps.dialect,
        request: {
          method: 'POST',
          route: '/v1/chat/completions',
          rest: '',
          query: '',
          headers: {},
          body: Buffer.from(body),
        },
        caller: undefined,
        out: SILENT_OUT,
        signal: limit,
        abort: (reason) => limit.abort(reason),
        receivedMs: deps.clock.monotonicMs(),
      });
      stay();
      return judge(outcome, model);
    },
  };
}

function judge(outcome: Outcome | undefined, model: string): { surface: string; model: string } {
  if (outcome === undefined) throw new GatewayError('internal', 'The call was never settled.');
  if (outcome.result === 'ok')
    return { surface: outcome.surface ?? 'none', model: outcome.modelServed ?? model };
  throw new GatewayError(outcome.errorCode ?? 'internal', outcome.errorMessage ?? 'The call failed.', {
    upstream: outcome.upstreamFault,
    detail: outcome.errorDetail,
  });
}
