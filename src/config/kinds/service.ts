import type { Static } from 'typebox';
import type { KubeService, KubeServicePort } from '../../model/kubernetes.ts';
import { defineInput } from '../define-kind.ts';
import { present } from '../present.ts';
import { choice, flag, listOf, loose, mapOf, numberOrName, text, whole } from '../schema/fields.ts';

const PORT = loose('A port of the service.', {
  name: text('Name of the port; its first word tells the protocol.', { absent: 'empty' }),
  port: whole('Number of the port.', { minimum: 1, maximum: 65535 }),
  protocol: choice('Transport protocol.', ['TCP', 'UDP', 'SCTP']),
  appProtocol: text('Protocol spoken, when the name does not tell.'),
  targetPort: numberOrName('Where the workloads listen: a number, or the name of a port of the container.', {
    minimum: 0,
    maximum: 65535,
    absent: 'the same number',
  }),
  nodePort: whole('Where every node takes traffic for the port.', { minimum: 0, maximum: 65535, absent: 'none' }),
});

const SPEC = loose('What the service offers, and which workloads are behind it.', {
  type: choice('How the service is reached.', ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']),
  selector: mapOf('Labels of the workloads behind the service.', text('Value of the label.')),
  ports: listOf('Ports of the service.', PORT),
  clusterIP: text('Address of the service; `None` makes it headless.', { format: 'cluster-ip' }),
  clusterIPs: listOf('All addresses of the service.', text('Address.', { format: 'cluster-ip' })),
  externalName: text('Name that an ExternalName service stands for.'),
  internalTrafficPolicy: text('`Local` keeps traffic on the node.'),
  trafficDistribution: text('Which endpoints are preferred.'),
  externalIPs: listOf('Addresses outside of the cluster.', text('Address.', { format: 'ip' })),
  publishNotReadyAddresses: flag('Whether endpoints that are not ready count.', { absent: 'false' }),
});

const STATUS = loose('What became of the service.', {
  loadBalancer: loose('The load balancer of a LoadBalancer service.', {
    ingress: listOf(
      'Where it listens.',
      loose('A place.', {
        ip: text('Its address.', { format: 'ip-or-empty' }),
        hostname: text('Its name, where it has no address.'),
      }),
    ),
  }),
});

/** Kubernetes' Service. */
export const service = defineInput({
  group: '',
  kind: 'Service',
  plural: 'services',
  versions: ['v1'],
  scope: 'namespaced',
  affects: ['listener', 'route', 'cluster', 'endpoint'],
  fields: loose('A service of Kubernetes.', { spec: SPEC, status: STATUS }),
  check({ spec }, at, { report }) {
    for (const [index, { port }] of (spec?.ports ?? []).entries()) {
      const place = at.to('spec').to('ports').to(index);
      if (port === undefined) report.add('FIELD_MISSING', place.to('port'), `${place}.port is missing, but required`);
    }
  },
  parse: ({ spec = {}, status = {} }, { meta }): KubeService => ({
    meta,
    type: spec.type ?? 'ClusterIP',
    clusterIPs: listAddresses(spec),
    headless: spec.clusterIP === 'None',
    ports: (spec.ports ?? []).map(parsePort),
    publishNotReadyAddresses: spec.publishNotReadyAddresses ?? false,
    internalTrafficLocal: spec.internalTrafficPolicy === 'Local',
    ...present({
      externalName: spec.externalName,
      selector: spec.selector,
      trafficDistribution: spec.trafficDistribution,
      externalAddresses: findExternalAddresses(spec, status),
    }),
  }),
});

function listAddresses({ clusterIP = '', clusterIPs = [] }: Static<typeof SPEC>): readonly string[] {
  return (clusterIPs.length > 0 ? clusterIPs : [clusterIP]).filter((address) => address !== '' && address !== 'None');
}

function findExternalAddresses(
  { type, externalIPs = [] }: Static<typeof SPEC>,
  { loadBalancer }: Static<typeof STATUS>,
): readonly string[] | undefined {
  const ingress = type === 'LoadBalancer' ? (loadBalancer?.ingress ?? []) : [];
  const balanced = ingress.flatMap(({ ip, hostname }) => ip || hostname || []);
  return balanced.length + externalIPs.length > 0 ? [...balanced, ...externalIPs] : undefined;
}

function parsePort({
  name = '',
  port = 0,
  protocol = 'TCP',
  appProtocol,
  targetPort,
  nodePort,
}: Static<typeof PORT>): KubeServicePort {
  // Kubernetes itself reads 0 and an empty name as not written.
  return {
    name,
    port,
    protocol,
    ...present({ appProtocol, targetPort: targetPort || undefined, nodePort: nodePort || undefined }),
  };
}
