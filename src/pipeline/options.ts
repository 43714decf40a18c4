// What the pipeline is made of and the limits it holds to.

import type { Clock, Random, Timers } from '../core/platform/index.ts';
import type { Catalogue, OrgModels } from '../salesforce/catalogue/port.ts';
import type { TokenSource } from '../salesforce/credentials/port.ts';
import type { Router } from '../salesforce/routing/port.ts';
import type { TrustOptions } from '../salesforce/surfaces/port.ts';
import type { ModelHost } from '../salesforce/transport/port.ts';
import type { ResponseStore } from '../store/port.ts';
import type { Telemetry } from '../telemetry/port.ts';
import type { ConversationOptions } from './bound/options.ts';
import type { MediaSource } from './media/port.ts';
import type { BreakerEvent } from './resilience/breakers.ts';
import type { ResilienceOptions } from './resilience/options.ts';

export type PipelineOptions = {
  readonly trust: TrustOptions;
  readonly resilience: ResilienceOptions;
  readonly conversation: ConversationOptions;
  /** Bytes of a whole upstream reply. */
  readonly replyBytesMax: number;
};

export type PipelineDependencies = {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly catalogue: Catalogue;
  /** What the org says it has; absent where it is not asked. */
  readonly orgModels?: OrgModels | undefined;
  readonly router: Router;
  readonly tokens: TokenSource;
  readonly host: ModelHost;
  readonly telemetry: Telemetry;
  /** Told when a breaker opens and when it closes again. */
  readonly observe?: ((event: BreakerEvent) => void) | undefined;
  /** Where responses are kept for clients that come back to them; absent where none are. */
  readonly responses?: ResponseStore | undefined;
  /** Where remote images and documents come from; absent where the operator does not allow them. */
  readonly media?:
    | {
        readonly source: MediaSource;
        /** Of all remote files of one request together. */
        readonly bytesMax: number;
      }
    | undefined;
};
