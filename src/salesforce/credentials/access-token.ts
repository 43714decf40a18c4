// Reads the claims of an access token (reference 1.4). The signature is not checked: the token came over TLS from the
// org itself, and it is the model host that judges it.

export type AccessTokenClaims = {
  /** The header's `tnk`, `core/{instance}/{org id}`. */
  readonly tenantKey: string | undefined;
  /** `scp` as a list; undefined when the claim is absent. */
  readonly scopes: readonly string[] | undefined;
  readonly issuedAtMs: number | undefined;
  readonly expiresAtMs: number | undefined;
};

/** Undefined for anything but a three-part JWT. */
export function readAccessToken(token: string): AccessTokenClaims | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  const [header, payload] = [readPart(parts[0]), readPart(parts[1])];
  if (header === undefined || payload === undefined) return undefined;
  return {
    tenantKey: typeof header['tnk'] === 'string' && header['tnk'] !== '' ? header['tnk'] : undefined,
    scopes: readScopes(payload['scp']),
    issuedAtMs: readSeconds(payload['iat']),
    expiresAtMs: readSeconds(payload['exp']),
  };
}

/** One string with blanks is what Salesforce sends; a list is what others would. */
export function readScopes(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return value.split(/\s+/u).filter((scope) => scope !== '');
  if (Array.isArray(value)) return value.filter((scope) => typeof scope === 'string');
  return undefined;
}

export function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function readPart(part: string | undefined): Readonly<Record<string, unknown>> | undefined {
  return part === undefined ? undefined : readObject(Buffer.from(part, 'base64url').toString('utf8'));
}

function readSeconds(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value * 1000 : undefined;
}
