// From the keys of resilience to the options of the pipeline: seconds to milliseconds, and contradictions told.

import type { ResilienceOptions } from '../pipeline/resilience/options.ts';
import type { Problems } from './problems.ts';
import type { ConfigFile } from './schema.ts';

const MS_PER_SECOND = 1000;

const milliseconds = (seconds: number): number => Math.round(seconds * MS_PER_SECOND);

export function resolveResilience(file: ConfigFile, problems: Problems): ResilienceOptions {
  const { timeouts, retry, breaker, limiter, stream } = file;
  expectOrder('timeouts', ['medium_characters', 'large_characters'], timeouts, problems);
  warnOfFirstByte(timeouts, problems);
  expectOrder('retry', ['base_seconds', 'max_seconds'], retry, problems);
  expectOrder('breaker', ['open_seconds', 'open_max_seconds'], breaker, problems);
  return {
    timeLimits: {
      smallMs: milliseconds(timeouts.small_seconds),
      mediumMs: milliseconds(timeouts.medium_seconds),
      largeMs: milliseconds(timeouts.large_seconds),
      mediumCharacters: timeouts.medium_characters,
      largeCharacters: timeouts.large_characters,
      slowModelFactor: timeouts.slow_model_factor,
      outputTokensPerSecond: timeouts.output_tokens_per_second,
      maxMs: milliseconds(timeouts.total_seconds),
    },
    retry: {
      retriesMax: retry.retries_max,
      baseMs: milliseconds(retry.base_seconds),
      maxMs: milliseconds(retry.max_seconds),
      toldMaxMs: milliseconds(retry.told_max_seconds),
      budgetShare: retry.budget_share,
      budgetFloor: retry.budget_floor,
      budgetWindowMs: milliseconds(retry.budget_window_seconds),
    },
    breaker: {
      windowMs: milliseconds(breaker.window_seconds),
      callsMin: breaker.calls_min,
      failureShare: breaker.failure_share,
      openMs: milliseconds(breaker.open_seconds),
      openMsMax: milliseconds(breaker.open_max_seconds),
    },
    limiter: {
      concurrencyMin: limiter.concurrency_min,
      concurrencyStart: limiter.concurrency_start,
      // As many calls at once as there are connections, so that none ever waits within the transport.
      concurrencyMax: file.connections_max,
      queueMax: limiter.queue_max,
      queueMs: milliseconds(limiter.queue_seconds),
    },
    stream: {
      openAfterMs: milliseconds(stream.open_after_seconds),
      keepAliveMs: milliseconds(stream.keep_alive_seconds),
    },
  };
}

/** The head of a whole answer comes when it is done, so no total limit is reached that the first byte's does not allow. */
function warnOfFirstByte(timeouts: ConfigFile['timeouts'], problems: Problems): void {
  const { first_byte_seconds: firstByteS, total_seconds: totalS } = timeouts;
  if (firstByteS >= totalS) return;
  problems.warn(
    'limits',
    `timeouts.first_byte_seconds is ${firstByteS}, less than timeouts.total_seconds, which is ${totalS}: an answer that is not streamed ends at the shorter one.`,
  );
}

function expectOrder<Key extends string>(
  group: string,
  [less, more]: readonly [Key, Key],
  values: Readonly<Record<Key, number>>,
  problems: Problems,
): void {
  if (values[less] <= values[more]) return;
  problems.add(
    `${group}.${less}`,
    `is ${values[less]}, more than ${group}.${more}, which is ${values[more]}.`,
    `Lower it, or raise "${group}.${more}".`,
  );
}
