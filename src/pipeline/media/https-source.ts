// Fetches what a caller named by its address, on the caller's terms but inside our walls: https only, every address of the
// host public, and the socket goes to one of the very addresses that were judged, so that no second look-up can answer
// otherwise. Each redirect is judged anew. Never through a proxy, which would look up the host itself.

import { request as httpsRequest } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';

import { GatewayError } from '../../core/errors/index.ts';
import { CancelSource, type CancelSignal, type Timers } from '../../core/platform/index.ts';
import type { ByteBudget, MediaOptions, MediaSource } from './port.ts';
import { isPublicAddress } from './public-address.ts';

const HEADER_BYTES_MAX = 16 * 1024;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export type SocketTarget = {
  /** For the certificate; an IP address where the caller wrote one. */
  readonly host: string;
  readonly port: number;
  /** The only ones that may be connected to. Never empty. */
  readonly addresses: readonly string[];
};

/** The network as an argument. */
export type MediaNetwork = {
  /** Rejects for a name that has no address. */
  resolve(host: string): Promise<readonly string[]>;
  /** Begins a verified TLS connection to one of the target's addresses. */
  connect(target: SocketTarget): Duplex;
};

export type HttpsSourceOptions = Pick<MediaOptions, 'timeoutMs' | 'redirectsMax'> & {
  readonly userAgent: string;
};

export function createHttpsSource(
  options: HttpsSourceOptions,
  deps: { readonly network: MediaNetwork; readonly timers: Timers },
): MediaSource {
  async function follow(start: URL, budget: ByteBudget, signal: CancelSignal): Promise<Uint8Array> {
    let url = start;
    for (let redirects = 0; ; redirects += 1) {
      assertFetchable(url);
      const addresses = await publicAddresses(url, signal);
      const got = await get(url, addresses, budget, signal);
      if (got instanceof Uint8Array) return got;
      if (redirects === options.redirectsMax) {
        throw new Refusal(`redirects more than ${options.redirectsMax} times (media.redirects_max)`);
      }
      url = expectUrl(got.location, url);
    }
  }

  async function publicAddresses(url: URL, signal: CancelSignal): Promise<readonly string[]> {
    const host = hostOf(url);
    const addresses = isIP(host) === 0 ? await orAborted(lookUp(host), signal) : [host];
    if (addresses.length > 0 && addresses.every(isPublicAddress)) return addresses;
    // The same words for a name that does not exist: which names our own network knows is nobody's business.
    throw new Refusal(NO_PUBLIC_ADDRESS, `${host} has ${addresses.length} addresses, not all public`);
  }

  async function lookUp(host: string): Promise<readonly string[]> {
    try {
      return await deps.network.resolve(host);
    } catch (thrown) {
      throw new Refusal(NO_PUBLIC_ADDRESS, `looking up ${host}: ${codeOf(thrown)}`);
    }
  }

  function get(
    url: URL,
    addresses: readonly string[],
    budget: ByteBudget,
    signal: CancelSignal,
  ): Promise<Uint8Array | { readonly location: string }> {
    return new Promise((resolve, reject) => {
      const host = hostOf(url);
      const port = url.port === '' ? 443 : Number(url.port);
      const sent = httpsRequest({
        method: 'GET',
        host,
        port,
        path: `${url.pathname}${url.search}`,
        headers: {
          host: url.host,
          accept: 'image/png, image/jpeg, image/gif, image/webp, application/pdf',
          'accept-encoding': 'identity',
          'user-agent': options.userAgent,
          connection: 'close',
        },
        maxHeaderSize: HEADER_BYTES_MAX,
        createConnection: () => deps.network.connect({ host, port, addresses }),
      });
      const fail = (thrown: unknown): void => {
        reject(thrown instanceof Error ? thrown : new Error('the request failed', { cause: thrown }));
        sent.destroy();
      };
      sent.once('response', (response) => {
        try {
          const location = redirectOf(response);
          if (location === undefined) receive(response, budget, resolve, fail);
          else {
            resolve({ location });
            sent.destroy();
          }
        } catch (thrown) {
          fail(thrown);
        }
      });
      // Stays until the socket is gone: an error after the outcome is nobody's, but unheard it would end the process.
      sent.on('error', fail);
      sent.once(
        'close',
        signal.onAbort(() => sent.destroy(new Error('aborted'))),
      );
      sent.end();
    });
  }

  return {
    async load(url, budget, signal) {
      if (signal.aborted) throw signal.reason;
      const bounded = new CancelSource();
      const stay = bounded.follow(signal);
      const timer = deps.timers.after(options.timeoutMs, () =>
        bounded.abort(
          new Refusal(`did not come within ${options.timeoutMs / 1000} s (media.timeout_seconds)`),
        ),
      );
      try {
        return await follow(url, budget, bounded);
      } catch (thrown) {
        throw toError(bounded.aborted ? bounded.reason : thrown, url);
      } finally {
        timer.cancel();
        stay();
      }
    },
  };
}

const NO_PUBLIC_ADDRESS = 'has no public internet address';

/** Why a file cannot be had, as the rest of a sentence about it. */
class Refusal extends Error {
  readonly detail: string | undefined;

  constructor(message: string, detail?: string) {
    super(message);
    this.detail = detail;
  }
}

function toError(thrown: unknown, url: URL): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  // The path and the query may hold a signature, so only the origin is told.
  const subject = `A file of the request cannot be fetched: ${url.origin}`;
  if (thrown instanceof Refusal) {
    return new GatewayError('invalid_request', `${subject} ${thrown.message}.`, { detail: thrown.detail });
  }
  return new GatewayError('invalid_request', `${subject} could not be reached.`, { detail: codeOf(thrown) });
}

function codeOf(thrown: unknown): string {
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return thrown instanceof Error ? thrown.name : 'unknown';
}

function assertFetchable(url: URL): void {
  if (url.protocol !== 'https:') throw new Refusal('is not, or does not stay, an https address');
  if (url.username !== '' || url.password !== '') throw new Refusal('holds a user name or password');
}

/** An IPv6 address stands in brackets in a URL. */
function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

function expectUrl(location: string, from: URL): URL {
  if (!URL.canParse(location, from.href)) throw new Refusal('redirects to what is no address');
  return new URL(location, from.href);
}

function redirectOf(response: IncomingMessage): string | undefined {
  return REDIRECTS.has(response.statusCode ?? 0) ? (response.headers.location ?? '') : undefined;
}

/** Settles with the bytes of a 200, within the budget. */
function receive(
  response: IncomingMessage,
  budget: ByteBudget,
  resolve: (bytes: Uint8Array) => void,
  reject: (thrown: unknown) => void,
): void {
  if (response.statusCode !== 200) throw new Refusal(`answered with HTTP ${response.statusCode}`);
  const coding = response.headers['content-encoding'];
  // Not asked for, and a small archive can hold any number of bytes.
  if (coding !== undefined && coding !== 'identity') throw new Refusal('sent it compressed');
  const tooLarge = new Refusal(
    `sent more than the ${budget.bytesMax} bytes that the files of a request may have together (media.bytes_max)`,
  );
  if (Number(response.headers['content-length'] ?? 0) > budget.bytesMax) throw tooLarge;
  const chunks: Uint8Array[] = [];
  response.on('data', (chunk: Uint8Array) => {
    if (budget.spend(chunk.length)) chunks.push(chunk);
    else reject(tooLarge);
  });
  response.once('end', () => {
    if (response.complete) resolve(Buffer.concat(chunks));
    else reject(new Refusal('broke off in the middle'));
  });
  response.once('error', reject);
}

/** A look-up cannot be ended, but nobody need wait for it. */
function orAborted<T>(work: Promise<T>, signal: CancelSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stay = signal.onAbort(() => reject(new Error('aborted')));
    work.then(resolve, reject).finally(stay);
  });
}
