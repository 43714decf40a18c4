// What a tool needs to believe the gateway's certificate: a name that it is for, and its authority where that is a private
// one. The authority is found by trying: the usual ones first, then those that this machine has at hand.

import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { getCACertificates } from 'node:tls';

import { bareHost, type Config } from '../config/index.ts';
import { isBelieved } from './ask-over-tls.ts';
import { isAnsweredTo } from './check-certificate.ts';
import type { FoundGateway } from './running-gateway.ts';
import type { CommandWorld } from './start.ts';

export type ToolTrust = {
  /** As PEM, all that the tool believes once it was told `caFile`. */
  readonly authorities: readonly string[];
  /** A PEM file that the tool must be told; undefined where the usual authorities do, or none is at hand that does. */
  readonly caFile: string | undefined;
  readonly believed: boolean;
};

/** The address by a name of the certificate; as it is where the certificate is for it, or has no name that is let in. */
export function urlForTools(
  url: string,
  { inboundTls, server }: Pick<Config, 'inboundTls' | 'server'>,
): string {
  if (inboundTls === undefined) return url;
  const { names, material } = inboundTls;
  const certificate = new X509Certificate(material.certificatePem);
  const told = new URL(url);
  const host = bareHost(told.hostname);
  const covered = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  if (covered !== undefined) return url;
  const isName = (name: string): boolean => isIP(name) === 0 && !name.startsWith('*.');
  const name = [
    ...names.filter((own) => isName(own) && isAnsweredTo(own, server)),
    // A wildcard is for each of these.
    ...server.allowedHosts.filter((own) => isName(own) && certificate.checkHost(own) !== undefined),
    ...names.filter((own) => isIP(own) !== 0),
  ][0];
  if (name === undefined) return url;
  told.hostname = isIP(name) === 6 ? `[${name}]` : name;
  return told.origin;
}

export async function findTrust(
  gateway: FoundGateway,
  { env, cwd, files }: CommandWorld,
): Promise<ToolTrust> {
  const usual = [...getCACertificates('bundled'), ...getCACertificates('system')];
  const named = env['NODE_EXTRA_CA_CERTS'];
  const atHand = [named === undefined ? undefined : resolve(cwd, named), gateway.certificateFile];
  const url = new URL(gateway.url);
  if (await isBelieved(url, usual)) return { authorities: usual, caFile: undefined, believed: true };
  for (const caFile of atHand) {
    const pem = caFile === undefined ? undefined : await files.readText(caFile).catch(() => undefined);
    if (pem === undefined) continue;
    const authorities = [...usual, pem];
    if (await isBelieved(url, authorities)) return { authorities, caFile, believed: true };
  }
  return { authorities: usual, caFile: undefined, believed: false };
}
