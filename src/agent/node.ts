import type { InterceptionMode, Locality } from '../model/proxy.ts';

/** What a proxy tells a control plane about itself, before Envoy's `Node` message is made of it. */
export interface ProxyIdentity {
  /** `sidecar` serves one workload, `router` is a gateway. */
  readonly type: 'sidecar' | 'router';
  /** Addresses of the workload, the first one the primary; it becomes part of `node.id`. */
  readonly ips: readonly [string, ...string[]];
  /** The pod's name, or any name that is unique in the namespace where there are no pods. */
  readonly name: string;
  readonly namespace: string;
  /** DNS domain of the namespace; absent means `<namespace>.svc.cluster.local`. */
  readonly domain?: string | undefined;
  /** Labels that selectors of Sidecars, Gateways and policies are matched against. */
  readonly labels: Readonly<Record<string, string>>;
  /** How traffic reaches the proxy: captured by iptables, or (`NONE`) because the application calls it. */
  readonly interception: InterceptionMode;
  /** Cluster the workload runs in; absent means `Kubernetes`, the name of an only cluster. */
  readonly clusterId?: string | undefined;
  readonly serviceAccount?: string | undefined;
  /** Deployment or the like that the pod belongs to; absent means the `app` label, then the name. */
  readonly workload?: string | undefined;
  /** Empty parts are not known and not sent. */
  readonly locality?: Locality | undefined;
  /** Further entries of `Node.metadata`; they win over the ones made here. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** `envoy.config.core.v3.Node` in its JSON form, as far as a bootstrap fills it. */
export interface NodeJson {
  readonly id: string;
  readonly cluster: string;
  readonly locality?: { readonly region?: string; readonly zone?: string; readonly sub_zone?: string };
  readonly metadata: Readonly<Record<string, unknown>>;
}

/**
 * Writes a proxy's identity the way Istio's control planes read it.
 *
 * @param serviceName What stands for the service in traces; absent means its labels.
 *
 * Values that are booleans or lists to us are strings in this metadata: that is the format on the wire.
 * @see istio pkg/model/proxy.go `NodeMetadata`; pilot/pkg/model/context.go `ParseServiceNodeWithMetadata`.
 */
export function toNodeJson(proxy: ProxyIdentity, serviceName?: string): NodeJson {
  const domain = proxy.domain ?? `${proxy.namespace}.svc.cluster.local`;
  return {
    id: `${proxy.type}~${proxy.ips[0]}~${proxy.name}.${proxy.namespace}~${domain}`,
    cluster: serviceName ?? `${proxy.labels.app ?? proxy.workload ?? 'istio-proxy'}.${proxy.namespace}`,
    ...(proxy.locality === undefined ? {} : { locality: toLocalityJson(proxy.locality) }),
    metadata: {
      NAME: proxy.name,
      NAMESPACE: proxy.namespace,
      WORKLOAD_NAME: proxy.workload ?? proxy.labels.app ?? proxy.name,
      ...(proxy.serviceAccount === undefined ? {} : { SERVICE_ACCOUNT: proxy.serviceAccount }),
      CLUSTER_ID: proxy.clusterId ?? 'Kubernetes',
      INSTANCE_IPS: proxy.ips.join(','),
      INTERCEPTION_MODE: proxy.interception,
      LABELS: proxy.labels,
      ...proxy.metadata,
    },
  };
}

function toLocalityJson({ region, zone, subzone }: Locality): NonNullable<NodeJson['locality']> {
  return {
    ...(region === '' ? {} : { region }),
    ...(zone === '' ? {} : { zone }),
    ...(subzone === '' ? {} : { sub_zone: subzone }),
  };
}
