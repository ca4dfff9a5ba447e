import { randomUUID, sign, verify } from 'node:crypto';
import { type Clock, systemClock } from '../kit/clock.ts';
import { type Authenticator, type Caller, type Credentials, parseServiceAccount } from './authenticator.ts';
import { caFault } from './fault.ts';
import type { JoinKey } from './join-key.ts';
import { audiencesOf, expiryOf, parseJwt } from './jwt.ts';
import { toSpiffeId } from './spiffe.ts';

/** Whom a join token lets in, and for how long. */
export interface JoinTokenRequest {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Milliseconds. */
  readonly ttlMs: number;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

const ISSUER = 'pilothouse';
const AUDIENCE = 'istio-ca';
const ENCODING = 'ieee-p1363';
/** For machines whose clock runs ahead of ours. */
const SKEW_MS = 60_000;

/**
 * Signs a token that stands in for a service account's where there is no Kubernetes. It is a JWT with the claims that
 * Kubernetes' own have, so agents and people's tools read it alike. ES256.
 */
export function createJoinToken(key: JoinKey, { namespace, serviceAccount, ttlMs, nowMs }: JoinTokenRequest): string {
  const seconds = Math.floor(nowMs / 1000);
  const claims = {
    iss: ISSUER,
    aud: [AUDIENCE],
    sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
    iat: seconds,
    exp: seconds + Math.floor(ttlMs / 1000),
    jti: randomUUID(),
  };
  const signed = [{ alg: 'ES256', typ: 'JWT' }, claims].map(encode).join('.');
  const signature = sign('sha256', Buffer.from(signed), { key: key.privateKey, dsaEncoding: ENCODING });
  return `${signed}.${signature.toString('base64url')}`;
}

/** How join tokens are taken. */
export interface JoinTokenRules {
  readonly clock?: Clock;
  readonly key: JoinKey;
  /** The trust domain of the mesh, as it is now. */
  readonly trustDomain: () => string;
}

/** Takes tokens that the key of the state directory has signed. */
export class JoinTokenAuthenticator implements Authenticator {
  readonly name = 'JoinTokenAuthenticator';
  readonly #clock: Clock;
  readonly #rules: JoinTokenRules;

  constructor(rules: JoinTokenRules) {
    this.#rules = rules;
    this.#clock = rules.clock ?? systemClock;
  }

  /** @throws Fault `CA_UNAUTHENTICATED` */
  async authenticate({ token }: Credentials): Promise<Caller | undefined> {
    if (token === undefined) return undefined;
    const jwt = parseJwt(token);
    // Tokens of others are for the authenticators of others.
    if (jwt?.claims.iss !== ISSUER) return undefined;
    if (jwt.header.alg !== 'ES256') throw refused('its algorithm is not ES256');
    const { publicKey } = this.#rules.key;
    if (!verify('sha256', jwt.signed, { key: publicKey, dsaEncoding: ENCODING }, jwt.signature))
      throw refused('its signature is not ours');
    if (!audiencesOf(jwt).includes(AUDIENCE)) throw refused(`its audience is not ${AUDIENCE}`);
    const now = this.#clock.now();
    if ((expiryOf(jwt) ?? 0) <= now) throw refused('it has expired');
    if (typeof jwt.claims.iat === 'number' && jwt.claims.iat * 1000 > now + SKEW_MS)
      throw refused('it is not valid yet');
    const account = parseServiceAccount(String(jwt.claims.sub));
    return { identities: [toSpiffeId({ trustDomain: this.#rules.trustDomain(), ...account })], source: 'join-token' };
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function refused(why: string) {
  return caFault('CA_UNAUTHENTICATED', `the join token is refused: ${why}`);
}
