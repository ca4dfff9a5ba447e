import { describe, expect, it } from 'vitest';
import { toLine } from '../../../test/support/issues.ts';
import { ConfigDocument } from '../read/config-document.ts';
import { parseMeshNetworks } from './parse-mesh-networks.ts';

function read(text: string) {
  const { networks, issues } = parseMeshNetworks(new ConfigDocument('networks', 1, text.trimStart()));
  return { networks, issues: issues.map((issue) => toLine(issue)) };
}

describe('parseMeshNetworks', () => {
  it.each(['', '{}', '# nothing\n', 'networks: {}'])('finds no network in %j', (text) => {
    expect(read(text)).toEqual({ networks: [], issues: [] });
  });

  it('reads every field that something acts on', () => {
    const text = `
networks:
  west:
    endpoints:
    - fromRegistry: c-west
    gateways:
    - {registryServiceName: gw.istio-system.svc.cluster.local, port: 15443}
  east:
    endpoints:
    - fromCidr: 10.1.0.0/16
    - fromCidr: 2001:db8::/32
    - {fromRegistry: c-east}
    gateways:
    - {address: 4.4.4.4, port: 443}
    - {address: gw.example.com, port: 15443}
`;
    expect(read(text)).toEqual({
      networks: [
        {
          name: 'east',
          cidrs: ['10.1.0.0/16', '2001:db8::/32'],
          clusters: ['c-east'],
          gateways: [
            { address: '4.4.4.4', service: '', port: 443 },
            { address: 'gw.example.com', service: '', port: 15443 },
          ],
        },
        {
          name: 'west',
          cidrs: [],
          clusters: ['c-west'],
          gateways: [{ address: '', service: 'gw.istio-system.svc.cluster.local', port: 15443 }],
        },
      ],
      issues: [],
    });
  });

  it.each([
    {
      of: 'text that is no YAML',
      text: 'networks: [',
      code: 'YAML_SYNTAX',
    },
    {
      of: 'a range that is none',
      text: 'networks: {n: {endpoints: [{fromCidr: 10.0.0.0/40}]}}',
      code: 'ADDRESS_INVALID',
    },
    {
      of: 'a member that says two things',
      text: 'networks: {n: {endpoints: [{fromCidr: 10.0.0.0/8, fromRegistry: c}]}}',
      code: 'FIELD_EXCLUSIVE',
    },
    { of: 'a gateway without a port', text: 'networks: {n: {gateways: [{address: 4.4.4.4}]}}', code: 'FIELD_MISSING' },
    { of: 'a gateway that is nowhere', text: 'networks: {n: {gateways: [{port: 443}]}}', code: 'FIELD_MISSING' },
    {
      of: 'a gateway of two addresses',
      text: 'networks: {n: {gateways: [{address: 4.4.4.4, registryServiceName: a.b, port: 443}]}}',
      code: 'FIELD_EXCLUSIVE',
    },
    {
      of: 'an address that is none',
      text: 'networks: {n: {gateways: [{address: "4.4.4.4:443", port: 443}]}}',
      code: 'ADDRESS_INVALID',
    },
    {
      of: 'a cluster in two networks',
      text: 'networks: {a: {endpoints: [{fromRegistry: c}]}, b: {endpoints: [{fromRegistry: c}]}}',
      code: 'NETWORK_REPEATED',
    },
  ])('refuses $of', ({ text, code }) => {
    const { networks, issues } = read(text);
    expect([networks, issues.map((line) => line.split(' ').slice(1, 3).join(' '))]).toEqual([
      undefined,
      [`error ${code}`],
    ]);
  });

  it('notes what it does not know, and passes over it', () => {
    const { networks, issues } = read(
      'networks: {n: {colour: red, gateways: [{address: 4.4.4.4, port: 443, locality: r}]}}',
    );
    expect([networks?.length, issues]).toEqual([1, [expect.stringContaining('MESH_FIELD_UNKNOWN')]]);
  });
});
