import { describe, expect, it } from 'vitest';
import { clusterOf, type ClusterParts, compileClusters, ECHO, echo, rule } from '../../../test/support/clusters.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { service } from '../../../test/support/model.ts';
import { endpoint, sidecarClass } from '../../../test/support/scopes.ts';
import {
  ACCOUNT,
  byEndpoint,
  ECHO_ENDPOINTS,
  meshSocket,
  sans,
  socketsOf,
} from '../../../test/support/transport-sockets.ts';
import type { ClientTls, TrafficPolicy } from '../../model/traffic-policy.ts';

const bare = sidecarClass({ capabilities: { identity: 'none' } });
const istioProxy = sidecarClass({ capabilities: { istioFilters: true } });

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

describe('mTLS that nobody asked for', () => {
  const sni = (port: number) => `outbound_.${port}_._.${ECHO}`;
  const BY_ENDPOINT = { transport_socket_matches: byEndpoint(meshSocket(sni(9000), ['istio'])) };
  it.each([
    { of: 'istio-proxy, HTTP', proxy: istioProxy, port: 80, alpn: ['istio-peer-exchange', 'istio'] },
    { of: 'istio-proxy, gRPC', proxy: istioProxy, port: 7070, alpn: ['istio-peer-exchange', 'istio', 'h2'] },
    { of: 'istio-proxy, TCP', proxy: istioProxy, port: 9000, alpn: ['istio-peer-exchange', 'istio'] },
    { of: 'stock Envoy, HTTP', proxy: sidecarClass(), port: 80, alpn: ['istio-http/1.1', 'istio', 'http/1.1'] },
    { of: 'stock Envoy, gRPC', proxy: sidecarClass(), port: 7070, alpn: ['istio-h2', 'istio', 'h2'] },
    { of: 'stock Envoy, TCP', proxy: sidecarClass(), port: 9000, alpn: ['istio'] },
    { of: 'stock Envoy, sniffed', proxy: sidecarClass(), port: 9100, alpn: ['istio'] },
  ])('is chosen by endpoint, for $of', ({ proxy, port, alpn }) => {
    expect(echoSockets(port, undefined, { proxy })).toEqual({
      transport_socket_matches: byEndpoint(meshSocket(sni(port), alpn)),
    });
  });

  it('offers no version of HTTP where the client chooses it', () => {
    const policy = { connectionPool: { http: { useClientProtocol: true } } };
    expect(echoSockets(80, policy)).toEqual({
      transport_socket_matches: byEndpoint(meshSocket(sni(80), ['istio-http/1.1', 'istio'])),
    });
  });

  it.each([
    { when: 'its own takes plaintext only', plaintext: ',default,', expected: {} },
    { when: 'all but its own do', plaintext: '!,default,', expected: BY_ENDPOINT },
    { when: 'another does', plaintext: ',other,', expected: BY_ENDPOINT },
  ])('is used or not by the namespace of the service: $when', ({ plaintext, expected }) => {
    expect(echoSockets(9000, undefined, { plaintext })).toEqual(expected);
  });

  it('asks for the names of the service in every trust domain', () => {
    const mesh = meshConfig({ trustDomainAliases: ['old.example'] });
    const services = [echo({ subjectAltNames: ['www.echo.example'] })];
    const names = sans(
      ['URI', ACCOUNT],
      ['URI', 'spiffe://old.example/ns/default/sa/echo-sa'],
      ['DNS', 'www.echo.example'],
    );
    expect(echoSockets(9000, undefined, { mesh, services })).toEqual({
      transport_socket_matches: byEndpoint(meshSocket(sni(9000), ['istio'], names)),
    });
  });

  it.each([
    { when: 'the proxy has no identity', parts: { proxy: bare } },
    { when: 'the mesh has it turned off', parts: { mesh: meshConfig({ enableAutoMtls: false }) } },
    { when: 'the service is outside of the mesh', parts: { services: [echo({ external: true })] } },
  ])('is not used when $when', ({ parts }) => {
    expect(echoSockets(80, undefined, parts)).toEqual({});
  });
});

describe('mTLS where no endpoint is known to choose by', () => {
  const headless = service('default', 'hl', { resolution: 'passthrough', headless: true, addresses: [] });
  const sockets = (...tlsModes: readonly ('istio' | 'disabled')[]) =>
    socketsOf(
      clusterOf(`outbound|80||${headless.hostname}`, {
        services: [headless],
        endpoints: { [headless.hostname]: tlsModes.map((tlsMode, i) => endpoint(`10.0.0.${i}`, { tlsMode })) },
      }),
    );

  it.each([
    { when: 'there is no endpoint', modes: [], expected: false },
    { when: 'all endpoints can', modes: ['istio', 'istio'], expected: true },
    { when: 'one endpoint cannot', modes: ['istio', 'disabled'], expected: false },
  ] as const)('is used for all or none: $when', ({ modes, expected }) => {
    const socket = meshSocket(`outbound_.80_._.${headless.hostname}`, ['istio-http/1.1', 'istio', 'http/1.1'], {});
    expect(sockets(...modes)).toEqual(expected ? { transport_socket: socket } : {});
  });

  it('holds for services that a rule makes so', () => {
    const policy = { loadBalancer: { simple: 'passthrough' } } as const;
    expect(Object.keys(echoSockets(80, policy))).toEqual(['transport_socket']);
    expect(echoSockets(80, policy, { endpoints: {} })).toEqual({});
  });
});

describe('mTLS that a rule demands', () => {
  const demand = (rest = {}): ClientTls => ({ mode: 'istio-mutual', subjectAltNames: [], ...rest });

  it('is for all endpoints, by the names of the service', () => {
    expect(echoSockets(9000, { tls: demand() })).toEqual({
      transport_socket: meshSocket(`outbound_.9000_._.${ECHO}`, ['istio']),
    });
  });

  it('takes SNI and names from the rule', () => {
    expect(echoSockets(9000, { tls: demand({ sni: 'a.b', subjectAltNames: ['spiffe://x/y'] }) })).toEqual({
      transport_socket: meshSocket('a.b', ['istio'], sans(['URI', 'spiffe://x/y'])),
    });
  });

  it('is plaintext, and said so, from a proxy without identity', () => {
    const parts = { services: [echo()], destinationRules: [rule({ tls: demand() })], proxy: bare };
    expect(socketsOf(clusterOf(`outbound|80||${ECHO}`, parts))).toEqual({});
    const message = `ISTIO_MUTUAL for ${ECHO} is not possible from a proxy that has no certificate: it sends plaintext`;
    expect(compileClusters(parts).notes).toEqual([
      {
        object: 'DestinationRule/default/rule',
        code: 'DR_MTLS_WITHOUT_IDENTITY',
        message,
        fate: { kind: 'partly-applied', because: message },
      },
    ]);
  });

  it('is turned off by DISABLE', () => {
    expect(echoSockets(80, { tls: { mode: 'disable' } })).toEqual({});
  });
});
