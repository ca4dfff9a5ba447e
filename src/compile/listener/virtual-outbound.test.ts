import { describe, expect, it } from 'vitest';
import {
  type ListenersJson,
  outboundListeners,
  outline,
  portListeners,
  tcpProxy,
} from '../../../test/support/listeners.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { service, sidecar } from '../../../test/support/model.ts';

const allNames = ({ resources }: ListenersJson) => resources.map(({ name }) => name);

describe('virtualOutbound', () => {
  it('takes captured connections, hands them over, and keeps the rest', () => {
    expect(outboundListeners({}).listeners.virtualOutbound).toEqual({
      name: 'virtualOutbound',
      address: { socket_address: { address: '0.0.0.0', port_value: 15001 } },
      use_original_dst: true,
      traffic_direction: 'OUTBOUND',
      max_connections_to_accept_per_socket_event: 1,
      filter_chains: [
        {
          name: 'virtualOutbound-blackhole',
          filter_chain_match: { destination_port: 15001 },
          filters: [tcpProxy({ stat_prefix: 'BlackHoleCluster', cluster: 'BlackHoleCluster' })],
        },
        {
          name: 'virtualOutbound-catchall-tcp',
          filters: [tcpProxy({ stat_prefix: 'PassthroughCluster', cluster: 'PassthroughCluster' })],
        },
      ],
    });
  });

  it.each([
    { mode: 'registry-only' as const, to: ['* -> tcp(BlackHoleCluster)'] },
    { mode: 'allow-any' as const, to: ['* -> tcp(PassthroughCluster)'] },
    {
      mode: 'allow-any-dynamic-dns' as const,
      to: [
        '{application_protocols:[http/1.1,h2c]} -> http(inline allow_any_dynamic_dns)',
        '* -> tcp(PassthroughCluster)',
      ],
    },
  ])('sends undeclared traffic where $mode says', ({ mode, to }) => {
    const mesh = meshConfig({ outboundTrafficPolicy: { mode } });
    expect(outline(outboundListeners({ mesh }).listeners.virtualOutbound).slice(1)).toEqual(to);
  });

  it('sends undeclared traffic to the egress proxy of a Sidecar', () => {
    const policy = {
      mode: 'allow-any',
      egressProxy: { host: 'egress.istio-system.svc.cluster.local', port: 8443, subset: 'v1' },
    } as const;
    const listeners = outboundListeners({ sidecar: sidecar('default', 's', { outboundTrafficPolicy: policy }) });
    const to = 'tcp(outbound|8443|v1|egress.istio-system.svc.cluster.local)';
    expect(outline(listeners.listeners.virtualOutbound)[1]).toBe(`* -> ${to}`);
  });

  it.each([
    { interception: 'REDIRECT' as const, transparent: undefined },
    { interception: 'TPROXY' as const, transparent: true },
  ])('is transparent for $interception only when it has to be', ({ interception, transparent }) => {
    expect(outboundListeners({}, { interception }).listeners.virtualOutbound?.transparent).toBe(transparent);
  });

  it('binds the first family only, whatever a dual proxy does for services', () => {
    const { listeners } = outboundListeners({ services: [service('default', 'web')] }, { ipMode: 'dual' });
    expect(listeners.virtualOutbound?.additional_addresses).toBeUndefined();
    expect(listeners['0.0.0.0_80']?.additional_addresses).toEqual([
      { address: { socket_address: { address: '::', port_value: 80 } } },
    ]);
  });

  it('is not there when the mesh turns the outbound side off, nor is anything else', () => {
    const mesh = meshConfig({ proxyListenPort: 0 });
    expect(allNames(outboundListeners({ mesh, services: [service('default', 'web')] }))).toEqual([]);
  });
});

describe('the HTTP proxy', () => {
  it('listens on loopback where the mesh says', () => {
    const { listeners } = outboundListeners({ mesh: meshConfig({ proxyHttpPort: 15007 }) });
    const listener = listeners['127.0.0.1_15007'];
    expect(outline(listener)).toEqual(['* -> http(http_proxy)']);
    expect(listener?.filter_chains[0]?.filters[0]?.typed_config).toMatchObject({
      stat_prefix: 'outbound_127.0.0.1_15007;',
      http_protocol_options: { allow_absolute_url: true },
      use_remote_address: false,
    });
  });

  it('listens where the proxy says instead', () => {
    const mesh = meshConfig({ proxyHttpPort: 15007 });
    const compiled = outboundListeners({ mesh }, { settings: { httpProxyPort: 3128 } });
    expect(portListeners(compiled)).toEqual(['127.0.0.1_3128']);
  });
});
