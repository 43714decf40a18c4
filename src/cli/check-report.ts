// What `forcegate check` found, as lines for a person or JSON for a script.

import type { GatewayError } from '../core/errors/index.ts';
import { EXIT_ATTENTION, EXIT_HEALTHY, EXIT_UNUSABLE } from './exit-codes.ts';
import { paint, type Style, type Terminal } from './terminal.ts';

/** `note` is worth knowing and asks for nothing; `attention` works today and asks for a fix. */
export type FindingStatus = 'ok' | 'note' | 'attention' | 'failed' | 'skipped';

export type Finding = {
  /** Stable, for scripts. */
  readonly check: string;
  readonly status: FindingStatus;
  readonly message: string;
  readonly fix?: string | undefined;
  /** The gateway's own word for a failure, for scripts. */
  readonly code?: string | undefined;
  /** Only shown with `--verbose`. */
  readonly detail?: string | undefined;
  readonly durationMs?: number | undefined;
};

export type CheckResult = { readonly findings: readonly Finding[]; readonly usable: boolean };

const STYLES: Readonly<Record<FindingStatus, Style>> = {
  ok: 'green',
  note: 'dim',
  attention: 'yellow',
  failed: 'red',
  skipped: 'dim',
};

const STATUS_WIDTH = 'attention'.length;
const CHECK_WIDTH = 14;

function exitCodeOf({ findings, usable }: CheckResult): number {
  if (!usable) return EXIT_UNUSABLE;
  const bad = findings.some(({ status }) => status === 'attention' || status === 'failed');
  return bad ? EXIT_ATTENTION : EXIT_HEALTHY;
}

/** What a failed call says to an operator, who may see more than a client. */
export function describeUpstream(error: GatewayError): string | undefined {
  const { upstream, detail } = error;
  const told = [
    upstream?.status === undefined ? undefined : `HTTP ${upstream.status}`,
    upstream?.errorCode,
    upstream?.messageCode,
    upstream?.requestId === undefined ? undefined : `request ${upstream.requestId}`,
    detail,
  ].filter((part) => part !== undefined);
  return told.length === 0 ? undefined : told.join(', ');
}

function formatLine(terminal: Terminal, finding: Finding, verbose: boolean): string {
  const status = paint(terminal, STYLES[finding.status], finding.status.padEnd(STATUS_WIDTH));
  const fix = finding.fix === undefined ? '' : ` Fix: ${finding.fix}`;
  const time = verbose && finding.durationMs !== undefined ? ` (${Math.round(finding.durationMs)} ms)` : '';
  const detail = verbose && finding.detail !== undefined ? ` [${finding.detail}]` : '';
  return `${status}  ${finding.check.padEnd(CHECK_WIDTH)}  ${finding.message}${fix}${time}${detail}`;
}

const VERDICTS: Readonly<Record<number, string>> = {
  [EXIT_HEALTHY]: 'healthy',
  [EXIT_ATTENTION]: 'attention',
  [EXIT_UNUSABLE]: 'unusable',
};

export type Reporter = {
  add(finding: Finding): void;
  /** Tells what was not told yet and gives the exit code. */
  finish(result: CheckResult): number;
};

/** Lines are written as they come, since a login may take a while; JSON is written whole. */
export function createReporter(
  terminal: Terminal,
  options: { readonly json: boolean; readonly verbose: boolean },
): Reporter {
  return {
    add(finding) {
      if (!options.json) terminal.out(formatLine(terminal, finding, options.verbose));
    },
    finish(result) {
      const code = exitCodeOf(result);
      const status = VERDICTS[code];
      if (options.json) terminal.out(JSON.stringify({ status, findings: result.findings }, undefined, 2));
      return code;
    },
  };
}
