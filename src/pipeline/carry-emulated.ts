// Carries a call by one step, some of whose needs the pipeline stands in for. What comes from upstream goes through the
// emulations, and they may ask for one round more on the same step: a call of its own, whose failure costs the client
// nothing but what it was to mend.

import { GatewayError } from '../core/errors/index.ts';
import { UNKNOWN_USAGE, type Call } from '../core/neutral/index.ts';
import type { Step } from '../salesforce/routing/port.ts';
import { carry, type AttemptParts, type AttemptRecord, type AttemptWorld, type Carried } from './carry.ts';
import type { Deadline } from './deadline.ts';
import { EmulatedSide } from './emulation/emulated-side.ts';
import { planHeaders } from './plan-headers.ts';
import { sumUsage } from './usage-sum.ts';

const IDENTIFIER_HEX = 24;

/** @throws GatewayError as `carry` does. */
export function carryEmulated(step: Step, parts: AttemptParts, world: AttemptWorld): Promise<Carried> {
  // Not an async function: most steps pass through, and would each make a promise for nothing.
  return step.emulated.length === 0 ? carry(step, parts, world) : carryRounds(step, parts, world);
}

async function carryRounds(step: Step, parts: AttemptParts, world: AttemptWorld): Promise<Carried> {
  const { emulated } = step;
  const { random } = world.deps;
  const { client, record } = parts;
  const side = new EmulatedSide({
    client,
    call: parts.operation.call,
    emulated,
    surface: step.surface,
    newId: () => random.hex(IDENTIFIER_HEX),
    tellLoss(loss) {
      record.loss = [...record.loss, loss];
      client.announce(planHeaders(step, record.loss));
    },
  });
  const first = withCall(side.call, { ...parts, client: side, told: [...parts.told, ...side.loss] });
  const carried = await carry(step, first, world);
  if (carried.failure !== undefined) return carried;
  const again = side.endRound();
  if (again !== undefined) await repair(again, side, step, first, world);
  return carried;
}

function withCall(call: Call, parts: AttemptParts): AttemptParts {
  const { type, streamUsage } = parts.operation;
  return { ...parts, operation: { type, streamUsage, call } };
}

/** The extra round. Resolves once the client has its answer; @throws GatewayError only where the whole call is over. */
async function repair(
  call: Call,
  side: EmulatedSide,
  step: Step,
  parts: AttemptParts,
  world: AttemptWorld,
): Promise<void> {
  const { record, deadline } = parts;
  const extra: AttemptRecord = { ...record, attempts: 0, usage: UNKNOWN_USAGE };
  let served = false;
  try {
    const carried = await carry(step, { ...withCall(call, parts), record: extra }, world);
    served = carried.failure === undefined;
    if (!served && isLost(deadline)) throw carried.failure?.error;
  } catch (thrown) {
    // Whoever left gets nothing, and a mistake of ours is not an upstream's failure.
    if (isLost(deadline) || !(thrown instanceof GatewayError)) throw thrown;
  } finally {
    record.attempts += extra.attempts;
    record.repaired = true;
    if (served || extra.usage.outputTokens !== undefined)
      record.usage = sumUsage([record.usage, extra.usage]);
  }
  if (served) side.endRound();
  else side.giveUp();
}

/** Nobody is there for an answer. Where only the time was up, the first round's is still good. */
function isLost({ signal, expired }: Deadline): boolean {
  return signal.aborted && !expired;
}
