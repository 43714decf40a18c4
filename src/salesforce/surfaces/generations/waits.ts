// How long Salesforce says to wait. `Retry-After` comes first, then the rate limit's own header, then the error's body
// (reference 3.10). A codec has no clock, so a date is measured against the response's own `date`.

import type { JsonObject } from '../../../core/neutral/index.ts';
import { objectsOf } from '../../../core/wire/index.ts';
import type { ResponseHead } from '../port.ts';
import { numberOf, objectOf } from './fields.ts';

/** A day. Longer waits are mistakes, and their sums would leave the range of timers. */
const WAIT_MS_MAX = 86_400_000;
const SECONDS = /^\d{1,12}(?:\.\d{1,9})?$/;

export function readHeader(head: ResponseHead, name: string): string | undefined {
  const value = head.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

export function readWaitMs(head: ResponseHead, body: JsonObject | undefined): number | undefined {
  return (
    readRetryAfterMs(head) ??
    secondsToMs(parseSeconds(readHeader(head, 'x-ratelimit-reset'))) ??
    secondsToMs(readBodyReset(body))
  );
}

function readRetryAfterMs(head: ResponseHead): number | undefined {
  const text = readHeader(head, 'retry-after');
  if (text === undefined) return undefined;
  const seconds = parseSeconds(text);
  if (seconds !== undefined) return secondsToMs(seconds);
  const untilMs = Date.parse(text);
  const nowMs = Date.parse(readHeader(head, 'date') ?? '');
  if (Number.isNaN(untilMs) || Number.isNaN(nowMs)) return undefined;
  return Math.min(Math.max(0, untilMs - nowMs), WAIT_MS_MAX);
}

function readBodyReset(body: JsonObject | undefined): number | undefined {
  for (const parameter of objectsOf(body?.['parameters'])) {
    const reset = numberOf(objectOf(parameter['value'])?.['reset']);
    if (reset !== undefined) return reset;
  }
  return undefined;
}

function parseSeconds(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  return SECONDS.test(trimmed) ? Number(trimmed) : undefined;
}

function secondsToMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.min(Math.ceil(seconds * 1000), WAIT_MS_MAX);
}
