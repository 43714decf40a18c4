// The listener's own certificate: how long it lasts, told by `check`, and by `start` where it asks for attention.

import { isIP } from 'node:net';

import { isLoopbackHost, type Config } from '../config/index.ts';
import type { Finding } from './check-report.ts';

const MS_PER_DAY = 86_400_000;
/** By then whatever renews certificates should have done so: the usual ones begin with 30 days left. */
const DAYS_LEFT_MIN = 14;

/** Undefined where the gateway does not speak TLS. */
export function judgeOwnCertificate(
  { inboundTls, server }: Pick<Config, 'inboundTls' | 'server'>,
  nowMs: number,
): Finding | undefined {
  if (inboundTls === undefined) return undefined;
  const { certificateFile, validFromMs, validToMs, names } = inboundTls;
  const check = 'certificate';
  const fix = 'Have it issued anew; the gateway takes the new file over by itself.';
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  if (nowMs < validFromMs)
    return {
      check,
      status: 'attention',
      code: 'own_certificate_not_yet_valid',
      message: `${certificateFile} is valid from ${day(validFromMs)} on only.`,
      fix: "Check this machine's clock; if it is right, wait, or use another certificate.",
    };
  if (nowMs >= validToMs)
    return {
      check,
      status: 'attention',
      code: 'own_certificate_expired',
      message: `${certificateFile} expired on ${day(validToMs)}: clients refuse it.`,
      fix,
    };
  const days = Math.floor((validToMs - nowMs) / MS_PER_DAY);
  if (days < DAYS_LEFT_MIN)
    return {
      check,
      status: 'attention',
      code: 'own_certificate_expiring',
      message: `${certificateFile} expires in ${days} days, on ${day(validToMs)}.`,
      fix,
    };
  const answered = names.some((name) => isAnsweredTo(name, server));
  if (!answered && names.length > 0)
    return {
      check,
      status: 'attention',
      code: 'own_certificate_unlisted',
      message: `${certificateFile} is for ${names.join(', ')}, a name that the gateway does not answer to.`,
      fix: 'List the name in "allowed_hosts".',
    };
  const whom = names.length === 0 ? 'no name' : names.join(', ');
  return { check, status: 'ok', message: `${certificateFile} is for ${whom} and lasts ${days} days.` };
}

/** Whether a client that asks for it by this name of the certificate is served. */
export function isAnsweredTo(name: string, { host, allowedHosts }: Config['server']): boolean {
  if (isLoopbackHost(name) || name === host || isIP(name) !== 0) return true;
  return allowedHosts.some(
    (allowed) =>
      allowed === name.toLowerCase() || (allowed.startsWith('*.') && name.endsWith(allowed.slice(1))),
  );
}
