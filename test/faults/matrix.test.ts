// The matrix of faults: every fault of a call, on every surface, in every phase it can strike, for a stream and for a whole
// answer, in every dialect; once with an upstream that is well again at the next try, and once with one that stays broken.
// After each the client has a correct ending, what was sent and waited is what the contract says, nothing was repeated
// after commitment, the breaker stands as it must, and nothing is left.

import { describe, expect, it } from 'vitest';

import { ERROR_TABLE } from '../../src/core/errors/index.ts';
import { createDialects } from '../../src/dialects/registry.ts';
import { createSurfaces } from '../../src/salesforce/surfaces/registry.ts';
import { DIALECT_IDS, OTHER_DIALECT_IDS, type DialectId } from './dialect-readers.ts';
import { ALL_CELLS, cellName, EMPTY_CELLS, reasonOf, type Cell } from './empty-cells.ts';
import { codeIn, FAULTS, type Fault } from './fault-table.ts';
import { OTHER_CELLS } from './other-cells.ts';
import { answerWell, strikeIn } from './play.ts';
import { openScene, type Asked, type Scene } from './scene.ts';
import { SURFACE_IDS, WIRES } from './wire-samples.ts';

/** How long the upstream stays broken. */
type Course = 'once' | 'for good';

const RETRIES_MAX = 3;
/** With fractions of a half: full jitter over 1, 2 and 4 s. */
const BACKOFF_MS = [500, 1_000, 2_000];
const LONG_ENOUGH_MS = 900_000;
const OPEN_AFTER_MS = 10_000;
/** Silence limits on either side of the 10 s after which a stream is opened. */
const SHORT_SILENCE_MS = 8_000;
const LONG_SILENCE_MS = 30_000;

type Due = {
  /** Upstream calls. */
  readonly calls: number;
  /** Pauses between them. */
  readonly waitsMs: readonly number[];
  readonly isServed: boolean;
  /** Calls that the breaker counts as failed. */
  readonly counted: number;
};

/** What the contract says of the request. */
function dueOf(fault: Fault, cell: Cell, course: Course): Due {
  const { retry, counts } = fault;
  if (cell.phase === 'committed' || retry === 'never') {
    return { calls: 1, waitsMs: [], isServed: false, counted: counts ? 1 : 0 };
  }
  const tries = retry === 'renew' ? 1 : RETRIES_MAX;
  const waits =
    retry === 'renew'
      ? [undefined]
      : retry === 'backoff'
        ? BACKOFF_MS
        : Array<number>(tries).fill(retry.toldMs);
  const retries = course === 'once' ? 1 : tries;
  return {
    calls: 1 + retries,
    waitsMs: waits.slice(0, retries).filter((wait) => wait !== undefined),
    isServed: course === 'once',
    counted: counts ? (course === 'once' ? 1 : 1 + retries) : 0,
  };
}

function openCellScene(cell: Cell, fault: Fault, course: Course, due: Due): Promise<Scene> {
  const silenceMs =
    cell.phase === 'before headers' || cell.phase === 'waiting' ? SHORT_SILENCE_MS : LONG_SILENCE_MS;
  const broken = strikeIn(cell.phase, fault);
  return openScene({
    surfaces: [cell.surface],
    // One permit: if it were kept, the next request would say so.
    resilience: {
      timeLimits: { smallMs: LONG_ENOUGH_MS, maxMs: LONG_ENOUGH_MS },
      limiter: { concurrencyMin: 1, concurrencyStart: 1, concurrencyMax: 1 },
      // It opens with the last call of a request that fails for good, and not before.
      breaker: {
        windowMs: LONG_ENOUGH_MS,
        callsMin: course === 'once' && due.isServed ? 100 : due.calls,
        openMs: 1_000,
        openMsMax: 4_000,
      },
    },
    limits: { firstByteTimeoutMs: silenceMs, idleTimeoutMs: silenceMs },
    script: (call) => (course === 'for good' || call.index === 0 ? broken(call) : answerWell(call)),
  });
}

function expectEnding(asked: Asked, cell: Cell, fault: Fault, due: Due): void {
  const wire = WIRES[cell.surface];
  const code = codeIn(fault, cell.phase, wire);
  const ending = asked.ending();
  const outcome = asked.outcome();
  expect(outcome).toMatchObject(
    due.isServed ? { result: 'ok', errorCode: undefined } : { result: 'error', errorCode: code },
  );
  const waitedMs = due.waitsMs.reduce((sum, waitMs) => sum + waitMs, 0);
  const isOpened = cell.shape === 'stream' && (cell.phase === 'opened' || waitedMs >= OPEN_AFTER_MS);
  if (isOpened) {
    // With the dialect's opening at once: a head alone tells most clients nothing.
    expect(asked.client.openedAtMs).toBe(OPEN_AFTER_MS);
    expect(asked.client.firstWriteAtMs, 'first bytes').toBe(OPEN_AFTER_MS);
  }
  if (cell.shape === 'stream' && (due.isServed || isOpened || cell.phase === 'committed')) {
    const said = cell.phase === 'committed' ? (wire.stream?.firstText ?? '') : '';
    expect(ending).toMatchObject(
      due.isServed ? { type: 'finished', text: wire.text } : { type: 'failed', text: said },
    );
    return;
  }
  if (due.isServed) expect(ending).toMatchObject({ type: 'answer', status: 200, text: wire.text });
  else {
    expect(ending).toMatchObject({ type: 'answer', status: ERROR_TABLE[code].status });
    if (fault.retryAfterS !== undefined) expect(ending).toMatchObject({ retryAfterS: fault.retryAfterS });
  }
}

function expectCalls({ host }: Scene, asked: Asked, due: Due): void {
  expect(host.calls.length).toBe(due.calls);
  expect(asked.outcome()?.attempts).toBe(due.calls);
  const pausesMs = host.calls
    .slice(1)
    .map((call, number) => call.sentAtMs - (host.calls[number]?.endedAtMs ?? Number.NaN));
  if (due.waitsMs.length > 0) expect(pausesMs).toEqual(due.waitsMs);
  for (const [number, call] of host.calls.entries()) {
    if (call.committed) expect(number).toBe(host.calls.length - 1);
  }
}

/** A request on an upstream that is well: refused at once by an open breaker, else served at once. */
async function expectBreaker(scene: Scene, cell: Cell, isOpen: boolean): Promise<void> {
  const { host, time } = scene;
  host.script = (call) => answerWell(call);
  const before = host.calls.length;
  const ask = (): Asked =>
    scene.ask({ dialect: 'openai-chat', model: WIRES[cell.surface].model, stream: false });
  const first = ask();
  await time.advance(500);
  if (!isOpen) {
    expect(first.outcome()).toMatchObject({ result: 'ok', attempts: 1 });
    return;
  }
  expect(first.outcome()?.errorCode).toBe('upstream_unavailable');
  expect(first.ending()).toMatchObject({ type: 'answer', status: 503, retryAfterS: 1 });
  expect(host.calls.length).toBe(before);
  await time.advance(500);
  // The probe goes alone; the one beside it is refused.
  const [probe, other] = [ask(), ask()];
  await time.advance(500);
  expect(probe.outcome()?.result).toBe('ok');
  expect(other.outcome()?.errorCode).toBe('upstream_unavailable');
  const after = ask();
  await time.advance(500);
  expect(after.outcome()?.result).toBe('ok');
}

async function runCell(cell: Cell, fault: Fault, dialect: DialectId, course: Course): Promise<void> {
  const due = dueOf(fault, cell, course);
  const scene = await openCellScene(cell, fault, course, due);
  const asked = scene.ask({
    dialect,
    model: WIRES[cell.surface].model,
    stream: cell.shape === 'stream',
  });
  for (let step = 0; step < 200 && asked.outcome() === undefined; step += 1) await scene.time.advance(1_000);
  expect(scene.host.open()).toBe(0);
  expectCalls(scene, asked, due);
  expectEnding(asked, cell, fault, due);
  if (cell.phase === 'committed') expect(asked.outcome()?.usage.outputTokens).toBeGreaterThan(0);
  // What the org turned out not to have is remembered for a minute.
  if (asked.outcome()?.errorCode === 'model_not_found') await scene.time.advance(60_000);
  await expectBreaker(scene, cell, !due.isServed && due.counted > 0);
  await scene.expectNothingLeft();
}

/** A cell is several scenes; a failure says which. */
async function naming(scene: string, run: Promise<void>): Promise<void> {
  try {
    await run;
  } catch (thrown) {
    if (thrown instanceof Error) thrown.message = `${scene}: ${thrown.message}`;
    throw thrown;
  }
}

const byName = new Map(FAULTS.map((fault) => [fault.name, fault]));
const filled = ALL_CELLS.filter((cell) => reasonOf(cell) === undefined);

describe('the matrix of faults', () => {
  it('has no cell that is neither run nor told to be impossible', () => {
    const run = new Set(
      [...filled.filter(({ fault }) => byName.has(fault)), ...OTHER_CELLS.map(({ cell }) => cell)].map(
        cellName,
      ),
    );
    const untold = ALL_CELLS.filter((cell) => reasonOf(cell) === undefined && !run.has(cellName(cell)));
    expect(untold.map(cellName)).toEqual([]);
    const both = ALL_CELLS.filter((cell) => reasonOf(cell) !== undefined && run.has(cellName(cell)));
    expect(both.map(cellName)).toEqual([]);
  });

  it('is made of every surface and every dialect there is', () => {
    expect(createSurfaces().map(({ id }) => id)).toEqual(SURFACE_IDS);
    // A new dialect needs a reader in dialect-readers.ts.
    const ids = createDialects().all.map(({ id }) => id);
    expect(ids.toSorted()).toEqual([...DIALECT_IDS, ...OTHER_DIALECT_IDS].toSorted());
  });

  it.each(EMPTY_CELLS)('needs the reason: $reason', ({ reason }) => {
    expect(ALL_CELLS.some((cell) => reasonOf(cell) === reason)).toBe(true);
  });

  describe.each(FAULTS)('$name', (fault) => {
    const cells = filled.filter((cell) => cell.fault === fault.name);
    it.each(cells.map((cell) => [cellName(cell), cell] as const))('%s', async (_name, cell) => {
      for (const dialect of DIALECT_IDS) {
        for (const course of ['once', 'for good'] as const) {
          await naming(`${dialect}, broken ${course}`, runCell(cell, fault, dialect, course));
        }
      }
    });
  });
});

describe('what is not a fault of one call', () => {
  it.each(OTHER_CELLS.map(({ cell, run }) => [cellName(cell), run] as const))('%s', async (_name, run) => {
    for (const dialect of DIALECT_IDS) await naming(dialect, run(dialect));
  });
});
