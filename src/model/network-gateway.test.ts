import { describe, expect, it } from 'vitest';
import { findWeightScale, isDialable, listGatewaysTo, type NetworkGateway } from './network-gateway.ts';

const gateway = (address: string, network: string, cluster = ''): NetworkGateway => ({
  address,
  port: 15443,
  network,
  cluster,
});
const [a, b, c] = [gateway('4.4.4.4', 'n2'), gateway('5.5.5.5', 'n2', 'c2'), gateway('6.6.6.6', 'n3')];

describe('listGatewaysTo', () => {
  it.each([
    { to: 'a network with gateways', endpoint: { network: 'n2', cluster: 'c9' }, expected: [a, b] },
    { to: 'a cluster with a gateway of its own', endpoint: { network: 'n2', cluster: 'c2' }, expected: [b] },
    { to: 'a network without', endpoint: { network: 'n1', cluster: 'c2' }, expected: [] },
  ])('leads to $to', ({ endpoint, expected }) => {
    expect(listGatewaysTo(endpoint, [a, b, c])).toEqual(expected);
  });
});

describe('isDialable', () => {
  it.each([
    { address: '4.4.4.4', ipMode: 'ipv4', expected: true },
    { address: '4.4.4.4', ipMode: 'ipv6', expected: false },
    { address: '::4', ipMode: 'ipv6', expected: true },
    { address: '::4', ipMode: 'dual', expected: true },
    { address: 'gw.example.com', ipMode: 'dual', expected: false },
  ] as const)('$address from $ipMode: $expected', ({ address, ipMode, expected }) => {
    expect(isDialable(gateway(address, 'n2'), ipMode)).toBe(expected);
  });

  it('needs a port', () => {
    expect(isDialable({ ...a, port: 0 }, 'ipv4')).toBe(false);
  });
});

it.each([
  { gateways: [], expected: 1 },
  { gateways: [c], expected: 1 },
  { gateways: [a, b], expected: 2 },
  { gateways: [a, a, a, c, c], expected: 6 },
])('findWeightScale makes every split even: $expected', ({ gateways, expected }) => {
  expect(findWeightScale(gateways)).toBe(expected);
});
