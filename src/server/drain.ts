// How the server ends: readiness goes off and new requests are refused at once, while the listener still answers health;
// requests under way get their time, are then told to end in their own dialect's words, and are cut off only when they
// do not. Every wait has its limit.

import { Server as NetServer } from 'node:net';

import type { FastifyInstance } from 'fastify';

import type { Timers } from '../core/platform/index.ts';
import type { Connections } from './connections.ts';
import { shuttingDown } from './gate.ts';
import type { Reception } from './reception.ts';

/** For whoever was told to end: to say so to its client, and again to settle once its socket is gone. */
export const ENDING_GRACE_MS = 5000;

export type DrainParts = {
  readonly app: FastifyInstance;
  readonly connections: Connections;
  readonly reception: Reception;
  readonly timers: Timers;
};

export async function drain(drainMs: number, parts: DrainParts): Promise<void> {
  const { app, connections, reception, timers } = parts;
  const quiet = Promise.withResolvers<void>();
  let timer = timers.after(drainMs, () => {
    reception.endAll(shuttingDown);
    timer = timers.after(ENDING_GRACE_MS, () => {
      connections.destroyAll();
      timer = timers.after(ENDING_GRACE_MS, quiet.resolve);
    });
  });
  reception.beginClosing(quiet.resolve);
  connections.endIdle();
  await quiet.promise;
  // Not `server.close()`, which destroys connections whose answer is not flushed yet (see connections.ts).
  const released = new Promise<void>((resolve) => {
    NetServer.prototype.close.call(app.server, () => resolve());
  });
  await connections.closeWhenIdle();
  connections.destroyUnready();
  await released;
  timer.cancel();
  await app.close();
}
