// What a checker of streams tells: a list of faults, each with the frame it was found in, the rule it breaks, the clause
// that the rule stands on and the fix. Protocols bring their rules as tables; the form is one for all of them.

import { GatewayError } from '../errors/index.ts';
import type { JsonObject, JsonValue } from '../neutral/index.ts';
import { JSON_DEPTH_MAX, parseJsonBody } from './json.ts';
import { isJsonObject } from './json-reader.ts';

export type StreamRule = {
  /** What the rule stands on: a clause of a specification, or what a named client does without it. */
  readonly clause: string;
  /** What the writer of the stream has to do. */
  readonly fix: string;
  /** Beyond the format: what this gateway promises of its own streams. Held only where asked for. */
  readonly strict?: true;
};

export type StreamFault = {
  /** From 1; what is wrong with the stream as a whole has the number of its last frame. */
  readonly frame: number;
  readonly rule: string;
  /** What came and what was expected. */
  readonly told: string;
  readonly clause: string;
  readonly fix: string;
};

/** `open` where neither a proper end nor an error came. */
export type StreamEnding = 'finished' | 'failed' | 'open';

export type StreamFrame = {
  /** From 1. */
  readonly number: number;
  /** Of the event line; undefined where there is none. */
  readonly name: string | undefined;
  readonly data: string;
};

/** What each protocol's checker is. */
export type StreamGrammar = {
  read(frame: StreamFrame): void;
  /** The stream is over: tells what is missing. */
  end(): void;
  readonly ending: StreamEnding;
  readonly faults: readonly StreamFault[];
  /** Of the error that ended it. */
  readonly error: { readonly type: string | undefined; readonly message: string } | undefined;
};

export type GrammarOptions = {
  /** Also the rules beyond the format. */
  readonly strict: boolean;
};

/** A broken stream may break a rule with every frame: the rest of them says nothing new. */
export const STREAM_FAULTS_MAX = 200;
const QUOTED_CHARACTERS_MAX = 80;

/** A value as a fault shows it. */
export function quote(value: unknown): string {
  // A long text may be shown with every frame: no more of it is written than is shown.
  const shown = isText(value) ? value.slice(0, QUOTED_CHARACTERS_MAX) : value;
  const text = shown === undefined ? 'nothing' : JSON.stringify(shown);
  return text.length <= QUOTED_CHARACTERS_MAX ? text : `${text.slice(0, QUOTED_CHARACTERS_MAX)}…`;
}

export class FaultLog<Id extends string> {
  readonly list: StreamFault[] = [];
  readonly #rules: Readonly<Record<Id, StreamRule>>;
  readonly #strict: boolean;
  /** Of the frame that is being read. */
  frame = 0;

  constructor(rules: Readonly<Record<Id, StreamRule>>, options: GrammarOptions) {
    this.#rules = rules;
    this.#strict = options.strict;
  }

  tell(id: Id, told: string): void {
    const { clause, fix, strict } = this.#rules[id];
    if ((strict === true && !this.#strict) || this.list.length >= STREAM_FAULTS_MAX) return;
    this.list.push({ frame: this.frame, rule: id, told, clause, fix });
  }

  /** Gives the condition back. */
  demand(condition: boolean, id: Id, told: string): boolean {
    if (!condition) this.tell(id, told);
    return condition;
  }
}

export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

export const isText = (value: unknown): value is string => typeof value === 'string';

/** The JSON object of a frame's data; undefined where it is none, or nested deeper than any reply. */
export function parseFrameData(data: string): JsonObject | undefined {
  try {
    const value = parseJsonBody(Buffer.from(data), { depthMax: JSON_DEPTH_MAX });
    return isJsonObject(value) ? value : undefined;
  } catch (thrown) {
    if (thrown instanceof GatewayError) return undefined;
    throw thrown;
  }
}

/** Whatever the order of fields. */
export function isSameJson(one: JsonValue | undefined, other: JsonValue | undefined): boolean {
  if (Array.isArray(one))
    return (
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((item, at) => isSameJson(item, other[at]))
    );
  if (!isJsonObject(one)) return one === other;
  if (!isJsonObject(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => isSameJson(one[key], other[key]));
}
