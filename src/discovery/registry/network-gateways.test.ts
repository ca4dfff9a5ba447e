import { describe, expect, it } from 'vitest';
import { readObject, readObjects, toChanges } from '../../../test/support/objects.ts';
import { registryContext } from '../../../test/support/registry.ts';
import { listNetworkGateways } from './network-gateways.ts';
import { Registry } from './registry.ts';

const east = (labels: string, spec: string, status = '{}') =>
  `{ apiVersion: v1, kind: Service, metadata: { name: east, namespace: istio-system, labels: { ${labels} } }, spec: { ${spec} }, status: ${status} }`;
const NETWORK = 'topology.istio.io/network: n2';
const PORTS = 'ports: [{ name: status, port: 15021 }, { name: tls, port: 15443 }]';
const at = (address: string, port = 15443) => ({ address, port, network: 'n2', cluster: 'c1' });

describe('listNetworkGateways', () => {
  it.each([
    { of: 'a service of no network', yaml: east('', `${PORTS}, externalIPs: [4.4.4.4]`), expected: [] },
    { of: 'one that nobody outside can call', yaml: east(NETWORK, PORTS), expected: [] },
    { of: 'external addresses', yaml: east(NETWORK, `${PORTS}, externalIPs: [4.4.4.4]`), expected: [at('4.4.4.4')] },
    {
      of: 'a load balancer',
      yaml: east(
        NETWORK,
        `${PORTS}, type: LoadBalancer, externalIPs: [4.4.4.4]`,
        '{ loadBalancer: { ingress: [{ ip: 5.5.5.5 }, { hostname: gw.example.com }] } }',
      ),
      expected: [at('5.5.5.5'), at('gw.example.com'), at('4.4.4.4')],
    },
    {
      of: 'a service without the usual port',
      yaml: east(NETWORK, 'ports: [{ name: tls, port: 443 }], externalIPs: [4.4.4.4]'),
      expected: [],
    },
    {
      of: 'one that names its port',
      yaml: east(
        `${NETWORK}, networking.istio.io/gatewayPort: '443'`,
        'ports: [{ name: tls, port: 443 }], externalIPs: [4.4.4.4]',
      ),
      expected: [at('4.4.4.4', 443)],
    },
  ])('reads $of', ({ yaml, expected }) => {
    expect(listNetworkGateways(readObject('Service', yaml), [], registryContext({ cluster: 'c1' }))).toEqual(expected);
  });
});

it('the gateways of a registry stay the identical list until one changes, and go with their service', () => {
  const context = registryContext({ cluster: 'c1' });
  const registry = new Registry(context);
  const first = readObjects(east(NETWORK, `${PORTS}, externalIPs: [5.5.5.5, 4.4.4.4]`));
  registry.apply(toChanges([], first), context);
  const list = registry.networkGateways;
  expect(list).toEqual([at('4.4.4.4'), at('5.5.5.5')]);
  const second = readObjects(east(`${NETWORK}, other: label`, `${PORTS}, externalIPs: [4.4.4.4, 5.5.5.5]`));
  registry.apply(toChanges(first, second), context);
  expect(registry.networkGateways).toBe(list);
  registry.apply(toChanges(second, []), context);
  expect(registry.networkGateways).toEqual([]);
});

describe('listNetworkGateways, of what is said elsewhere,', () => {
  const gateway = (type: string, annotations: string) =>
    `{ apiVersion: v1, kind: Service, metadata: { name: east, namespace: istio-system, annotations: { ${annotations} } }, spec: { type: ${type}, externalIPs: [4.4.4.4], ports: [{ name: tls, port: 15443, nodePort: 30443 }] } }`;
  const networks = [
    {
      name: 'n2',
      cidrs: [],
      clusters: ['c1'],
      gateways: [{ address: '', service: 'east.istio-system.svc.cluster.local', port: 15443 }],
    },
  ];
  const nodes = readObjects(`
{ apiVersion: v1, kind: Node, metadata: { name: a, labels: { edge: yes-it-is } }, status: { addresses: [{ type: ExternalIP, address: 203.0.113.1 }] } }
---
{ apiVersion: v1, kind: Node, metadata: { name: b, labels: { edge: yes-it-is } }, status: { addresses: [{ type: InternalIP, address: 10.0.0.2 }] } }
---
{ apiVersion: v1, kind: Node, metadata: { name: c }, status: { addresses: [{ type: ExternalIP, address: 203.0.113.3 }] } }
`).flatMap((object) => (object.kind === 'Node' ? [object.value] : []));
  const SELECTOR = `traffic.istio.io/nodeSelector: '{"edge": "yes-it-is"}'`;

  it.each([
    {
      of: 'a service that MeshNetworks names',
      yaml: gateway('ClusterIP', ''),
      cluster: 'c1',
      expected: [at('4.4.4.4')],
    },
    { of: 'the same in a cluster of no network', yaml: gateway('ClusterIP', ''), cluster: 'c2', expected: [] },
    {
      of: 'a service that nodes take traffic for',
      yaml: gateway('NodePort', SELECTOR),
      cluster: 'c1',
      expected: [at('203.0.113.1', 30443)],
    },
    {
      of: 'a selector that is none',
      yaml: gateway('NodePort', "traffic.istio.io/nodeSelector: 'edge'"),
      cluster: 'c1',
      expected: [at('4.4.4.4')],
    },
    {
      of: 'a selector of another type of service',
      yaml: gateway('ClusterIP', SELECTOR),
      cluster: 'c1',
      expected: [at('4.4.4.4')],
    },
  ])('reads $of', ({ yaml, cluster, expected }) => {
    const context = registryContext({ cluster, networks });
    expect(listNetworkGateways(readObject('Service', yaml), nodes, context)).toEqual(expected);
  });
});
