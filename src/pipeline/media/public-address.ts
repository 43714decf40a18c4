// Which IP addresses belong to the public internet. Everything else (this machine, the networks around it, clouds'
// metadata, and every IPv6 form that carries an IPv4 address inside) is out of bounds for what a caller names.

import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** From the special-purpose registries (RFC 6890 and successors), as prefix and length. */
const NOT_PUBLIC_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // A public number, but inside one large cloud it is the machine's own agent.
  ['168.63.129.16', 32],
];

/** Inside 2000::/3, the only part of IPv6 that is handed out: loopback, mapped, NAT64, local and multicast lie outside. */
const NOT_PUBLIC_IPV6: readonly (readonly [string, number])[] = [
  // Teredo, ORCHID and other protocol assignments.
  ['2001::', 23],
  ['2001:db8::', 32],
  // 6to4: an IPv4 address in disguise.
  ['2002::', 16],
  ['3fff::', 20],
];

function createList(prefixes: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [prefix, length] of prefixes) list.addSubnet(prefix, length, family);
  return list;
}

const notPublicIpv4 = createList(NOT_PUBLIC_IPV4, 'ipv4');
const notPublicIpv6 = createList(NOT_PUBLIC_IPV6, 'ipv6');
const unicastIpv6 = createList([['2000::', 3]], 'ipv6');

/** False also for what is no IP address. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !notPublicIpv4.check(address, 'ipv4');
  // A zone names a link of this machine.
  if (!isIPv6(address) || address.includes('%')) return false;
  return unicastIpv6.check(address, 'ipv6') && !notPublicIpv6.check(address, 'ipv6');
}
