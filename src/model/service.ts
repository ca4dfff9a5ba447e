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
}

/** The first address, as listeners and domains use it. */
export function primaryAddress(service: Service): string {
  return service.addresses[0] ?? UNSPECIFIED_ADDRESS;
}

/** The port of that number, `undefined` when the service has none. */
export function findPort(service: Service, number: number): ServicePort | undefined {
  return service.ports.find((port) => port.number === number);
}
