// What to do about each failure that a check can meet, as data.

import type { ErrorCode } from '../core/errors/index.ts';
import type { Reached } from './reach-host.ts';

const REMEDIES: Partial<Readonly<Record<ErrorCode, string>>> = {
  // The message of a refused login names its own remedy: it depends on what Salesforce said.
  upstream_login_unavailable: 'Try again; https://status.salesforce.com tells about outages.',
  upstream_unauthorized:
    'The token is not accepted by the model host. Enable "Issue JSON Web Token (JWT)-based access tokens for named users" in the External Client App and give it the scope sfap_api.',
  upstream_forbidden:
    'The Run-As user may not use models. Give it the permission, and switch Einstein on in Setup.',
  upstream_rate_limited: 'Wait a minute; the org is at its limit of requests.',
  upstream_busy: 'Try again in a moment.',
  upstream_unavailable: 'Try again; https://status.salesforce.com tells about outages.',
  upstream_error: 'Try again; if it stays, give the request id to Salesforce support.',
  upstream_unreachable: 'Check the network, "https_proxy" and "tls.ca_file".',
  upstream_timeout: 'Try again; if it stays, check the network or raise "timeouts".',
  upstream_protocol: 'Something between here and Salesforce may be answering in its place: check the proxy.',
  model_not_found: 'Check the name, and that the model is switched on in the org (Setup > Einstein).',
  unsupported: 'Choose another model, or set "surfaces" to "auto".',
};

export function remedyOf(code: ErrorCode): string | undefined {
  return REMEDIES[code];
}

type ReachFailure = Extract<Reached, { type: 'failed' }>;

function remedyOfCertificate(code: string): { code: string; fix: string } {
  if (/SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|CERT_UNTRUSTED/u.test(code))
    return {
      code: 'certificate_untrusted',
      fix: 'If a corporate proxy stands between, put its CA certificate into a PEM file and name it in "tls.ca_file".',
    };
  if (/EXPIRED|NOT_YET_VALID/u.test(code))
    return {
      code: 'certificate_expired',
      fix: "Check this machine's clock; if it is right, whoever runs the proxy or the host must renew the certificate.",
    };
  if (code.includes('ALTNAME'))
    return {
      code: 'certificate_of_another',
      fix: 'Check the address: the certificate is for another name, as with a captive portal.',
    };
  return {
    code: 'certificate_unusable',
    fix: 'Something between here and Salesforce may be answering in its place: check the network and "tls.ca_file".',
  };
}

/** `code` is stable, for scripts. */
export function remedyOfReach(
  host: string,
  { stage, code }: ReachFailure,
): { code: string; message: string; fix: string } {
  switch (stage) {
    case 'name':
      return {
        code: 'host_unknown',
        message: `${host} is not known to DNS (${code}).`,
        fix: 'Check "instance_url" and "api_url", and this machine\'s DNS; set "https_proxy" if names are resolved by a proxy.',
      };
    case 'connection':
      return {
        code: 'host_unreachable',
        message: `${host} cannot be connected to (${code}).`,
        fix: 'Check the network and its firewall; set "https_proxy" if it has a proxy.',
      };
    case 'certificate':
      return {
        message: `${host} has a certificate that is not trusted (${code}).`,
        ...remedyOfCertificate(code),
      };
  }
}
