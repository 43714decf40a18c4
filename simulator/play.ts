// Puts a staged answer on the wire, with the pauses and the fault a script asks for. Knows frames and chunks, nothing of
// any surface.
import type { Exchange } from './exchange.ts';
import type { Fault, ScriptedReply } from './replies.ts';
import type { Frame, Manner, Staged } from './surfaces/surface.ts';

const joined = (frames: readonly Frame[]): string | Buffer =>
  frames.every((frame) => typeof frame.bytes === 'string')
    ? frames.map((frame) => frame.bytes).join('')
    : Buffer.concat(frames.map((frame) => Buffer.from(frame.bytes)));

const whole = (staged: Staged): string | Buffer => {
  const [only] = staged.frames;
  if (only !== undefined && staged.frames.length === 1) return only.bytes;
  return joined(staged.frames);
};

export async function playWhole(exchange: Exchange, staged: Staged): Promise<void> {
  await exchange.reply(staged.status, staged.headers, whole(staged));
}

/** A whole reply has one content frame; a fault that strikes after N chunks cuts it into N + 1 pieces first. */
function cut(staged: Staged, streaming: boolean, afterChunks: number | undefined): readonly Frame[] {
  if (streaming) return staged.frames;
  const bytes = Buffer.from(whole(staged));
  const pieces = Math.max(2, (afterChunks ?? 1) + 1);
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    frames.push({ kind: 'content', bytes: bytes.subarray(at, at + size) });
  }
  return frames;
}

type Pace = { readonly firstByteMs: number; readonly chunkMs: number };

async function playFrames(exchange: Exchange, frames: readonly Frame[], pace: Pace): Promise<void> {
  // Without a pace the events leave together, as they would from a fast upstream; `wireChunkBytes` splits them anyhow.
  if (pace.chunkMs === 0) return exchange.write(joined(frames));
  let first = true;
  for (const frame of frames) {
    if (frame.kind === 'content') {
      if (!first) await exchange.wait(pace.chunkMs);
      first = false;
    }
    await exchange.write(frame.bytes);
  }
}

/** The frames up to and with the given number of content frames. */
function upTo(frames: readonly Frame[], chunks: number): readonly Frame[] {
  let seen = 0;
  let end = 0;
  for (const [index, frame] of frames.entries()) {
    if (seen >= chunks) break;
    if (frame.kind === 'content') seen += 1;
    end = index + 1;
  }
  return frames.slice(0, end);
}

function withFault(staged: Staged, fault: Fault): Staged {
  const headers = { ...staged.headers, ...fault.headers };
  if (fault.body === undefined) return { ...staged, headers };
  const bytes = typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body);
  const type = typeof fault.body === 'string' ? 'text/plain' : 'application/json';
  return {
    status: staged.status,
    headers: { ...staged.headers, 'content-type': type, ...fault.headers },
    frames: [{ kind: 'content', bytes }],
  };
}

async function strikeMidway(
  exchange: Exchange,
  staged: Staged,
  fault: Fault,
  manner: Manner,
  streaming: boolean,
  pace: Pace,
): Promise<void> {
  const frames = cut(staged, streaming, fault.afterChunks);
  // A truncated stream without a number keeps all its content and loses only its ending.
  const defaultChunks =
    fault.type !== 'truncate' ? 0 : streaming ? frames.filter((frame) => frame.kind === 'content').length : 1;
  const before = upTo(frames, fault.afterChunks ?? defaultChunks);
  exchange.head(staged.status, staged.headers);
  await playFrames(exchange, before, pace);
  switch (fault.type) {
    case 'reset': {
      // What was written must be on its way before the connection breaks.
      await exchange.wait(5);
      exchange.reset();
      return;
    }
    case 'stall': {
      await exchange.wait(fault.ms ?? 0);
      await playFrames(exchange, frames.slice(before.length), pace);
      break;
    }
    case 'garbage': {
      await exchange.write(manner.garbage(streaming));
      break;
    }
    case 'error-event': {
      if (manner.errorEvent !== undefined) await exchange.write(manner.errorEvent(before));
      break;
    }
    case 'truncate':
    case 'status':
    case 'empty-stream':
    case 'ok-json-error':
    case 'expire-token':
  }
  exchange.end();
}

/** Answers an accepted request. `expire-token` never comes here: it is settled before the answer is made. */
export async function play(
  exchange: Exchange,
  staged: Staged,
  manner: Manner,
  streaming: boolean,
  reply: ScriptedReply | undefined,
  fault: Fault | undefined,
): Promise<void> {
  const pace: Pace = { firstByteMs: reply?.firstByteMs ?? 0, chunkMs: reply?.chunkMs ?? 0 };
  await exchange.wait(pace.firstByteMs);
  if (fault === undefined) {
    if (!streaming) return playWhole(exchange, staged);
    exchange.head(staged.status, staged.headers);
    await playFrames(exchange, staged.frames, pace);
    return exchange.end();
  }
  switch (fault.type) {
    case 'status':
      return playWhole(exchange, withFault(manner.failure(fault.status ?? 500), fault));
    case 'ok-json-error':
      return playWhole(exchange, { ...manner.failure(500), status: 200 });
    case 'empty-stream':
      return playWhole(exchange, { ...staged, frames: [{ kind: 'other', bytes: '' }] });
    case 'error-event':
      // Without a stream there is no event: the surface fails with its own error reply.
      if (!streaming) return playWhole(exchange, manner.failure(500));
      break;
    case 'reset':
      if (fault.afterChunks === undefined) return exchange.reset();
      break;
    case 'stall':
      if (fault.afterChunks === undefined) {
        await exchange.wait(fault.ms ?? 0);
        return play(exchange, staged, manner, streaming, { ...reply, firstByteMs: 0 }, undefined);
      }
      break;
    case 'truncate':
    case 'garbage':
    case 'expire-token':
  }
  return strikeMidway(exchange, staged, fault, manner, streaming, pace);
}
