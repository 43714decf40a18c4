// What a scene plays on: the instant upstream, the bare floor, the gateway and the load, each its own process, all on
// loopback, all ended when the scene ends.

import { numberIn, startChild, type Child } from './child.ts';
import { CLIENT_KEY, startGateway } from './gateway.ts';
import type { LoadOrder } from './processes/load.ts';

export type Contestant = {
  readonly name: 'floor' | 'gateway';
  readonly child: Child;
  readonly port: number;
  /** A piece of text that every good answer holds. */
  readonly expected: string;
};

export type Stage = {
  readonly floor: Contestant;
  /** Undefined when only the floor is played. */
  readonly gateway: Contestant | undefined;
  readonly load: Child;
  close(): Promise<void>;
};

export type RunCounts = { readonly requests: number; readonly concurrency: number };

export type SceneOptions = RunCounts & {
  readonly pairs: number;
  readonly warmUpRequests: number;
  readonly floorOnly: boolean;
  readonly nodeFlags: readonly string[];
};

export async function openStage({ floorOnly, nodeFlags }: SceneOptions): Promise<Stage> {
  const children: Child[] = [];
  const kept = (child: Child): Child => {
    children.push(child);
    return child;
  };
  const close = async (): Promise<void> => {
    for (const child of children.toReversed()) await child.stop();
  };
  try {
    const upstream = kept(startChild({ program: 'bench/processes/upstream.ts' }));
    const upstreamPort = numberIn(await upstream.ask(), 'port');
    const floor = kept(
      startChild({
        program: 'bench/processes/floor.ts',
        arguments: [`http://127.0.0.1:${upstreamPort}`],
        measuredWith: nodeFlags,
      }),
    );
    const floorPort = numberIn(await floor.ask(), 'port');
    const load = kept(startChild({ program: 'bench/processes/load.ts' }));
    const gateway = floorOnly ? undefined : await startGateway(upstreamPort, nodeFlags);
    if (gateway !== undefined) kept(gateway.child);
    return {
      floor: { name: 'floor', child: floor, port: floorPort, expected: 'generation_details' },
      gateway: gateway && { name: 'gateway', ...gateway, expected: '"chat.completion"' },
      load,
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

const BODY_BYTES = 1024;

/** A chat request of exactly 1 KiB as a client sends it, in bytes. */
function chatRequest(port: number): string {
  const wrap = (text: string): string =>
    JSON.stringify({
      model: 'gemini-2.5-pro',
      messages: [
        { role: 'system', content: 'You answer in two sentences.' },
        { role: 'user', content: text },
      ],
      temperature: 0.2,
      max_completion_tokens: 200,
    });
  const sentence = 'Tell what the quick brown fox did this morning, and why. ';
  const body = wrap(sentence.repeat(BODY_BYTES).slice(0, BODY_BYTES - wrap('').length));
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    `Authorization: Bearer ${CLIENT_KEY}`,
    'Content-Type: application/json',
    'Accept: application/json',
    'User-Agent: forcegate-bench',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** Microseconds of user and system time that one request cost the server's process. */
export async function measure(stage: Stage, contestant: Contestant, counts: RunCounts): Promise<number> {
  const order: LoadOrder = {
    requests: counts.requests,
    concurrency: counts.concurrency,
    port: contestant.port,
    payload: chatRequest(contestant.port),
    expected: contestant.expected,
  };
  const before = numberIn(await contestant.child.ask('cpu'), 'reply');
  const result = await stage.load.ask(order);
  if (typeof result === 'object' && result !== null && 'failure' in result) {
    throw new Error(`${contestant.name}: ${JSON.stringify(result.failure)}`);
  }
  const after = numberIn(await contestant.child.ask('cpu'), 'reply');
  return (after - before) / counts.requests;
}
