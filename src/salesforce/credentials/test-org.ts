// For the tests here: tokens as an org issues them, a login whose answers a test decides, and files in memory.

import type { CancelSignal, FileSystem } from '../../core/platform/index.ts';
import { Secret } from '../../core/platform/index.ts';
import { createSimulatedTime, type SimulatedTime } from '../../../test/simulated-time.ts';
import type { TokenEvent } from './events.ts';
import type { LoginRequest, LoginResponse } from './token-request.ts';
import { createTokenSource, type OpenableTokenSource, type TokenSourceOptions } from './token-source.ts';

export const CANARY = 'canary-consumer-secret/+%';
export const ORIGIN = 'https://acme.my.salesforce.com';
export const TENANT = 'core/prod/00Dxx0000000000EAA';
export const FILE = '/state/token.json';

export type Claims = {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly payload?: Readonly<Record<string, unknown>>;
};

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token as in reference 1.4, unsigned. A claim given as undefined is left out. */
export function jwt(claims: Claims = {}): string {
  const header = {
    tnk: TENANT,
    ver: '1.0',
    tty: 'sfdc-core-token',
    typ: 'JWT',
    alg: 'RS256',
    ...claims.header,
  };
  const payload = { scp: 'sfap_api api', aud: [ORIGIN], iss: ORIGIN, ...claims.payload };
  return `${part(header)}.${part(payload)}.c2lnbmF0dXJl`;
}

export function reply(status: number, body: unknown, headers: LoginResponse['headers'] = {}): LoginResponse {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=UTF-8', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
}

export const refusal = (error: string, description: string): LoginResponse =>
  reply(400, { error, error_description: description });

/** What the login was asked, and how the test answers it. */
export type Asked = {
  readonly request: LoginRequest;
  readonly signal: CancelSignal;
  answer(response: LoginResponse): void;
  fail(error: Error): void;
};

export type TestOrg = {
  readonly time: SimulatedTime;
  readonly tokens: OpenableTokenSource;
  readonly asked: Asked[];
  readonly events: TokenEvent[];
  readonly files: Map<string, { text: string; mode: number }>;
  /** When the drafts beside the file were last changed. */
  readonly drafts: Set<number>;
  /** How each login is answered; undefined leaves it to the test. */
  respond: ((index: number) => LoginResponse | Error) | undefined;
  /** The wall clock jumps, as after a sleep of the machine; timers do not notice. */
  jump(ms: number): void;
  /** What reading the file waits for. */
  reading: Promise<void>;
  /** A good answer with a token of this life, told apart by `name`. */
  grant(name: string, lifeS?: number): LoginResponse;
  /** The name of the token a call got. */
  nameOf(token: { readonly authorization: Secret }): string;
  reads(): number;
};

export const LIFE_S = 1800;

export function createTestOrg(changes: Partial<TokenSourceOptions> = {}): TestOrg {
  const time = createSimulatedTime();
  const asked: Asked[] = [];
  const events: TokenEvent[] = [];
  const files = new Map<string, { text: string; mode: number }>();
  const drafts = new Set<number>();
  let reads = 0;
  let jumpedMs = 0;
  const clock = { ...time.clock, nowMs: () => time.clock.nowMs() + jumpedMs };
  const fileSystem: FileSystem = {
    readText: async (path) => {
      reads += 1;
      await org.reading;
      return files.get(path)?.text;
    },
    writeAtomic: async (path, text, mode) => void files.set(path, { text, mode }),
    mode: async (path) => files.get(path)?.mode,
    removeDrafts: async (_path, beforeMs) => {
      const old = [...drafts].filter((changedMs) => changedMs < beforeMs);
      for (const changedMs of old) drafts.delete(changedMs);
      return old.length;
    },
    isWritable: async () => true,
  };
  const options: TokenSourceOptions = {
    loginOrigin: ORIGIN,
    consumerKey: '3MVG9.key',
    consumerSecret: new Secret(CANARY),
    requiredScopes: ['sfap_api'],
    tokenFile: undefined,
    ...changes,
  };
  const org: TestOrg = {
    time,
    asked,
    events,
    files,
    drafts,
    jump: (ms) => void (jumpedMs += ms),
    reading: Promise.resolve(),
    respond: (index) => org.grant(String(index + 1)),
    grant(name, lifeS = LIFE_S) {
      const iat = Math.floor(clock.nowMs() / 1000);
      return reply(200, {
        access_token: jwt({ payload: { sub: name, iat, exp: iat + lifeS } }),
        token_format: 'jwt',
        scope: 'sfap_api api',
        issued_at: String(clock.nowMs()),
      });
    },
    nameOf({ authorization }) {
      const payload = authorization.reveal().split('.')[1] ?? '';
      const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub: string };
      return sub;
    },
    reads: () => reads,
    tokens: createTokenSource(options, {
      clock,
      timers: time.timers,
      // Half: pauses of exactly 1 s and 2 s.
      random: { uuid: () => 'u', hex: (length) => '0'.repeat(length), fraction: () => 0.5 },
      files: fileSystem,
      observe: (event) => void events.push(event),
      send: (request, signal) => {
        const outcome = Promise.withResolvers<LoginResponse>();
        asked.push({ request, signal, answer: outcome.resolve, fail: outcome.reject });
        const response = org.respond?.(asked.length - 1);
        if (response instanceof Error) outcome.reject(response);
        else if (response !== undefined) outcome.resolve(response);
        return outcome.promise;
      },
    }),
  };
  return org;
}
