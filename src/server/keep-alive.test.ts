// Connections between two requests: how long they are kept, and what clients are told of it.

import { setImmediate as nextTurn } from 'node:timers/promises';

import { afterEach, expect, it } from 'vitest';

import { connectBare, openServer, type RunningServer } from '../../test/fakes/server-parts.ts';
import { createSimulatedTime } from '../../test/simulated-time.ts';

let running: RunningServer | undefined;

afterEach(async () => {
  await running?.server.close();
  running = undefined;
});

const ask = (version: string, more = ''): string =>
  `POST /v1/chat/completions HTTP/${version}\r\nhost: localhost\r\ncontent-type: application/json\r\n${more}content-length: 2\r\n\r\n{}`;
const POST = ask('1.1');

/** Until the server has noticed what its socket tells: that an answer left, or that its client did. */
async function untilStatistics(server: RunningServer, count: 'exchanges' | 'connections', value: number) {
  while (server.server.statistics()[count] !== value) await nextTurn();
  for (let turn = 0; turn < 10; turn += 1) await nextTurn();
}

it('ends a connection that stays idle, no sooner than its client was told', async () => {
  const time = createSimulatedTime();
  running = await openServer({ keepAliveTimeoutMs: 20_000 }, { timers: time.timers });
  const client = connectBare(running.port);
  client.socket.write(POST);
  await client.until('keep-alive: timeout=20\r\n');
  await untilStatistics(running, 'exchanges', 0);
  await time.advance(20_900);
  await nextTurn();
  expect(running.server.statistics().connections).toBe(1);
  await time.advance(3_000);
  expect(await client.closed).toContain('200 OK');
});

it('leaves the rest of its next request the time that headers have', async () => {
  const time = createSimulatedTime();
  running = await openServer({ keepAliveTimeoutMs: 20_000 }, { timers: time.timers });
  const client = connectBare(running.port);
  client.socket.write(POST);
  await client.until('200 OK');
  await untilStatistics(running, 'exchanges', 0);
  client.socket.write(POST.slice(0, 20));
  for (let turn = 0; turn < 10; turn += 1) await nextTurn();
  await time.advance(30_000);
  await nextTurn();
  expect(running.server.statistics().connections).toBe(1);
  client.socket.write(POST.slice(20));
  while (client.text().split('HTTP/1.1 200').length < 3) await nextTurn();
  client.socket.destroy();
});

it('looks for idle connections only while there are any', async () => {
  const time = createSimulatedTime();
  running = await openServer({ keepAliveTimeoutMs: 20_000 }, { timers: time.timers });
  const client = connectBare(running.port);
  await untilStatistics(running, 'connections', 1);
  expect(time.pending()).toBe(0);
  client.socket.write(POST);
  await client.until('200 OK');
  await untilStatistics(running, 'exchanges', 0);
  expect(time.pending()).toBe(1);
  client.socket.destroy();
  await untilStatistics(running, 'connections', 0);
  expect(time.pending()).toBe(0);
});

it('keeps one that is used, and one whose answer takes its time', async () => {
  const time = createSimulatedTime();
  running = await openServer({ keepAliveTimeoutMs: 20_000 }, { timers: time.timers });
  const client = connectBare(running.port);
  for (let count = 0; count < 5; count += 1) {
    client.socket.write(POST);
    while (client.text().split('HTTP/1.1 200').length < count + 2) await nextTurn();
    await untilStatistics(running, 'exchanges', 0);
    await time.advance(15_000);
  }
  const released = Promise.withResolvers<void>();
  running.pipeline.script = () => released.promise;
  client.socket.write(POST);
  await untilStatistics(running, 'exchanges', 1);
  await time.advance(300_000);
  await nextTurn();
  expect(running.server.statistics().connections).toBe(1);
  released.resolve();
  client.socket.destroy();
});

it('tells nothing where the connection is not kept', async () => {
  running = await openServer();
  for (const bytes of [ask('1.1', 'connection: close\r\n'), ask('1.0')]) {
    const client = connectBare(running.port);
    client.socket.write(bytes);
    expect((await client.closed).toLowerCase()).not.toContain('keep-alive');
  }
});
