import { expect, it } from 'vitest';
import { readObject } from '../../../test/support/objects.ts';

it('reads where a Node is, and where it is reached from outside', () => {
  const node = readObject(
    'Node',
    `
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {topology.kubernetes.io/region: r1}}
status:
  capacity: {cpu: "2"}
  nodeInfo: {kubeletVersion: v1.33.1, osImage: any}
  addresses:
  - {type: InternalIP, address: 10.0.0.1}
  - {type: Hostname, address: n1}
  - {type: ExternalIP, address: 203.0.113.1}
`,
  );
  expect(node).toEqual({
    meta: expect.objectContaining({
      kind: 'Node',
      name: 'n1',
      namespace: '',
      labels: { 'topology.kubernetes.io/region': 'r1' },
    }),
    externalAddresses: ['203.0.113.1'],
    kubeletVersion: 'v1.33.1',
  });
});
