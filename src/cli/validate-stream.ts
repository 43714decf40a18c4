// `forcegate validate-stream`: holds a recorded stream, or one asked for now, to the grammar of its protocol. The same checkers
// judge every stream in this project's tests.

import { GatewayError } from '../core/errors/index.ts';
import {
  quote,
  STREAM_FAULTS_MAX,
  type GrammarOptions,
  type StreamFault,
  type StreamGrammar,
} from '../core/wire/index.ts';
import { createMessageGrammar } from '../protocols/anthropic/index.ts';
import { createChatGrammar } from '../protocols/openai-chat/index.ts';
import { createResponseGrammar } from '../protocols/openai-responses/index.ts';
import type { CheckWorld } from './check.ts';
import { EXIT_ATTENTION, EXIT_HEALTHY, EXIT_UNUSABLE } from './exit-codes.ts';
import { CommandFault, reportFault } from './faults.ts';
import { callGateway } from './model-client.ts';
import { withOwnGateway, type OrgChoice, type OwnGateway } from './own-gateway.ts';
import {
  detectProtocol,
  PROTOCOLS,
  readRecordedAnswer,
  type Protocol,
  type RecordedAnswer,
} from './recorded-answer.ts';
import { readBounded } from './recordings.ts';
import { paint, type Terminal } from './terminal.ts';

export type ValidateOptions = OrgChoice & {
  /** `-` is standard input. */
  readonly file: string;
  /** Undefined: found out. */
  readonly protocol: Protocol | undefined;
  readonly strict: boolean;
  /** Asks the models now, in place of reading a file. */
  readonly live: boolean;
  readonly model: string;
  readonly json: boolean;
  readonly verbose: boolean;
};

const STREAM_BYTES_MAX = 64 * 1024 * 1024;

type Report = {
  readonly protocol: Protocol;
  readonly framing: RecordedAnswer['framing'];
  readonly frames: number;
  readonly keep_alive_comments: number;
  readonly ending: StreamGrammar['ending'];
  /** What the error said that ended the stream. */
  readonly error: string | undefined;
  readonly valid: boolean;
  readonly faults: readonly StreamFault[];
  /** There may be more. */
  readonly faults_cut: boolean;
};

const GRAMMARS: Readonly<Record<Protocol, (options: GrammarOptions) => StreamGrammar>> = {
  chat: createChatGrammar,
  responses: createResponseGrammar,
  messages: createMessageGrammar,
};

const tooLarge = (): CommandFault =>
  new CommandFault(
    `The stream is larger than ${STREAM_BYTES_MAX / 1024 / 1024} MiB.`,
    'Record a shorter answer.',
    EXIT_UNUSABLE,
  );

function judge(bytes: Uint8Array, asked: Protocol | undefined, options: GrammarOptions): Report {
  const answer = readRecordedAnswer(bytes, options);
  const protocol = asked ?? detectProtocol(answer);
  const grammar = GRAMMARS[protocol](options);
  for (const frame of answer.frames) grammar.read(frame);
  grammar.end();
  const faults = [...answer.faults, ...grammar.faults].toSorted((one, other) => one.frame - other.frame);
  return {
    protocol,
    framing: answer.framing,
    frames: answer.frames.length,
    keep_alive_comments: answer.comments,
    ending: grammar.ending,
    error: grammar.error?.message,
    valid: faults.length === 0,
    faults,
    faults_cut: answer.faults.length >= STREAM_FAULTS_MAX || grammar.faults.length >= STREAM_FAULTS_MAX,
  };
}

async function readFileOrInput({ file }: ValidateOptions, world: CheckWorld): Promise<Uint8Array> {
  const recording = await world.readRecording(file, STREAM_BYTES_MAX);
  if (recording.type === 'bytes') return recording.bytes;
  if (recording.type === 'too-large') throw tooLarge();
  if (recording.type === 'missing')
    throw new CommandFault(`There is no file ${file}.`, 'Give the file that curl -N wrote.', EXIT_UNUSABLE);
  throw new CommandFault(
    'There is nothing to read.',
    'Give a file, or pipe a stream in: curl -N ... | forcegate validate-stream',
    EXIT_UNUSABLE,
  );
}

const QUESTION = [{ role: 'user', content: 'Say hello in a few words.' }];
const OUTPUT_TOKENS_MAX = 200;

const QUESTIONS: Readonly<Record<Protocol, { readonly path: string; readonly body: object }>> = {
  chat: {
    path: '/v1/chat/completions',
    body: {
      messages: QUESTION,
      max_completion_tokens: OUTPUT_TOKENS_MAX,
      stream_options: { include_usage: true },
    },
  },
  responses: { path: '/v1/responses', body: { input: QUESTION, max_output_tokens: OUTPUT_TOKENS_MAX } },
  messages: { path: '/v1/messages', body: { messages: QUESTION, max_tokens: OUTPUT_TOKENS_MAX } },
};

async function askLive(gateway: OwnGateway, protocol: Protocol, model: string): Promise<Uint8Array> {
  const { path, body } = QUESTIONS[protocol];
  const response = await callGateway(gateway, path, { ...body, model, stream: true });
  if (response.body === null) throw new GatewayError('internal', 'The answer has no body.');
  const bytes = await readBounded(response.body, STREAM_BYTES_MAX);
  if (bytes === undefined) throw tooLarge();
  return bytes;
}

async function judgeLive(options: ValidateOptions, world: CheckWorld): Promise<readonly Report[]> {
  const protocols = options.protocol === undefined ? PROTOCOLS : [options.protocol];
  return withOwnGateway(options, world, async (gateway) => {
    const reports: Report[] = [];
    for (const protocol of protocols)
      reports.push(judge(await askLive(gateway, protocol, options.model), protocol, { strict: true }));
    return reports;
  });
}

function countOf({ faults, faults_cut: isCut }: Report): string {
  return `${isCut ? 'at least ' : ''}${faults.length} fault${faults.length === 1 ? '' : 's'}`;
}

function tellReport(report: Report, options: ValidateOptions, terminal: Terminal): void {
  const { protocol, frames, faults, valid, ending, error, framing } = report;
  for (const { frame, rule, told, fix, clause } of faults) {
    const basis = options.verbose ? ` [${clause}]` : '';
    terminal.out(`${paint(terminal, 'red', `frame ${frame}`)}  ${rule}  ${told} Fix: ${fix}${basis}`);
  }
  const verdict = valid ? paint(terminal, 'green', 'valid') : countOf(report);
  const end = {
    finished: 'with a proper end',
    failed: `ended by an error: ${quote(error ?? '')}`,
    open: 'without an end',
  };
  terminal.out(`${protocol}: ${verdict}; ${frames} frames of ${framing}, ${end[ending]}`);
}

/** 0 valid, 1 faults, 2 nothing that could be judged. */
export async function runValidateStream(options: ValidateOptions, world: CheckWorld): Promise<number> {
  const { terminal } = world;
  const { live, protocol, strict, json } = options;
  try {
    const reports = live
      ? await judgeLive(options, world)
      : [judge(await readFileOrInput(options, world), protocol, { strict })];
    const valid = reports.every((report) => report.valid);
    if (json) terminal.out(JSON.stringify({ valid, streams: reports }, undefined, 2));
    else for (const report of reports) tellReport(report, options, terminal);
    return valid ? EXIT_HEALTHY : EXIT_ATTENTION;
  } catch (thrown) {
    return reportFault(terminal, thrown);
  }
}
