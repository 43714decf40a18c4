// Makes a certificate authority and one server certificate for loopback names. The authority's certificate is written
// to a fresh directory so that clients can trust it; no private key ever touches the disk.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Certificates = {
  readonly key: string;
  readonly certificate: string;
  readonly caFile: string;
  /** Removes what was written. */
  readonly remove: () => Promise<void>;
};

const dayMs = 86_400_000;
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

const pem = (label: string, der: ArrayBuffer): string => {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/gu) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
};

const serialNumber = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = 1;
  return Buffer.from(bytes).toString('hex');
};

/** Certificates are dated by the real clock whatever clock the org runs on, because TLS clients look at the real one. */
async function issue(
  host: string,
  expired: boolean,
): Promise<{ ca: string; certificate: string; key: string }> {
  // Loaded late: the library is large, and plain HTTP does not need it. Its container wants the metadata functions of an
  // old decorator proposal on `Reflect`.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const caKeys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const notBefore = new Date(Date.now() - dayMs);
  const notAfter = new Date(Date.now() + 365 * dayMs);
  const dates = { notBefore, notAfter, signingAlgorithm: algorithm };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...dates,
    serialNumber: serialNumber(),
    name: 'CN=Forcegate simulator CA',
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const names: { type: 'dns' | 'ip'; value: string }[] = [
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
  ];
  if (!names.some((name) => name.value === host)) {
    names.push({ type: /^[\d.]+$|:/u.test(host) ? 'ip' : 'dns', value: host });
  }
  const leaf = await x509.X509CertificateGenerator.create({
    ...dates,
    ...(expired ? { notAfter: new Date(Date.now() - dayMs / 2) } : {}),
    serialNumber: serialNumber(),
    subject: 'CN=localhost',
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { ca: ca.toString('pem'), certificate: leaf.toString('pem'), key: pem('PRIVATE KEY', key) };
}

/**
 * `directory` is used as it is when given (and only the file is removed again); otherwise a fresh one is made.
 * `expired` makes a server certificate whose life has ended, signed by an authority that is still good.
 */
export async function createCertificates(
  host: string,
  directory: string | undefined,
  expired = false,
): Promise<Certificates> {
  const { ca, certificate, key } = await issue(host, expired);
  if (directory !== undefined) await mkdir(directory, { recursive: true });
  const folder = directory ?? (await mkdtemp(join(tmpdir(), 'forcegate-simulator-')));
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, ca, { mode: 0o644 });
  return {
    key,
    certificate,
    caFile,
    remove: () => rm(directory === undefined ? folder : caFile, { recursive: true, force: true }),
  };
}
