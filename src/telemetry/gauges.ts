// Numbers that live in the gateway's parts and are read when the metrics are asked for: the token's life, the sockets on
// both sides, what is held in memory.

import { ALERT_NAMES, type AlertName } from './alert-rules.ts';
import type { GaugeReading } from './options.ts';

const TOKEN_COUNTERS = {
  hits: 'Calls for which no mint was begun',
  misses: 'Calls for which a mint was begun',
  coalesced: 'Calls that waited for a mint begun by another',
  mints: 'Logins to Salesforce, also those that failed',
  mintFailures: 'Logins that failed',
  invalidations: 'Tokens that Salesforce rejected',
  fileReads: 'Reads of the token file',
} as const;

const SOCKET_STATES = ['connections', 'running', 'pending'] as const;
type Sockets = Readonly<Record<(typeof SOCKET_STATES)[number], number>>;

/** What is read of the gateway's status. */
type Reading = {
  readonly token: {
    readonly expiresInS: number | undefined;
    readonly statistics: Readonly<Record<keyof typeof TOKEN_COUNTERS, number>>;
  };
  readonly login: Sockets;
  readonly models: Sockets;
  readonly certificateExpiresInS: number | undefined;
  readonly server: { readonly connections: number; readonly bodyBytesHeld: number };
};

export function createGauges(status: () => Reading): readonly GaugeReading[] {
  const tokenCounters = (Object.keys(TOKEN_COUNTERS) as (keyof typeof TOKEN_COUNTERS)[]).map(
    (name): GaugeReading => ({
      name: `forcegate_token_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_total`,
      help: TOKEN_COUNTERS[name],
      type: 'counter',
      read: () => status().token.statistics[name],
    }),
  );
  const sockets = (['login', 'models'] as const).flatMap((host) =>
    SOCKET_STATES.map((state): GaugeReading => ({
      name: 'forcegate_upstream_connections',
      help: 'Sockets to Salesforce, running calls and calls waiting for a socket',
      labels: { host, state },
      read: () => status()[host][state],
    })),
  );
  return [
    ...tokenCounters,
    {
      name: 'forcegate_token_expires_in_seconds',
      help: 'Seconds until the token expires; 0 without a token',
      read: () => status().token.expiresInS ?? 0,
    },
    {
      name: 'forcegate_certificate_expires_in_seconds',
      help: "Seconds until the gateway's own certificate expires; NaN where it has none",
      read: () => status().certificateExpiresInS ?? Number.NaN,
    },
    ...sockets,
    {
      name: 'forcegate_client_connections',
      help: 'Sockets open to clients',
      read: () => status().server.connections,
    },
    {
      name: 'forcegate_request_body_bytes',
      help: 'Bytes held of the bodies of requests under way',
      read: () => status().server.bodyBytesHeld,
    },
  ];
}

export function alertGauges(isFiring: (alert: AlertName) => boolean): readonly GaugeReading[] {
  return ALERT_NAMES.map((alert) => ({
    name: 'forcegate_alert_firing',
    help: 'Whether the alert fires: 1 or 0',
    labels: { alert },
    read: () => (isFiring(alert) ? 1 : 0),
  }));
}
