// What every answer is held to, whoever carried the request: nothing of our making fails, errors are proper in the format they
// are told in, successes are what the format's clients read, and what is invalid costs no upstream call.

import { ERROR_TABLE } from '../../src/core/errors/index.ts';
import type { Outcome } from '../../src/telemetry/port.ts';
import { GENERATORS } from './dialect-table.ts';
import type { Asked, SeenAnswer } from './generator.ts';
import { demand } from './readers/demand.ts';
import type { FuzzRequest } from './request.ts';
import { generatorOf } from './request.ts';
import type { Tally } from './tally.ts';
import type { WireRequest } from './wire-request.ts';

export type Seen = {
  /** Undefined where the connection ended without an answer. */
  readonly answer: SeenAnswer | undefined;
  /** As it was settled; undefined where the request never was one. */
  readonly outcome: Outcome | undefined;
  /** Upstream calls that left while it was under way. */
  readonly calls: number;
};

/** Whose fault it is and what the caller is told: of our own judgement, before anyone is asked. */
const BEFORE_ANY_CALL: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_json',
  'route_not_found',
  'method_not_allowed',
  'request_timeout',
  'body_too_large',
  'unsupported_media_type',
  'unauthenticated',
  'forbidden',
  'host_not_allowed',
  'origin_not_allowed',
]);

/** Statuses of the official server's own, where a dialect has them instead of the table's. */
const OTHERWISE: ReadonlyMap<string, number> = new Map([
  ['method_not_allowed', 426],
  ['response_not_found', 400],
]);

function judgeError(answer: SeenAnswer, outcome: Outcome, calls: number): void {
  const code = outcome.errorCode;
  demand(code !== undefined, 'an error has its code');
  demand(code !== 'internal', `nothing fails within: ${outcome.errorDetail}`);
  demand(outcome.status === answer.status, 'what is settled is what was sent');
  const { status } = ERROR_TABLE[code];
  demand(
    status === answer.status || OTHERWISE.get(code) === answer.status,
    `${code} has the status of its row`,
  );
  if (BEFORE_ANY_CALL.has(code)) demand(calls === 0, `${code} costs no upstream call`);
  const generator = GENERATORS.get(outcome.dialect);
  demand(generator !== undefined, 'the error is told in a dialect');
  if (answer.body.length > 0) generator.readError(answer);
}

/** @param fair whether the upstream answered well. */
export function judge(request: FuzzRequest, seen: Seen, fair: boolean, tally: Tally): void {
  const { answer, outcome, calls } = seen;
  demand(answer !== undefined, 'there is an answer');
  demand(outcome !== undefined, 'the request is settled');
  const failed = answer.status >= 400;
  if (request.sort === 'invalid') {
    demand(failed && answer.status < 500, `what is invalid is refused as the caller's, not ${answer.status}`);
    demand(calls === 0, 'what is invalid costs no upstream call');
  }
  if (failed) {
    tally.add('code', outcome.errorCode ?? 'none');
    judgeError(answer, outcome, calls);
    if (request.sort === 'valid' && fair)
      tally.add('valid but', outcome.errorCode ?? '', outcome.errorMessage ?? '');
    return;
  }
  const asked: Asked = { route: request.route.path, draft: request.draft };
  const reading = generatorOf(request.dialect, request.route).read(answer, asked);
  tally.add('answered', reading, request.dialect.id);
  if (reading !== 'failed') return;
  demand(
    outcome.errorCode !== undefined && outcome.errorCode !== 'internal',
    `a stream fails for a reason: ${outcome.errorDetail}`,
  );
  tally.add('code', outcome.errorCode);
  demand(request.sort !== 'valid' || !fair, `what is valid is served to its end: ${outcome.errorMessage}`);
}

/** The same for a request with everything around it that a socket carries. */
export function judgeWire(request: FuzzRequest, wire: WireRequest, seen: Seen, tally: Tally): void {
  const { answer, outcome, calls } = seen;
  if (wire.isPlain) {
    judge(request, seen, true, tally);
    return;
  }
  if (wire.sort === 'invalid') demand(calls === 0, 'what is invalid costs no upstream call');
  if (answer === undefined) {
    demand(wire.mayBeSilent, 'there is an answer');
    tally.add('silence', wire.how);
    return;
  }
  demand(answer.status < 500, `nothing fails within: ${answer.status}`);
  const refused = answer.status >= 400;
  demand(refused || wire.sort !== 'invalid', `what is invalid is refused, not ${answer.status}`);
  tally.add('status', String(answer.status));
  if (answer.status < 400) return;
  // Gone before its request was whole: what is on the wire then is the parser's affair.
  if (outcome !== undefined && outcome.errorCode !== 'client_closed') {
    tally.add('code', outcome.errorCode ?? 'none');
    judgeError(answer, outcome, calls);
    return;
  }
  // Not even a request: answered by hand, in the words of the dialect for all.
  tally.add('code', outcome?.errorCode ?? 'malformed');
  if (answer.body.length > 0) GENERATORS.get(DIALECT_FOR_ALL)?.readError(answer);
  demand(answer.body.length > 0 || wire.isHead, 'an error says something');
}

const DIALECT_FOR_ALL = 'openai-chat';
