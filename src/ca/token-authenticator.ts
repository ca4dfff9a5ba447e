import { hash } from 'node:crypto';
import { type Clock, systemClock } from '../kit/clock.ts';
import { type Authenticator, type Caller, type Credentials, parseServiceAccount } from './authenticator.ts';
import { FairQueue, hostOf } from './fair-queue.ts';
import { caFault } from './fault.ts';
import { expiryOf, parseJwt } from './jwt.ts';
import { toSpiffeId } from './spiffe.ts';
import type { ReviewedToken, TokenReviewer } from './token-review.ts';

/** How tokens of service accounts are taken. */
export interface TokenRules {
  readonly clock?: Clock;
  /** `istio-ca`, unless `TOKEN_AUDIENCES` says otherwise. */
  readonly audiences: readonly string[];
  /** The trust domain of the mesh, as it is now. */
  readonly trustDomain: () => string;
  /** Who reviews the tokens of a cluster; our own for the empty name, undefined for one that is not known. */
  readonly reviewerOf: (cluster: string) => TokenReviewer | undefined;
}

interface Remembered {
  readonly caller: Promise<Caller>;
  readonly untilMs: number;
}

/**
 * A token that was taken back, with its pod deleted say, is good for so long after it was reviewed. An agent asks for its
 * certificate and its configuration in one breath, and a storm of reconnecting proxies must not be one of reviews.
 */
const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 20_000;
/** Reviews that an API server is asked for at a time: strangers' tokens must not keep it from its own work. */
const CONCURRENCY = 64;
const MAX_WAITING = 10_000;
const GROUP = 'system:serviceaccounts';
const POD_NAME = 'authentication.kubernetes.io/pod-name';
const POD_UID = 'authentication.kubernetes.io/pod-uid';

/**
 * Has the tokens of service accounts reviewed by their API server.
 * @see istio security/pkg/server/ca/authenticate/kubeauth/kube_jwt.go
 */
export class TokenAuthenticator implements Authenticator {
  readonly name = 'KubeJWTAuthenticator';
  readonly #clock: Clock;
  readonly #rules: TokenRules;
  /** By hash: tokens themselves are kept nowhere. */
  readonly #remembered = new Map<string, Remembered>();
  /** By address: whoever sends thousands of made-up tokens waits for them alone. */
  readonly #reviews = new FairQueue({ concurrency: CONCURRENCY, maxWaiting: MAX_WAITING });

  constructor(rules: TokenRules) {
    this.#rules = rules;
    this.#clock = rules.clock ?? systemClock;
  }

  /** @throws Fault `CA_UNAUTHENTICATED`, `CA_OVERLOADED`; faults of the API server as they are. */
  async authenticate({ token, cluster, peerAddress }: Credentials): Promise<Caller | undefined> {
    if (token === undefined) return undefined;
    const unverified = parseJwt(token);
    if (unverified === undefined) throw caFault('CA_UNAUTHENTICATED', 'the bearer token is no JWT');
    const key = hash('sha256', `${cluster}\n${token}`, 'base64url');
    const now = this.#clock.now();
    const known = this.#remembered.get(key);
    if (known !== undefined && known.untilMs > now) return known.caller;
    const reviewer = this.#rules.reviewerOf(cluster);
    if (reviewer === undefined) throw caFault('CA_UNAUTHENTICATED', `no cluster "${cluster}" is known here`);
    const untilMs = Math.min(expiryOf(unverified) ?? Number.POSITIVE_INFINITY, now + REMEMBERED_MS);
    const review = () => reviewer.review(token, this.#rules.audiences);
    const caller = this.#reviews.run(hostOf(peerAddress), review).then((reviewed) => this.#toCaller(reviewed));
    this.#remember(key, { caller, untilMs });
    // Refusals and outages are not remembered: a token may be good a moment later.
    caller.catch(() => this.#remembered.delete(key));
    return caller;
  }

  #remember(key: string, remembered: Remembered): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, remembered);
    if (this.#remembered.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined) this.#remembered.delete(oldest);
  }

  #toCaller({ isAuthenticated, error, username, groups, extra }: ReviewedToken): Caller {
    if (!isAuthenticated)
      throw caFault('CA_UNAUTHENTICATED', `the token is not authenticated${error === '' ? '' : `: ${error}`}`);
    if (!groups.includes(GROUP)) throw caFault('CA_UNAUTHENTICATED', 'the token is not of a service account');
    const account = parseServiceAccount(username);
    const name = extra[POD_NAME] ?? '';
    const uid = extra[POD_UID] ?? '';
    return {
      identities: [toSpiffeId({ trustDomain: this.#rules.trustDomain(), ...account })],
      source: 'service-account-token',
      ...(name !== '' && uid !== '' && { pod: { ...account, name, uid } }),
    };
  }
}
