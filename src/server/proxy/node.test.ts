import { describe, expect, it } from 'vitest';
import type { ProxyNode } from '../../xds/node.ts';
import { parseNode } from './node.ts';

const extensions = new Set(['envoy.filters.http.router']);

function node(rest: Partial<ProxyNode> = {}): ProxyNode {
  return {
    id: 'sidecar~10.0.0.1~reviews-v1.shop~shop.svc.cluster.local',
    cluster: 'reviews.shop',
    metadata: {},
    locality: { region: 'r', zone: 'z', subZone: '' },
    userAgentName: 'envoy',
    userAgentVersion: '1.40.0',
    extensions,
    clientFeatures: [],
    ...rest,
  };
}

const parse = (rest: Partial<ProxyNode> = {}, transport: 'plaintext' | 'tls' = 'plaintext') =>
  parseNode(node(rest), transport, { cluster: 'Kubernetes' });

describe('parseNode', () => {
  it('reads the id, and takes defaults for what metadata does not say', () => {
    const { capabilities, settings, ...facts } = parse();
    expect(facts).toEqual({
      id: node().id,
      type: 'sidecar',
      ipAddresses: ['10.0.0.1'],
      ipMode: 'ipv4',
      name: 'reviews-v1',
      dnsDomain: 'shop.svc.cluster.local',
      namespace: 'shop',
      labels: {},
      cluster: 'Kubernetes',
      network: '',
      nodeName: '',
      locality: { region: 'r', zone: 'z', subzone: '' },
      interception: 'REDIRECT',
      proxyConfig: undefined,
      istioVersion: '',
      metadata: {},
    });
    expect(capabilities).toEqual({ identity: 'none', istioFilters: false, extensions });
    expect(settings.reservedPorts).toEqual([]);
  });

  it.each([
    ['reviews'],
    ['sidecar~10.0.0.1~reviews-v1.shop'],
    ['sidecar~10.0.0.1~a~b~c'],
    ['ztunnel~10.0.0.1~a.b~b.svc.cluster.local'],
    ['sidecar~nowhere~a.b~b.svc.cluster.local'],
  ])('refuses the node id %s', (id) => {
    expect(() => parse({ id })).toThrow(expect.objectContaining({ code: 'NODE_ID_INVALID', blame: 'caller' }));
  });

  it.each([
    {
      when: 'it lists both families',
      metadata: { INSTANCE_IPS: '10.0.0.1,fd00::1' },
      mode: 'dual',
      ips: ['10.0.0.1', 'fd00::1'],
    },
    { when: 'it lists IPv6 alone', metadata: { INSTANCE_IPS: 'fd00::1' }, mode: 'ipv6', ips: ['fd00::1'] },
    { when: 'one of the list is no address', metadata: { INSTANCE_IPS: 'fd00::1,x' }, mode: 'ipv4', ips: ['10.0.0.1'] },
  ])('knows its addresses when $when', ({ metadata, mode, ips }) => {
    const { ipMode, ipAddresses } = parse({ metadata });
    expect([ipMode, ipAddresses]).toEqual([mode, ips]);
  });

  it.each([
    { when: 'it came over TLS', rest: {}, transport: 'tls' as const, identity: 'agent' },
    {
      when: 'an agent wrote its version',
      rest: { metadata: { ISTIO_VERSION: '1.32.0' } },
      transport: 'plaintext' as const,
      identity: 'agent',
    },
    { when: 'it is a bare Envoy', rest: {}, transport: 'plaintext' as const, identity: 'none' },
  ])('knows whether it has an identity when $when', ({ rest, transport, identity }) => {
    expect(parse(rest, transport).capabilities.identity).toBe(identity);
  });

  it('shares capabilities and localities between proxies of one build and zone', () => {
    expect([parse().capabilities, parse().locality]).toEqual([parse().capabilities, parse().locality]);
    expect(parse().capabilities).toBe(parse().capabilities);
    expect(parse().locality).toBe(parse().locality);
  });
});
