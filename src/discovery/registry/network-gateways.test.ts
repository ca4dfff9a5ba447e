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
