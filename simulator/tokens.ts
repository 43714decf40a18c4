// The org's tokens: RS256 JWTs as section 1.4 shows them, opaque tokens where JWTs are not switched on, and the check
// every model host makes. A token that has been verified once is known from then on, so that load costs no cryptography.
import { randomBytes } from 'node:crypto';

import type { JWK } from 'jose';
import { compactVerify, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';

import type { OrgState } from './org.ts';

const orgId = '00Dxx0000000001EAA';
const userId = '005xx000001X8UzAAK';
const tenantKey = `core/prod/${orgId}`;
const notBeforeSlackSeconds = 15;
const knownTokensMax = 1000;
const commercialHost = 'https://api.salesforce.com';

export type TokenCheck = 'good' | 'opaque' | 'unusable' | 'no-scope';

type KeyPair = { readonly publicKey: CryptoKey; readonly privateKey: CryptoKey };

type Known = { readonly expiresSeconds: number; readonly notBeforeSeconds: number; readonly scopes: string };

export type TokenReply = Readonly<Record<string, string | number>>;

export type Hosts = { readonly loginUrl: string; readonly modelUrl: string };

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

export class Tokens {
  readonly #keyId: string;
  readonly #privateKey: CryptoKey;
  readonly #publicKey: CryptoKey;
  readonly #jwk: JWK;
  readonly #hosts: Hosts;
  readonly #clientId: string;
  #known = new Map<string, Known>();
  #opaque = new Map<string, Known>();
  #revoked = new Set<string>();
  #last: { readonly reply: TokenReply; readonly expiresSeconds: number; readonly mode: string } | undefined;
  mints = 0;

  private constructor(keys: KeyPair, jwk: JWK, hosts: Hosts, clientId: string) {
    this.#privateKey = keys.privateKey;
    this.#publicKey = keys.publicKey;
    this.#keyId = `CORE_ATJWT.${orgId.slice(0, 15)}.1719878456123`;
    this.#jwk = { ...jwk, kid: this.#keyId, alg: 'RS256', use: 'sig' };
    this.#hosts = hosts;
    this.#clientId = clientId;
  }

  static async create(hosts: Hosts, clientId: string): Promise<Tokens> {
    const keys = await generateKeyPair('RS256', { extractable: true });
    return new Tokens(keys, await exportJWK(keys.publicKey), hosts, clientId);
  }

  /** The key set at `/id/keys`. */
  keySet(): { readonly keys: readonly JWK[] } {
    return { keys: [this.#jwk] };
  }

  async #sign(org: OrgState, nowSeconds: number, lifetimeSeconds: number): Promise<string> {
    const { loginUrl, modelUrl } = this.#hosts;
    const audience = [modelUrl, loginUrl];
    return new SignJWT({
      scp: org.tokenScopes.join(' '),
      mty: 'oauth',
      sfi: randomBytes(32).toString('hex'),
      roles: [],
      hsc: false,
      client_id: this.#clientId,
    })
      .setProtectedHeader({
        tnk: tenantKey,
        ver: '1.0',
        kid: this.#keyId,
        tty: 'sfdc-core-token',
        typ: 'JWT',
        alg: 'RS256',
      })
      .setAudience(org.audienceForm === 'array' ? audience : modelUrl)
      .setSubject(`uid:${userId}`)
      .setIssuer(loginUrl)
      .setNotBefore(nowSeconds - notBeforeSlackSeconds)
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + lifetimeSeconds)
      .sign(this.#privateKey);
  }

  #opaqueToken(org: OrgState, nowSeconds: number, lifetimeSeconds: number): string {
    const token = `${orgId.slice(0, 15)}!AQ${randomBytes(48).toString('base64url')}`;
    this.#remember(this.#opaque, token, {
      expiresSeconds: nowSeconds + lifetimeSeconds,
      notBeforeSeconds: 0,
      scopes: org.tokenScopes.join(' '),
    });
    return token;
  }

  /** A fresh JWT, as `/ide/auth` hands it out. Counted as a mint. */
  async mintJwt(org: OrgState, nowMs: number): Promise<string> {
    this.mints += 1;
    return this.#sign(org, Math.floor(nowMs / 1000), Math.ceil(org.tokenLifetimeSeconds));
  }

  /** The success reply of a login. `expired` makes the token useless from the start. */
  async mint(org: OrgState, nowMs: number, expired = false): Promise<TokenReply> {
    const nowSeconds = Math.floor(nowMs / 1000);
    this.mints += 1;
    const last = this.#last;
    const same = org.mintedToken === 'same' && !expired && last?.mode === org.tokenMode;
    if (same && last.expiresSeconds > nowSeconds) return last.reply;
    const lifetimeSeconds = expired ? -1 : Math.ceil(org.tokenLifetimeSeconds);
    const jwt = org.tokenMode === 'jwt';
    const token = jwt
      ? await this.#sign(org, nowSeconds, lifetimeSeconds)
      : this.#opaqueToken(org, nowSeconds, lifetimeSeconds);
    const reply = this.#reply(org, token, nowMs, lifetimeSeconds);
    this.#last = { reply, expiresSeconds: nowSeconds + lifetimeSeconds, mode: org.tokenMode };
    return reply;
  }

  #reply(org: OrgState, token: string, nowMs: number, lifetimeSeconds: number): TokenReply {
    const { loginUrl, modelUrl } = this.#hosts;
    const format = org.tokenMode === 'jwt' ? 'jwt' : org.opaqueTokenFormat;
    const apiUrl = org.apiInstanceUrl === 'commercial' ? commercialHost : modelUrl;
    return {
      access_token: token,
      signature: randomBytes(32).toString('base64'),
      ...(format === 'absent' ? {} : { token_format: format }),
      scope: org.tokenScopes.join(' '),
      instance_url: loginUrl,
      id: `https://login.salesforce.com/id/${orgId}/${userId}`,
      token_type: 'Bearer',
      issued_at: String(nowMs),
      ...(org.apiInstanceUrl === 'absent' ? {} : { api_instance_url: apiUrl }),
      ...(org.tokenReplyExpiresIn === 'seconds' ? { expires_in: lifetimeSeconds } : {}),
    };
  }

  #remember(map: Map<string, Known>, token: string, known: Known): void {
    if (map.size >= knownTokensMax) {
      const [oldest] = map.keys();
      if (oldest !== undefined) map.delete(oldest);
    }
    map.set(token, known);
  }

  async #verify(token: string): Promise<Known | undefined> {
    try {
      if (decodeProtectedHeader(token).kid !== this.#keyId) return undefined;
      const { payload } = await compactVerify(token, this.#publicKey, { algorithms: ['RS256'] });
      const claims: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
      if (!isRecord(claims) || typeof claims['exp'] !== 'number') return undefined;
      return {
        expiresSeconds: claims['exp'],
        notBeforeSeconds: typeof claims['nbf'] === 'number' ? claims['nbf'] : 0,
        scopes: typeof claims['scp'] === 'string' ? claims['scp'] : '',
      };
    } catch {
      return undefined;
    }
  }

  /** Judges a bearer token for a scope. Opaque tokens only pass where `opaqueIsGood`, as core REST has it. */
  async check(token: string, scope: string, nowMs: number, opaqueIsGood = false): Promise<TokenCheck> {
    if (this.#revoked.has(token)) return 'unusable';
    let known = this.#known.get(token);
    if (known === undefined) {
      if (token.split('.').length !== 3) {
        known = this.#opaque.get(token);
        if (!opaqueIsGood || known === undefined) return 'opaque';
      } else {
        known = await this.#verify(token);
        if (known === undefined) return 'unusable';
        this.#remember(this.#known, token, known);
      }
    }
    const now = nowMs / 1000;
    if (known.expiresSeconds <= now || known.notBeforeSeconds > now) return 'unusable';
    return known.scopes.split(' ').includes(scope) ? 'good' : 'no-scope';
  }

  /** The token is as good as expired from now on. */
  revoke(token: string): void {
    if (this.#revoked.size >= knownTokensMax) this.#revoked.clear();
    this.#revoked.add(token);
    if (this.#last?.reply['access_token'] === token) this.#last = undefined;
  }

  reset(): void {
    this.mints = 0;
    this.#last = undefined;
    this.#revoked.clear();
  }
}
