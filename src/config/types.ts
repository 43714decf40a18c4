// The resolved configuration: one ready-made group of options for each part, in the part's own units. Nothing here is
// raw file text any more: addresses are origins, durations are milliseconds, paths are absolute, secrets are wrapped.

import type { RotatingFileOptions, Secret, TlsMaterial } from '../core/platform/index.ts';
import type { ConversationOptions } from '../pipeline/bound/options.ts';
import type { MediaOptions } from '../pipeline/media/port.ts';
import type { ResilienceOptions } from '../pipeline/resilience/options.ts';
import type { ModelEntry } from '../salesforce/catalogue/index.ts';
import type { SurfacePreference } from '../salesforce/routing/index.ts';
import type { TrustOptions } from '../salesforce/surfaces/port.ts';
import type { CompressionOptions, ProxyOptions } from '../salesforce/transport/index.ts';
import type { MemoryResponsesOptions } from '../store/memory-responses.ts';
import type { OtlpTarget } from '../telemetry/index.ts';

export type GatewayBasePath = '/ai/gpt/v1' | '/einstein/gpt/code/v1.1';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export type LoginConfig = {
  /** The org's own host as an origin, without a trailing slash. */
  readonly instanceUrl: string;
  /** Names the app; it opens nothing without the secret. */
  readonly consumerKey: string;
  readonly consumerSecret: Secret;
  /** Absolute path; undefined keeps the token in memory only. */
  readonly tokenFile: string | undefined;
};

export type ApiConfig = {
  /** The model host as an origin, without a trailing slash. */
  readonly url: string;
  readonly gatewayBasePath: GatewayBasePath;
  readonly surfaces: SurfacePreference;
};

export type NetworkConfig = {
  /** Certificates to trust beside the usual ones, as PEM text, and the file they came from. */
  readonly caPem: string | undefined;
  readonly caFile: string | undefined;
  /** Its addresses may hold passwords, so it prints as nothing. */
  readonly proxy: ProxyOptions;
  /** Connections to the model host at once. */
  readonly connectionsMax: number;
  readonly compression: CompressionOptions;
};

export type ServerConfig = {
  /** Without brackets, also for IPv6. */
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Lower-case host names accepted in `Host` beside the loopback names. */
  readonly allowedHosts: readonly string[];
  /** Origins whose pages may call the gateway. */
  readonly allowedOrigins: readonly string[];
  readonly bodyBytesMax: number;
  readonly bodiesBytesMax: number;
  readonly exchangesMax: number;
  readonly clientStallMs: number;
  readonly clientBehindMs: number;
  readonly drainMs: number;
};

/** The listener's certificate, found usable, and where it came from, so that its renewal is noticed. */
export type InboundTlsConfig = {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string | undefined;
  readonly material: TlsMaterial;
  readonly validFromMs: number;
  readonly validToMs: number;
  /** Those the certificate is for. */
  readonly names: readonly string[];
};

/** A key is kept as its SHA-256 only: nothing that holds the configuration can leak it. */
export type ClientKey = {
  readonly id: string;
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  readonly admin: boolean;
};

/** Empty only on a loopback bind: then the gateway is open. */
export type KeysConfig = { readonly clients: readonly ClientKey[] };

export type TimeoutsConfig = {
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
};

export type ModelsConfig = {
  /** Models the operator adds, or ours with other facts. */
  readonly entries: readonly ModelEntry[];
  /** Surfaces by the name of the model. */
  readonly surfaces: Readonly<Record<string, SurfacePreference>>;
  /** More names, each followed to its end: never to another alias of this list. */
  readonly aliases: Readonly<Record<string, string>>;
};

/** The address is a secret: those of chat tools hold their key. */
export type AlertsConfig = { readonly webhookUrl: Secret | undefined };

export type LogConfig = {
  readonly level: LogLevel;
  /** With an absolute path. */
  readonly file?: RotatingFileOptions | undefined;
  /** Most characters of what is asked, and of what is answered; undefined where neither is written. */
  readonly contentCharactersMax?: number | undefined;
};

export type Config = {
  readonly login: LoginConfig;
  readonly api: ApiConfig;
  readonly network: NetworkConfig;
  readonly server: ServerConfig;
  /** Absent where clients are served without TLS. */
  readonly inboundTls?: InboundTlsConfig | undefined;
  readonly keys: KeysConfig;
  readonly trust: TrustOptions;
  readonly conversation: ConversationOptions;
  readonly responses: MemoryResponsesOptions;
  readonly media: MediaOptions;
  readonly timeouts: TimeoutsConfig;
  readonly resilience: ResilienceOptions;
  readonly models: ModelsConfig;
  readonly log: LogConfig;
  readonly alerts: AlertsConfig;
  /** The collector for traces and metrics; undefined where there is none. */
  readonly otlp: OtlpTarget | undefined;
  /** The org is the simulator: every reply says so. Not a key of the file. */
  readonly demo: boolean;
};

/** What is known before anyone said which org: enough for the demo, not enough to serve. */
export type UnconfiguredConfig = Omit<Config, 'login'>;

/** What kind of thing a warning is about. Only `deprecated` needs no attention. */
export type ConfigWarning = {
  readonly about: 'deprecated' | 'permissions' | 'address' | 'key' | 'limits' | 'content' | 'certificate';
  readonly message: string;
};

export type LoadedConfig =
  | {
      readonly configured: true;
      readonly config: Config;
      /** Path of the file; undefined when the environment alone configured. */
      readonly source: string | undefined;
      readonly warnings: readonly ConfigWarning[];
    }
  | {
      readonly configured: false;
      readonly config: UnconfiguredConfig;
      readonly source: undefined;
      readonly warnings: readonly ConfigWarning[];
    };
