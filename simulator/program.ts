// The simulator as a program of its own: flags in, addresses and a copy-paste example out, a clean end on a signal.
import { parseArgs } from 'node:util';

import type { SimulatorAddress, SimulatorOptions } from './simulator.ts';
import { createSimulator } from './simulator.ts';

const help = `Usage: forcegate simulate [options]   (or: node simulator/main.ts [options])

A stand-in for a Salesforce org: a login host and a model host on this machine.

  --host HOST                 address to listen on (127.0.0.1)
  --login-port PORT           port of the login host (any free one)
  --model-port PORT           port of the model host (any free one)
  --plain-http                no TLS; loopback only, for load tests
  --no-http2                  HTTP/1.1 only
  --expired-certificate       show a server certificate whose life has ended
  --ca-directory DIRECTORY    where to write ca.pem (a fresh temporary directory)
  --consumer-key KEY          consumer key the org accepts
  --consumer-secret SECRET    consumer secret the org accepts
  --token-lifetime SECONDS    life of its tokens (1800)
  --no-journal                keep no journal of requests
  --help                      this text

While it runs, PATCH /__simulator/org changes the org, POST /__simulator/replies says what it answers next,
GET /__simulator/requests shows what it was asked, DELETE /__simulator resets. The same paths are on both ports;
docs/simulator.md describes them.
`;

const flags = {
  host: { type: 'string' },
  'login-port': { type: 'string' },
  'model-port': { type: 'string' },
  'plain-http': { type: 'boolean' },
  'no-http2': { type: 'boolean' },
  'expired-certificate': { type: 'boolean' },
  'ca-directory': { type: 'string' },
  'consumer-key': { type: 'string' },
  'consumer-secret': { type: 'string' },
  'token-lifetime': { type: 'string' },
  'no-journal': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

function numberFlag(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text === '' || !Number.isFinite(value) || value < 0) {
    throw new TypeError(`--${name} must be a number, not "${text}"`);
  }
  return value;
}

const present = <T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

/** The options a command line asks for, or the wish to see the help. */
export function simulatorOptionsFrom(args: readonly string[]): SimulatorOptions | 'help' {
  const { values } = parseArgs({ args: [...args], options: flags, strict: true });
  if (values.help === true) return 'help';
  return present({
    host: values.host,
    loginPort: numberFlag('login-port', values['login-port']),
    modelPort: numberFlag('model-port', values['model-port']),
    tls: values['plain-http'] === true ? false : undefined,
    http2: values['no-http2'] === true ? false : undefined,
    expiredCertificate: values['expired-certificate'],
    caDirectory: values['ca-directory'],
    consumerKey: values['consumer-key'],
    consumerSecret: values['consumer-secret'],
    org: present({
      tokenLifetimeSeconds: numberFlag('token-lifetime', values['token-lifetime']),
      journal: values['no-journal'] === true ? false : undefined,
    }),
  });
}

/** What the program prints once it listens. */
export function simulatorBanner(address: SimulatorAddress): string {
  const ca = address.caFile === undefined ? '' : ` --cacert ${address.caFile}`;
  return `A simulated Salesforce org is running. Nothing it says comes from a real model.

  login host       ${address.loginUrl}
  model host       ${address.modelUrl}
  CA certificate   ${address.caFile ?? 'none (plain HTTP)'}
  consumer key     ${address.consumerKey}
  consumer secret  ${address.consumerSecret}

Try it:

  TOKEN=$(curl -s${ca} ${address.loginUrl}/services/oauth2/token \\
    -d grant_type=client_credentials -d client_id=${address.consumerKey} \\
    -d client_secret=${address.consumerSecret} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
  curl -s${ca} ${address.modelUrl}/ai/gpt/v1/chat/generations \\
    -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -H 'x-sfdc-app-context: EinsteinGPT' -H 'x-client-feature-id: ai-platform-models-connected-app' \\
    -d '{"model":"sfdc_ai__DefaultGPT54","generation_settings":{},"messages":[{"role":"user","content":"Hello"}]}'
`;
}

function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!('code' in error) || error.code !== 'EADDRINUSE') return error.message;
  const port = 'port' in error ? String(error.port) : 'asked for';
  return `port ${port} is taken. Stop what listens there, or choose others with --login-port and --model-port.`;
}

type Output = { readonly write: (text: string) => unknown };

/** Runs until SIGINT or SIGTERM; resolves with the exit code. */
export async function runSimulator(args: readonly string[], out: Output, errors: Output): Promise<number> {
  let options: SimulatorOptions | 'help';
  try {
    options = simulatorOptionsFrom(args);
  } catch (error) {
    errors.write(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return 2;
  }
  if (options === 'help') {
    out.write(help);
    return 0;
  }
  try {
    const simulator = createSimulator(options);
    const address = await simulator.open();
    const stopped = Promise.withResolvers<void>();
    // Kept while closing too: one Ctrl+C often arrives twice, and the second must not cut the clean-up short.
    process.on('SIGINT', stopped.resolve);
    process.on('SIGTERM', stopped.resolve);
    out.write(simulatorBanner(address));
    await stopped.promise;
    await simulator.close();
    process.off('SIGINT', stopped.resolve);
    process.off('SIGTERM', stopped.resolve);
    return 0;
  } catch (error) {
    errors.write(`The simulator could not run: ${faultOf(error)}\n`);
    return 1;
  }
}
