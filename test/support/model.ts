import type { DestinationRule } from '../../src/model/destination-rule.ts';
import type { Meta } from '../../src/model/object.ts';
import type { Service } from '../../src/model/service.ts';
import type { Sidecar } from '../../src/model/sidecar.ts';
import type { VirtualService } from '../../src/model/virtual-service.ts';
import { parseVisibility } from '../../src/model/visibility.ts';

/** An object's meta; `createdMs` 0 as in a directory. */
export function meta(kind: string, namespace: string, name: string, rest: Partial<Meta> = {}): Meta {
  const origin = { kind: 'file', file: `${namespace}/${name}.yaml`, line: 1, column: 1 } as const;
  return { kind, namespace, name, labels: {}, annotations: {}, createdMs: 0, revision: '1', origin, ...rest };
}

/** A Kubernetes service with one HTTP port, 80. */
export function service(namespace: string, name: string, rest: Partial<Service> = {}): Service {
  return {
    meta: meta('Service', namespace, name),
    hostname: `${name}.${namespace}.svc.cluster.local`,
    name,
    namespace,
    registry: 'kubernetes',
    ports: [{ name: 'http', number: 80, protocol: 'http' }],
    resolution: 'eds',
    external: false,
    addresses: ['10.0.0.1'],
    autoAddresses: [],
    visibility: { kind: 'public' },
    labels: {},
    subjectAltNames: [],
    aliases: [],
    headless: false,
    nodeLocal: false,
    trafficDistribution: 'any',
    publishNotReady: false,
    raceConnect: false,
    ...rest,
  };
}

/** A rule for `host` without any setting. */
export function destinationRule(namespace: string, name: string, rest: Partial<DestinationRule> = {}): DestinationRule {
  const exportTo = rest.exportTo ?? [];
  const visibility = parseVisibility(exportTo, namespace);
  const host = `${name}.${namespace}.svc.cluster.local`;
  return { meta: meta('DestinationRule', namespace, name), host, subsets: [], exportTo, visibility, ...rest };
}

/** A rule for the mesh's sidecars that routes nothing yet. */
export function virtualService(namespace: string, name: string, rest: Partial<VirtualService> = {}): VirtualService {
  return {
    meta: meta('VirtualService', namespace, name),
    hosts: [`${name}.${namespace}.svc.cluster.local`],
    gateways: ['mesh'],
    visibility: { kind: 'public' },
    http: [],
    tls: [],
    tcp: [],
    semantics: 'istio',
    ...rest,
  };
}

/** A Sidecar that selects every workload of its namespace. */
export function sidecar(namespace: string, name: string, rest: Partial<Sidecar> = {}): Sidecar {
  return { meta: meta('Sidecar', namespace, name), egress: [], ...rest };
}
