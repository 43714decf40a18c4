// Small stand-ins for the pipeline's neighbours: a dialect that speaks lines, a surface that speaks lines, a model host
// driven by the test, a token source and a telemetry that only remember.

import { GatewayError } from '../../src/core/errors/index.ts';
import {
  NO_SAMPLING,
  UNKNOWN_USAGE,
  type Call,
  type Event,
  type Model,
  type Reply,
} from '../../src/core/neutral/index.ts';
import { Secret } from '../../src/core/platform/index.ts';
import type { Answer, Dialect } from '../../src/dialects/port.ts';
import type { ClientOut } from '../../src/pipeline/port.ts';
import type { Token, TokenSource } from '../../src/salesforce/credentials/port.ts';
import type { Passthrough, Surface } from '../../src/salesforce/surfaces/port.ts';
import type {
  Flow,
  ModelHost,
  ModelHostRequest,
  TransportHandler,
} from '../../src/salesforce/transport/port.ts';
import type { Outcome, Telemetry } from '../../src/telemetry/port.ts';

export const MODEL: Model = {
  id: 'claude-test',
  apiName: 'sfdc_ai__DefaultTest',
  family: 'claude',
  contextTokens: 1000,
  outputTokensMax: 100,
  carries: { tools: true, images: true, documents: true, reasoning: true },
  createdS: 1,
  ownedBy: 'salesforce-test',
};

export function textCall(overrides: Partial<Call> = {}): Call {
  return {
    model: 'claude-test',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }],
    tools: [],
    toolChoice: { type: 'auto' },
    parallelToolCalls: undefined,
    format: { type: 'text' },
    maxOutputTokens: undefined,
    stop: [],
    sampling: NO_SAMPLING,
    reasoning: undefined,
    labels: {},
    stream: false,
    choices: 1,
    ...overrides,
  };
}

function textReply(text: string): Reply {
  return {
    choices: [
      {
        parts: [{ type: 'text', text }],
        finish: 'stop',
        finishRaw: 'stop',
        stopSequence: undefined,
        safety: undefined,
      },
    ],
    usage: { ...UNKNOWN_USAGE, inputTokens: 1, outputTokens: 2 },
    servedModel: 'vendor-model',
    upstreamId: 'up-1',
  };
}

/** Choices after the first are told by their number. */
function numberOf(event: Event): string {
  return 'choice' in event && event.choice > 0 ? `${event.choice}:` : '';
}

/** Answers `reply:<text>` or `error:<code>`; a stream is one line an event. */
export function createLineDialect(call: Call): Dialect {
  return {
    id: 'lines',
    routes: [{ method: 'POST', path: '/lines' }],
    streamHeaders: { 'content-type': 'text/lines' },
    decode: () => ({ type: 'generate', call, streamUsage: false }),
    encode(result): Answer {
      const body =
        result.type === 'reply'
          ? `reply:${result.reply.choices.map((choice) => JSON.stringify(choice.parts)).join()}`
          : result.type;
      return { status: 200, headers: {}, body };
    },
    openStream: (_context, out) => {
      let over = false;
      const line = (text: string): void => {
        if (!over) out.write(`${text}\n`);
      };
      const finish = (text: string): void => {
        line(text);
        over = true;
      };
      return {
        open: () => line('open'),
        keepAlive: () => line('keep-alive'),
        push: (event: Event) =>
          line(`${numberOf(event)}${event.type === 'text-delta' ? event.text : event.type}`),
        fail: (error) => finish(`fail:${error.code}`),
        end: () => finish('end'),
      };
    },
    encodeError: (error) => ({ status: error.status, headers: {}, body: `error:${error.code}` }),
  };
}

/** Speaks lines: `t:<text>` is text, `!` ends with a failure, `boom` makes the codec throw. */
export function createLineSurface(id: string, overrides: Partial<Surface> = {}): Surface {
  return {
    id,
    entitlement: id === 'chat-generations' ? 'classic' : 'gateway',
    streams: true,
    carries: () => true,
    trustCarried: ['piiMasking', 'localization'],
    serves: () => true,
    encode: (call) => ({ request: { path: `/${id}`, accept: 'text/lines', body: call.model }, loss: [] }),
    decode(head, body) {
      const text = Buffer.from(body).toString();
      if (text === 'boom') throw new Error('codec bug');
      if (head.status === 200) return { type: 'reply', reply: textReply(text) };
      const [code, token] =
        head.status === 401
          ? (['upstream_unauthorized', 'rejected'] as const)
          : (['model_not_found', 'suspect'] as const);
      return { type: 'failure', failure: { error: new GatewayError(code, text), token } };
    },
    openStream() {
      let started = false;
      return {
        push(chunk, sink) {
          for (const line of Buffer.from(chunk).toString().split('\n').filter(Boolean)) {
            if (line === 'boom') throw new Error('codec bug');
            if (line === '!') {
              sink.fail({ error: new GatewayError('upstream_error', 'broken'), token: 'unaffected' });
              return;
            }
            if (line === 'usage') {
              sink.event({ type: 'usage', usage: { ...UNKNOWN_USAGE, inputTokens: 3, outputTokens: 7 } });
              continue;
            }
            if (!started) sink.event({ type: 'text-start', choice: 0 });
            started = true;
            sink.event({ type: 'text-delta', choice: 0, text: line.slice(2) });
          }
        },
        end(sink) {
          if (!started) return;
          sink.event({ type: 'part-end', choice: 0, seal: undefined });
          sink.event({ type: 'finish', choice: 0, reason: 'stop', raw: undefined, stopSequence: undefined });
        },
      };
    },
    ...overrides,
  };
}

const OWN_PROTOCOL = 'own';

/** As the dialect of lines, but with a body that would pass to the surface below if it could. */
export function createOwnDialect(call: Call): Dialect {
  return {
    ...createLineDialect(call),
    decode: () => ({
      type: 'generate',
      call,
      streamUsage: false,
      native: { protocol: OWN_PROTOCOL, body: {} },
    }),
  };
}

function refusePassing(): never {
  throw new Error('passed through');
}

/** Speaks the protocol of the dialect above, for calls that must be translated all the same: it throws when it is used. */
export const PASSES_NOTHING: Passthrough = {
  protocol: OWN_PROTOCOL,
  encode: refusePassing,
  decode: refusePassing,
  openStream: refusePassing,
};

export type SentCall = {
  readonly request: ModelHostRequest;
  readonly handler: TransportHandler;
  readonly flow: { paused: boolean; cancelled: boolean };
  /** Head, body, end in one. */
  answer(status: number, body: string): void;
  head(status: number): void;
  data(text: string): void;
};

export function createScriptedHost(): ModelHost & { readonly calls: SentCall[] } {
  const calls: SentCall[] = [];
  return {
    calls,
    send(request, handler, signal) {
      const state = { paused: false, cancelled: false };
      const flow: Flow = {
        pause: () => void (state.paused = true),
        resume: () => void (state.paused = false),
        cancel: () => void (state.cancelled = true),
      };
      const head = (status: number): void =>
        handler.head({ status, headers: { 'x-request-id': 'sf-1' } }, flow);
      calls.push({
        request,
        handler,
        flow: state,
        head,
        data: (text) => handler.data(Buffer.from(text)),
        answer(status, body) {
          head(status);
          handler.data(Buffer.from(body));
          if (!state.cancelled) handler.end();
        },
      });
      signal.onAbort(() => {
        state.cancelled = true;
        handler.fail(
          signal.reason instanceof GatewayError ? signal.reason : new GatewayError('client_closed', 'gone'),
        );
      });
    },
  };
}

export function createCountingTokens(): TokenSource & { readonly invalidated: number[] } {
  let generation = 1;
  const proven = new Set<number>();
  const invalidated: number[] = [];
  const token = (): Token => ({
    authorization: new Secret(`Bearer ${generation}`),
    tenantKey: 'core/test/1',
    expiresAtMs: Number.MAX_SAFE_INTEGER,
    generation,
  });
  return {
    invalidated,
    get: token,
    confirm: (used) => void proven.add(used.generation),
    isProven: (used) => proven.has(used.generation),
    invalidate(used) {
      invalidated.push(used.generation);
      if (used.generation === generation) generation += 1;
    },
    status: () => {
      throw new Error('not asked for');
    },
  };
}

export function createRememberingTelemetry(): Telemetry & { readonly outcomes: Outcome[]; begun: number } {
  const outcomes: Outcome[] = [];
  return {
    outcomes,
    begun: 0,
    begin() {
      this.begun += 1;
    },
    settle: (outcome) => void outcomes.push(outcome),
  };
}

export type RecordedOut = ClientOut & {
  answers: Answer[];
  streamHeaders: Readonly<Record<string, string>> | undefined;
  text: string;
  ended: boolean;
  /** Writes are refused while set. */
  full: boolean;
  drain(): void;
};

export function createRecordedOut(): RecordedOut {
  let waiting: (() => void) | undefined;
  return {
    answers: [],
    streamHeaders: undefined,
    text: '',
    ended: false,
    full: false,
    answer(answer, further) {
      this.answers.push({ ...answer, headers: { ...answer.headers, ...further } });
    },
    openStream(_status, headers) {
      this.streamHeaders = headers;
    },
    write(text) {
      this.text += text;
      return !this.full;
    },
    onDrain: (run) => void (waiting = run),
    end() {
      this.ended = true;
    },
    drain() {
      this.full = false;
      const run = waiting;
      waiting = undefined;
      run?.();
    },
  };
}
