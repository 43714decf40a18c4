// The login host: OAuth (1.2-1.6), the key set, the side door of developer tools (1.7), and the one page of core REST
// that lists models (6.2). Paths of the model host are unknown here.
import { configuredModels, coreError } from './configured-models.ts';
import type { Exchange } from './exchange.ts';
import { edgeNotFound } from './failures.ts';
import type { LoginError } from './login-errors.ts';
import { invalidRequest, loginErrors, wrongClientId, wrongGrantType, wrongSecret } from './login-errors.ts';
import { bearerOf } from './model-host.ts';
import { play, playWhole } from './play.ts';
import type { Manner, Staged } from './surfaces/surface.ts';
import type { World } from './world.ts';

const tokenPath = '/services/oauth2/token';
const ideFeatures = new Set(['VibesService', 'EinsteinGptForDevelopers']);

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Staged => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  frames: [{ kind: 'content', bytes: JSON.stringify(body) }],
});

const htmlPage: Staged = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=UTF-8' },
  frames: [
    { kind: 'content', bytes: '<!DOCTYPE html><html><head><title>Login</title></head><body></body></html>' },
  ],
};

const tokenHeaders = (world: World): Record<string, string> => ({
  'content-type': world.org.tokenReplyCharset ? 'application/json;charset=UTF-8' : 'application/json',
  'cache-control': 'no-cache, no-store',
});

function loginError(world: World, { error, description, transientStatus }: LoginError): Staged {
  const transient = transientStatus !== undefined && world.org.transientLoginStatus === 'by-kind';
  const permanent = transientStatus === undefined ? world.org.tokenErrorStatus : 400;
  return json(
    transient ? transientStatus : permanent,
    { error, error_description: description },
    tokenHeaders(world),
  );
}

type Credentials = { readonly id: string | null; readonly secret: string | null };

/** Credentials from the body, or from a Basic header ([I H]). */
function credentialsOf(exchange: Exchange, form: URLSearchParams): Credentials {
  const basic = /^Basic (\S+)$/iu.exec(exchange.header('authorization') ?? '')?.[1];
  if (basic === undefined) return { id: form.get('client_id'), secret: form.get('client_secret') };
  const text = Buffer.from(basic, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1
    ? { id: text, secret: null }
    : { id: text.slice(0, colon), secret: text.slice(colon + 1) };
}

/** The error a login earns by its form, then by its credentials, then by the org's policies. */
function loginFault(world: World, exchange: Exchange): LoginError | undefined {
  if (exchange.method !== 'POST') return invalidRequest('must use HTTP POST');
  if (exchange.header('content-type')?.startsWith('application/x-www-form-urlencoded') !== true) {
    return invalidRequest('the body must be form-encoded');
  }
  const form = new URLSearchParams(exchange.body.toString('utf8'));
  const grantType = form.get('grant_type');
  if (grantType === null) return invalidRequest('missing required parameter: grant_type');
  if (grantType !== 'client_credentials') return wrongGrantType;
  const { id, secret } = credentialsOf(exchange, form);
  if (id === null) return invalidRequest('missing required parameter: client_id');
  if (id !== world.consumerKey) return wrongClientId;
  if (secret === null) return invalidRequest('missing required parameter: client_secret');
  if (secret !== world.consumerSecret) return wrongSecret;
  const { login } = world.org;
  return login === 'ok' || login === 'html-page' ? undefined : loginErrors[login];
}

const tokenManner = (world: World): Manner => ({
  failure: (status) =>
    json(status, { error: 'server_error', error_description: 'unexpected error' }, tokenHeaders(world)),
  garbage: () => '{"access_token": "eyJ',
});

async function answerToken(world: World, exchange: Exchange): Promise<void> {
  if (world.org.login === 'html-page') return playWhole(exchange, htmlPage);
  // A fault that was asked for comes first: a host that is down does not look at credentials.
  const scripted = world.replies.take('token', undefined, exchange.body);
  const wrong = loginFault(world, exchange);
  const expired = scripted?.fault?.type === 'expire-token';
  const staged =
    wrong === undefined
      ? json(200, await mintUnless(world, scripted?.fault?.type, expired), tokenHeaders(world))
      : loginError(world, wrong);
  const fault = expired ? undefined : scripted?.fault;
  await play(exchange, staged, tokenManner(world), false, scripted?.reply, fault);
}

/** A login that fails by an error status, or before it is answered, mints nothing. */
async function mintUnless(world: World, fault: string | undefined, expired: boolean): Promise<unknown> {
  const nothing =
    fault === 'status' || fault === 'reset' || fault === 'error-event' || fault === 'ok-json-error';
  return nothing ? {} : world.tokens.mint(world.org, world.clock.now(), expired);
}

async function answerIde(world: World, exchange: Exchange): Promise<void> {
  const feature = exchange.header('x-feature-id') ?? '';
  const verdict = await world.tokens.check(bearerOf(exchange) ?? '', 'api', world.clock.now(), true);
  if (exchange.method !== 'POST') return playWhole(exchange, coreError(405, 'METHOD_NOT_ALLOWED'));
  if (verdict !== 'good') return playWhole(exchange, coreError(401, 'INVALID_SESSION_ID'));
  if (!ideFeatures.has(feature)) return playWhole(exchange, coreError(400, 'MISSING_FEATURE_ID'));
  await playWhole(exchange, json(200, { jwt: await world.tokens.mintJwt(world.org, world.clock.now()) }));
}

async function answerModels(world: World, exchange: Exchange, rest: string): Promise<void> {
  const verdict = await world.tokens.check(bearerOf(exchange) ?? '', 'api', world.clock.now(), true);
  if (verdict === 'no-scope') return playWhole(exchange, coreError(403, 'INSUFFICIENT_ACCESS'));
  const scripted = world.replies.take('configured-models', undefined, exchange.body);
  const revoked = scripted?.fault?.type === 'expire-token';
  if (revoked) world.tokens.revoke(bearerOf(exchange) ?? '');
  if (verdict !== 'good' || revoked) return playWhole(exchange, coreError(401, 'INVALID_SESSION_ID'));
  const limit = world.org.requestsPerMinute['configured-models'];
  const over = world.limits.count('configured-models', limit, world.clock.now());
  const staged =
    over === undefined
      ? configuredModels(world.org, exchange, rest)
      : coreError(429, 'REQUEST_LIMIT_EXCEEDED');
  const manner: Manner = {
    failure: (status) => coreError(status, status === 429 ? 'REQUEST_LIMIT_EXCEEDED' : 'UNKNOWN_EXCEPTION'),
    garbage: () => '{"configuredModels": [',
  };
  await play(exchange, staged, manner, false, scripted?.reply, scripted?.fault);
}

const modelsPath =
  /^\/services\/data\/v(?<version>\d+)\.\d+\/ssot\/machine-learning\/configured-models(?<rest>\/[^/]+)?$/u;
const oldestVersion = 61;

type Route = { readonly name: string; readonly answer: () => Promise<void> };

function routeOf(world: World, exchange: Exchange): Route {
  const { path } = exchange;
  if (path === tokenPath) return { name: 'token', answer: () => answerToken(world, exchange) };
  if (path === '/id/keys') {
    return { name: 'keys', answer: () => playWhole(exchange, json(200, world.tokens.keySet())) };
  }
  if (path === '/ide/auth') return { name: 'ide-auth', answer: () => answerIde(world, exchange) };
  const groups = modelsPath.exec(path)?.groups;
  if (groups !== undefined && Number(groups['version']) >= oldestVersion) {
    const rest = (groups['rest'] ?? '').slice(1);
    return { name: 'configured-models', answer: () => answerModels(world, exchange, rest) };
  }
  return { name: 'unknown', answer: () => playWhole(exchange, edgeNotFound) };
}

export async function handleLoginHost(world: World, exchange: Exchange): Promise<void> {
  const route = routeOf(world, exchange);
  world.begin(exchange, route.name);
  await exchange.readBody();
  if (world.org.journal) world.journal.hold(exchange.body.length);
  await route.answer();
}
