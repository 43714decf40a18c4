// Where every request arrives: it gets its id and its way out, is judged by its headers, has its body read, and is handed
// to the pipeline exactly once, to be served or to be refused.

import type { IncomingMessage, ServerResponse } from 'node:http';

import { GatewayError } from '../core/errors/index.ts';
import type { Dialect } from '../dialects/port.ts';
import { BodyBudget } from './body-budget.ts';
import { readBody, type BodyParts } from './body.ts';
import { ResponseOut, type ClientOutOptions } from './client-out.ts';
import type { Connections } from './connections.ts';
import { TAKEN_CODINGS } from './content-coding.ts';
import { crossOriginHeaders, preflightHeaders } from './cross-origin.ts';
import { HttpExchange, type AskedRequest } from './exchange.ts';
import {
  checkBodyHeaders,
  checkHost,
  checkOrigin,
  checkRoom,
  createOriginList,
  identifyCaller,
  overloaded,
  shuttingDown,
} from './gate.ts';
import { createHostList, type HostList } from './host-list.ts';
import type { ServerDependencies, ServerOptions } from './options.ts';
import { requestIdOf } from './request-id.ts';
import { chooseCandidate, type RouteTable, type TableRoute } from './route-table.ts';
import { checkClientCertificate } from './tls-listener.ts';
import { UnderWay } from './under-way.ts';

const NO_BODY = new Uint8Array(0);
const CODINGS = ['accept-encoding', TAKEN_CODINGS] as const;
const CHALLENGE = ['www-authenticate', 'Bearer'] as const;

export class Reception {
  readonly #options: ServerOptions;
  readonly #deps: ServerDependencies;
  readonly #table: RouteTable;
  readonly #connections: Connections;
  readonly #hosts: HostList;
  readonly #origins: ReadonlySet<string>;
  readonly #outOptions: ClientOutOptions;
  #closing = false;
  /** Under way, those still sending their body included. */
  readonly #underWay = new UnderWay<HttpExchange>();
  readonly #bodies: BodyBudget;
  readonly #bodyParts: BodyParts;
  #exchangesTotal = 0;
  #whenQuiet: (() => void) | undefined;

  constructor(options: ServerOptions, deps: ServerDependencies, table: RouteTable, connections: Connections) {
    this.#options = options;
    this.#deps = deps;
    this.#table = table;
    this.#connections = connections;
    this.#hosts = createHostList(options.host, options.allowedHosts);
    this.#origins = createOriginList(options.allowedOrigins);
    this.#bodies = new BodyBudget(options.bodiesBytesMax);
    this.#bodyParts = { limits: options, timers: deps.timers, budget: this.#bodies };
    this.#outOptions = {
      demo: options.demo,
      outBufferBytesMax: options.outBufferBytesMax,
      clientStallMs: options.clientStallMs,
      clientBehindMs: options.clientBehindMs,
      timers: deps.timers,
      isClosing: () => this.#closing,
      onStream: (socket) => connections.noteStream(socket),
    };
  }

  get exchanges(): number {
    return this.#underWay.size;
  }

  get exchangesTotal(): number {
    return this.#exchangesTotal;
  }

  /** Of request bodies, while their requests are under way. */
  get bodyBytesHeld(): number {
    return this.#bodies.heldBytes;
  }

  get closing(): boolean {
    return this.#closing;
  }

  /** From now on requests are refused; calls back once none is under way. */
  beginClosing(whenQuiet: () => void): void {
    this.#closing = true;
    this.#whenQuiet = whenQuiet;
    this.#noticeQuiet();
  }

  /** Ends every request under way, each in its own dialect's words. */
  endAll(reason: () => GatewayError): void {
    for (const exchange of this.#underWay.all()) exchange.abort(reason());
  }

  /** A request for a route of the dialects. */
  receive(route: TableRoute, rest: string, request: IncomingMessage, response: ServerResponse): void {
    const candidate = chooseCandidate(route.candidates, request.headers);
    if (candidate === undefined || (rest === '' && route.path.endsWith('*'))) {
      this.receiveUnknown(request, response);
      return;
    }
    const exchange = this.arrive(candidate.dialect, route.path, rest, request, response);
    const hasBody = route.method === 'POST' && candidate.route.takesBody !== false;
    const error = this.#judge(exchange, request, hasBody);
    if (error !== undefined) this.refuse(exchange, error);
    else if (hasBody) this.#readAndRun(exchange, request, response);
    else this.#run(exchange);
  }

  /** A request no route serves: a preflight, a wrong method or an unknown path. */
  receiveUnknown(request: IncomingMessage, response: ServerResponse): void {
    const path = pathOf(request.url ?? '/');
    const methods = this.#table.methodsOf(path);
    const spoken = this.#deps.fallbackDialect(request.headers);
    const unserved = methods.length === 0 ? this.#table.unservedAt(path, spoken) : undefined;
    // Whose path it is, if anyone's: what is wrong is then told in its words.
    const owner = unserved?.dialect ?? this.#table.ownerOf(path, request.headers);
    const exchange = this.arrive(owner ?? spoken, '', '', request, response);
    const error = this.judgeOrigin(request);
    if (error !== undefined) {
      this.refuse(exchange, error);
      return;
    }
    if (methods.length === 0) {
      const hint = this.#table.hintFor(path);
      const message = unserved?.message ?? `There is no such route.${hint === undefined ? '' : ` ${hint}`}`;
      this.refuse(exchange, new GatewayError('route_not_found', message));
      return;
    }
    const allowed = [...methods, 'OPTIONS'].join(', ');
    exchange.out.addHeaders(['allow', allowed]);
    if (request.method === 'OPTIONS') {
      if (crossOriginHeaders(request.headers, this.#origins) !== undefined)
        exchange.out.addHeaders(preflightHeaders(request.headers, allowed));
      exchange.out.answer({ status: 204, headers: {}, body: '' });
      return;
    }
    this.refuse(exchange, new GatewayError('method_not_allowed', `This route serves ${allowed}.`));
  }

  /** A request whose path the router could not read. */
  receiveUnreadablePath(request: IncomingMessage, response: ServerResponse, message: string): void {
    const exchange = this.arriveUnrouted(request, response);
    this.refuse(exchange, this.judgeOrigin(request) ?? new GatewayError('invalid_request', message));
  }

  arriveUnrouted(request: IncomingMessage, response: ServerResponse): HttpExchange {
    return this.arrive(this.#deps.fallbackDialect(request.headers), '', '', request, response);
  }

  arrive(
    dialect: Dialect,
    route: string,
    rest: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): HttpExchange {
    const { headers } = request;
    const requestId = requestIdOf(headers['x-request-id'], this.#deps.random);
    const out = new ResponseOut(request, response, requestId, this.#outOptions);
    const crossOrigin = headers.origin === undefined ? undefined : crossOriginHeaders(headers, this.#origins);
    if (crossOrigin !== undefined) out.addHeaders(crossOrigin);
    const asked: AskedRequest = {
      method: request.method ?? '',
      route,
      rest,
      query: queryOf(request.url ?? ''),
      headers,
      body: NO_BODY,
    };
    const exchange = new HttpExchange(requestId, dialect, asked, out, this.#deps.clock.monotonicMs());
    this.#connections.track(request, response, exchange);
    return exchange;
  }

  /** Whether the request may come from where it comes from. */
  judgeOrigin(request: IncomingMessage): GatewayError | undefined {
    const { headers } = request;
    const certificate =
      this.#options.tls?.clientCaPem === undefined ? undefined : checkClientCertificate(request);
    return certificate ?? checkHost(headers.host, this.#hosts) ?? checkOrigin(headers, this.#origins);
  }

  #judge(exchange: HttpExchange, request: IncomingMessage, hasBody: boolean): GatewayError | undefined {
    const origin = this.judgeOrigin(request);
    if (origin !== undefined) return origin;
    const identity = identifyCaller(request.headers, this.#deps.identify);
    if (identity.type === 'refused') {
      exchange.out.addHeaders(CHALLENGE);
      return withHint(identity.error, exchange.dialect.hintForKey?.(request.headers));
    }
    if (identity.type === 'known') exchange.caller = identity.caller;
    if (this.#closing) return shuttingDown();
    const body = hasBody ? checkBodyHeaders(request.headers, this.#options.bodyBytesMax) : undefined;
    if (body !== undefined) {
      if (body.param === 'content-encoding') exchange.out.addHeaders(CODINGS);
      return body;
    }
    if (this.#underWay.size >= this.#options.exchangesMax)
      return overloaded('The gateway has as many requests under way as it takes (requests_max).');
    return hasBody ? checkRoom(request.headers, this.#bodies) : undefined;
  }

  #readAndRun(exchange: HttpExchange, request: IncomingMessage, response: ServerResponse): void {
    this.#underWay.add(exchange);
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
    exchange.cancelReading = readBody(request, this.#bodyParts, (body, error) => {
      exchange.cancelReading = undefined;
      if (error === undefined) {
        exchange.request.body = body;
        this.#run(exchange);
        return;
      }
      this.refuse(exchange, error);
      this.#finish(exchange);
    });
  }

  #run(exchange: HttpExchange): void {
    this.#underWay.add(exchange);
    this.#exchangesTotal += 1;
    const finish = (): void => {
      // Swallowed where the pipeline has ended what it began, as it always should.
      exchange.out.end();
      this.#finish(exchange);
    };
    // The port says it never rejects; if it did, the client is answered all the same.
    this.#deps.pipeline.run(exchange).then(finish, finish);
  }

  #finish(exchange: HttpExchange): void {
    this.#underWay.delete(exchange);
    const { request } = exchange;
    this.#bodies.give(request.body.length);
    request.body = NO_BODY;
    this.#noticeQuiet();
  }

  refuse(exchange: HttpExchange, error: GatewayError): void {
    this.#exchangesTotal += 1;
    try {
      this.#deps.pipeline.refuse(exchange, error);
    } catch {
      // As above: whatever failed there, the client is answered.
    }
    exchange.out.end();
  }

  #noticeQuiet(): void {
    if (this.#whenQuiet === undefined || this.#underWay.size > 0) return;
    const tell = this.#whenQuiet;
    this.#whenQuiet = undefined;
    tell();
  }
}

function withHint(error: GatewayError, hint: string | undefined): GatewayError {
  return hint === undefined ? error : new GatewayError(error.code, `${error.message} ${hint}`);
}

function pathOf(url: string): string {
  const mark = url.search(/[?#]/);
  return mark === -1 ? url : url.slice(0, mark);
}

function queryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? '' : url.slice(mark + 1);
}
