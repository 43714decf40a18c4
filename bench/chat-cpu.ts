// Scene (a): a 1 KiB chat request against an instant upstream. Processor time per request, by the servers' own user and
// system time, in paired runs, so that what the machine does besides falls on both, and in turn the one and the other
// first. Traffic is as steady as a server's: nothing is collected by hand between the runs, which would have V8 drop
// machine code and the runs measure its recovery; each pays for what it leaves behind, in its own next run.

import { loadavg } from 'node:os';

import { median } from './paired.ts';
import { measure, openStage, type Contestant, type SceneOptions, type Stage } from './stage.ts';

/** The promise: with authentication, metrics and log on, a request costs at most this many times the floor. */
const RATIO_MAX = 1.8;

function micros(value: number): string {
  return `${value.toFixed(1).padStart(7)} µs`;
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function playPairs(stage: Stage, gateway: Contestant, options: SceneOptions): Promise<boolean> {
  const floors: number[] = [];
  const gateways: number[] = [];
  const ratios: number[] = [];
  for (let pair = 1; pair <= options.pairs; pair += 1) {
    const gatewayFirst = pair % 2 === 0 ? await measure(stage, gateway, options) : undefined;
    const floor = await measure(stage, stage.floor, options);
    const cost = gatewayFirst ?? (await measure(stage, gateway, options));
    floors.push(floor);
    gateways.push(cost);
    ratios.push(cost / floor);
    tell(`pair ${pair}  floor ${micros(floor)}  gateway ${micros(cost)}  ratio ${(cost / floor).toFixed(2)}`);
  }
  const ratio = median(ratios);
  tell(
    `median  floor ${micros(median(floors))}  gateway ${micros(median(gateways))}  ratio ${ratio.toFixed(2)}`,
  );
  tell(`allowed ratio ${RATIO_MAX}: ${ratio <= RATIO_MAX ? 'kept' : 'EXCEEDED'}`);
  return ratio <= RATIO_MAX;
}

/** Whether the promise was kept. */
export async function playChatCpu(options: SceneOptions): Promise<boolean> {
  const stage = await openStage(options);
  try {
    tell(`CPU per request, 1 KiB chat, ${options.requests} requests a run, ${options.concurrency} at once`);
    tell(`load of the machine before: ${loadavg()[0]?.toFixed(1)} (other work makes the runs differ)`);
    const warmUp = { ...options, requests: options.warmUpRequests };
    await measure(stage, stage.floor, warmUp);
    if (stage.gateway === undefined) {
      for (let run = 1; run <= options.pairs; run += 1) {
        tell(`run ${run}  floor ${micros(await measure(stage, stage.floor, options))}`);
      }
      return true;
    }
    await measure(stage, stage.gateway, warmUp);
    return await playPairs(stage, stage.gateway, options);
  } finally {
    await stage.close();
  }
}
