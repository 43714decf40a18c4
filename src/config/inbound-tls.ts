// The listener's own certificate: read and judged before anyone listens, so that a wrong file is told with its key and
// its fix. Dates are not judged here: an expired certificate is told, and no reason not to start.

import { judgeTlsMaterial, Secret, type FileSystem } from '../core/platform/index.ts';
import type { Problems } from './problems.ts';
import type { ConfigFile } from './schema.ts';
import { readNamedFile, readSecret } from './secrets.ts';
import type { InboundTlsConfig } from './types.ts';

const KEY_OF_PART = {
  certificate: 'inbound_tls.certificate_file',
  key: 'inbound_tls.key_file',
  passphrase: 'inbound_tls.key_passphrase',
  'client-ca': 'inbound_tls.client_ca_file',
} as const;

/** Undefined without TLS, or where there is a fault. */
export async function resolveInboundTls(
  { inbound_tls: given }: ConfigFile,
  files: FileSystem,
  problems: Problems,
): Promise<InboundTlsConfig | undefined> {
  const { certificate_file: certificateNamed, key_file: keyNamed, client_ca_file: caNamed } = given;
  const locked = await readSecret(
    'inbound_tls.key_passphrase',
    { value: given.key_passphrase, file: given.key_passphrase_file },
    files,
    problems,
  );
  if (certificateNamed === undefined || keyNamed === undefined) {
    if (Object.values(given).some((value) => value !== undefined)) addHalf(certificateNamed, problems);
    return undefined;
  }
  const certificate = await readNamedFile('inbound_tls.certificate_file', certificateNamed, files, problems);
  const key = await readNamedFile('inbound_tls.key_file', keyNamed, files, problems);
  const ca =
    caNamed === undefined
      ? undefined
      : await readNamedFile('inbound_tls.client_ca_file', caNamed, files, problems);
  if (certificate === undefined || key === undefined || (caNamed !== undefined && ca === undefined))
    return undefined;
  const material = {
    certificatePem: certificate.text,
    keyPem: new Secret(key.text),
    passphrase: locked === undefined ? undefined : new Secret(locked),
    clientCaPem: ca?.text,
  };
  const judged = judgeTlsMaterial(material);
  if (judged.type === 'unusable') {
    const paths = {
      certificate: certificate.path,
      key: key.path,
      'client-ca': ca?.path,
      passphrase: undefined,
    };
    const path = paths[judged.part];
    const fault = path === undefined ? judged.fault : `names ${path}, which ${judged.fault}`;
    problems.add(KEY_OF_PART[judged.part], fault, judged.fix);
    return undefined;
  }
  const { validFromMs, validToMs, names } = judged;
  return {
    certificateFile: certificate.path,
    keyFile: key.path,
    clientCaFile: ca?.path,
    material,
    validFromMs,
    validToMs,
    names,
  };
}

/** A listener that was meant to speak TLS must not come up without it. */
function addHalf(certificateNamed: string | undefined, problems: Problems): void {
  const missing = certificateNamed === undefined ? 'certificate_file' : 'key_file';
  problems.add(
    `inbound_tls.${missing}`,
    'is missing, though other keys of "inbound_tls" are set.',
    'TLS needs "certificate_file" and "key_file"; leave out all of "inbound_tls" to listen without it.',
  );
}
