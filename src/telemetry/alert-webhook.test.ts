// The webhook of alerts: in order, bounded, tried twice, and silent about everything but the alert.

import { describe, expect, it } from 'vitest';

import { createSimulatedTime, settlePromises } from '../../test/simulated-time.ts';
import { createAlertWebhook } from './alert-webhook.ts';
import type { AlertChange } from './alerts.ts';

const change = (state: AlertChange['state']): AlertChange => ({
  alert: 'timeouts',
  severity: 'warning',
  message: 'Too slow.',
  sinceMs: 0,
  state,
});

function createStage(post: (body: string, calls: number) => Promise<number>) {
  const time = createSimulatedTime();
  const bodies: string[] = [];
  const failures: string[] = [];
  const webhook = createAlertWebhook({
    timers: time.timers,
    source: 'forcegate',
    post: (body) => {
      bodies.push(body);
      return post(body, bodies.length);
    },
    onFailure: (why) => failures.push(why),
  });
  return { time, bodies, failures, webhook };
}

describe('the webhook', () => {
  it('tells each change once and in order', async () => {
    const { webhook, bodies, failures, time } = createStage(() => Promise.resolve(200));
    webhook.tell(change('firing'));
    webhook.tell(change('cleared'));
    await settlePromises();
    expect(bodies.map((body) => JSON.parse(body))).toEqual([
      {
        source: 'forcegate',
        alert: 'timeouts',
        state: 'firing',
        severity: 'warning',
        message: 'Too slow.',
        since: '1970-01-01T00:00:00.000Z',
        text: 'warning: Too slow.',
      },
      expect.objectContaining({ state: 'cleared', text: 'cleared: Too slow.' }),
    ]);
    expect(failures).toEqual([]);
    expect(time.pending()).toBe(0);
  });

  it('tries once more, then gives up and says why', async () => {
    const { webhook, bodies, failures, time } = createStage(() => Promise.resolve(500));
    webhook.tell(change('firing'));
    await settlePromises();
    expect(bodies).toHaveLength(1);
    await time.advance(5000);
    expect(bodies).toHaveLength(2);
    expect(failures).toEqual(['HTTP 500']);
  });

  it('keeps no more waiting than its limit, and gives them up when it closes', async () => {
    const { webhook, bodies, failures, time } = createStage(() => Promise.resolve(500));
    for (let count = 0; count < 103; count += 1) webhook.tell(change('firing'));
    expect(failures).toEqual(['too many alerts wait', 'too many alerts wait']);
    await settlePromises();
    await webhook.close();
    webhook.tell(change('firing'));
    expect(bodies).toHaveLength(1);
    expect(time.pending()).toBe(0);
  });
});
