import type { Node } from '../../model/kubernetes.ts';
import { defineInput } from '../define-kind.ts';
import { listOf, loose, text } from '../schema/fields.ts';

const STATUS = loose('How the node fares.', {
  nodeInfo: loose('What it runs.', { kubeletVersion: text('What starts Pods there, such as `v1.33.1`.') }),
  addresses: listOf(
    'Where it is reached.',
    loose('An address.', {
      type: text('`ExternalIP` is reached from outside of the cluster.'),
      address: text('The address.'),
    }),
  ),
});

/** Kubernetes' Node, whose labels say where its Pods are. */
export const node = defineInput({
  group: '',
  kind: 'Node',
  plural: 'nodes',
  versions: ['v1'],
  scope: 'cluster',
  affects: ['endpoint'],
  fields: loose('A node of Kubernetes.', { status: STATUS }),
  parse: ({ status: { addresses = [], nodeInfo: { kubeletVersion } = {} } = {} }, { meta }): Node => ({
    meta,
    ...(kubeletVersion !== undefined && { kubeletVersion }),
    externalAddresses: addresses.flatMap(({ type, address = '' }) =>
      type === 'ExternalIP' && address !== '' ? [address] : [],
    ),
  }),
});
