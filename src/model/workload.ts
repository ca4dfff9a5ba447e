import type { Labels } from './object.ts';
import type { Service, ServicePort } from './service.ts';

/** A workload that is in the mesh by itself (a Pod or a WorkloadEntry): what services select, what proxies are. */
export interface Workload {
  readonly kind: 'Pod' | 'WorkloadEntry';
  readonly name: string;
  readonly namespace: string;
  readonly addresses: readonly string[];
  readonly labels: Labels;
  readonly serviceAccount: string;
  readonly locality: string;
  readonly network: string;
  /** Id of the cluster that it is declared in. */
  readonly cluster: string;
  readonly node: string;
  readonly weight: number;
  /** A Pod's named ports, or a WorkloadEntry's overrides by service port name. */
  readonly ports: Readonly<Record<string, number>>;
  /** A Pod's annotation `proxy.istio.io/config`: settings of its proxy, unchecked. */
  readonly proxyConfig?: string;
}

/** One port of a service as the proxy's own workload serves it: the unit of its inbound side. */
export interface ServiceTarget {
  readonly service: Service;
  readonly port: ServicePort;
  readonly targetPort: number;
}
