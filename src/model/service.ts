import type { Labels, Meta } from './object.ts';
import type { Protocol } from './protocol.ts';
import type { Visibility } from './visibility.ts';

/**
 * How Envoy finds the endpoints: `eds` they are known (Kubernetes, ServiceEntry STATIC), `dns`/`dns-round-robin` Envoy resolves names,
 * `passthrough` the original destination (headless, ServiceEntry NONE), `dynamic-dns` a forward proxy, `alias` another service.
 */
export type Resolution = 'eds' | 'dns' | 'dns-round-robin' | 'passthrough' | 'dynamic-dns' | 'alias';

/** One port of a service. */
export interface ServicePort {
  readonly name: string;
  readonly number: number;
  readonly protocol: Protocol;
  /** A number, or the name of a container's port. Absent: the same number. */
  readonly targetPort?: number | string;
}

/** The address that means "none of its own". */
export const UNSPECIFIED_ADDRESS = '0.0.0.0';

/**
 * One service as the mesh sees it, whatever it was declared by. Carries no endpoints: they change far more often than it does.
 * Equal content keeps its identity from snapshot to snapshot.
 */
export interface Service {
  /** The declaring object: a Kubernetes Service or a ServiceEntry. */
  readonly meta: Meta;
  readonly hostname: string;
  /** `meta.name` for Kubernetes, the hostname for ServiceEntries: how Istio orders and labels them. */
  readonly name: string;
  readonly namespace: string;
  readonly registry: 'kubernetes' | 'external';
  readonly ports: readonly ServicePort[];
  readonly resolution: Resolution;
  /** Outside of the mesh: no mutual TLS, `external: true`. */
  readonly external: boolean;
  /** VIPs and CIDRs; empty when it has none (headless, or no address given). */
  readonly addresses: readonly string[];
  /** Allocated to a service without addresses, used only by proxies that capture DNS. */
  readonly autoAddresses: readonly string[];
  readonly visibility: Visibility;
  readonly labels: Labels;
  /** Which workloads of its namespace are behind it; absent for services whose endpoints are listed. */
  readonly selector?: Labels;
  /** Identities the server may have, beyond those of its endpoints. */
  readonly subjectAltNames: readonly string[];
  /** Target of an `alias`. */
  readonly aliasOf?: string;
  /** Names that resolve to this service (flattened ExternalName chains), sorted. */
  readonly aliases: readonly string[];
  readonly headless: boolean;
  readonly nodeLocal: boolean;
  readonly trafficDistribution: 'any' | 'same-zone' | 'same-node';
  readonly publishNotReady: boolean;
  /** DNS services that try all addresses at once (`istio.io/connect-strategy: RACE_FIRST_TCP_CONNECT`). */
  readonly raceConnect: boolean;
  /**
   * What clusters declare differently, by their ids: there are several, or the one is not that of the configuration. The service itself says
   * what holds in the first of them.
   */
  readonly byCluster?: Readonly<Record<string, ServicePlace>>;
}

/** A service as one cluster declares it. */
export interface ServicePlace {
  readonly addresses: readonly string[];
  readonly selector?: Labels;
}

/**
 * A service as proxies of a cluster see it: with the addresses that it has there, and workloads of that cluster behind it only as far as it is
 * declared there. One that all clusters see alike is the identical value, and so is what was asked for before.
 * @see istio pilot/pkg/model/service.go `GetAddressForProxy`
 */
export function serviceIn(service: Service, cluster: string): Service {
  const { byCluster } = service;
  if (byCluster === undefined) return service;
  const known = seen.get(service) ?? new Map<string, Service>();
  seen.set(service, known);
  const found = known.get(cluster) ?? toServiceIn(service, byCluster[cluster]);
  known.set(cluster, found);
  return found;
}

/** All services as proxies of a cluster see them; the identical list when no cluster sees any of them differently, or when it was asked for before. */
export function listServicesIn(services: readonly Service[], cluster: string): readonly Service[] {
  const known = seenLists.get(services) ?? new Map<string, readonly Service[]>();
  seenLists.set(services, known);
  const found =
    known.get(cluster) ??
    (services.some(({ byCluster }) => byCluster !== undefined)
      ? services.map((service) => serviceIn(service, cluster))
      : services);
  known.set(cluster, found);
  return found;
}

const seenLists = new WeakMap<readonly Service[], Map<string, readonly Service[]>>();
const seen = new WeakMap<Service, Map<string, Service>>();

function toServiceIn(service: Service, place: ServicePlace | undefined): Service {
  const { byCluster: _, selector: __, ...rest } = service;
  // Elsewhere it is known only by the addresses that it has in its first cluster.
  if (place === undefined) return rest;
  const addresses = place.addresses.length > 0 ? place.addresses : rest.addresses;
  return { ...rest, addresses, ...(place.selector && { selector: place.selector }) };
}

/** The first address, as listeners and domains use it. */
export function primaryAddress(service: Service): string {
  return service.addresses[0] ?? UNSPECIFIED_ADDRESS;
}

/** The port of that number, `undefined` when the service has none. */
export function findPort(service: Service, number: number): ServicePort | undefined {
  return service.ports.find((port) => port.number === number);
}
