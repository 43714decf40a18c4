// Which names a client may call this gateway by. A page that rebinds its own DNS name to this address still sends that
// name as `Host`, so a name that is not on the list is refused. IP addresses cannot be rebound, so a wildcard bind takes
// them all.

import { isIP } from 'node:net';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1'];
const WILDCARD_ADDRESSES = new Set(['0.0.0.0', '::', '']);
const SUFFIX_MARK = '*.';
/** Header values found good, remembered so that the usual request costs one look-up. */
const REMEMBERED_MAX = 256;

export type HostList = { allows(header: string): boolean };

/** The name of `name`, `name:port` or `[address]:port`, lower-case and without brackets; undefined if it is neither. */
function nameOfHost(header: string): string | undefined {
  const bracketed = /^\[([0-9a-f:.]+)\](?::\d{1,5})?$/i.exec(header);
  if (bracketed?.[1] !== undefined) return bracketed[1].toLowerCase();
  const plain = /^([a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header);
  return plain?.[1]?.toLowerCase().replace(/\.$/, '');
}

export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

export function createHostList(bindAddress: string, allowedHosts: readonly string[]): HostList {
  const anyAddress = WILDCARD_ADDRESSES.has(bindAddress);
  const names = new Set(LOOPBACK_NAMES);
  const suffixes: string[] = [];
  if (!anyAddress) names.add(bindAddress.toLowerCase());
  for (const entry of allowedHosts) {
    if (entry.startsWith(SUFFIX_MARK)) suffixes.push(entry.slice(1).toLowerCase());
    else names.add(nameOfHost(entry) ?? entry.toLowerCase());
  }
  const remembered = new Set<string>();

  function isListed(header: string): boolean {
    const name = nameOfHost(header);
    if (name === undefined) return false;
    if (names.has(name) || isLoopbackAddress(name)) return true;
    return (anyAddress && isIP(name) !== 0) || suffixes.some((suffix) => name.endsWith(suffix));
  }

  return {
    allows(header) {
      if (remembered.has(header)) return true;
      if (!isListed(header)) return false;
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      remembered.add(header);
      return true;
    },
  };
}
