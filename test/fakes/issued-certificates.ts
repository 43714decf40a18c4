// An authority of a test's own and what it issues: certificates for servers and for clients, dated and named as asked.

import 'reflect-metadata';
import { createPrivateKey } from 'node:crypto';

import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

export type Issued = { readonly certificate: string; readonly key: string };

export type Wish = {
  readonly names?: readonly string[];
  /** From now. */
  readonly daysLeft?: number;
  readonly validInDays?: number;
  readonly forClients?: boolean;
  readonly passphrase?: string;
};

export type Authority = { readonly ca: string; issue(wish?: Wish): Promise<Issued> };

let serial = 1;
const nextSerial = (): string => (0x1000 + (serial += 1)).toString(16);

async function keyText(key: CryptoKey, passphrase: string | undefined): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key));
  const own = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const locked = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return own.export({ format: 'pem', type: 'pkcs8', ...locked });
}

export async function createAuthority(name = 'CN=Test authority'): Promise<Authority> {
  const caKeys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const now = Date.now();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    notBefore: new Date(now - 400 * DAY_MS),
    notAfter: new Date(now + 400 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    serialNumber: nextSerial(),
    name,
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    ca: ca.toString('pem'),
    async issue(wish = {}) {
      const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
      const names = wish.names ?? ['localhost', '127.0.0.1'];
      const usage = wish.forClients === true ? 'clientAuth' : 'serverAuth';
      const leaf = await x509.X509CertificateGenerator.create({
        notBefore: new Date(now + (wish.validInDays ?? -300) * DAY_MS),
        notAfter: new Date(now + (wish.daysLeft ?? 90) * DAY_MS),
        signingAlgorithm: ALGORITHM,
        serialNumber: nextSerial(),
        subject: 'CN=forcegate test',
        issuer: ca.subject,
        publicKey: keys.publicKey,
        signingKey: caKeys.privateKey,
        extensions: [
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[usage]]),
          new x509.SubjectAlternativeNameExtension(
            names.map((value) => ({ type: /^[\d.]+$/u.test(value) ? 'ip' : 'dns', value })),
          ),
        ],
      });
      return { certificate: leaf.toString('pem'), key: await keyText(keys.privateKey, wish.passphrase) };
    },
  };
}
