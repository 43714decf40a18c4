// The cells of the matrix that are not about a fault of one upstream call: the token's, the login's, the client's own, and
// a connection that nobody closes. Each runs a scene of its own and ends on nothing being left.

import { expect } from 'vitest';

import { CancelSource } from '../../src/core/platform/index.ts';
import type { Ending } from './client-view.ts';
import type { DialectId } from './dialect-readers.ts';
import { ALL_CELLS, reasonOf, type Cell } from './empty-cells.ts';
import { OTHER_FAULTS, type OtherFault, type Phase } from './fault-table.ts';
import { answerWell, beginAnswer, hear, OPENED_STRIKE_MS, sayAll, STEP_MS } from './play.ts';
import { openScene, type Asked, type Scene, type SceneOptions } from './scene.ts';
import type { TwinCall } from './upstream-twin.ts';
import { WIRES } from './wire-samples.ts';

export type OtherCell = { readonly cell: Cell; readonly run: (dialect: DialectId) => Promise<void> };

type Play = (cell: Cell, dialect: DialectId) => Promise<void>;

const OPENED_MS = 10_000;
const LONG_MS = 900_000;

async function open(
  cell: Cell,
  script: SceneOptions['script'],
  changes: Partial<SceneOptions> = {},
): Promise<Scene> {
  return openScene({
    surfaces: [cell.surface],
    resilience: {
      timeLimits: { smallMs: LONG_MS, maxMs: LONG_MS },
      limiter: { concurrencyMin: 1, concurrencyStart: 1, concurrencyMax: 1 },
      breaker: { callsMin: 1 },
    },
    script,
    ...changes,
  });
}

function ask(scene: Scene, cell: Cell, dialect: DialectId): Asked {
  return scene.ask({ dialect, model: WIRES[cell.surface].model, stream: cell.shape === 'stream' });
}

function expectServed(asked: Asked, cell: Cell): void {
  const { text } = WIRES[cell.surface];
  const served: Partial<Ending> =
    cell.shape === 'stream' ? { type: 'finished', text } : { type: 'answer', status: 200, text };
  expect(asked.outcome()).toMatchObject({ result: 'ok' });
  expect(asked.ending()).toMatchObject(served);
}

/** The one permit is free, the breaker closed: another request is served at once. */
async function expectAllWell(scene: Scene, cell: Cell): Promise<void> {
  scene.host.script = (call) => answerWell(call);
  const next = scene.ask({ dialect: 'openai-chat', model: WIRES[cell.surface].model, stream: false });
  await scene.time.advance(500);
  expect(next.outcome()).toMatchObject({ result: 'ok', attempts: 1 });
  await scene.expectNothingLeft();
}

/** The host knows the first token no more; the gateway believes in it. */
const expiredToken: Play = async (cell, dialect) => {
  const scene = await open(cell, (call) => {
    const isOld = call.request.authorization.reveal() === first;
    if (!isOld) answerWell(call);
    else {
      call.after(cell.phase === 'opened' ? OPENED_STRIKE_MS : STEP_MS, () => {
        call.head(401, { 'content-type': 'application/json' });
        call.data(Buffer.from(hear(call).wire.errorBody(401)));
        call.end();
      });
    }
  });
  const warm = scene.tokens.get(new CancelSource());
  await scene.time.advance(10);
  const first = (await warm).authorization.reveal();
  const asked = ask(scene, cell, dialect);
  await scene.time.advance(20_000);
  expectServed(asked, cell);
  expect(scene.host.calls.length).toBe(2);
  expect(scene.logins()).toBe(2);
  await expectAllWell(scene, cell);
};

const loginDown: Play = async (cell, dialect) => {
  const scene = await open(cell, (call) => answerWell(call));
  scene.login = { type: 'refuse', ms: cell.phase === 'opened' ? 5_000 : 10 };
  const asked = ask(scene, cell, dialect);
  await scene.time.advance(30_000);
  expect(asked.outcome()).toMatchObject({ errorCode: 'upstream_login_unavailable', attempts: 0 });
  if (cell.phase === 'opened') {
    expect(asked.client.openedAtMs).toBe(OPENED_MS);
    expect(asked.ending()).toMatchObject({ type: 'failed', text: '' });
  } else expect(asked.ending()).toMatchObject({ type: 'answer', status: 503 });
  expect(scene.host.calls.length).toBe(0);
  scene.login = { type: 'grant', ms: 1 };
  // The login that the token source itself has under way is let fail.
  await scene.time.advance(60_000);
  await expectAllWell(scene, cell);
};

/** Sends what the phase has of the answer, and then nothing. */
function answerUpTo(phase: Phase, call: TwinCall): void {
  const heard = hear(call);
  call.after(STEP_MS, () => {
    if (phase === 'before headers') return;
    beginAnswer(call, heard);
    const { wire, streams } = heard;
    if (!streams || wire.stream === undefined) {
      call.data(wire.whole.subarray(0, 20));
      return;
    }
    call.data(wire.stream.opening);
    if (phase !== 'committed') return;
    call.content(wire.stream.content);
  });
}

const hangUp: Play = async (cell, dialect) => {
  const scene = await open(cell, (call) => answerUpTo(cell.phase, call));
  const asked = ask(scene, cell, dialect);
  await scene.time.advance(cell.phase === 'opened' ? OPENED_STRIKE_MS : 5 * STEP_MS);
  asked.hangUp();
  await scene.time.advance(0);
  expect(asked.outcome()).toMatchObject({ result: 'client-closed', attempts: 1 });
  expect(scene.host.calls.map(({ ending }) => ending)).toEqual(['aborted']);
  if (cell.phase === 'committed') expect(asked.outcome()?.usage.outputTokens).toBeGreaterThan(0);
  await scene.time.advance(60_000);
  expect(scene.host.calls.length).toBe(1);
  await expectAllWell(scene, cell);
};

/** The client takes nothing from its first byte on, for ten times the silence that would end an upstream call. */
const stopsReading: Play = async (cell, dialect) => {
  const silenceMs = 30_000;
  const limits = { idleTimeoutMs: silenceMs };
  const scene = await open(
    cell,
    (call) => {
      const heard = hear(call);
      call.after(cell.phase === 'opened' ? OPENED_STRIKE_MS : STEP_MS, () => {
        beginAnswer(call, heard);
        if (cell.phase === 'committed') call.data(heard.wire.stream?.opening ?? Buffer.alloc(0));
        sayAfterOpening(call, cell.phase === 'committed');
      });
    },
    { limits },
  );
  const asked = ask(scene, cell, dialect);
  asked.client.full = true;
  await scene.time.advance(10 * silenceMs);
  // What answers whole is written in one piece, which the socket holds; only a stream can be held back.
  if (WIRES[cell.surface].stream !== undefined) {
    expect(asked.outcome()).toBeUndefined();
    expect(scene.host.calls[0]?.isPaused).toBe(true);
  }
  // Nothing is written at a client that takes nothing: no keep-alive, and no more than what was on its way.
  expect(asked.client.writesWhileFull).toBeLessThan(16);
  asked.client.drain();
  await scene.time.advance(1_000);
  expectServed(asked, cell);
  await expectAllWell(scene, cell);
};

function sayAfterOpening(call: TwinCall, isOpened: boolean): void {
  const heard = hear(call);
  const { wire, streams } = heard;
  if (!isOpened || !streams || wire.stream === undefined) sayAll(call, heard);
  else {
    call.content(wire.stream.content);
    call.after(STEP_MS, () => {
      if (wire.stream !== undefined) call.data(wire.stream.rest);
      call.end();
    });
    return;
  }
  call.end();
}

const staysOpen: Play = async (cell, dialect) => {
  const scene = await open(cell, (call) => {
    const heard = hear(call);
    call.after(cell.phase === 'opened' ? OPENED_STRIKE_MS : STEP_MS, () => {
      beginAnswer(call, heard);
      sayAll(call, heard);
    });
  });
  const asked = ask(scene, cell, dialect);
  // At once, and not when the silence has lasted too long.
  await scene.time.advance(cell.phase === 'opened' ? OPENED_STRIKE_MS + 10 : 2 * STEP_MS);
  expectServed(asked, cell);
  // The connection is given a moment to be of use to another call, and is then closed.
  await scene.time.advance(1_000);
  expect(scene.host.open()).toBe(0);
  await expectAllWell(scene, cell);
};

const PLAYS: Readonly<Record<OtherFault, Play>> = {
  'an expired token': expiredToken,
  'a login that is down': loginDown,
  'a client that hangs up': hangUp,
  'a client that stops reading': stopsReading,
  'a connection that stays open': staysOpen,
};

export const OTHER_CELLS: readonly OtherCell[] = OTHER_FAULTS.flatMap((fault) =>
  ALL_CELLS.filter((cell) => cell.fault === fault && reasonOf(cell) === undefined).map((cell) => ({
    cell,
    run: (dialect) => PLAYS[fault](cell, dialect),
  })),
);
