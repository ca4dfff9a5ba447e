import { describe, expect, it } from 'vitest';
import { assignmentOf, type ClusterParts, ECHO, echo } from '../../../test/support/clusters.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { endpoint, routerClass, sidecarClass } from '../../../test/support/scopes.ts';

const networkGateways = ['5.5.5.5', '4.4.4.4'].map((address) => ({
  address,
  port: 15443,
  network: 'n2',
  cluster: 'c2',
}));
const endpoints = [
  endpoint('10.1.0.1', { network: 'n1' }),
  endpoint('10.2.0.1', { network: 'n2', cluster: 'c2', tlsMode: 'istio', weight: 4 }),
  endpoint('10.2.0.2', { network: 'n2', cluster: 'c2' }),
  endpoint('10.3.0.1', { network: 'n3' }),
  endpoint('10.0.0.1'),
];
const parts: ClusterParts = {
  services: [echo()],
  endpoints: { [ECHO]: endpoints },
  mesh: meshConfig({ networkGateways }),
};

function hostsOf(rest: Partial<ClusterParts>, name = `outbound|80||${ECHO}`) {
  const groups: readonly object[] = Object(assignmentOf(name, { ...parts, ...rest })).endpoints ?? [];
  return groups.map((group) => {
    const { load_balancing_weight: weight, lb_endpoints: hosts = [] } = Object(group);
    return { weight, hosts: hosts.map(describeHost) };
  });
}

function describeHost(host: object): string {
  const { endpoint: where, load_balancing_weight: weight } = Object(host);
  const { address, port_value: port } = where.address.socket_address;
  return `${address}:${port} weight ${weight}`;
}

describe('endpoints of other networks', () => {
  const throughGateways = [
    {
      weight: 14,
      hosts: [
        '10.1.0.1:80 weight 2',
        '10.3.0.1:80 weight 2',
        '10.0.0.1:80 weight 2',
        '4.4.4.4:15443 weight 4',
        '5.5.5.5:15443 weight 4',
      ],
    },
  ];

  it('are reached through its gateways, which share their weight', () => {
    expect(hostsOf({ proxy: sidecarClass({ network: 'n1' }) })).toEqual(throughGateways);
  });

  it('are so too for a client of no known network', () => {
    expect(hostsOf({ proxy: sidecarClass() })).toEqual(throughGateways);
  });

  it('are reached directly in the own one, or where there is no gateway', () => {
    expect(hostsOf({ proxy: sidecarClass({ network: 'n2' }) })).toEqual([
      {
        weight: 16,
        hosts: [
          '10.1.0.1:80 weight 2',
          '10.2.0.1:80 weight 8',
          '10.2.0.2:80 weight 2',
          '10.3.0.1:80 weight 2',
          '10.0.0.1:80 weight 2',
        ],
      },
    ]);
  });

  it('are left out where no gateway can be dialled', () => {
    const hosts = ['10.1.0.1:80 weight 2', '10.3.0.1:80 weight 2', '10.0.0.1:80 weight 2'];
    expect(hostsOf({ proxy: sidecarClass({ ipMode: 'ipv6' }) })).toEqual([{ weight: 6, hosts }]);
  });

  it('are, behind a gateway by SNI, only those that mTLS is used to', () => {
    const proxy = routerClass({ namespace: 'default', network: 'n2' });
    expect(hostsOf({ proxy, hasAutoPassthrough: true }, `outbound_.80_._.${ECHO}`)).toEqual([
      { weight: 8, hosts: ['10.2.0.1:80 weight 8'] },
    ]);
  });
});

it('says of a gateway that it takes mTLS, and whose cluster is behind it', () => {
  expect(assignmentOf(`outbound|80||${ECHO}`, parts)).toMatchObject({
    endpoints: [
      {
        lb_endpoints: [
          {},
          {},
          {},
          {
            endpoint: { address: { socket_address: { address: '4.4.4.4', port_value: 15443 } } },
            metadata: {
              filter_metadata: {
                'envoy.transport_socket_match': { tlsMode: 'istio' },
                istio: { workload: ';;;;c2' },
              },
            },
          },
          {},
        ],
      },
    ],
  });
});
