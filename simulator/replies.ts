// What the org has been told to say next: a list of scripted replies and faults. The first that matches a request wins
// and counts down. Every field is checked when it is posted, so that a typing error fails the test that made it.
import { surfaceNames } from './surfaces/surface.ts';

export type ReplyUsage = {
  /** All input tokens, those read from or written to a cache included. */
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  /** Of the output. */
  readonly reasoning?: number;
};

export type ScriptedToolCall = { readonly name: string; readonly arguments: Record<string, unknown> };

export type ScriptedReply = {
  readonly text?: string;
  readonly reasoning?: string;
  /** Thinking that is shown only in a form nobody can read; Claude on `invoke` has it. */
  readonly redactedReasoning?: string;
  readonly toolCalls?: readonly ScriptedToolCall[];
  readonly usage?: ReplyUsage;
  /** `stop`, `length`, `tool_calls`, `content_filter`, `stop_sequence`, or a vendor's own word as it is. */
  readonly finish?: string;
  readonly firstByteMs?: number;
  readonly chunkMs?: number;
  /** Number of text deltas. */
  readonly chunks?: number;
};

export type FaultType =
  | 'status'
  | 'reset'
  | 'stall'
  | 'truncate'
  | 'garbage'
  | 'error-event'
  | 'empty-stream'
  | 'ok-json-error'
  | 'expire-token';

export type Fault = {
  readonly type: FaultType;
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly afterChunks?: number;
  readonly ms?: number;
};

export type Match = { readonly surface?: string; readonly model?: string; readonly contains?: string };

export type Scripted = { match: Match; times: number; reply?: ScriptedReply; fault?: Fault };

// Calls a client makes on its own account, unseen by whoever wrote a script: only an entry that names them matches.
const loginSurfaces: ReadonlySet<string> = new Set(['token', 'configured-models']);

/** How many entries may wait at once. */
const scriptedMax = 10_000;

type Check = (value: unknown, path: string) => string | undefined;
type Shape = Readonly<Record<string, Check>>;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const string: Check = (value, path) => (typeof value === 'string' ? undefined : `${path}: must be a string`);
const whole =
  (least: number): Check =>
  (value, path) =>
    Number.isInteger(value) && Number(value) >= least
      ? undefined
      : `${path}: must be a whole number, ${least} or more`;
const count = whole(0);
const anything: Check = () => undefined;

const object =
  (shape: Shape, required: readonly string[] = []): Check =>
  (value, path) => {
    if (!isRecord(value)) return `${path}: must be an object`;
    for (const [key, item] of Object.entries(value)) {
      const check = Object.hasOwn(shape, key) ? shape[key] : undefined;
      if (check === undefined)
        return `${path}.${key}: no such field; it may hold ${Object.keys(shape).join(', ')}`;
      const fault = check(item, `${path}.${key}`);
      if (fault !== undefined) return fault;
    }
    const missing = required.find((key) => value[key] === undefined);
    return missing === undefined ? undefined : `${path}.${missing}: is required`;
  };

const list =
  (item: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) return `${path}: must be a list`;
    for (const [index, entry] of value.entries()) {
      const fault = item(entry, `${path}[${index}]`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };

const oneOf =
  (values: readonly string[]): Check =>
  (value, path) =>
    typeof value === 'string' && values.includes(value)
      ? undefined
      : `${path}: must be one of ${values.join(', ')}`;

const plainObject: Check = (value, path) => (isRecord(value) ? undefined : `${path}: must be an object`);

const headers: Check = (value, path) => {
  if (!isRecord(value)) return `${path}: must be an object`;
  const wrong = Object.entries(value).find(([, item]) => typeof item !== 'string');
  return wrong === undefined ? undefined : `${path}.${wrong[0]}: must be a string`;
};

const usage = object({ input: count, output: count, cacheRead: count, cacheWrite: count, reasoning: count }, [
  'input',
  'output',
]);

const replyFields = object({
  text: string,
  reasoning: string,
  redactedReasoning: string,
  toolCalls: list(object({ name: string, arguments: plainObject }, ['name', 'arguments'])),
  usage,
  finish: string,
  firstByteMs: count,
  chunkMs: count,
  chunks: whole(1),
});

// A reply of nothing is one whose field was left out by mistake.
const reply: Check = (value, path) =>
  isRecord(value) && Object.keys(value).length === 0
    ? `${path}: must not be empty; give a text, toolCalls, or another field`
    : replyFields(value, path);

// The fields each fault takes beside its type, and those it cannot do without.
const faultShapes: Readonly<
  Record<FaultType, { readonly shape: Shape; readonly required?: readonly string[] }>
> = {
  status: { shape: { status: whole(200), body: anything, headers }, required: ['status'] },
  reset: { shape: { afterChunks: count } },
  stall: { shape: { ms: count, afterChunks: count }, required: ['ms'] },
  truncate: { shape: { afterChunks: count } },
  garbage: { shape: { afterChunks: count } },
  'error-event': { shape: { afterChunks: count } },
  'empty-stream': { shape: {} },
  'ok-json-error': { shape: {} },
  'expire-token': { shape: {} },
};

const fault: Check = (value, path) => {
  if (!isRecord(value)) return `${path}: must be an object`;
  const known = Object.keys(faultShapes);
  const wrong = oneOf(known)(value['type'], `${path}.type`);
  if (wrong !== undefined) return wrong;
  const { shape, required } = faultShapes[value['type'] as FaultType];
  return object({ ...shape, type: anything }, required)(value, path);
};

const match = object({ surface: oneOf(surfaceNames), model: string, contains: string });
const entryFields = object({ match, times: whole(1), reply, fault });
const entry: Check = (value, path) =>
  entryFields(value, path) ??
  (isRecord(value) && value['reply'] === undefined && value['fault'] === undefined
    ? `${path}: needs a reply or a fault`
    : undefined);

export class Replies {
  #waiting: Scripted[] = [];

  /** Adds entries; gives the reason, naming the field, when one of them is refused (then none is added). */
  add(value: unknown): string | undefined {
    const entries: unknown[] = Array.isArray(value) ? value : [value];
    const wrong = list(entry)(entries, '$');
    if (wrong !== undefined) return wrong;
    if (this.#waiting.length + entries.length > scriptedMax) return `$: no more than ${scriptedMax} may wait`;
    for (const item of entries as Partial<Scripted>[]) {
      this.#waiting.push({ ...item, match: item.match ?? {}, times: item.times ?? 1 });
    }
    return undefined;
  }

  /** The first entry that matches, used once. */
  take(surface: string, model: string | undefined, body: Buffer): Scripted | undefined {
    if (this.#waiting.length === 0) return undefined;
    const index = this.#waiting.findIndex(
      ({ match: wanted }) =>
        (wanted.surface === surface || (wanted.surface === undefined && !loginSurfaces.has(surface))) &&
        (wanted.model === undefined || wanted.model === model) &&
        (wanted.contains === undefined || body.includes(wanted.contains)),
    );
    const found = this.#waiting[index];
    if (found === undefined) return undefined;
    found.times -= 1;
    if (found.times === 0) this.#waiting.splice(index, 1);
    return found;
  }

  get unconsumed(): readonly Scripted[] {
    return this.#waiting;
  }

  reset(): void {
    this.#waiting = [];
  }
}
