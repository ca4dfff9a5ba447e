/** A service, as far as it is resolved. */
export interface ServiceObject {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly clusterIP?: string;
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly ServicePort[];
  };
}

export interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort?: number | string;
  readonly protocol?: string;
}

/** A service with the addresses behind it. */
export interface BackedService {
  readonly service: ServiceObject;
  readonly addresses: readonly string[];
}

/**
 * What kube-proxy does, as text for iptables-restore: addresses of services become those of pods, one after the other.
 */
export function formatServiceRules(services: readonly BackedService[]): string {
  const rules = services.flatMap(({ service, addresses }) => {
    const { clusterIP, ports = [] } = service.spec;
    if (!isAddress(clusterIP)) return [];
    return ports.flatMap((port) => formatPort(clusterIP, port, addresses));
  });
  const chains = ['PREROUTING', 'OUTPUT'].map((chain) => `-A ${chain} -j SERVICES`);
  return [
    '*nat',
    ':SERVICES - [0:0]',
    ':PREROUTING ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...chains,
    ...rules,
    'COMMIT',
    '',
  ].join('\n');
}

function formatPort(clusterIp: string, port: ServicePort, addresses: readonly string[]): readonly string[] {
  const protocol = (port.protocol ?? 'TCP').toLowerCase();
  const match = `-A SERVICES -d ${clusterIp}/32 -p ${protocol} -m ${protocol} --dport ${port.port}`;
  return addresses.map((address, index) => {
    const rest = addresses.length - index;
    const turn = rest === 1 ? '' : ` -m statistic --mode nth --every ${rest} --packet 0`;
    return `${match}${turn} -j DNAT --to-destination ${address}:${Number(port.targetPort ?? port.port)}`;
  });
}

/** What the DNS server of a cluster answers: an address of a service's own, or those of its pods. */
export function toServiceNames(services: readonly BackedService[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    services.map(({ service, addresses }) => {
      const { name, namespace } = service.metadata;
      const { clusterIP } = service.spec;
      return [`${name}.${namespace}.svc.cluster.local`, isAddress(clusterIP) ? [clusterIP] : addresses];
    }),
  );
}

function isAddress(clusterIp: string | undefined): clusterIp is string {
  return clusterIp !== undefined && clusterIp !== '' && clusterIp !== 'None';
}

/** A pod behind a service. */
export interface PodEndpoint {
  readonly ip: string;
  readonly pod: string;
  /** Whether its probes pass. */
  readonly serving: boolean;
  readonly terminating: boolean;
}

/** A slice as the cluster's own controller would write it. */
export function toEndpointSlice({ metadata, spec }: ServiceObject, endpoints: readonly PodEndpoint[]): object {
  const { name, namespace } = metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-node`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: (spec.ports ?? []).map(({ name: port, port: number, targetPort, protocol = 'TCP' }) => ({
      name: port ?? '',
      port: Number(targetPort ?? number),
      protocol,
    })),
    endpoints: endpoints.map(({ ip, serving, terminating, pod }) => ({
      addresses: [ip],
      conditions: { ready: serving && !terminating, serving, terminating },
      nodeName: 'node',
      targetRef: { kind: 'Pod', namespace, name: pod },
    })),
  };
}
