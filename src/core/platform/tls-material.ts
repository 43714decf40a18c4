// What a TLS listener is given: its certificate chain, its key, and whose clients it trusts. Judged here, before anyone
// listens, because the runtime takes some of it without a word and tells the rest in OpenSSL's.

import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';

import type { Secret } from './secret.ts';

export type TlsMaterial = {
  /** The listener's own certificate first, then those that lead to an authority. */
  readonly certificatePem: string;
  readonly keyPem: Secret;
  readonly passphrase: Secret | undefined;
  /** Authorities whose clients are let in; undefined asks clients for no certificate. */
  readonly clientCaPem: string | undefined;
};

export type TlsJudgement =
  | {
      readonly type: 'usable';
      readonly validFromMs: number;
      readonly validToMs: number;
      /** The names and addresses it is for, for example `gateway.example.com`. */
      readonly names: readonly string[];
    }
  | {
      readonly type: 'unusable';
      readonly part: 'certificate' | 'key' | 'passphrase' | 'client-ca';
      /** Goes on after the name of the part: "holds no certificate". */
      readonly fault: string;
      readonly fix: string;
    };

type Unusable = Extract<TlsJudgement, { type: 'unusable' }>;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/gu;

export function judgeTlsMaterial(material: TlsMaterial): TlsJudgement {
  const chain = readCertificates(material.certificatePem);
  const [own] = chain ?? [];
  if (chain === undefined || own === undefined)
    return unusable(
      'certificate',
      'holds no PEM certificate that can be read.',
      'Convert it: openssl x509 -inform der -in FILE -out FILE.pem.',
    );
  const key = readKey(material);
  if ('type' in key && key.type === 'unusable') return key;
  if (!own.checkPrivateKey(key)) return mismatch(chain, key);
  const { clientCaPem } = material;
  if (clientCaPem !== undefined && (readCertificates(clientCaPem) ?? []).length === 0)
    return unusable(
      'client-ca',
      'holds no PEM certificate that can be read.',
      'Name the PEM file of the authority that signs the certificates of clients.',
    );
  try {
    createSecureContext(secureContextOptions(material));
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : 'unknown';
    return unusable('certificate', `cannot be used for TLS (${why}).`, 'Have a certificate issued anew.');
  }
  return {
    type: 'usable',
    validFromMs: own.validFromDate.getTime(),
    validToMs: own.validToDate.getTime(),
    names: namesOf(own),
  };
}

/** For a listener, in Node's words. Nothing older than TLS 1.2, whatever the process was told. */
export function secureContextOptions({ certificatePem, keyPem, passphrase, clientCaPem }: TlsMaterial) {
  return {
    cert: certificatePem,
    key: keyPem.reveal(),
    ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }),
    ...(clientCaPem === undefined ? {} : { ca: clientCaPem }),
    minVersion: 'TLSv1.2',
  } as const;
}

function unusable(part: Unusable['part'], fault: string, fix: string): Unusable {
  return { type: 'unusable', part, fault, fix };
}

function readCertificates(pem: string): readonly X509Certificate[] | undefined {
  try {
    return (pem.match(CERTIFICATE) ?? []).map((text) => new X509Certificate(text));
  } catch {
    return undefined;
  }
}

/** A locked key and a wrong passphrase fail alike, so the PEM says which it is. */
function readKey({ keyPem, passphrase }: TlsMaterial): KeyObject | Unusable {
  const pem = keyPem.reveal();
  if (!/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/u.test(pem))
    return unusable('key', 'holds no PEM private key.', 'Convert it: openssl pkey -in FILE -out FILE.pem.');
  const locked = /ENCRYPTED/u.test(pem);
  if (locked && passphrase === undefined)
    return unusable(
      'key',
      'is locked by a passphrase.',
      'Name a file that holds it in "key_passphrase_file".',
    );
  try {
    return createPrivateKey({
      key: pem,
      ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }),
    });
  } catch {
    return locked
      ? unusable('passphrase', 'does not open the key.', 'Give the passphrase the key was locked with.')
      : unusable('key', 'cannot be read.', 'Check it: openssl pkey -in FILE -check -noout.');
  }
}

function mismatch(chain: readonly X509Certificate[], key: KeyObject): Unusable {
  const at = chain.findIndex((certificate) => certificate.checkPrivateKey(key));
  return at === -1
    ? unusable(
        'key',
        'does not belong to the certificate.',
        'Name the key that the certificate was issued for.',
      )
    : unusable(
        'certificate',
        `holds the key's own certificate in place ${at + 1}.`,
        'Put the own certificate first, then those that lead to its authority.',
      );
}

function namesOf(certificate: X509Certificate): readonly string[] {
  return (certificate.subjectAltName ?? '')
    .split(', ')
    .map((entry) => /^(?:DNS|IP Address):(?<name>.+)$/u.exec(entry)?.groups?.['name'])
    .filter((name) => name !== undefined);
}
