import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../../../src/kit/log.ts';
import { externalHost } from '../../support/facts/external-host.ts';
import { meshOf } from '../../support/facts/mesh.ts';
import { destinationRule, service, virtualService } from '../../support/facts/objects.ts';

/** Where proxies of these tests are. */
const AT = { ip: '1.1.1.1' };

beforeAll(() => configureLogs({ write: () => undefined }));

describe('TCP and TLS routes', () => {
  const tcpHost = externalHost('tcp.ex', '{ number: 90, name: tcp, protocol: TCP }', '10.9.9.9');
  const tlsHost = externalHost('tls.ex', '{ number: 443, name: tls, protocol: TLS }');
  const proxyPart = 'listener 10.9.9.9_90 → filter_chains[0].tcp.';

  it('L29: a chain of a TLS rule has its names sorted, and says which rule it is', async () => {
    const route = '[{ destination: { host: tls.ex }, weight: 100 }]';
    const match = '[{ sniHosts: [b.tls.ex, a.tls.ex] }]';
    const rule = virtualService('v', `{ hosts: ['*.tls.ex', tls.ex], tls: [{ match: ${match}, route: ${route} }] }`);
    const mesh = await meshOf([tlsHost, rule], AT);
    expect(mesh.show('listener 0.0.0.0_443 → filter_chains[*].{filter_chain_match,metadata}')).toEqual([
      {
        filter_chain_match: { server_names: ['a.tls.ex', 'b.tls.ex'] },
        metadata: {
          filter_metadata: {
            istio: { config: '/apis/networking.istio.io/v1/namespaces/default/virtual-service/v' },
          },
        },
      },
    ]);
  });

  it('L30: several destinations of a TCP rule are weighed, and counted under the name of the rule', async () => {
    const route =
      '[{ destination: { host: tcp.ex, subset: a }, weight: 20 }, { destination: { host: tcp.ex }, weight: 80 }]';
    const rule = virtualService('v', `{ hosts: [tcp.ex], tcp: [{ route: ${route} }] }`, { namespace: 'istio-system' });
    const mesh = await meshOf([tcpHost, rule], AT);
    expect(mesh.show(`${proxyPart}{stat_prefix,weighted_clusters}`)).toEqual({
      stat_prefix: 'v.istio-system',
      weighted_clusters: {
        clusters: [
          { name: 'outbound|90|a|tcp.ex', weight: 20 },
          { name: 'outbound|90||tcp.ex', weight: 80 },
        ],
      },
    });
  });

  it('L31: how long a connection may rest is said by the rule of the destination, else by the proxy', async () => {
    const pool = destinationRule(
      'tcp',
      '{ host: tcp.ex, trafficPolicy: { connectionPool: { tcp: { idleTimeout: 5s } } } }',
    );
    const own = service(
      'web',
      '{ clusterIP: 10.96.0.80, selector: { app: web }, ports: [{ name: tcp, port: 70 }, { name: http, port: 80 }] }',
    );
    const proxy = { ...AT, sidecar: 'default/web', metadata: { IDLE_TIMEOUT: '10s' } };
    const mesh = await meshOf([tcpHost, pool, own], proxy);
    expect(mesh.show(`${proxyPart}idle_timeout`)).toBe('5s');
    expect(mesh.show('listener virtualInbound → filter_chains[0.0.0.0_70#0].tcp.idle_timeout')).toBe('10s');
    const manager = 'listener virtualInbound → filter_chains[0.0.0.0_80#0].http';
    expect(mesh.show(`${manager}.common_http_protocol_options`)).toEqual({ idle_timeout: '10s' });
  });

  it('L32: connections are hashed by where they come from', async () => {
    const hash = destinationRule(
      'tcp',
      '{ host: tcp.ex, trafficPolicy: { loadBalancer: { consistentHash: { useSourceIp: true } } } }',
    );
    const mesh = await meshOf([tcpHost, hash], AT);
    expect(mesh.show(`${proxyPart}hash_policy`)).toEqual([{ source_ip: {} }]);
  });

  it('L70: subnets of a match hold for the matches after it too; a name that one of them has is not repeated', async () => {
    const route = '[{ destination: { host: tls.ex } }]';
    const rule = virtualService(
      'v',
      `{ hosts: ['*.tls.ex', tls.ex], tls: [
        { match: [{ sniHosts: [a.tls.ex], destinationSubnets: [10.1.0.0/16] }, { sniHosts: [a.tls.ex, b.a.tls.ex] }], route: ${route} }] }`,
    );
    const mesh = await meshOf([tlsHost, rule], AT);
    const prefix_ranges = [{ address_prefix: '10.1.0.0', prefix_len: 16 }];
    expect(mesh.show('listener 0.0.0.0_443 → filter_chains[*].filter_chain_match')).toEqual([
      { prefix_ranges, server_names: ['a.tls.ex'] },
      // Istio repeats a.tls.ex here, which Envoy refuses: the same range and name are in the chain before.
      { prefix_ranges, server_names: ['b.a.tls.ex'] },
    ]);
  });
});
