import { describe, expect, it } from 'vitest';
import { clusterOf, type ClusterParts, ECHO, echo, external, rule, simpleTls } from '../../../test/support/clusters.ts';
import { routerClass, sidecarClass } from '../../../test/support/scopes.ts';
import {
  ACCOUNT,
  agentSds,
  ECHO_ENDPOINTS,
  meshSocket,
  RAW_BUFFER,
  sans,
  socketsOf,
  TLS_PARAMS,
  tlsSocket,
} from '../../../test/support/transport-sockets.ts';
import type { ClientTls, TrafficPolicy } from '../../model/traffic-policy.ts';

const gateway = routerClass({ namespace: 'default' });

function echoSockets(port: number, policy: Partial<TrafficPolicy> | undefined, rest: ClusterParts = {}) {
  const destinationRules = policy ? [rule(policy)] : [];
  return socketsOf(
    clusterOf(`outbound|${port}||${ECHO}`, {
      services: [echo()],
      endpoints: ECHO_ENDPOINTS,
      destinationRules,
      ...rest,
    }),
  );
}

describe('certificate files in a proxy, which stand for its identity', () => {
  const clientCertificate = { chain: '/p.pem', key: '/pk.pem', root: '/pr.pem' };
  const proxy = sidecarClass({ settings: { clientCertificate } });
  const context = (names: object) => ({
    tls_params: TLS_PARAMS,
    tls_certificate_sds_secret_configs: [agentSds('file-cert:/p.pem~/pk.pem')],
    combined_validation_context: {
      default_validation_context: names,
      validation_context_sds_secret_config: agentSds('file-root:/pr.pem'),
    },
  });

  it('are used unasked', () => {
    expect(echoSockets(9000, undefined, { proxy })).toEqual({
      transport_socket: tlsSocket({
        sni: `outbound_.9000_._.${ECHO}`,
        common_tls_context: context(sans(['URI', ACCOUNT])),
      }),
    });
  });

  it('are used where a rule demands mTLS', () => {
    const tls: ClientTls = { mode: 'istio-mutual', sni: 'a', subjectAltNames: ['b'] };
    expect(echoSockets(9000, { tls }, { proxy })).toEqual({
      transport_socket: tlsSocket({ sni: 'a', common_tls_context: context(sans(['DNS', 'b'])) }),
    });
  });

  it('are not shown to strangers', () => {
    const tls = simpleTls({ mode: 'mutual', clientCertificate: '/c.pem', privateKey: '/k.pem' });
    expect(
      socketsOf(
        clusterOf('outbound|80||a.example.com', {
          services: [external('a.example.com')],
          destinationRules: [rule({ tls }, { host: 'a.example.com' })],
          proxy,
        }),
      ),
    ).toMatchObject({
      transport_socket: {
        typed_config: {
          common_tls_context: { tls_certificate_sds_secret_configs: [{ name: 'file-cert:/c.pem~/k.pem' }] },
        },
      },
    });
  });
});

describe('the PROXY protocol', () => {
  const wrap = (socket: object, version?: string) => ({
    name: 'envoy.transport_sockets.upstream_proxy_protocol',
    typed_config: {
      '@type':
        'type.googleapis.com/envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport',
      config: version ? { version } : {},
      transport_socket: socket,
    },
  });

  it('wraps plaintext', () => {
    expect(echoSockets(80, { proxyProtocol: 'V1', tls: { mode: 'disable' } })).toEqual({
      transport_socket: wrap(RAW_BUFFER),
    });
  });

  it('wraps every socket that endpoints are matched with', () => {
    const socket = meshSocket(`outbound_.9000_._.${ECHO}`, ['istio']);
    expect(echoSockets(9000, { proxyProtocol: 'V2' })).toEqual({
      transport_socket_matches: [
        { name: 'tlsMode-istio', match: { tlsMode: 'istio' }, transport_socket: wrap(socket, 'V2') },
        { name: 'tlsMode-disabled', match: {}, transport_socket: wrap(RAW_BUFFER, 'V2') },
      ],
    });
  });
});

describe('clusters by SNI', () => {
  it('pass TLS on as it is', () => {
    const cluster = clusterOf(`outbound_.80_._.${ECHO}`, {
      services: [echo()],
      endpoints: ECHO_ENDPOINTS,
      proxy: gateway,
      hasAutoPassthrough: true,
      destinationRules: [
        rule({ tls: simpleTls(), proxyProtocol: 'V1', connectionPool: { tcp: { maxConnections: 3 } } }),
      ],
    });
    expect(socketsOf(cluster)).toEqual({});
    expect(cluster).toMatchObject({
      alt_stat_name: `outbound_.80_._.${ECHO};`,
      eds_cluster_config: { service_name: `outbound_.80_._.${ECHO}` },
      circuit_breakers: { thresholds: [{ max_connections: 3 }] },
    });
  });
});
