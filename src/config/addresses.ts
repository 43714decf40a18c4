// Addresses: which hosts are this machine, and how the org's and the model host's addresses are read. The consumer secret
// goes to one of them and the bearer token to both, so an address that looks wrong is refused and not repaired.

import type { Problems } from './problems.ts';

const INSTANCE_EXAMPLE = 'https://acme.my.salesforce.com';
const API_HOSTS: readonly string[] = ['api.salesforce.com', 'api.gov.salesforce.com'];
const ORG_DOMAINS = ['.salesforce.com', '.salesforce.mil', '.sfcrmproducts.cn'];

/** As a socket takes it: an IPv6 address without the brackets that it has in a URL. */
export function bareHost(host: string): string {
  return host.replace(/^\[(?<inner>.*)\]$/u, '$<inner>');
}

/** `localhost`, 127.0.0.0/8 and ::1, with or without brackets. Any other name could lead anywhere. */
export function isLoopbackHost(host: string): boolean {
  const plain = bareHost(host.toLowerCase());
  if (plain === 'localhost' || plain === '::1') return true;
  return /^127\.(?:\d{1,3}\.){2}\d{1,3}$/u.test(plain);
}

type Address = { readonly url: URL; readonly origin: string };

/** The parts that both addresses must have: a URL with https (http for this machine), a host and nothing hidden. */
function readAddress(path: string, text: string, example: string, problems: Problems): Address | undefined {
  const refuse = (fault: string, fix: string): undefined => {
    problems.add(path, fault, fix);
    return undefined;
  };
  const trimmed = text.trim();
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//iu.test(trimmed);
  if (!hasScheme && /^[\w.-]+(?::\d+)?(?:\/.*)?$/u.test(trimmed))
    return refuse('has no https:// in front.', `Write "https://${trimmed.replace(/\/.*$/u, '')}".`);
  if (!URL.canParse(trimmed)) return refuse('is not an address.', problems.howToSet(path, example));
  const url = new URL(trimmed);
  if (url.username !== '' || url.password !== '')
    return refuse('carries a user or password.', 'Remove what stands before the @.');
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname))
    return refuse('uses http, which would send secrets in the clear.', `Write "https://${url.host}".`);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return refuse(`uses ${url.protocol}//, not https.`, problems.howToSet(path, example));
  return { url, origin: url.origin };
}

function refuseLoginHost(url: URL, problems: Problems): boolean {
  const host = url.hostname;
  if (/^(?:login|test)\.salesforce\.com$/u.test(host)) {
    problems.add(
      'instance_url',
      `names ${host}, which refuses this login ("request not supported on this domain").`,
      `Use the org's My Domain address (Setup > My Domain), for example "${INSTANCE_EXAMPLE}".`,
    );
    return true;
  }
  const lightning = /^(?<domain>.+)\.(?:lightning\.force\.com|my\.salesforce-setup\.com)$/u.exec(host);
  if (lightning?.groups !== undefined) {
    const domain = lightning.groups['domain'] ?? '';
    problems.add(
      'instance_url',
      `names ${host}, which is for browsers and has no login for programs.`,
      `Write "https://${domain}.my.salesforce.com".`,
    );
    return true;
  }
  if (API_HOSTS.includes(host)) {
    problems.add(
      'instance_url',
      `names ${host}, which is the model host and not the org.`,
      `Use the org's My Domain address, for example "${INSTANCE_EXAMPLE}"; the model host belongs in "api_url".`,
    );
    return true;
  }
  return false;
}

export function readInstanceUrl(text: string, problems: Problems): string | undefined {
  const path = 'instance_url';
  const address = readAddress(path, text, INSTANCE_EXAMPLE, problems);
  if (address === undefined || refuseLoginHost(address.url, problems)) return undefined;
  const { url, origin } = address;
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    problems.warn('address', `${problems.label(path)}: only ${origin} is used; remove what stands after it.`);
  if (!isLoopbackHost(url.hostname) && !ORG_DOMAINS.some((domain) => url.hostname.endsWith(domain)))
    problems.warn(
      'address',
      `${problems.label(path)}: ${url.hostname} does not look like a Salesforce host, and the consumer secret is sent to it.`,
    );
  return origin;
}

/** The bearer goes there: only to hosts that are known or that the operator lists. */
export function readApiUrl(
  text: string,
  allowedHosts: readonly string[],
  problems: Problems,
): string | undefined {
  const path = 'api_url';
  const address = readAddress(path, text, 'https://api.salesforce.com', problems);
  if (address === undefined) return undefined;
  const { url, origin } = address;
  const allowed = new Set([...API_HOSTS, ...allowedHosts.map((host) => host.toLowerCase())]);
  if (!isLoopbackHost(url.hostname) && !allowed.has(url.hostname) && !allowed.has(url.host)) {
    problems.add(
      path,
      `names ${url.hostname}, which may not be given the org's token.`,
      `Use one of ${API_HOSTS.join(', ')}; if this really is a host of Salesforce, add it to "allowed_api_hosts".`,
    );
    return undefined;
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    problems.add(path, 'has a path.', `Write "${origin}"; the path belongs in "gateway_base_path".`);
    return undefined;
  }
  return origin;
}

/** An allowed origin exactly as browsers send it: lower case, no path. Extensions have schemes of their own. */
export function readOrigin(path: string, text: string, problems: Problems): string | undefined {
  const shaped = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s*]+\/?$/iu.test(text) && URL.canParse(text);
  if (!shaped) {
    problems.add(
      path,
      'holds an entry that is not an origin.',
      'Write scheme, host and port only, for example "https://chat.example.com"; "*" is not accepted.',
    );
    return undefined;
  }
  const { origin } = new URL(text);
  return origin === 'null' ? text.toLowerCase().replace(/\/$/u, '') : origin;
}
