// One mint: the login exchange with its tries and its time limit. It owns its timers and ends when its signal says so.

import { GatewayError, toGatewayError } from '../../core/errors/index.ts';
import {
  CancelSource,
  type CancelSignal,
  type Clock,
  type Random,
  type Timers,
} from '../../core/platform/index.ts';
import { untilAborted } from './abort.ts';
import { HINT_MY_DOMAIN } from './login-hints.ts';
import {
  requestToken,
  type ClientCredentials,
  type LoginRequest,
  type LoginResponse,
} from './token-request.ts';
import { processTokenResponse, type Grant, type Judgement } from './token-response.ts';

/** For all tries of a mint together. */
const MINT_LIMIT_MS = 60_000;
const TRIES_MAX = 3;
const PAUSE_FIRST_MS = 1000;

export type MintOptions = ClientCredentials & {
  readonly loginOrigin: string;
  readonly requiredScopes: readonly string[];
};

export type MintDependencies = {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly send: (request: LoginRequest, signal: CancelSignal) => Promise<LoginResponse>;
};

export type Minted = { readonly grant: Grant; readonly tries: number };

/** @throws GatewayError `upstream_login_refused`, `upstream_login_unavailable`, or the signal's own reason. */
export async function mint(
  options: MintOptions,
  deps: MintDependencies,
  signal: CancelSignal,
): Promise<Minted> {
  const bounded = new CancelSource();
  const stay = bounded.follow(signal);
  const timer = deps.timers.after(MINT_LIMIT_MS, () => bounded.abort(timeoutError(options)));
  try {
    for (let tries = 1; ; tries += 1) {
      const judgement = await attemptOnce(options, deps, bounded);
      if (judgement.type === 'granted') return { grant: judgement.grant, tries };
      if (judgement.type === 'refused' || !judgement.again || tries === TRIES_MAX) throw judgement.error;
      // Between half and one and a half of 1 s, 2 s: gateways that were cut off together do not come back together.
      const pauseMs = PAUSE_FIRST_MS * 2 ** (tries - 1) * (0.5 + deps.random.fraction());
      await pause(pauseMs, deps.timers, bounded);
    }
  } finally {
    timer.cancel();
    stay();
  }
}

async function attemptOnce(
  options: MintOptions,
  deps: MintDependencies,
  signal: CancelSignal,
): Promise<Judgement> {
  let response: LoginResponse;
  try {
    response = await untilAborted(deps.send(requestToken(options), signal), signal);
  } catch (thrown) {
    if (signal.aborted) throw toGatewayError(signal.reason);
    return unreached(toGatewayError(thrown), options);
  }
  const { requiredScopes, consumerSecret } = options;
  return processTokenResponse(response, { requiredScopes, consumerSecret, nowMs: deps.clock.nowMs() });
}

function unreached(cause: GatewayError, options: MintOptions): Judgement {
  const ours = cause.fault !== 'upstream';
  const what = ours ? 'could not be tried' : 'could not be reached';
  const hint = isUnknownName(cause) ? ` ${HINT_MY_DOMAIN}` : '';
  const error = new GatewayError(
    'upstream_login_unavailable',
    `The login at ${options.loginOrigin} ${what}: ${cause.message}${hint}`,
    { cause, detail: cause.detail },
  );
  return { type: 'unavailable', error, again: !ours };
}

function isUnknownName({ cause }: GatewayError): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOTFOUND';
}

function timeoutError(options: MintOptions): GatewayError {
  return new GatewayError(
    'upstream_login_unavailable',
    `The login at ${options.loginOrigin} did not answer within ${MINT_LIMIT_MS / 1000} s.`,
  );
}

function pause(delayMs: number, timers: Timers, signal: CancelSignal): Promise<void> {
  const slept = Promise.withResolvers<void>();
  const timer = timers.after(delayMs, slept.resolve);
  return untilAborted(slept.promise, signal).finally(() => timer.cancel());
}
