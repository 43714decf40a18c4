// How the upstream twin plays an answer: well, or with a fault in a given phase. One timing for all, so that the phases
// mean the same in every cell.

import { JSON_HEADERS, type Fault, type Phase, type Strike } from './fault-table.ts';
import type { Script, TwinCall } from './upstream-twin.ts';
import { surfaceOfPath, WIRES, type Wire } from './wire-samples.ts';

/** From sending to the first thing that happens, and from there to the strike. */
export const STEP_MS = 20;
/** Later than a stream is opened by silence. */
export const OPENED_STRIKE_MS = 12_000;

export type Heard = { readonly wire: Wire; readonly streams: boolean };

/** What the request asks for. */
export function hear(call: TwinCall): Heard {
  const { path, accept } = call.request;
  return { wire: WIRES[surfaceOfPath(path)], streams: accept !== 'application/json' };
}

export function beginAnswer(call: TwinCall, { wire, streams }: Heard): void {
  call.head(200, { 'content-type': streams ? (wire.stream?.contentType ?? '') : 'application/json' });
}

/** Everything after `beginAnswer`, the end of the connection left out. */
export function sayAll(call: TwinCall, { wire, streams }: Heard): void {
  if (!streams || wire.stream === undefined) {
    call.content(wire.whole);
    return;
  }
  call.data(wire.stream.opening);
  call.content(wire.stream.content);
  call.data(wire.stream.rest);
}

/** A good answer, begun after so long. */
export function answerWell(call: TwinCall, afterMs = STEP_MS): void {
  call.after(afterMs, () => {
    const heard = hear(call);
    beginAnswer(call, heard);
    sayAll(call, heard);
    call.end();
  });
}

/** What comes of an answer before its fault, as far as its phase and its nature have it. */
function leadIn(call: TwinCall, fault: Fault, phase: Phase, heard: Heard): void {
  if (phase === 'before headers' || fault.leadIn === 'nothing') return;
  if (fault.leadIn === 'JSON head') {
    call.head(200, JSON_HEADERS);
    return;
  }
  beginAnswer(call, heard);
  if (fault.leadIn === 'head') return;
  const { wire, streams } = heard;
  if (!streams || wire.stream === undefined) {
    call.data(wire.whole.subarray(0, Math.floor(wire.whole.length / 2)));
    return;
  }
  call.data(wire.stream.opening);
  if (phase !== 'committed') return;
  call.content(wire.stream.content);
}

/** Strikes as the fault does, in this phase of the call. */
export function strikeIn(phase: Phase, fault: Fault): Script {
  return (call) => {
    const heard = hear(call);
    call.after(STEP_MS, () => leadIn(call, fault, phase, heard));
    const strike: Strike = { call, phase, ...heard };
    call.after(phase === 'opened' ? OPENED_STRIKE_MS : 2 * STEP_MS, () => fault.strike(strike));
  };
}
