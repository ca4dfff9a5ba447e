import type { KubeService, KubeServicePort } from '../../model/kubernetes.ts';
import type { Service, ServicePort } from '../../model/service.ts';
import { parseVisibility } from '../../model/visibility.ts';
import type { ClusterContext } from './context.ts';
import { spiffeId } from './identity.ts';
import { selectProtocol } from './protocol-selection.ts';
import { selectTrafficDistribution } from './traffic-distribution.ts';

const EXPORT_TO = 'networking.istio.io/exportTo';
const KUBERNETES_ACCOUNTS = 'alpha.istio.io/kubernetes-serviceaccounts';
const CANONICAL_ACCOUNTS = 'alpha.istio.io/canonical-serviceaccounts';

/**
 * The mesh's service that a Kubernetes Service declares.
 *
 * @param namespaceAnnotations Of the Service's Namespace; empty when there is no such object.
 * @see istio pilot/pkg/serviceregistry/kube/conversion.go `ConvertService`
 */
export function toKubeService(
  object: KubeService,
  namespaceAnnotations: Readonly<Record<string, string>>,
  context: ClusterContext,
): Service {
  const { meta, selector } = object;
  const aliasOf = object.type === 'ExternalName' && object.externalName ? object.externalName : undefined;
  return {
    meta,
    hostname: `${meta.name}.${meta.namespace}.svc.${context.domainSuffix}`,
    name: meta.name,
    namespace: meta.namespace,
    registry: 'kubernetes',
    ports: object.ports.map(toPort),
    resolution: aliasOf !== undefined ? 'alias' : object.headless ? 'passthrough' : 'eds',
    external: aliasOf !== undefined,
    addresses: aliasOf === undefined ? object.clusterIPs : [],
    autoAddresses: [],
    visibility: parseVisibility(listExports(object, context), meta.namespace),
    labels: meta.labels,
    // An empty selector selects nothing: the endpoints are somebody else's to list.
    ...(selector && Object.keys(selector).length > 0 && aliasOf === undefined ? { selector } : {}),
    subjectAltNames: listSubjectAltNames(object, context),
    ...(aliasOf === undefined ? {} : { aliasOf }),
    aliases: [],
    headless: object.headless,
    nodeLocal: object.internalTrafficLocal,
    trafficDistribution: selectTrafficDistribution(object.trafficDistribution, meta.annotations, namespaceAnnotations),
    publishNotReady: object.publishNotReadyAddresses,
    raceConnect: false,
  };
}

function toPort(port: KubeServicePort): ServicePort {
  const { targetPort } = port;
  // Hand-written YAML quotes numbers; no port of a container is named by digits alone.
  const target = typeof targetPort === 'string' && /^\d+$/.test(targetPort) ? Number(targetPort) : targetPort;
  return {
    name: port.name,
    number: port.port,
    protocol: selectProtocol(port),
    ...(target === undefined || target === 0 || target === '' ? {} : { targetPort: target }),
  };
}

function listExports({ meta }: KubeService, context: ClusterContext): readonly string[] {
  const own = splitList(meta.annotations[EXPORT_TO]);
  return own.length > 0 ? own : context.defaultServiceExportTo;
}

function listSubjectAltNames({ meta }: KubeService, { trustDomain }: ClusterContext): readonly string[] {
  return [
    ...splitList(meta.annotations[CANONICAL_ACCOUNTS]),
    ...splitList(meta.annotations[KUBERNETES_ACCOUNTS]).map((account) =>
      spiffeId(trustDomain, meta.namespace, account),
    ),
  ];
}

function splitList(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').flatMap((entry) => entry.trim() || []);
}
