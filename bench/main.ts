// `npm run bench -- a`: what a request costs. `npm run bench -- profile`: where that goes. Counts are bounded and all
// traffic stays on loopback.

import { parseArgs } from 'node:util';

import { playAgentTurn, playStreams } from './agent-turn.ts';
import { playChatCpu } from './chat-cpu.ts';
import { profileChat } from './profile.ts';
import type { SceneOptions } from './stage.ts';

const USAGE = `npm run bench -- <scene> [options]

  a             CPU per request of a 1 KiB chat request, gateway against the bare floor
  c         CPU of an agent's turn of 100 KB, against parsing and stringifying it once
  e         CPU of a stream's events, against a pipe
  profile       where the gateway's time goes in scene a
  allocations   where its memory is allocated
  survivors     what of that outlives a minor collection, and should not

  --requests <n>      requests a run (5000)
  --concurrency <n>   sockets (16)
  --pairs <n>         pairs of runs (9)
  --warm-up <n>       requests of each before the first run (20000)
  --floor-only        without the gateway
  --node-flag=<flag>  a flag of Node for both; may be repeated
`;

const COUNT_MAX = 1_000_000;

function count(text: string, name: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= COUNT_MAX) return value;
  throw new Error(`--${name} must be a whole number from 1 to ${COUNT_MAX}, not ${text}`);
}

async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      requests: { type: 'string', default: '5000' },
      concurrency: { type: 'string', default: '16' },
      pairs: { type: 'string', default: '9' },
      'warm-up': { type: 'string', default: '20000' },
      'node-flag': { type: 'string', multiple: true, default: [] },
      'floor-only': { type: 'boolean', default: false },
    },
  });
  const options: SceneOptions = {
    requests: count(values.requests, 'requests'),
    concurrency: count(values.concurrency, 'concurrency'),
    pairs: count(values.pairs, 'pairs'),
    warmUpRequests: count(values['warm-up'], 'warm-up'),
    floorOnly: values['floor-only'],
    nodeFlags: values['node-flag'],
  };
  const [scene] = positionals;
  switch (scene) {
    case 'a':
      return await playChatCpu(options);
    case 'c':
      return playAgentTurn(options.pairs);
    case 'e':
      return playStreams(options.pairs);
    case 'profile':
    case 'allocations':
    case 'survivors':
      process.stdout.write(`${(await profileChat(scene, options)).join('\n')}\n`);
      return true;
    default:
      process.stdout.write(USAGE);
      return false;
  }
}

process.exitCode = (await main()) ? 0 : 1;
