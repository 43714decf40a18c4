// The fuzz over real sockets: the real server before the same pipeline, one connection, one request after another. The upstream
// is always well, since time is real here and nothing may wait.

import { systemClock, type Timers } from '../../src/core/platform/index.ts';
import { systemTimers } from '../../src/core/platform/index.ts';
import type { Dialect } from '../../src/dialects/port.ts';
import type { DialectRegistry } from '../../src/dialects/registry.ts';
import { createServer, SERVER_DEFAULTS } from '../../src/server/index.ts';
import type { Chance } from '../faults/schedule.ts';
import { createCountingRandom, openScene } from '../faults/scene.ts';
import { demand } from './readers/demand.ts';
import { RawConnection } from './raw-connection.ts';
import { BODY_BYTES_MAX, KEY, type WireRequest } from './wire-request.ts';
import type { Seen } from './judge.ts';
import { answerFairly } from './upstream.ts';

/** System timers that know how many of them wait. */
function createCountedTimers(): Timers & { waiting(): number } {
  const waiting = new Set<object>();
  return {
    waiting: () => waiting.size,
    after(delayMs, run) {
      const token = {};
      waiting.add(token);
      const timer = systemTimers.after(delayMs, () => {
        waiting.delete(token);
        run();
      });
      return {
        cancel() {
          waiting.delete(token);
          timer.cancel();
        },
      };
    },
  };
}

export type SocketWorld = {
  ask(request: WireRequest, chance: Chance): Promise<Seen>;
  close(): Promise<void>;
};

export async function openSocketWorld(
  dialects: readonly Dialect[],
  fallback: DialectRegistry['fallback'],
  chance: Chance,
): Promise<SocketWorld> {
  let weather = chance;
  const scene = await openScene({ script: (call) => answerFairly(call, weather) });
  const timers = createCountedTimers();
  const byId = new Map(dialects.map((dialect) => [dialect.id, dialect]));
  const server = createServer(
    { ...SERVER_DEFAULTS, host: '127.0.0.1', port: 0, version: '0.0.0', bodyBytesMax: BODY_BYTES_MAX },
    {
      pipeline: scene.pipeline,
      dialects,
      fallbackDialect: (headers) => byId.get(fallback(headers).id) ?? fallback(headers),
      identify: (presented) => (presented === KEY ? { keyId: 'fuzz', admin: false } : undefined),
      clock: systemClock,
      timers,
      random: createCountingRandom(),
      operatorRoutes: {
        readiness: () => ({ ready: true, reasons: [] }),
        health: () => ({}),
        metrics: () => Promise.resolve(''),
      },
    },
  );
  const { port } = await server.open();
  const connection = new RawConnection(port);
  // Logged in ahead of the first request, as the gateway is.
  void Promise.resolve(
    scene.tokens.get({ aborted: false, reason: undefined, onAbort: () => () => undefined }),
  );
  await scene.time.advance(10);
  return {
    async ask(request, itsChance) {
      weather = itsChance;
      const { host, outcomes } = scene;
      const [callsBefore, settledBefore] = [host.calls.length, outcomes.length];
      const answer = await connection.send(request);
      demand(outcomes.length <= settledBefore + 1, 'a request is settled once');
      return { answer, outcome: outcomes[settledBefore], calls: host.calls.length - callsBefore };
    },
    async close() {
      connection.close();
      await server.close();
      const { connections, exchanges, bodyBytesHeld } = server.statistics();
      demand(connections === 0 && exchanges === 0 && bodyBytesHeld === 0, 'the server holds nothing');
      demand(timers.waiting() === 0, `no timer of the server waits, but ${timers.waiting()} do`);
      await scene.time.advance(0);
      await scene.expectNothingLeft();
    },
  };
}
