import type { Endpoint } from './endpoint.ts';
import { findPortMode, type PeerPolicies } from './peer-policy.ts';
import type { EndpointIndex } from './snapshot.ts';

const indexes = new WeakMap<PeerPolicies, WeakMap<EndpointIndex, PolicedEndpoints>>();

/**
 * The endpoints as clients take them: those whose port takes plaintext only have no mutual TLS, whatever their proxies are able to. The identical
 * index where no policy turns mutual TLS off, and for identical arguments.
 *
 * Clusters that cannot choose by endpoint (original destinations) go by it too, for all or none. Istio looks at the endpoints' labels alone there, and
 * its clients' TLS then meets a server that takes plaintext.
 * @see istio pilot/pkg/xds/endpoints/mtls_checker.go `mtlsDisabledByPeerAuthentication`
 */
export function applyPeerPolicies(endpoints: EndpointIndex, policies: PeerPolicies): EndpointIndex {
  if (!policies.hasPlaintext) return endpoints;
  const known = indexes.get(policies) ?? new WeakMap<EndpointIndex, PolicedEndpoints>();
  indexes.set(policies, known);
  const index = known.get(endpoints) ?? new PolicedEndpoints(endpoints, policies);
  known.set(endpoints, index);
  return index;
}

class PolicedEndpoints implements EndpointIndex {
  readonly #own: EndpointIndex;
  readonly #policies: PeerPolicies;

  constructor(own: EndpointIndex, policies: PeerPolicies) {
    this.#own = own;
    this.#policies = policies;
  }

  of(hostname: string, namespace: string): readonly Endpoint[] {
    return policeList(this.#own.of(hostname, namespace), this.#policies);
  }

  listChangedSince(before: EndpointIndex): readonly string[] | undefined {
    const isKin = before instanceof PolicedEndpoints && before.#policies === this.#policies;
    return isKin ? this.#own.listChangedSince?.(before.#own) : undefined;
  }
}

const lists = new WeakMap<PeerPolicies, WeakMap<readonly Endpoint[], readonly Endpoint[]>>();

/** The identical list where nothing in it takes plaintext only. */
function policeList(endpoints: readonly Endpoint[], policies: PeerPolicies): readonly Endpoint[] {
  const known = lists.get(policies) ?? new WeakMap<readonly Endpoint[], readonly Endpoint[]>();
  lists.set(policies, known);
  const found = known.get(endpoints) ?? police(endpoints, policies);
  known.set(endpoints, found);
  return found;
}

function police(endpoints: readonly Endpoint[], policies: PeerPolicies): readonly Endpoint[] {
  const isRefusing = (endpoint: Endpoint) =>
    endpoint.tlsMode === 'istio' && findPortMode(policies.find(endpoint), endpoint.port) === 'disable';
  if (!endpoints.some(isRefusing)) return endpoints;
  return endpoints.map((endpoint) => (isRefusing(endpoint) ? { ...endpoint, tlsMode: 'refused' } : endpoint));
}
