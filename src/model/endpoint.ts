import type { Labels, ObjectKey } from './object.ts';

/** What is known of an endpoint's health; `unknown` is not told to Envoy, `terminating` endpoints are not told at all. */
export type EndpointHealth = 'unknown' | 'healthy' | 'unhealthy' | 'draining' | 'terminating';

/** One workload instance behind one port of a service. */
export interface Endpoint {
  /** IP, hostname (DNS services), or `unix://path`. */
  readonly address: string;
  readonly additionalAddresses: readonly string[];
  /** Where the workload listens; 0 for Unix sockets. */
  readonly port: number;
  /** The *service* port's name and number: EDS selects by name, DNS clusters by number. */
  readonly servicePortName: string;
  readonly servicePortNumber: number;
  readonly labels: Labels;
  readonly health: EndpointHealth;
  /** At least 1. */
  readonly weight: number;
  /** `region/zone/subzone`, or empty. */
  readonly locality: string;
  readonly network: string;
  readonly cluster: string;
  readonly node: string;
  readonly namespace: string;
  readonly workloadName: string;
  /** The Pod's name in DNS below its service's domain, `mysql-0.mysql`; absent when it has none. */
  readonly podName?: string;
  readonly canonicalName: string;
  readonly canonicalRevision: string;
  /** SPIFFE id, or empty. */
  readonly identity: string;
  /** Whether its proxy takes mutual TLS; `refused` where it could, and a PeerAuthentication says that it does not. */
  readonly tlsMode: 'istio' | 'refused' | 'disabled';
  /** The object that says that it is there, where that is not the service's own: an EndpointSlice, a Pod, a WorkloadEntry, a ServiceEntry. */
  readonly origin?: ObjectKey;
}

/** A shared empty list, so that "no endpoints" keeps its identity. */
export const NO_ENDPOINTS: readonly Endpoint[] = [];

const origins = new WeakMap<readonly Endpoint[], readonly ObjectKey[]>();

/** The objects behind a list of endpoints, each once; the identical list for the identical one. */
export function listEndpointOrigins(endpoints: readonly Endpoint[]): readonly ObjectKey[] {
  const known = origins.get(endpoints) ?? [...new Set(endpoints.flatMap(({ origin }) => origin ?? []))];
  origins.set(endpoints, known);
  return known;
}
