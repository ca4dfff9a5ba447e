import type { Static } from 'typebox';
import type { ContainerPort, Pod } from '../../model/kubernetes.ts';
import { defineInput } from '../define-kind.ts';
import { present } from '../present.ts';
import { choice, listOf, loose, text, whole } from '../schema/fields.ts';

const PORT = loose('A port of a container.', {
  name: text('Name of the port.'),
  containerPort: whole('Number of the port.', { minimum: 1, maximum: 65535 }),
  protocol: choice('Transport protocol.', ['TCP', 'UDP', 'SCTP']),
});

const CONTAINER = loose('A container.', {
  ports: listOf('Ports of the container.', PORT),
  restartPolicy: text('`Always` makes an init container a sidecar.'),
});

const SPEC = loose('What the pod runs.', {
  nodeName: text('Node it runs on.'),
  hostname: text('Its first name in DNS.', { absent: 'its name' }),
  subdomain: text('Its second name in DNS: that of its headless service.'),
  serviceAccountName: text('Identity of the pod.', { absent: 'default' }),
  containers: listOf('Containers.', CONTAINER),
  initContainers: listOf('Init containers.', CONTAINER),
});

const CONDITION = loose('A condition.', {
  type: text('Name of the condition.'),
  status: text('`True`, `False` or `Unknown`.'),
});

const STATUS = loose('How the pod fares.', {
  phase: choice('Phase of its life.', ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'], {
    absent: 'Running where nobody reports one',
  }),
  podIP: text('Its address.', { format: 'ip-or-empty' }),
  podIPs: listOf('All its addresses.', loose('An address.', { ip: text('IP address.', { format: 'ip-or-empty' }) })),
  conditions: listOf('Conditions.', CONDITION),
});

/** Kubernetes' Pod. */
export const pod = defineInput({
  group: '',
  kind: 'Pod',
  plural: 'pods',
  versions: ['v1'],
  scope: 'namespaced',
  affects: ['endpoint', 'listener'],
  fields: loose('A pod of Kubernetes.', { spec: SPEC, status: STATUS }),
  parse: ({ metadata, spec = {}, status = {} }, { meta }): Pod => {
    // What a Pod of its own name belongs to, a static one to its Node say, does not make more of the same.
    const owner = metadata.generateName
      ? metadata.ownerReferences?.find(({ controller }) => controller === true)
      : undefined;
    return {
      meta,
      ips: listAddresses(status),
      phase: status.phase ?? 'Running',
      ready: isReady(status),
      deleting: metadata.deletionTimestamp !== undefined,
      serviceAccount: spec.serviceAccountName || 'default',
      nodeName: spec.nodeName ?? '',
      ports: listPorts(spec),
      ...present({
        dnsName: spec.subdomain ? `${spec.hostname || meta.name}.${spec.subdomain}` : undefined,
        owner: owner && { kind: owner.kind ?? '', name: owner.name ?? '' },
      }),
    };
  },
});

function listAddresses({ podIP = '', podIPs = [] }: Static<typeof STATUS>): readonly string[] {
  const all = podIPs.map(({ ip = '' }) => ip);
  return (all.length > 0 ? all : [podIP]).filter((ip) => ip !== '');
}

/** A Pod written by hand, in a directory, has no conditions: it counts as ready. */
function isReady({ conditions }: Static<typeof STATUS>): boolean {
  return conditions === undefined || conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

function listPorts({ containers = [], initContainers = [] }: Static<typeof SPEC>): readonly ContainerPort[] {
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports.map(({ name = '', containerPort = 0, protocol = 'TCP' }) => ({ name, port: containerPort, protocol })),
  );
}
