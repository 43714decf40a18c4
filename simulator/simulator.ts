// A stand-in for a Salesforce org: a login host and a model host on two origins of one process. Built without I/O;
// `open` listens and writes the certificate of its authority, `close` lets go of everything.
import type { Certificates } from './certificates.ts';
import { createCertificates } from './certificates.ts';
import { Connections } from './connections.ts';
import { handleControl, isControl } from './control.ts';
import type { Exchange, Origin } from './exchange.ts';
import { BodyTooLarge, Gone } from './exchange.ts';
import type { Listener } from './listener.ts';
import { openListener } from './listener.ts';
import { handleLoginHost } from './login-host.ts';
import { handleModelHost } from './model-host.ts';
import type { OrgState } from './org.ts';
import { initialOrg } from './org.ts';
import type { Reader } from './reading.ts';
import { Tokens } from './tokens.ts';
import type { Clock } from './world.ts';
import { World } from './world.ts';

export type SimulatorOptions = {
  readonly host?: string;
  /** 0 takes any free port. */
  readonly loginPort?: number;
  readonly modelPort?: number;
  /** Plain HTTP when false; only on loopback. */
  readonly tls?: boolean;
  /** Shows a server certificate whose life has ended. */
  readonly expiredCertificate?: boolean;
  /** Offers h2 beside HTTP/1.1 over TLS. */
  readonly http2?: boolean;
  /** Where the authority's certificate is written; a fresh temporary directory when absent. */
  readonly caDirectory?: string;
  /** Those of an earlier simulator, so that who trusts it trusts this one too; whoever made them removes them. */
  readonly certificates?: Certificates;
  readonly consumerKey?: string;
  readonly consumerSecret?: string;
  readonly org?: Partial<OrgState>;
  readonly clock?: Clock;
  /** What the models read out of their prompts beside what the mind does. */
  readonly reader?: Reader;
};

export type SimulatorAddress = {
  readonly loginUrl: string;
  readonly modelUrl: string;
  readonly caFile: string | undefined;
  readonly consumerKey: string;
  readonly consumerSecret: string;
};

export type Simulator = {
  readonly open: () => Promise<SimulatorAddress>;
  readonly close: () => Promise<void>;
};

const loopbackHosts = new Set(['127.0.0.1', 'localhost', '::1']);
const demoConsumerKey = '3MVG9.SIMULATED.CONSUMER.KEY';
const demoConsumerSecret = 'SIMULATED-CONSUMER-SECRET';

type Opened = {
  readonly world: World;
  readonly listeners: readonly Listener[];
  readonly certificates: Certificates | undefined;
  /** Those it made itself. */
  readonly own: Certificates | undefined;
};

/** One request, whatever comes of it: a fault of the simulator itself must not look like one of the org's. */
async function answer(world: World, exchange: Exchange): Promise<void> {
  try {
    if (isControl(exchange)) await handleControl(world, exchange);
    else if (exchange.origin === 'login') await handleLoginHost(world, exchange);
    else await handleModelHost(world, exchange);
  } catch (error) {
    if (error instanceof Gone || exchange.settled) return;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    try {
      const status = error instanceof BodyTooLarge ? 413 : 500;
      const headers = { 'content-type': 'text/plain', 'x-simulator-fault': 'true', connection: 'close' };
      await exchange.reply(status, headers, error instanceof BodyTooLarge ? error.message : text);
    } catch {
      exchange.reset();
    }
  }
}

async function openOrg(options: SimulatorOptions, org: OrgState): Promise<Opened> {
  const host = options.host ?? '127.0.0.1';
  const tls = options.tls ?? true;
  const connections = new Connections();
  const consumerKey = options.consumerKey ?? demoConsumerKey;
  const own =
    tls && options.certificates === undefined
      ? await createCertificates(host, options.caDirectory, options.expiredCertificate)
      : undefined;
  const certificates = tls ? (options.certificates ?? own) : undefined;
  const listeners: Listener[] = [];
  // The token maker names the addresses in its tokens, so requests wait until both listeners have one.
  const ready = Promise.withResolvers<World>();
  const handle = (exchange: Exchange): void => {
    void ready.promise.then((world) => answer(world, exchange));
  };
  const listen = async (origin: Origin, port: number): Promise<Listener> => {
    const listener = await openListener(
      { origin, host, port, certificates, http2: options.http2 ?? true },
      connections,
      handle,
    );
    listeners.push(listener);
    return listener;
  };
  try {
    const login = await listen('login', options.loginPort ?? 0);
    const model = await listen('model', options.modelPort ?? 0);
    const world = new World({
      org,
      tokens: await Tokens.create({ loginUrl: login.url, modelUrl: model.url }, consumerKey),
      clock: options.clock ?? Date,
      consumerKey,
      consumerSecret: options.consumerSecret ?? demoConsumerSecret,
      connections,
      reader: options.reader,
    });
    ready.resolve(world);
    return { world, listeners, certificates, own };
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    await own?.remove();
    throw error;
  }
}

export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const org = initialOrg(options.org);
  if (options.tls === false && !loopbackHosts.has(options.host ?? '127.0.0.1')) {
    throw new TypeError(`plain HTTP is only served on loopback, not on ${options.host}`);
  }
  let opened: Opened | undefined;
  return {
    open: async () => {
      if (opened !== undefined) throw new Error('the simulator is open already');
      opened = await openOrg(options, org);
      const [login, model] = opened.listeners;
      return {
        loginUrl: login?.url ?? '',
        modelUrl: model?.url ?? '',
        caFile: opened.certificates?.caFile,
        consumerKey: opened.world.consumerKey,
        consumerSecret: opened.world.consumerSecret,
      };
    },
    close: async () => {
      const closing = opened;
      opened = undefined;
      if (closing === undefined) return;
      closing.world.abandonAll();
      await Promise.all(closing.listeners.map((listener) => listener.close()));
      await closing.own?.remove();
    },
  };
}
