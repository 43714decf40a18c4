// Emulations on top of each other, as one: events climb from the surface to the client through each, a call that one of
// them asks for goes down through those nearer the surface. All of them share the one extra round.

import type { Call, Event, Loss, Need } from '../../core/neutral/index.ts';
import { openFormatSession } from './format-session.ts';
import type { EmulationContext, EmulationSession, RoundEnd } from './port.ts';
import { openToolSession } from './tool-session.ts';

export const TOOL_NEEDS: readonly Need[] = ['tools', 'tool-history', 'tool-choice'];
const FORMAT_NEEDS: readonly Need[] = ['json-object', 'json-schema'];

/** What a stack can meet. */
export const STACK_NEEDS: readonly Need[] = [...TOOL_NEEDS, ...FORMAT_NEEDS];

export type EmulationStack = {
  readonly call: Call;
  readonly loss: readonly Loss[];
  push(event: Event): void;
  end(): RoundEnd;
  giveUp(): void;
};

export const holdsAny = (emulated: readonly Need[], needs: readonly Need[]): boolean =>
  emulated.some((need) => needs.includes(need));

/** Undefined where none of these needs is met by changing what the model is told. */
export function openStack(
  call: Call,
  emulated: readonly Need[],
  context: EmulationContext,
): EmulationStack | undefined {
  // The client's side first. Formats lie above tools: what is left when calls are taken out is what must fit.
  const opens = [
    ...(holdsAny(emulated, FORMAT_NEEDS) ? [openFormatSession] : []),
    ...(holdsAny(emulated, TOOL_NEEDS) ? [openToolSession] : []),
  ];
  if (opens.length === 0) return undefined;
  const sessions: EmulationSession[] = [];
  for (const open of opens) {
    const above = sessions.at(-1);
    const out = above === undefined ? context.out : (event: Event) => above.push(event);
    sessions.push(open(above?.call ?? call, { ...context, out }));
  }
  return new Stack(call, sessions);
}

class Stack implements EmulationStack {
  readonly call: Call;
  readonly loss: readonly Loss[];
  /** The client's side first. */
  readonly #sessions: readonly EmulationSession[];
  /** Which session asked for the round under way. */
  #asking: number | undefined;

  constructor(call: Call, sessions: readonly EmulationSession[]) {
    this.#sessions = sessions;
    this.call = sessions.at(-1)?.call ?? call;
    this.loss = sessions.flatMap((session) => session.loss);
  }

  push(event: Event): void {
    this.#sessions.at(-1)?.push(event);
  }

  end(): RoundEnd {
    const last = this.#asking !== undefined;
    for (let index = this.#sessions.length - 1; index >= 0; index -= 1) {
      const session = this.#sessions[index];
      const end = session?.end(last) ?? { type: 'done' };
      if (end.type === 'done') continue;
      this.#asking = index;
      let { call } = end;
      for (const nearer of this.#sessions.slice(index + 1)) call = nearer.prepare(call);
      return { type: 'again', call };
    }
    return { type: 'done' };
  }

  giveUp(): void {
    const asking = this.#asking;
    if (asking === undefined) return;
    this.#sessions[asking]?.giveUp();
    for (let index = asking - 1; index >= 0; index -= 1) this.#sessions[index]?.end(true);
  }
}
