// The control API under `/__simulator`, on both ports, for tests and for people who try things offline: what to say
// next, the state of the org, what it has seen. Only loopback peers get in, and no web page does.
import type { Exchange } from './exchange.ts';
import { patchOrg } from './org.ts';
import { orgOptions } from './org-options.ts';
import type { World } from './world.ts';

const prefix = '/__simulator';
const idleLimitMs = 10_000;

export const isControl = (exchange: Exchange): boolean =>
  exchange.path === prefix || exchange.path.startsWith(`${prefix}/`);

const isLoopback = (address: string): boolean => /^(?:::ffff:)?127\.|^::1$/u.test(address);

type Reply = { readonly status: number; readonly body: unknown };

const ok = (body: unknown): Reply => ({ status: 200, body });
const refused = (status: number, message: string): Reply => ({ status, body: { error: message } });

function bodyOf(exchange: Exchange): { readonly value: unknown } | Reply {
  try {
    return { value: JSON.parse(exchange.body.toString('utf8')) as unknown };
  } catch {
    return refused(400, '$: the body must be JSON');
  }
}

function postReplies(world: World, exchange: Exchange): Reply {
  const body = bodyOf(exchange);
  if (!('value' in body)) return body;
  const fault = world.replies.add(body.value);
  return fault === undefined ? ok({ waiting: world.replies.unconsumed.length }) : refused(400, fault);
}

function patch(world: World, exchange: Exchange): Reply {
  const body = bodyOf(exchange);
  if (!('value' in body)) return body;
  const result = patchOrg(world.org, body.value);
  if ('refusal' in result) return refused(400, result.refusal);
  world.org = result.state;
  return ok(world.org);
}

type Action = (world: World, exchange: Exchange, query: URLSearchParams) => Reply;

const actions: Readonly<Record<string, Action>> = {
  'POST /replies': postReplies,
  'GET /replies': (world) => ok(world.replies.unconsumed),
  'PATCH /org': patch,
  'GET /org': (world) => ok(world.org),
  'GET /options': () => ok(orgOptions),
  'GET /requests': (world, _exchange, query) => ok(world.journal.show(query.get('surface'))),
  'GET /stats': (world) => ok(world.stats()),
  'DELETE ': (world) => {
    world.reset();
    return ok({ reset: true });
  },
};

/** Answers a control request. `?idle` on a GET first waits until no request of the org is under way. */
export async function handleControl(world: World, exchange: Exchange): Promise<void> {
  await exchange.readBody();
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  const send = ({ status, body }: Reply): Promise<void> =>
    exchange.reply(status, headers, `${JSON.stringify(body)}\n`);
  const host = (exchange.header('host') ?? exchange.header(':authority') ?? '').replace(/:\d+$/u, '');
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(host);
  if (!isLoopback(exchange.remoteAddress) || !local || exchange.header('origin') !== undefined) {
    return send(refused(403, 'the control API answers programs on this machine only'));
  }
  const action = actions[`${exchange.method} ${exchange.path.slice(prefix.length)}`];
  if (action === undefined) {
    return send(refused(404, `no such control: it has ${Object.keys(actions).join(', ')}`));
  }
  const query = new URLSearchParams(exchange.query);
  if (query.has('idle')) await world.idle(idleLimitMs);
  await send(action(world, exchange, query));
}
