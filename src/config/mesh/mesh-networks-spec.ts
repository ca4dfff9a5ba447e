import { listOf, mapOf, object, text, unused, whole } from '../schema/fields.ts';

const MEMBER = object(
  'Workloads that are in the network.',
  {
    required: {},
    optional: {
      fromCidr: text('A range of their addresses.', { format: 'cidr' }),
      fromRegistry: text('Id of their cluster.'),
    },
  },
  { exclusive: [['fromCidr', 'fromRegistry']] },
);

const GATEWAY = object(
  'A way into the network.',
  {
    required: { port: whole('Where it takes mTLS.', { minimum: 1, maximum: 65535 }) },
    optional: {
      registryServiceName: text('Host of its service, in the clusters of the network.', { format: 'host' }),
      address: text('IP address or DNS name.'),
      locality: unused(text('Where it is.')),
    },
  },
  { exclusive: [['registryServiceName', 'address']] },
);

/** Networks that cannot reach each other's addresses. */
export const MESH_NETWORKS = object('Networks that cannot reach the addresses of each other.', {
  required: {},
  optional: {
    networks: mapOf(
      'Networks by name.',
      object('A network.', {
        required: {},
        optional: {
          endpoints: listOf('Workloads that are in it.', MEMBER),
          gateways: listOf('Ways into it.', GATEWAY),
        },
      }),
    ),
  },
});
