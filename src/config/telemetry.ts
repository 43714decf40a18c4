// Where traces and metrics go: from the file, else from the variables that every OpenTelemetry program reads. The file
// wins, as with the proxies: those variables speak to the whole machine and the file to us.

import { Secret } from '../core/platform/index.ts';
import type { OtlpTarget } from '../telemetry/index.ts';
import type { Environment } from './environment.ts';
import type { Problems } from './problems.ts';
import type { ConfigFile } from './schema.ts';

const EXAMPLE = 'http://localhost:4318';
const SERVICE_NAME = 'forcegate';
const HEADERS_EXAMPLE = 'api-key=SECRET';
const PAIRS_MAX = 64;
const SAMPLERS: Readonly<Record<string, { readonly parentBased: boolean; readonly ratio?: number }>> = {
  always_on: { parentBased: false, ratio: 1 },
  always_off: { parentBased: false, ratio: 0 },
  traceidratio: { parentBased: false },
  parentbased_always_on: { parentBased: true, ratio: 1 },
  parentbased_always_off: { parentBased: true, ratio: 0 },
  parentbased_traceidratio: { parentBased: true },
};

/** Undefined where nothing shall be exported. */
export function resolveTelemetry(
  file: ConfigFile,
  environment: Environment,
  problems: Problems,
): OtlpTarget | undefined {
  const { telemetry } = file;
  const endpoint = readEndpoint(telemetry.otlp_endpoint, environment, problems);
  if (endpoint === undefined || isDisabled(environment)) return undefined;
  const attributes = readPairs(environment['OTEL_RESOURCE_ATTRIBUTES']);
  if (attributes === undefined)
    problems.warn(
      'key',
      'OTEL_RESOURCE_ATTRIBUTES is not of the form name=value,name=value, and is left out.',
    );
  const { 'service.name': named, ...resourceAttributes } = Object.fromEntries(attributes ?? []);
  warnOfProtocol(environment, problems);
  return {
    tracesUrl: `${endpoint}/v1/traces`,
    metricsUrl: `${endpoint}/v1/metrics`,
    headers: readHeaders(telemetry.otlp_headers, environment, problems),
    serviceName: telemetry.service_name ?? given(environment['OTEL_SERVICE_NAME']) ?? named ?? SERVICE_NAME,
    resourceAttributes,
    sampling: readSampling(telemetry.sample_ratio, environment, problems),
  };
}

function given(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === '' ? undefined : trimmed;
}

function isDisabled(environment: Environment): boolean {
  return given(environment['OTEL_SDK_DISABLED'])?.toLowerCase() === 'true';
}

/** Without a slash at its end. */
function readEndpoint(
  inFile: string | undefined,
  environment: Environment,
  problems: Problems,
): string | undefined {
  const key = 'telemetry.otlp_endpoint';
  const variable = 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const text = given(inFile ?? environment[variable]);
  if (text === undefined) return undefined;
  if (inFile === undefined) {
    // Whoever switched it off need not mend the rest.
    if (isDisabled(environment)) return undefined;
    problems.setOrigin(key, { type: 'environment', variable });
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    problems.add(key, 'is not an http or https address.', problems.howToSet(key, EXAMPLE));
    return undefined;
  }
  if (url.username !== '' || url.password !== '') {
    problems.add(key, 'carries a user or password.', 'Put it into "telemetry.otlp_headers".');
    return undefined;
  }
  if (url.search !== '' || url.hash !== '') {
    problems.add(key, 'has a query or a fragment.', 'Write the address only, up to the path.');
    return undefined;
  }
  return `${url.origin}${url.pathname.replace(/\/+$/u, '')}`;
}

function readHeaders(
  inFile: string | undefined,
  environment: Environment,
  problems: Problems,
): OtlpTarget['headers'] {
  const variable = 'OTEL_EXPORTER_OTLP_HEADERS';
  const ours = 'telemetry.otlp_headers';
  const found = new Map<string, string>();
  for (const [key, text] of [
    [variable, environment[variable]],
    [ours, inFile],
  ] as const) {
    const pairs = readPairs(text);
    if (pairs === undefined || pairs.some(([name, value]) => !isHeader(name, value)))
      problems.add(key, 'is not of the form name=value,name=value.', problems.howToSet(key, HEADERS_EXAMPLE));
    else for (const [name, value] of pairs) found.set(name.toLowerCase(), value);
  }
  return [...found].map(([name, value]) => [name, new Secret(value)] as const);
}

function isHeader(name: string, value: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/u.test(name) && /^[\x20-\x7e]*$/u.test(value);
}

/** As baggage is written; undefined where it is not of that form. */
function readPairs(text: string | undefined): readonly (readonly [string, string])[] | undefined {
  const parts = (text ?? '').split(',').filter((part) => part.trim() !== '');
  if (parts.length > PAIRS_MAX) return undefined;
  const pairs: [string, string][] = [];
  for (const part of parts) {
    const mark = part.indexOf('=');
    const name = part.slice(0, mark).trim();
    if (mark === -1 || name === '') return undefined;
    try {
      pairs.push([name, decodeURIComponent(part.slice(mark + 1).trim())]);
    } catch {
      return undefined;
    }
  }
  return pairs;
}

function readSampling(
  inFile: number | undefined,
  environment: Environment,
  problems: Problems,
): OtlpTarget['sampling'] {
  if (inFile !== undefined) return { parentBased: true, ratio: inFile };
  const variable = 'OTEL_TRACES_SAMPLER';
  const name = given(environment[variable])?.toLowerCase();
  if (name === undefined) return { parentBased: true, ratio: 1 };
  const sampler = Object.hasOwn(SAMPLERS, name) ? SAMPLERS[name] : undefined;
  if (sampler === undefined) {
    problems.warn(
      'key',
      `${variable} names none of ${Object.keys(SAMPLERS).join(', ')}: every request is traced.`,
    );
    return { parentBased: true, ratio: 1 };
  }
  return { parentBased: sampler.parentBased, ratio: sampler.ratio ?? readRatio(environment, problems) };
}

function readRatio(environment: Environment, problems: Problems): number {
  const variable = 'OTEL_TRACES_SAMPLER_ARG';
  const text = given(environment[variable]);
  if (text === undefined) return 1;
  const ratio = Number(text);
  if (ratio >= 0 && ratio <= 1) return ratio;
  problems.warn('key', `${variable} is not a number from 0 to 1: every request is traced.`);
  return 1;
}

/** The collector's port for the other protocol would answer nothing that is understood. */
function warnOfProtocol(environment: Environment, problems: Problems): void {
  const variable = 'OTEL_EXPORTER_OTLP_PROTOCOL';
  if (given(environment[variable])?.toLowerCase() !== 'grpc') return;
  problems.warn(
    'key',
    `${variable} is grpc, but Forcegate sends JSON over HTTP: the endpoint must be the HTTP one (usually port 4318).`,
  );
}
