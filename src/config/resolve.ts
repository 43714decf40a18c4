// From checked file keys to the options of each part: units converted, files read, addresses made origins.

import { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';

import { Secret, type FileSystem } from '../core/platform/index.ts';
import { bareHost, isLoopbackHost, readApiUrl, readInstanceUrl, readOrigin } from './addresses.ts';
import { readClientKeys } from './client-keys.ts';
import type { Environment } from './environment.ts';
import { resolveInboundTls } from './inbound-tls.ts';
import { readModels } from './models.ts';
import type { Problems } from './problems.ts';
import { readProxies } from './proxies.ts';
import { resolveResilience } from './resilience.ts';
import type { ConfigFile } from './schema.ts';
import { readNamedFile, readSecret } from './secrets.ts';
import { resolveTelemetry } from './telemetry.ts';
import type {
  ClientKey,
  LoginConfig,
  NetworkConfig,
  ServerConfig,
  TimeoutsConfig,
  UnconfiguredConfig,
} from './types.ts';

const TOKEN_FILE = 'salesforce_models_token.json';
const MS_PER_SECOND = 1000;
const SECONDS_PER_HOUR = 3600;

const SETUP_HINT: Readonly<Record<string, string>> = {
  consumer_key: 'Setup > External Client App Manager > your app > Settings > OAuth Settings shows it.',
  consumer_secret: 'It stands beside the consumer key; or name a file with "consumer_secret_file".',
  instance_url: 'Setup > My Domain shows it, for example "https://acme.my.salesforce.com".',
};

function addMissing(key: string, problems: Problems): void {
  if (problems.isFaulty(key) || problems.isFaulty(`${key}_file`)) return;
  problems.add(key, 'is missing.', SETUP_HINT[key] ?? 'Add it.');
}

/** Undefined when anything of it is missing; then a problem says so. */
export async function resolveLogin(
  file: ConfigFile,
  files: FileSystem,
  problems: Problems,
): Promise<LoginConfig | undefined> {
  const consumerKey = await readSecret(
    'consumer_key',
    { value: file.consumer_key, file: file.consumer_key_file },
    files,
    problems,
  );
  const consumerSecret = await readSecret(
    'consumer_secret',
    { value: file.consumer_secret, file: file.consumer_secret_file },
    files,
    problems,
  );
  const instanceUrl =
    file.instance_url === undefined ? undefined : readInstanceUrl(file.instance_url, problems);
  if (consumerKey === undefined) addMissing('consumer_key', problems);
  if (consumerSecret === undefined) addMissing('consumer_secret', problems);
  if (instanceUrl === undefined) addMissing('instance_url', problems);
  if (consumerKey === undefined || consumerSecret === undefined || instanceUrl === undefined)
    return undefined;
  return {
    instanceUrl,
    consumerKey,
    consumerSecret: new Secret(consumerSecret),
    tokenFile:
      file.token_file === null
        ? undefined
        : resolve(problems.directory('token_file'), file.token_file ?? TOKEN_FILE),
  };
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/gu;

/** Checked here because the runtime passes over what it cannot read, and the fault would show as a failing login. */
function holdsCertificates(pem: string): boolean {
  const found = pem.match(CERTIFICATE) ?? [];
  try {
    for (const certificate of found) void new X509Certificate(certificate);
    return found.length > 0;
  } catch {
    return false;
  }
}

async function resolveNetwork(
  file: ConfigFile,
  environment: Environment,
  files: FileSystem,
  problems: Problems,
): Promise<NetworkConfig> {
  const key = 'tls.ca_file';
  const named = file.tls.ca_file;
  const ca = named === undefined ? undefined : await readNamedFile(key, named, files, problems);
  if (ca !== undefined && !holdsCertificates(ca.text))
    problems.add(
      key,
      `names ${ca.path}, which holds no PEM certificate that can be read.`,
      'Convert it: openssl x509 -inform der -in FILE -out FILE.pem.',
    );
  const proxy = readProxies(file, environment, problems);
  return {
    caPem: ca?.text,
    caFile: ca?.path,
    proxy,
    connectionsMax: file.connections_max,
    compression: {
      requests: file.compression.requests,
      requestBytesMin: file.compression.request_bytes_min,
    },
  };
}

function resolveServer(file: ConfigFile, keys: readonly ClientKey[], problems: Problems): ServerConfig {
  const host = bareHost(file.host.trim());
  const hasClientKey = file.client_keys.length > 0 && keys.some((key) => key.id !== 'admin');
  const keysAtFault = problems.isListFaulty('client_keys');
  if (!isLoopbackHost(host) && !hasClientKey && !keysAtFault)
    problems.add(
      'host',
      `is ${host}, which other machines can reach, but there is no client key: anyone could spend the org's credits.`,
      'Add "client_keys", or listen on 127.0.0.1.',
    );
  const origins = file.allowed_origins.flatMap((text) => readOrigin('allowed_origins', text, problems) ?? []);
  const hosts = file.allowed_hosts.flatMap((text) => {
    const plain = text.trim().toLowerCase();
    if (/^(?:(?:\*\.)?[\w-][\w.-]*|\[[0-9a-f:.]+\])$/u.test(plain)) return [plain];
    problems.add(
      'allowed_hosts',
      'holds an entry that is not a host name.',
      'Write names only, without scheme and port, for example "gateway.example.com" or "*.example.com"; "*" is not accepted.',
    );
    return [];
  });
  return {
    host,
    port: file.port,
    allowedHosts: hosts,
    allowedOrigins: origins,
    bodyBytesMax: file.body_bytes_max,
    bodiesBytesMax: Math.max(file.bodies_bytes_max, file.body_bytes_max),
    exchangesMax: file.requests_max,
    clientStallMs: milliseconds(file.client_stall_seconds),
    clientBehindMs: milliseconds(file.client_behind_seconds),
    drainMs: milliseconds(file.drain_seconds),
  };
}

const milliseconds = (seconds: number): number => Math.round(seconds * MS_PER_SECOND);

function resolveTimeouts(file: ConfigFile): TimeoutsConfig {
  return {
    connectMs: milliseconds(file.timeouts.connect_seconds),
    firstByteMs: milliseconds(file.timeouts.first_byte_seconds),
    idleMs: milliseconds(file.timeouts.idle_seconds),
    totalMs: milliseconds(file.timeouts.total_seconds),
  };
}

/** The surfaces pass it on as it is, so it only has to be JSON; members left out are left out, not undefined. */
function resolveLocalization(file: ConfigFile): UnconfiguredConfig['trust']['localization'] {
  const { localization } = file.trust;
  if (localization === undefined) return undefined;
  const { defaultLocale, inputLocales, expectedLocales } = localization;
  return {
    defaultLocale,
    ...(inputLocales === undefined ? {} : { inputLocales }),
    ...(expectedLocales === undefined ? {} : { expectedLocales }),
  };
}

/** Data masking is asked for on one surface only; without it every single call would be refused. */
function checkTrust(file: ConfigFile, problems: Problems): void {
  if (file.trust.enable_pii_masking !== true || file.surfaces !== 'classic') return;
  problems.add(
    'trust.enable_pii_masking',
    'is true, but with "surfaces": "classic" no surface is left that can ask for data masking: every call would be refused.',
    'Let "surfaces" be "auto" or "gateway"; or leave the key out, and the org\'s own setting holds.',
  );
}

function resolveAlerts(file: ConfigFile, problems: Problems): UnconfiguredConfig['alerts'] {
  const text = file.alerts.webhook_url?.trim();
  if (text === undefined) return { webhookUrl: undefined };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname)))
    return { webhookUrl: new Secret(text) };
  problems.add(
    'alerts.webhook_url',
    'is not an https address (http is for this machine only).',
    'Write it as "https://hooks.example.com/services/forcegate".',
  );
  return { webhookUrl: undefined };
}

/** Told at every start, in every check: it must not stay on because nobody remembers. */
function resolveContent({ log }: ConfigFile, problems: Problems): { contentCharactersMax?: number } {
  if (log.content === 'off') return {};
  problems.warn(
    'content',
    `${problems.label('log.content')} is on: what callers ask and models answer is written to the log, redacted as far as credentials and personal data have a known form.`,
  );
  return { contentCharactersMax: log.content_characters_max };
}

function resolveLog(file: ConfigFile, problems: Problems): UnconfiguredConfig['log'] {
  const { level, file: named, file_bytes_max: fileBytesMax, old_files_max: oldFilesMax } = file.log;
  const content = resolveContent(file, problems);
  if (named === undefined) return { level, ...content };
  return {
    level,
    ...content,
    file: { path: resolve(problems.directory('log.file'), named), fileBytesMax, oldFilesMax },
  };
}

function resolveConversation({ conversation, trust }: ConfigFile): UnconfiguredConfig['conversation'] {
  return {
    mode: conversation.mode,
    maxMessages: conversation.max_messages,
    cleanupAt: conversation.cleanup_at,
    keep: conversation.keep,
    keepEmergency: conversation.keep_emergency,
    tokensMax: conversation.max_tokens,
    charactersMax: conversation.max_characters ?? (trust.enable_pii_masking === true ? 'masked' : undefined),
  };
}

/** Everything but the login. */
export async function resolveParts(
  file: ConfigFile,
  environment: Environment,
  files: FileSystem,
  problems: Problems,
): Promise<UnconfiguredConfig> {
  const network = await resolveNetwork(file, environment, files, problems);
  const clients = await readClientKeys(file, files, problems);
  checkTrust(file, problems);
  const url = readApiUrl(file.api_url, file.allowed_api_hosts, problems) ?? file.api_url;
  return {
    api: { url, gatewayBasePath: file.gateway_base_path, surfaces: file.surfaces },
    network,
    server: resolveServer(file, clients, problems),
    inboundTls: await resolveInboundTls(file, files, problems),
    keys: { clients },
    trust: { piiMasking: file.trust.enable_pii_masking, localization: resolveLocalization(file) },
    conversation: resolveConversation(file),
    responses: {
      responsesMax: file.responses.max_stored,
      bytesMax: file.responses.max_bytes,
      ageMaxMs: milliseconds(file.responses.keep_hours * SECONDS_PER_HOUR),
    },
    media: {
      fetchRemote: file.media.fetch_remote,
      bytesMax: file.media.bytes_max,
      timeoutMs: milliseconds(file.media.timeout_seconds),
      redirectsMax: file.media.redirects_max,
    },
    timeouts: resolveTimeouts(file),
    resilience: resolveResilience(file, problems),
    models: readModels(file, problems),
    log: resolveLog(file, problems),
    alerts: resolveAlerts(file, problems),
    otlp: resolveTelemetry(file, environment, problems),
    demo: false,
  };
}
