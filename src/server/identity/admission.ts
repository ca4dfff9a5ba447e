import { type Authenticator, authenticate, type Caller } from '../../ca/authenticator.ts';
import { findBearerToken } from '../../ca/certificate-service.ts';
import { parseSpiffeId } from '../../ca/spiffe.ts';
import { Fault } from '../../kit/fault.ts';
import { xdsFault } from '../../xds/fault-status.ts';
import type { ConnectionRequest } from '../../xds/view-source.ts';
import { readString } from '../proxy/metadata.ts';

/** Who is let in, and as what. */
export interface AdmissionRules {
  /** In the order in which they are asked. */
  readonly authenticators: readonly Authenticator[];
  /** `PILOT_ENABLE_XDS_IDENTITY_CHECK` */
  readonly checksIdentity: boolean;
}

/**
 * Admits a stream that came over TLS when its peer proves an identity, and the identity is of the namespace and service
 * account that the node claims. Trust domains are not compared: they may be in the middle of a change.
 * @returns What the peer proved to be of what it claims: nothing, on the plaintext port. Where nobody checks, a proxy of
 *   another namespace is admitted as one that proved nothing, and gets no private keys.
 * @throws Fault `XDS_UNAUTHENTICATED`, `XDS_FORBIDDEN`; `XDS_NOT_READY` when nobody could be asked.
 * @see istio pilot/pkg/xds/auth.go
 */
export async function admitStream(rules: AdmissionRules, connection: ConnectionRequest): Promise<readonly string[]> {
  if (connection.transport === 'plaintext') return [];
  const { identities } = await findCaller(rules, connection);
  const namespace = namespaceOf(connection);
  const account = readString(connection.node.metadata, 'SERVICE_ACCOUNT');
  const own = identities.filter((identity) => {
    const parts = parseSpiffeId(identity);
    return parts?.namespace === namespace && (account === '' || parts.serviceAccount === account);
  });
  if (own.length === 0 && rules.checksIdentity)
    throw xdsFault(
      'XDS_FORBIDDEN',
      `authorization failed: no identities (${identities.join(', ')}) matched ${namespace}/${account}`,
    );
  return own;
}

async function findCaller({ authenticators }: AdmissionRules, connection: ConnectionRequest): Promise<Caller> {
  const token = findBearerToken(connection.header('authorization'));
  const [cluster = ''] = connection.header('clusterid');
  const { peerAddress, peerCertificate } = connection;
  try {
    const credentials = { peerAddress, cluster, ...(peerCertificate && { peerCertificate }), ...(token && { token }) };
    return await authenticate(authenticators, credentials);
  } catch (error) {
    const fault = Fault.from(error);
    if (fault.retry) throw xdsFault('XDS_NOT_READY', fault.message, fault);
    throw xdsFault('XDS_UNAUTHENTICATED', `authentication failure: ${fault.message}`, fault);
  }
}

/** As `parseNode` reads it: from the metadata, else from the domain `ns.svc.cluster.local` in the node's id. */
function namespaceOf({ node }: ConnectionRequest): string {
  const [, , , domain = ''] = node.id.split('~');
  const [first = '', ...rest] = domain.split('.');
  return readString(node.metadata, 'NAMESPACE') || (rest.length > 0 ? first : '');
}
