// What `forcegate check` asks the org itself: a login, the entitlement to each kind of surface, one tiny call for each
// model asked for. Each fault is told once, where it stands: a model that no surface has is the model's fault, a surface
// that lacks what another one has is the entitlement's.

import type { Config } from '../config/index.ts';
import { GatewayError, toGatewayError } from '../core/errors/index.ts';
import { CancelSource, type CancelSignal } from '../core/platform/index.ts';
import { inCommandWords } from './faults.ts';
import { describeUpstream, type Finding } from './check-report.ts';
import { remedyOf } from './check-remedies.ts';
import type { CheckOptions, CheckWorld } from './check.ts';
import type { Entitlement, Probe } from './programs.ts';

/** The predecessor's name for whatever is to be had cheaply. */
const MODEL_ASKED = 'default';
/** Three tries of a minute each at most, and the waits between. */
const LOGIN_MS = 200_000;
/** A token's life is told in this machine's time: beyond this much, renewals come late. */
const CLOCK_TOLERANCE_MS = 60_000;
/** As the alert has it: below a tenth the org is near its limit. */
const QUOTA_SHARE_MIN = 0.1;

type Add = (finding: Finding) => void;

export type OrgQuestions = {
  readonly probe: Probe;
  readonly config: Config;
  readonly options: CheckOptions;
  readonly world: CheckWorld;
  readonly add: Add;
};

type Answered<T> =
  | { readonly type: 'answered'; readonly value: T; readonly durationMs: number }
  | { readonly type: 'failed'; readonly error: GatewayError; readonly durationMs: number };

/** Runs one question to the org under a limit. */
async function ask<T>(
  limitMs: number,
  world: CheckWorld,
  question: (signal: CancelSignal) => Promise<T>,
): Promise<Answered<T>> {
  const limit = new CancelSource();
  const timer = world.timers.after(limitMs, () =>
    limit.abort(new GatewayError('upstream_timeout', `No answer in ${limitMs / 1000} seconds.`)),
  );
  const startedMs = world.clock.monotonicMs();
  const durationMs = (): number => world.clock.monotonicMs() - startedMs;
  try {
    const value = await question(limit);
    return { type: 'answered', value, durationMs: durationMs() };
  } catch (thrown) {
    const error = toGatewayError(limit.aborted ? limit.reason : thrown);
    return { type: 'failed', error, durationMs: durationMs() };
  } finally {
    timer.cancel();
  }
}

function failed(check: string, error: GatewayError, durationMs: number): Finding {
  return {
    check,
    status: 'failed',
    message: inCommandWords(error.message),
    fix: remedyOf(error.code),
    code: error.reason ?? error.code,
    detail: describeUpstream(error),
    durationMs,
  };
}

async function checkLogin({ probe, config, world, add }: OrgQuestions): Promise<boolean> {
  const check = 'login';
  const answer = await ask(LOGIN_MS, world, (signal) => probe.login(signal));
  if (answer.type === 'failed') {
    add(failed(check, answer.error, answer.durationMs));
    return false;
  }
  const { expiresInS, clockAheadMs } = answer.value;
  const life = expiresInS === undefined ? '' : ` that lasts ${Math.round(expiresInS / 60)} minutes`;
  const message = `${config.login.instanceUrl} gave a token${life}.`;
  add({ check, status: 'ok', message, durationMs: answer.durationMs });
  addClock(clockAheadMs ?? 0, add);
  return true;
}

function addClock(aheadMs: number, add: Add): void {
  const check = 'clock';
  if (Math.abs(aheadMs) <= CLOCK_TOLERANCE_MS) {
    add({ check, status: 'ok', message: "This machine's clock agrees with Salesforce's." });
    return;
  }
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  add({
    check,
    status: 'attention',
    code: 'clock_differs',
    message: `This machine's clock is ${seconds} seconds ${aheadMs > 0 ? 'behind' : 'ahead of'} Salesforce's.`,
    fix: 'Let the machine take its time from a time server (NTP).',
  });
}

async function checkCall(model: string, questions: OrgQuestions): Promise<GatewayError | undefined> {
  const { probe, config, world, add } = questions;
  const check = `call ${model}`;
  const answer = await ask(config.timeouts.totalMs, world, (signal) => probe.call(model, signal));
  if (answer.type === 'failed') {
    add(failed(check, answer.error, answer.durationMs));
    return answer.error;
  }
  const { model: served, surface } = answer.value;
  add({
    check,
    status: 'ok',
    message: `${served} answered by ${surface}.`,
    durationMs: answer.durationMs,
  });
  return undefined;
}

const SURFACES_OF: Readonly<Record<Entitlement, { readonly lacking: string; readonly fix: string }>> = {
  gateway: {
    lacking: 'streams, tools, images and reasoning are emulated or refused',
    fix: 'Ask Salesforce for access to the LLM gateway, or set "surfaces" to "classic" so that it is not tried.',
  },
  classic: {
    lacking: 'there is nothing to fall back to',
    fix: 'Give the External Client App the Models API, or set "surfaces" to "gateway" so that it is not tried.',
  },
};

/** Where nothing answers the calls have told why; where Salesforce tells nothing there is nothing to say. */
function addQuotas({ probe, add }: OrgQuestions): void {
  // Of a surface that was asked twice, the last word.
  const quotas = new Map(probe.quotas().map((quota) => [quota.surface, quota]));
  for (const { surface, limit, lowest } of quotas.values()) {
    const check = `quota ${surface}`;
    const message = `${lowest} of ${limit} requests are left of the org's window.`;
    if (lowest >= limit * QUOTA_SHARE_MIN) add({ check, status: 'ok', message });
    else
      add({
        check,
        status: 'attention',
        code: 'quota_nearly_spent',
        message,
        fix: 'Wait for the next window; if it stays, send fewer requests, or ask Salesforce for a higher limit.',
      });
  }
}

/** With a model that answered: whatever lacks it now lacks the surface, not the model. */
async function checkEntitlement(
  entitlement: Entitlement,
  model: string,
  { probe, config, world, add }: OrgQuestions,
): Promise<void> {
  const check = `${entitlement} surface`;
  const answer = await ask(config.timeouts.totalMs, world, (signal) =>
    probe.call(model, signal, entitlement),
  );
  const { durationMs } = answer;
  if (answer.type === 'answered') {
    add({ check, status: 'ok', message: `${model} answered by ${answer.value.surface}.`, durationMs });
    return;
  }
  const { error } = answer;
  if (error.code !== 'model_not_found' && error.code !== 'upstream_forbidden') {
    add(failed(check, error, durationMs));
    return;
  }
  const { lacking, fix } = SURFACES_OF[entitlement];
  add({
    check,
    status: 'attention',
    code: 'surface_not_entitled',
    message: `The org does not offer ${model} on the ${entitlement} surfaces: ${lacking}.`,
    fix,
    detail: describeUpstream(error),
    durationMs,
  });
}

function entitlementsOf({ api }: Config): readonly Entitlement[] {
  // Of a surface that is configured not to be used nothing needs to be known.
  return api.surfaces === 'auto' ? ['gateway', 'classic'] : [];
}

export async function checkOrg(questions: OrgQuestions): Promise<void> {
  const { probe, config, options, add } = questions;
  const named = options.models.length === 0 ? [MODEL_ASKED] : options.models;
  const models = options.all ? probe.models() : named;
  const loggedIn = await checkLogin(questions);
  let answered: string | undefined;
  for (const model of models) {
    if (!loggedIn) {
      add({ check: `call ${model}`, status: 'skipped', message: 'There is no token to call with.' });
      continue;
    }
    const error = await checkCall(model, questions);
    if (error === undefined) answered ??= model;
  }
  for (const entitlement of entitlementsOf(config)) {
    if (answered !== undefined) await checkEntitlement(entitlement, answered, questions);
    else
      add({
        check: `${entitlement} surface`,
        status: 'skipped',
        message: 'No model answered to ask it with.',
      });
  }
  if (answered !== undefined) addQuotas(questions);
}
