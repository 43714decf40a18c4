// The model host: finds the surface a path belongs to, lets in only who carries a good token and the headers, and has
// the surface check, answer and play. Paths of the login host are unknown here.
import { gunzipSync } from 'node:zlib';

import type { Exchange } from './exchange.ts';
import { edgeNotFound, failure, refusal } from './failures.ts';
import { play, playWhole } from './play.ts';
import { classicSurfaces } from './surfaces/classic.ts';
import { gatewayChat } from './surfaces/gateway-chat.ts';
import { gatewayEmbeddings, gatewayFeedback } from './surfaces/gateway-embeddings.ts';
import { gatewayPrompt } from './surfaces/gateway-prompt.ts';
import { invoke } from './surfaces/invoke.ts';
import { responses } from './surfaces/responses.ts';
import type { Context, Staged, Surface } from './surfaces/surface.ts';
import { Refusal } from './surfaces/surface.ts';
import type { World } from './world.ts';

/** Every surface of the host. A new one is a file and a line here. */
const surfaces: readonly Surface[] = [
  ...classicSurfaces,
  gatewayChat,
  gatewayPrompt,
  gatewayEmbeddings,
  gatewayFeedback,
  invoke,
  responses,
];

const unpackedBytesMax = 64 * 1024 * 1024;
const requiredHeaders = ['x-sfdc-app-context', 'x-client-feature-id'];

export function bearerOf(exchange: Exchange): string | undefined {
  const match = /^Bearer (\S+)$/iu.exec(exchange.header('authorization') ?? '');
  return match?.[1];
}

/** The refusal a token earns, or undefined when it is good. */
async function tokenFault(world: World, context: Context, surface: Surface): Promise<Staged | undefined> {
  const { org } = context;
  const token = bearerOf(context.exchange);
  if (token === undefined) return failure(context, surface.group, 401);
  const verdict = await world.tokens.check(token, 'sfap_api', context.nowMs);
  switch (verdict) {
    case 'good':
      return undefined;
    case 'opaque':
      return failure(context, surface.group, org.opaqueTokenStatus);
    case 'unusable':
      return failure(context, surface.group, org.unusableTokenStatus);
    case 'no-scope':
  }
  return failure(context, surface.group, org.missingScopeStatus);
}

function checkHeaders(context: Context, surface: Surface): void {
  const { org, exchange } = context;
  const status = org.missingHeaderStatus;
  const demanded = status === 'ignored' ? [] : [...requiredHeaders];
  if (surface.group === 'gateway' && org.tenantHeaderRequired) demanded.push('x-sfdc-core-tenant-id');
  const missing = demanded.find((name) => (exchange.header(name) ?? '') === '');
  if (missing === undefined) return;
  throw refusal(context, surface.group, status === 'ignored' ? 400 : status, {
    errorCode: 'REQUIRED_FIELD_MISSING',
    message: `Header is required: ${missing}`,
    targets: [{ type: 'HTTP_HEADER', reference: missing }],
  });
}

/** The journal shows what was meant, also where the coding is then refused. */
function unpack(exchange: Exchange): void {
  if (exchange.header('content-encoding') !== 'gzip') return;
  try {
    exchange.body = gunzipSync(exchange.body, { maxOutputLength: unpackedBytesMax });
  } catch {
    // Left as it is, which no surface can read.
  }
}

function checkCoding(context: Context, surface: Surface): void {
  const coding = context.exchange.header('content-encoding');
  if (coding === undefined) return;
  const { gzipRequests } = context.org;
  if (coding !== 'gzip') throw refusal(context, surface.group, 415);
  if (gzipRequests !== 'taken') throw refusal(context, surface.group, gzipRequests);
}

function checkAdmission(world: World, context: Context, surface: Surface): void {
  checkCoding(context, surface);
  checkHeaders(context, surface);
  const { org, nowMs } = context;
  if (!org.entitled[surface.group]) throw refusal(context, surface.group, org.notEntitledStatus);
  const limit = org.requestsPerMinute[surface.name];
  const rateLimit = world.limits.count(surface.name, limit, nowMs);
  if (rateLimit !== undefined) throw refusal(context, surface.group, 429, { rateLimit });
}

async function serve(
  world: World,
  context: Context,
  surface: Surface,
  parameters: Record<string, string>,
): Promise<void> {
  const { exchange } = context;
  if (exchange.method !== 'POST') throw refusal(context, surface.group, 405);
  const tokenRefusal = await tokenFault(world, context, surface);
  if (tokenRefusal !== undefined) throw new Refusal(tokenRefusal);
  checkAdmission(world, context, surface);
  const prepared = surface.prepare(context, parameters);
  const scripted = world.replies.take(surface.name, prepared.model, exchange.body);
  if (scripted?.fault?.type === 'expire-token') {
    world.tokens.revoke(bearerOf(exchange) ?? '');
    throw refusal(context, surface.group, context.org.unusableTokenStatus);
  }
  if (scripted?.fault?.type === 'empty-stream' && context.org.emptyStream === 'no-content') {
    const wordless = prepared.produce({ text: '', toolCalls: [], usage: { input: 0, output: 0 } });
    return play(exchange, wordless, surface.manner(context), prepared.streaming, scripted.reply, undefined);
  }
  const staged = prepared.produce(scripted?.reply);
  await play(exchange, staged, surface.manner(context), prepared.streaming, scripted?.reply, scripted?.fault);
}

export async function handleModelHost(world: World, exchange: Exchange): Promise<void> {
  let parameters: Readonly<Record<string, string>> | undefined;
  const surface = surfaces.find((candidate) => {
    parameters = candidate.match(exchange.path);
    return parameters !== undefined;
  });
  world.begin(exchange, surface?.name ?? 'unknown');
  await exchange.readBody();
  unpack(exchange);
  if (world.org.journal) world.journal.hold(exchange.body.length);
  if (surface === undefined) return playWhole(exchange, edgeNotFound);
  const context: Context = {
    org: world.org,
    exchange,
    nowMs: world.clock.now(),
    nextId: world.nextId,
    reader: world.reader,
  };
  try {
    await serve(world, context, surface, { ...parameters });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await playWhole(exchange, error.staged);
  }
}
