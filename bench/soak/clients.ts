// The clients of a soak: each asks again and again, in both dialects, streamed and whole, of models on three surfaces. A
// tenth of the calls meets a fault, some clients leave. Every end is judged against what was done to the request.

import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { askOnce, type Question, type Seen } from '../../test/accept/client.ts';
import type { SoakStage } from './stage.ts';

const PAUSE_MS = 1_000;
const FAULT_SHARE = 0.1;
const LEAVE_SHARE = 0.05;
const SLOW_SHARE = 0.2;
/** Above every limit of the gateway for such a request. */
const HUNG_AFTER_MS = 130_000;
const MODELS = ['claude-sonnet-4-6', 'gpt-5.4', 'gemini-2.5-pro'];

/** `times` 1 is gone with the first retry; more than there are retries outlasts them. */
const FAULTS: readonly object[] = [
  { type: 'status', status: 500 },
  { type: 'status', status: 503 },
  { type: 'status', status: 429, headers: { 'retry-after': '1' } },
  { type: 'status', status: 423 },
  { type: 'reset' },
  { type: 'reset', afterChunks: 1 },
  { type: 'stall', ms: 6_000 },
  { type: 'stall', ms: 6_000, afterChunks: 1 },
  { type: 'truncate', afterChunks: 1 },
  { type: 'garbage', afterChunks: 1 },
  { type: 'error-event', afterChunks: 1 },
  { type: 'empty-stream' },
  { type: 'ok-json-error' },
];
/** It strikes all that is under way, so it comes now and then: a request whose next token expired as well is given up. */
const EXPIRE_TOKEN = { type: 'expire-token' };
const EXPIRE_EVERY_MS = 10_000;

export type Tally = {
  asked: number;
  served: number;
  told: number;
  left: number;
  wrong: number;
  hung: number;
  faulted: number;
  /** Those of the faulted that were served all the same. */
  mended: number;
  /** Answered, by HTTP status, without those who left. */
  readonly statuses: Map<number, number>;
  /** The first few things that went wrong. */
  readonly complaints: string[];
  slowestMs: number;
  /** Of what was served at the first try, as far as we know: no fault, no outage. Milliseconds. */
  readonly undisturbedMs: number[];
};

const COMPLAINTS_MAX = 20;

export type Soaking = {
  readonly tally: Tally;
  /** From now on an error is not the gateway's fault, for so long. */
  excuse(forMs: number): void;
  stop(): Promise<void>;
};

export function startSoaking(stage: SoakStage, clients: number): Soaking {
  const agent = new Agent({ keepAlive: true });
  const stopping = new AbortController();
  const tally: Tally = {
    asked: 0,
    served: 0,
    told: 0,
    left: 0,
    wrong: 0,
    hung: 0,
    faulted: 0,
    mended: 0,
    statuses: new Map(),
    complaints: [],
    slowestMs: 0,
    undisturbedMs: [],
  };
  let excusedUntilMs = 0;
  let excusedFromMs = Number.POSITIVE_INFINITY;
  const isExcused = (seen: Seen, startedMs: number): boolean =>
    startedMs < excusedUntilMs && startedMs + seen.durationMs > excusedFromMs;

  let expiredMs = performance.now();
  function chooseFault(): Scripted | undefined {
    if (Math.random() >= FAULT_SHARE) return undefined;
    const nowMs = performance.now();
    if (nowMs - expiredMs < EXPIRE_EVERY_MS) {
      const fault = FAULTS[Math.floor(Math.random() * FAULTS.length)];
      return { fault, times: Math.random() < 0.6 ? 1 : 12 };
    }
    expiredMs = nowMs;
    return { fault: EXPIRE_TOKEN, times: 1 };
  }

  async function once(): Promise<void> {
    tally.asked += 1;
    const nonce = `NONCE-${tally.asked}-end`;
    const fault = chooseFault();
    const faulted = fault !== undefined;
    await prepare(stage, nonce, fault);
    const question: Question = {
      url: stage.url,
      clientKey: undefined,
      agent,
      nonce,
      hungAfterMs: HUNG_AFTER_MS,
      dialect: Math.random() < 0.5 ? 'openai-chat' : 'anthropic-messages',
      stream: Math.random() < 0.6,
      model: MODELS[tally.asked % MODELS.length] ?? '',
      ...(Math.random() < LEAVE_SHARE ? { leaveAfterMs: 50 + Math.random() * 1_000 } : {}),
    };
    const startedMs = performance.now();
    const seen = await askOnce(question);
    count(tally, seen, faulted);
    if (seen.type === 'served' && !faulted && !isExcused(seen, startedMs)) {
      tally.undisturbedMs.push(seen.durationMs);
    }
    if (seen.type === 'told' && !faulted && !isExcused(seen, startedMs)) {
      complain(tally, `an error without a cause: ${seen.status} ${seen.detail}`);
    } else if (seen.type === 'wrong' || seen.type === 'hung') {
      complain(
        tally,
        `${question.dialect} ${question.model} ${question.stream ? 'stream' : 'whole'}: ${seen.detail}`,
      );
    }
  }

  const client = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await sleep(PAUSE_MS * (0.5 + Math.random()));
      if (!stopping.signal.aborted) await once();
    }
  };
  const running = Promise.all(Array.from({ length: clients }, client));
  return {
    tally,
    excuse(forMs) {
      excusedFromMs = performance.now();
      excusedUntilMs = excusedFromMs + forMs;
    },
    async stop() {
      stopping.abort();
      await running;
      agent.destroy();
    },
  };
}

type Scripted = { readonly fault: object | undefined; readonly times: number };

async function prepare(stage: SoakStage, nonce: string, fault: Scripted | undefined): Promise<void> {
  const match = { contains: nonce };
  if (fault !== undefined) await stage.script([{ match, ...fault }]);
  else if (Math.random() < SLOW_SHARE) {
    const reply = { text: `slowly: ${nonce} and done`, firstByteMs: 500, chunkMs: 50, chunks: 10 };
    await stage.script([{ match, times: 1, reply }]);
  }
}

function count(tally: Tally, seen: Seen, faulted: boolean): void {
  tally[seen.type] += 1;
  tally.slowestMs = Math.max(tally.slowestMs, seen.durationMs);
  if (faulted) {
    tally.faulted += 1;
    if (seen.type === 'served') tally.mended += 1;
  }
  if (seen.type !== 'left') tally.statuses.set(seen.status, (tally.statuses.get(seen.status) ?? 0) + 1);
}

function complain(tally: Tally, what: string): void {
  if (!what.startsWith('an error without')) {
    if (tally.complaints.length < COMPLAINTS_MAX) tally.complaints.push(what);
    return;
  }
  tally.wrong += 1;
  tally.told -= 1;
  if (tally.complaints.length < COMPLAINTS_MAX) tally.complaints.push(what);
}
