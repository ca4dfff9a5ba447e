import { describe, expect, it } from 'vitest';
import { outboundListeners, outline, PASSTHROUGH, serviceEntry, tcpProxy } from '../../../test/support/listeners.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { destinationRule, virtualService } from '../../../test/support/model.ts';

describe('VirtualServices for TCP and TLS', () => {
  const db = serviceEntry('db.ex', 90, 'tcp', { addresses: ['10.9.9.9'] });
  const tls = serviceEntry('tls.ex', 443, 'tls');
  const match = { gateways: [], sourceLabels: {}, destinationSubnets: [] };
  const to = (host: string, weight = 0) => ({ destination: { host }, weight });

  it('name server names in order, and the object they come from', () => {
    const rule = virtualService('shop', 'v', {
      hosts: ['tls.ex'],
      tls: [{ matches: [{ ...match, sniHosts: ['b', 'a'] }], destinations: [to('db.ex', 100)] }],
    });
    const { listeners, resources } = outboundListeners({ services: [tls, db], virtualServices: [rule] });
    expect(outline(listeners['0.0.0.0_443'])).toEqual(['{server_names:[a,b]} -> tcp(outbound|90||db.ex)', PASSTHROUGH]);
    expect(listeners['0.0.0.0_443']?.filter_chains[0]?.metadata).toEqual({
      filter_metadata: { istio: { config: '/apis/networking.istio.io/v1/namespaces/shop/virtual-service/v' } },
    });
    expect(resources.find(({ name }) => name === '0.0.0.0_443')?.origins).toEqual(['VirtualService/shop/v']);
  });

  it('share connections by weight', () => {
    const rule = virtualService('istio-system', 'v', {
      hosts: ['db.ex'],
      tcp: [{ matches: [], destinations: [to('db.ex', 20), to('tls.ex', 80), to('off.ex', 0)] }],
    });
    const { listeners } = outboundListeners({ services: [db, tls], virtualServices: [rule] });
    expect(listeners['10.9.9.9_90']?.filter_chains[0]?.filters).toEqual([
      tcpProxy({
        stat_prefix: 'v.istio-system',
        weighted_clusters: {
          clusters: [
            { name: 'outbound|90||db.ex', weight: 20 },
            { name: 'outbound|443||tls.ex', weight: 80 },
          ],
        },
      }),
    ]);
  });

  it('are heard of when they lead nowhere', () => {
    const subset = { destination: { host: 'tls.ex', subset: 'v9' }, weight: 1 };
    const rule = virtualService('default', 'v', {
      hosts: ['*.ex'],
      tcp: [{ matches: [], destinations: [to('gone.ex', 1), subset] }],
    });
    const other = serviceEntry('other.ex', 91, 'tcp');
    const { notes } = outboundListeners({ services: [db, tls, other], virtualServices: [rule] });
    expect(notes).toEqual([
      {
        object: 'VirtualService/default/v',
        code: 'VS_DESTINATION_UNKNOWN',
        message: 'destination "gone.ex" is no service that namespace "default" can see',
      },
      {
        object: 'VirtualService/default/v',
        code: 'VS_SUBSET_UNKNOWN',
        message: 'no DestinationRule that applies here declares subset "v9" of "tls.ex"',
      },
    ]);
  });

  it('apply to the services that a wildcard of theirs covers', () => {
    const rule = virtualService('default', 'v', {
      hosts: ['*.ex'],
      tcp: [{ matches: [], destinations: [to('tls.ex')] }],
    });
    const { listeners } = outboundListeners({ services: [db, tls], virtualServices: [rule] });
    expect(outline(listeners['10.9.9.9_90'])).toEqual(['* -> tcp(outbound|443||tls.ex)']);
  });
});

describe('DestinationRules for TCP', () => {
  const db = serviceEntry('db.ex', 90, 'tcp', { addresses: ['10.9.9.9'] });
  const rule = (trafficPolicy: object) =>
    destinationRule('default', 'db', { host: 'db.ex', trafficPolicy: { portLevel: new Map(), ...trafficPolicy } });
  const filter = (parts: Parameters<typeof outboundListeners>[0], proxy = {}) =>
    outboundListeners({ services: [db], ...parts }, proxy).listeners['10.9.9.9_90']?.filter_chains[0]?.filters[0]
      ?.typed_config;

  it.each<{ when: string; policy: object; field: object }>([
    {
      when: 'an idle timeout',
      policy: { connectionPool: { tcp: { idleTimeoutMs: 5000, maxConnectionDurationMs: 60_000 } } },
      field: { idle_timeout: '5s', max_downstream_connection_duration: '60s' },
    },
    {
      when: 'hashing by source',
      policy: {
        loadBalancer: { consistentHash: { key: { kind: 'source-ip' }, algorithm: { kind: 'ring-hash' } } },
      },
      field: { hash_policy: [{ source_ip: {} }] },
    },
    {
      when: 'a tunnel',
      policy: { tunnel: { protocol: 'POST', targetHost: '2001:db8::1', targetPort: 443 } },
      field: { tunneling_config: { hostname: '[2001:db8::1]:443', use_post: true } },
    },
  ])('set $when', ({ policy, field }) => {
    expect(filter({ destinationRules: [rule(policy)] }, { settings: { idleTimeoutMs: 10_000 } })).toMatchObject(field);
  });

  it("hold for all ports, but for what a port's own entry sets", () => {
    const connectionPool = { tcp: { idleTimeoutMs: 5000 } };
    const hashing = { consistentHash: { key: { kind: 'source-ip' }, algorithm: { kind: 'ring-hash' } } };
    const portLevel = (entry: object) => new Map([[90, entry]]);
    const whole = { connectionPool, loadBalancer: hashing };
    expect(
      filter({ destinationRules: [rule({ ...whole, portLevel: portLevel({ tls: { mode: 'disable' } }) })] }),
    ).toMatchObject({ idle_timeout: '5s', hash_policy: [{ source_ip: {} }] });
    const own = { connectionPool: { tcp: { idleTimeoutMs: 7000 } }, loadBalancer: { algorithm: 'random' } };
    const filtered = filter({ destinationRules: [rule({ ...whole, portLevel: portLevel(own) })] });
    expect(filtered).toMatchObject({ idle_timeout: '7s' });
    expect(filtered).not.toHaveProperty('hash_policy');
  });

  it('leave the idle timeout of the proxy in force when they have none', () => {
    expect(filter({}, { settings: { idleTimeoutMs: 10_000 } })).toMatchObject({ idle_timeout: '10s' });
  });

  it('count by the pattern of the mesh', () => {
    const mesh = meshConfig({ outboundClusterStatName: '%SERVICE%_%SERVICE_PORT_NAME%_%SERVICE_PORT%%SUBSET_NAME%' });
    expect(filter({ mesh })).toMatchObject({ stat_prefix: 'db.ex_tcp-90_90' });
  });
});
