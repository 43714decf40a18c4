// The gateway that runs already, in the background or anywhere else this configuration leads to, asked over HTTP.

import { isLoopbackHost, loadConfig, type LoadedConfig } from '../config/index.ts';
import { askOverTls, type TlsQuestion } from './ask-over-tls.ts';
import { findRun } from './daemon.ts';
import { CommandFault } from './faults.ts';
import type { RunRecord } from './run-file.ts';
import type { CommandWorld } from './start.ts';
import { urlForTools } from './tool-trust.ts';

export type RunningChoice = {
  readonly config?: string | undefined;
  /** Of the gateway, where it is not one of this directory. */
  readonly url?: string | undefined;
};

export type FoundGateway = {
  readonly url: string;
  /** Undefined where none is known, or none is asked for. */
  readonly key: string | undefined;
  /** Of the gateway in the background. */
  readonly record: RunRecord | undefined;
  /** The certificate it was told to show, as PEM; undefined without TLS, or where that is not known. */
  readonly certificatePem?: string | undefined;
  /** That certificate's file. */
  readonly certificateFile?: string | undefined;
  /** For a tool, which believes a certificate only for a name that stands in it; undefined where it is `url`. */
  readonly toolUrl?: string | undefined;
};

const ANSWER_MS = 10_000;
const DEFAULT_URL = 'http://127.0.0.1:8000';

/** Where it is, or would be. It may not answer. */
export async function findGateway(choice: RunningChoice, world: CommandWorld): Promise<FoundGateway> {
  const key = world.env['FORCEGATE_ADMIN_KEY'];
  const load = (): Promise<LoadedConfig | undefined> => loadIfUsable(choice, world);
  if (choice.url !== undefined)
    return withCertificate({ url: choice.url.replace(/\/+$/u, ''), key, record: undefined }, choice, load);
  const { state } = await findRun(choice.config, world);
  if (state.type === 'running') {
    const { record } = state;
    const found = { url: record.url, key: record.key ?? key, record };
    if (found.url !== undefined) return withCertificate({ ...found, url: found.url }, choice, load);
  }
  const loaded = await load();
  const url = loaded === undefined ? DEFAULT_URL : urlOf(loaded.config);
  return withCertificate({ url, key, record: undefined }, choice, async () => loaded);
}

/** A configuration that is broken leads nowhere; the usual place is as good as any then. */
async function loadIfUsable(
  { config }: RunningChoice,
  { cwd, env, files }: CommandWorld,
): Promise<LoadedConfig | undefined> {
  return loadConfig({ path: config, cwd, env, files }).catch(() => undefined);
}

function urlOf({ server, inboundTls }: LoadedConfig['config']): string {
  const { host, port } = server;
  const named = host === '0.0.0.0' || host === '' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const scheme = inboundTls === undefined ? 'http' : 'https';
  return `${scheme}://${named.includes(':') ? `[${named}]` : named}:${port === 0 ? 8000 : port}`;
}

async function withCertificate(
  gateway: FoundGateway,
  choice: RunningChoice,
  load: () => Promise<LoadedConfig | undefined>,
): Promise<FoundGateway> {
  if (!gateway.url.startsWith('https:')) return gateway;
  const config = (await load())?.config;
  const tls = config?.inboundTls;
  return {
    ...gateway,
    certificatePem: tls?.material.certificatePem,
    certificateFile: tls?.certificateFile,
    // An address that was given is meant.
    toolUrl: config === undefined || choice.url !== undefined ? undefined : urlForTools(gateway.url, config),
  };
}

export type GatewayAnswer = { readonly status: number; readonly text: string };

/** Undefined when nobody answers. @throws CommandFault when whoever answers is not to be trusted. */
export async function askGateway(
  gateway: FoundGateway,
  path: string,
  body?: unknown,
): Promise<GatewayAnswer | undefined> {
  const url = new URL(`${gateway.url}${path}`);
  try {
    if (url.protocol === 'https:') return await askOverTls(tlsQuestion(gateway, url, body));
    const response = await fetch(url, {
      signal: AbortSignal.timeout(ANSWER_MS),
      redirect: 'error',
      headers: headersOf(gateway, body),
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  } catch (thrown) {
    if (thrown instanceof CommandFault) throw thrown;
    return undefined;
  }
}

/** As a tool asks that knows these authorities: the certificate must be theirs, and for the name. @throws CommandFault */
export async function askAsTool(
  gateway: FoundGateway,
  path: string,
  body: unknown,
  authorities: readonly string[],
): Promise<GatewayAnswer> {
  const url = new URL(`${gateway.url}${path}`);
  try {
    return await askOverTls({ ...tlsQuestion(gateway, url, body), certificatePem: undefined, authorities });
  } catch (thrown) {
    if (thrown instanceof CommandFault) throw thrown;
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    throw /^(?:ENOTFOUND|EAI_)/u.test(code)
      ? new CommandFault(
          `This machine finds no address for ${url.hostname} (${code}).`,
          'Enter the name into DNS or the hosts file; the tool needs it there too.',
        )
      : new CommandFault(
          `Nobody answers on ${gateway.url} (${code}).`,
          `Check that ${url.hostname} leads to the gateway.`,
        );
  }
}

function headersOf({ key }: FoundGateway, body: unknown): Readonly<Record<string, string>> {
  return {
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
}

function tlsQuestion(gateway: FoundGateway, url: URL, body: unknown): TlsQuestion {
  const sent = body === undefined ? undefined : JSON.stringify(body);
  return {
    url,
    method: sent === undefined ? 'GET' : 'POST',
    headers: {
      ...headersOf(gateway, body),
      ...(sent === undefined ? {} : { 'content-length': String(Buffer.byteLength(sent)) }),
    },
    body: sent,
    certificatePem: gateway.certificatePem,
    timeoutMs: ANSWER_MS,
  };
}

/** @throws CommandFault */
export function notRunning({ url }: FoundGateway): CommandFault {
  const fix = isLoopbackHost(new URL(url).hostname)
    ? 'Start it: forcegate start, or in the background: forcegate start --daemon.'
    : 'Check the address and whether it runs there.';
  return new CommandFault(`Nobody answers on ${url}.`, fix);
}
