// The keys of what the gateway does when Salesforce is slow, busy or broken. The page docs/resilience.md puts them beside
// the predecessor's values; a test holds the defaults here to those of the pipeline.

import { z } from 'zod';

const seconds = (description: string, standard: number): z.ZodDefault<z.ZodNumber> =>
  z.number().positive().max(86_400).default(standard).meta({ description });

const count = (description: string, standard: number, least = 1): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(least).max(1_000_000).default(standard).meta({ description });

const share = (description: string, standard: number): z.ZodDefault<z.ZodNumber> =>
  z.number().min(0).max(1).default(standard).meta({ description });

export const resilienceShape = {
  timeouts: z
    .strictObject({
      connect_seconds: seconds('To a connection with Salesforce, TLS included.', 10),
      first_byte_seconds: seconds("From a request to the head of Salesforce's answer.", 480),
      // The predecessor had 60; a reasoning model may say nothing for longer between its opening and its first word.
      idle_seconds: seconds("Between two pieces of Salesforce's answer.", 120),
      total_seconds: seconds(
        'From a request to a whole answer, or to the first content of a stream, at most. The keys below say how much of it a request gets.',
        480,
      ),
      small_seconds: seconds('Total limit of a request of up to `medium_characters`.', 60),
      medium_seconds: seconds('Total limit of a longer one, up to `large_characters`.', 120),
      large_seconds: seconds('Total limit of a longer one yet.', 240),
      medium_characters: count('Characters of the messages above which a request is medium.', 10_000),
      large_characters: count('Characters of the messages above which a request is large.', 30_000),
      slow_model_factor: z.number().min(1).max(100).default(2).meta({
        description: 'Times the total limit for a large model, or one that is asked to reason.',
      }),
      output_tokens_per_second: count(
        'The total limit is never shorter than the output tokens asked for take at this pace.',
        50,
      ),
    })
    .prefault({})
    .meta({ description: 'Time limits.' }),
  retry: z
    .strictObject({
      retries_max: count('Most retries of one call; 0 for none.', 3, 0),
      base_seconds: seconds('The first wait is random, up to this; each further one up to twice as much.', 1),
      max_seconds: seconds('No random wait is longer.', 8),
      told_max_seconds: seconds(
        'The longest wait named by Salesforce that a request sits out; a longer one is passed on at once.',
        60,
      ),
      budget_share: share('Retries are at most this share of the requests, and `budget_floor`.', 0.2),
      budget_floor: count('Retries that are always allowed.', 10, 0),
      budget_window_seconds: seconds('The time over which requests and retries are counted.', 60),
    })
    .prefault({})
    .meta({ description: 'Retries, made only before anything reached the client.' }),
  breaker: z
    .strictObject({
      window_seconds: seconds('The time over which results are counted.', 30),
      calls_min: count('Fewer results prove nothing.', 10),
      failure_share: share('It opens when this share of the results are failures of Salesforce.', 0.5),
      open_seconds: seconds('How long it lets no call through before the first probe.', 1),
      open_max_seconds: seconds(
        'Each probe that fails doubles that time, up to this; a probe that says nothing for so long is followed by another.',
        4,
      ),
    })
    .prefault({})
    .meta({ description: 'The circuit breaker, one for each surface and model.' }),
  limiter: z
    .strictObject({
      concurrency_min: count('Calls at once that a surface always gets.', 4),
      concurrency_start: count(
        'Calls at once at the start. The most is `connections_max`, for all surfaces together.',
        64,
      ),
      queue_max: count('Requests that may wait for a place; more are refused at once.', 1_000, 0),
      queue_seconds: seconds('How long one waits for a place.', 30),
    })
    .prefault({})
    .meta({ description: 'How many calls a surface gets at once: adapted to how it answers.' }),
  stream: z
    .strictObject({
      open_after_seconds: seconds('Silence after which a stream is opened though nothing has come.', 10),
      keep_alive_seconds: seconds('Silence after which an open stream is sent a keep-alive.', 10),
    })
    .prefault({})
    .meta({ description: 'Streams to clients.' }),
};
