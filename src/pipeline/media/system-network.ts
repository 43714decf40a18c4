// The network under the fetching of media: the system's resolver, and TLS to addresses that were already judged.

import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { connect, type SecureContext } from 'node:tls';

import type { MediaNetwork } from './https-source.ts';

/** `trust` is asked at the first connection: reading the authorities is costly, and most gateways never fetch. */
export function createSystemNetwork(trust: { context(): SecureContext }): MediaNetwork {
  return {
    async resolve(host) {
      const found = await lookup(host, { all: true });
      return found.map(({ address }) => address);
    },
    connect: ({ host, port, addresses }) =>
      connect({
        host,
        port,
        // In place of a second look-up, which could answer otherwise than the one that was judged.
        lookup: answering(addresses),
        // A certificate for an address is checked against the address itself; it has no name to announce.
        ...(isIP(host) === 0 ? { servername: host } : {}),
        secureContext: trust.context(),
        // Not left to the default, which NODE_TLS_REJECT_UNAUTHORIZED=0 changes.
        rejectUnauthorized: true,
        ALPNProtocols: ['http/1.1'],
      }),
  };
}

/** A look-up that only knows these addresses. */
export function answering(addresses: readonly string[]): LookupFunction {
  const known = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    const [first] = known;
    if (first === undefined) callback(new Error('no address to connect to'), '');
    else if (options.all === true) callback(null, known);
    else callback(null, first.address, first.family);
  };
}
