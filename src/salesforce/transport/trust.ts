// Which certificate authorities are believed: Node's own, the system's and the operator's. One TLS context is made of
// them at first need and shared by every connection.

import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';

export type Trust = {
  /** The first call reads the system's store (measured: 120 ms) and parses some 270 certificates (30 ms). */
  context(): SecureContext;
};

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/gu;

/** @throws Error when `caPem` holds no certificate that can be read: Node would ignore such a file without a word. */
export function createTrust(options: { readonly caPem: string | undefined }): Trust {
  const own = options.caPem === undefined ? [] : readCertificates(options.caPem);
  let context: SecureContext | undefined;
  return {
    context() {
      // Given as lists of authorities on each connection they would be parsed again each time.
      context ??= createSecureContext({
        ca: [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...own])],
        // Said outright, so that a process-wide Node option cannot lower it.
        minVersion: 'TLSv1.2',
      });
      return context;
    },
  };
}

function readCertificates(pem: string): readonly string[] {
  const found = pem.match(CERTIFICATE) ?? [];
  if (found.length === 0) throw new Error('the CA file holds no certificate in PEM form');
  for (const [index, certificate] of found.entries()) {
    try {
      void new X509Certificate(certificate);
    } catch (thrown) {
      throw new Error(`certificate ${index + 1} of the CA file cannot be read`, { cause: thrown });
    }
  }
  return found;
}
