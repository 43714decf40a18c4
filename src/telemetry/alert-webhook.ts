// Tells alerts to an address of the operator's: one change at a time, in order, each tried twice and then given up. It
// carries the alert's own words and numbers, nothing of a request and nothing secret.

import { CancelSource, type Timers } from '../core/platform/index.ts';
import type { AlertChange } from './alerts.ts';

export type AlertWebhookDependencies = {
  readonly timers: Timers;
  /** Resolves with the HTTP status. */
  readonly post: (body: string, signal: CancelSource) => Promise<number>;
  /** Must not throw. */
  readonly onFailure: (why: string) => void;
  /** Which gateway speaks. */
  readonly source: string;
};

export type AlertWebhook = {
  tell(change: AlertChange): void;
  /** Gives up what waits. */
  close(): Promise<void>;
};

const WAITING_MAX = 100;
const POST_MS = 10_000;
const AGAIN_MS = 5_000;
const TRIES_MAX = 2;
const STATUS_OK_MAX = 299;

export function createAlertWebhook(deps: AlertWebhookDependencies): AlertWebhook {
  const closing = new CancelSource();
  const waiting: AlertChange[] = [];
  let sending: Promise<void> | undefined;

  async function sendAll(): Promise<void> {
    for (let change = waiting.shift(); change !== undefined; change = waiting.shift()) await send(change);
    sending = undefined;
  }

  async function send(change: AlertChange): Promise<void> {
    const body = formatChange(change, deps.source);
    for (let tries = 1; !closing.aborted; tries += 1) {
      const fault = await post(body);
      if (fault === undefined) return;
      if (tries >= TRIES_MAX) {
        deps.onFailure(fault);
        return;
      }
      await pause();
    }
  }

  async function post(body: string): Promise<string | undefined> {
    const limit = new CancelSource();
    const stay = limit.follow(closing);
    const timer = deps.timers.after(POST_MS, () => limit.abort(new Error('no answer in time')));
    try {
      const status = await deps.post(body, limit);
      return status <= STATUS_OK_MAX ? undefined : `HTTP ${status}`;
    } catch (thrown) {
      return thrown instanceof Error ? thrown.message : 'unknown';
    } finally {
      timer.cancel();
      stay();
    }
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = deps.timers.after(AGAIN_MS, resolve);
      closing.onAbort(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  return {
    tell(change) {
      if (closing.aborted) return;
      if (waiting.length >= WAITING_MAX) {
        deps.onFailure('too many alerts wait');
        return;
      }
      waiting.push(change);
      sending ??= sendAll();
    },
    async close() {
      waiting.length = 0;
      closing.abort(new Error('closing'));
      await sending;
    },
  };
}

function formatChange({ alert, state, severity, message, sinceMs }: AlertChange, source: string): string {
  // `text` is what chat tools show.
  const text = `${state === 'firing' ? severity : 'cleared'}: ${message}`;
  return JSON.stringify({
    source,
    alert,
    state,
    severity,
    message,
    since: new Date(sinceMs).toISOString(),
    text,
  });
}
