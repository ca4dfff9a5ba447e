import { describe, expect, it } from 'vitest';
import { findMeshNetwork, listAddressGateways, listRanges, type MeshNetwork } from './mesh-network.ts';

const network = (name: string, rest: Partial<MeshNetwork>): MeshNetwork => ({
  name,
  cidrs: [],
  clusters: [],
  gateways: [],
  ...rest,
});

const NETWORKS = [
  network('wide', { cidrs: ['10.0.0.0/8', '2001:db8::/32'] }),
  network('narrow', { cidrs: ['10.1.0.0/16'] }),
  network('east', { clusters: ['c-east', 'c-east-2'] }),
  network('again', { clusters: ['c-east'] }),
];

describe('findMeshNetwork', () => {
  it.each([
    { address: '10.2.0.1', cluster: 'c', found: 'wide' },
    { address: '10.1.0.1', cluster: 'c', found: 'narrow' },
    { address: '2001:db8::1', cluster: 'c', found: 'wide' },
    { address: '11.0.0.1', cluster: 'c', found: '' },
    { address: 'api.example.com', cluster: 'c', found: '' },
    { address: '', cluster: 'c', found: '' },
    { address: '10.1.0.1', cluster: 'c-east', found: 'east' },
    { address: '', cluster: 'c-east-2', found: 'east' },
  ])('puts "$address" of $cluster into "$found"', ({ address, cluster, found }) => {
    expect(findMeshNetwork(NETWORKS, cluster, address)).toBe(found);
  });
});

it('lists the gateways that are addresses', () => {
  const gateways = [
    { address: '4.4.4.4', service: '', port: 15443 },
    { address: '', service: 'gw.istio-system.svc.cluster.local', port: 443 },
  ];
  expect(listAddressGateways([network('n', { gateways })])).toEqual([
    { address: '4.4.4.4', port: 15443, network: 'n', cluster: '' },
  ]);
});

it('lists every range once, sorted', () => {
  expect(listRanges([...NETWORKS, network('other', { cidrs: ['10.1.0.0/16'] })])).toEqual([
    '10.0.0.0/8',
    '10.1.0.0/16',
    '2001:db8::/32',
  ]);
});
