import { Fault } from '../kit/fault.ts';
import { createLog } from '../kit/log.ts';
import { caFault } from './fault.ts';

/** What a call brings to prove who sends it. */
export interface Credentials {
  /** The bearer token, without its scheme. */
  readonly token?: string;
  /** DER of the client certificate, which TLS has verified against the trust bundle. */
  readonly peerCertificate?: Buffer;
  /** `address:port`. */
  readonly peerAddress: string;
  /** The cluster that the token is of, as the header `clusterid` says; empty for our own. */
  readonly cluster: string;
}

/** The pod that a token was made for. */
export interface PodIdentity {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly name: string;
  readonly uid: string;
}

/** Who sends a call, proved. */
export interface Caller {
  /** SPIFFE ids, seldom more than one. */
  readonly identities: readonly string[];
  readonly source: 'client-certificate' | 'service-account-token' | 'join-token';
  /** Absent when no token of a pod proved it. */
  readonly pod?: PodIdentity;
}

/** One way to prove an identity. */
export interface Authenticator {
  /** For logs. */
  readonly name: string;
  /**
   * @returns undefined when the call brings nothing that is this authenticator's business.
   * @throws Fault that says why what it brings proves nothing.
   */
  authenticate(credentials: Credentials): Promise<Caller | undefined>;
}

const log = createLog('security');

/**
 * Asks authenticators in their order; the first that finds an identity decides.
 *
 * @throws Fault `CA_UNAUTHENTICATED`; `CA_REVIEW_FAILED` when the only reason is that nobody could be asked, so that the
 *   caller tries again rather than takes its token for bad.
 * @see istio pkg/security/authentication.go `Authenticate`
 */
export async function authenticate(
  authenticators: readonly Authenticator[],
  credentials: Credentials,
): Promise<Caller> {
  const failures: Fault[] = [];
  for (const authenticator of authenticators) {
    try {
      const caller = await authenticator.authenticate(credentials);
      if (caller !== undefined) return caller;
    } catch (error) {
      const fault = Fault.from(error);
      failures.push(fault);
      const { peerAddress } = credentials;
      log.warn(
        { event: 'security.refused', authenticator: authenticator.name, peerAddress, detail: fault.message },
        'a caller proved no identity',
      );
    }
  }
  const unasked = failures.find(({ retry }) => retry);
  if (unasked !== undefined) throw caFault('CA_REVIEW_FAILED', 'tokens cannot be reviewed at present', unasked);
  throw caFault('CA_UNAUTHENTICATED', 'request authenticate failure', failures[0]);
}

/** What names in Kubernetes are made of, and more: nothing that could end one part of a SPIFFE id and begin another. */
const NAME = /^[\w.-]+$/;

/** Names of a service account in a token: `system:serviceaccount:namespace:name`. */
export function parseServiceAccount(username: string): { readonly namespace: string; readonly serviceAccount: string } {
  const [system, kind, namespace, serviceAccount, ...rest] = username.split(':');
  const isAccount = system === 'system' && kind === 'serviceaccount' && rest.length === 0;
  if (!isAccount || !namespace || !serviceAccount || !NAME.test(namespace) || !NAME.test(serviceAccount))
    throw caFault('CA_UNAUTHENTICATED', `"${username}" is no service account`);
  return { namespace, serviceAccount };
}
