import { X509Certificate } from 'node:crypto';
import { type Clock, systemClock } from '../kit/clock.ts';
import type { Authenticator, Caller, Credentials } from './authenticator.ts';
import { caFault } from './fault.ts';
import { parseSpiffeId } from './spiffe.ts';

/** What client certificates have to say. */
export interface CertificateRules {
  readonly clock?: Clock;
  /** The mesh's trust domain and its aliases, as they are now. */
  readonly trustDomains: () => readonly string[];
}

/**
 * Takes the SPIFFE id of a client certificate: how agents renew theirs.
 *
 * TLS has verified the chain. What it cannot know is looked at here: the form of the name, its trust domain, and that a
 * certificate that was good when the connection was made is good still.
 * @see istio pkg/spiffe/spiffe.go `PeerCertVerifier`, security/pkg/server/ca/authenticate/cert_authenticator.go
 */
export class CertificateAuthenticator implements Authenticator {
  readonly name = 'ClientCertAuthenticator';
  readonly #clock: Clock;
  readonly #rules: CertificateRules;

  constructor(rules: CertificateRules) {
    this.#rules = rules;
    this.#clock = rules.clock ?? systemClock;
  }

  /** @throws Fault `CA_UNAUTHENTICATED` */
  async authenticate({ peerCertificate }: Credentials): Promise<Caller | undefined> {
    if (peerCertificate === undefined) return undefined;
    const certificate = new X509Certificate(peerCertificate);
    const now = this.#clock.now();
    if (certificate.validToDate.getTime() <= now || certificate.validFromDate.getTime() > now)
      throw caFault('CA_UNAUTHENTICATED', 'the client certificate has expired');
    const uris = listUris(certificate.subjectAltName ?? '');
    const [uri, ...more] = uris;
    const parts = uri === undefined || more.length > 0 ? undefined : parseSpiffeId(uri);
    if (uri === undefined || parts === undefined)
      throw caFault('CA_UNAUTHENTICATED', `the client certificate has ${uris.length} URIs, expected one SPIFFE id`);
    if (!this.#rules.trustDomains().includes(parts.trustDomain))
      throw caFault('CA_UNAUTHENTICATED', `the trust domain ${parts.trustDomain} is not that of this mesh`);
    return { identities: [uri], source: 'client-certificate' };
  }
}

/** Node quotes names that hold a comma or a quote: none of ours does, and quoted ones are no SPIFFE ids. */
function listUris(subjectAltName: string): readonly string[] {
  return subjectAltName
    .split(', ')
    .filter((name) => name.startsWith('URI:'))
    .map((name) => name.slice('URI:'.length));
}
