import { describe, expect, it } from 'vitest';
import {
  clusterOf,
  compileClusters,
  type ClusterParts,
  ECHO,
  echo,
  external,
  type Json,
  rule,
  simpleTls,
} from '../../../test/support/clusters.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { service } from '../../../test/support/model.ts';
import { endpoint, routerClass, sidecarClass } from '../../../test/support/scopes.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { ClientTls, TrafficPolicy } from '../../model/traffic-policy.ts';

const ACCOUNT = 'spiffe://cluster.local/ns/default/sa/echo-sa';
const bare = sidecarClass({ capabilities: { identity: 'none' } });
const istioProxy = sidecarClass({ capabilities: { istioFilters: true } });
const gateway = routerClass({ namespace: 'default' });
const tls_params = { tls_minimum_protocol_version: 'TLSv1_2', tls_maximum_protocol_version: 'TLSv1_3' };

const fromAgent = {
  api_config_source: {
    api_type: 'GRPC',
    transport_api_version: 'V3',
    set_node_on_first_message_only: true,
    grpc_services: [{ envoy_grpc: { cluster_name: 'sds-grpc' } }],
  },
  resource_api_version: 'V3',
};
const agent = (name: string, rest = {}) => ({ name, sds_config: { ...fromAgent, ...rest } });
const ads = (name: string) => ({ name, sds_config: { ads: {}, resource_api_version: 'V3' } });
const sans = (...names: readonly (readonly [type: string, name: string])[]) => ({
  match_typed_subject_alt_names: names.map(([san_type, exact]) => ({ san_type, matcher: { exact } })),
});

function tlsSocket(context: object): object {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      ...context,
    },
  };
}

const rawBuffer = {
  name: 'envoy.transport_sockets.raw_buffer',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer' },
};

function meshSocket(sni: string, alpn: readonly string[], names: object = sans(['URI', ACCOUNT])): object {
  return tlsSocket({
    sni,
    common_tls_context: {
      tls_params,
      alpn_protocols: alpn,
      tls_certificate_sds_secret_configs: [agent('default', { initial_fetch_timeout: '0s' })],
      combined_validation_context: {
        default_validation_context: names,
        validation_context_sds_secret_config: agent('ROOTCA', { initial_fetch_timeout: '0s' }),
      },
    },
  });
}

const byEndpoint = (socket: object) => [
  { name: 'tlsMode-istio', match: { tlsMode: 'istio' }, transport_socket: socket },
  { name: 'tlsMode-disabled', match: {}, transport_socket: rawBuffer },
];

const endpoints = {
  [ECHO]: [
    endpoint('10.0.0.1', { identity: ACCOUNT, tlsMode: 'istio' }),
    endpoint('10.0.0.2', { identity: ACCOUNT, tlsMode: 'istio' }),
  ],
};

function socketsOf(cluster: Json) {
  const { transport_socket, transport_socket_matches } = cluster;
  return {
    ...(transport_socket !== undefined && { transport_socket }),
    ...(transport_socket_matches !== undefined && { transport_socket_matches }),
  };
}

function echoSockets(port: number, policy: Partial<TrafficPolicy> | undefined, rest: ClusterParts = {}) {
  const destinationRules = policy ? [rule(policy)] : [];
  return socketsOf(
    clusterOf(`outbound|${port}||${ECHO}`, { services: [echo()], endpoints, destinationRules, ...rest }),
  );
}

describe('mTLS that nobody asked for', () => {
  const sni = (port: number) => `outbound_.${port}_._.${ECHO}`;
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

const HOST = 'a.example.com';

function externalCluster(
  tls: ClientTls,
  rest: { proxy?: ProxyClass; policy?: object; selected?: boolean; sans?: string[] } = {},
) {
  const { proxy = sidecarClass(), policy = {}, selected = false, sans: subjectAltNames = [] } = rest;
  const workloadSelector = selected ? { workloadSelector: {} } : {};
  return clusterOf(`outbound|80||${HOST}`, {
    services: [external(HOST, { subjectAltNames })],
    destinationRules: [rule({ tls, ...policy }, { host: HOST, ...workloadSelector })],
    proxy,
  });
}

function httpOptionsOf(cluster: Json) {
  return Object(cluster.typed_extension_protocol_options)['envoy.extensions.upstreams.http.v3.HttpProtocolOptions'];
}

describe('TLS that the proxy originates', () => {
  const systemRoots = (context: object) => ({
    combined_validation_context: {
      default_validation_context: context,
      validation_context_sds_secret_config: agent('file-root:system'),
    },
  });

  it.each([
    { of: 'SIMPLE', tls: simpleTls(), context: { ...systemRoots({}) }, sni: undefined },
    {
      of: 'SIMPLE with a name, roots and revocations',
      tls: simpleTls({
        sni: 'b.example.com',
        subjectAltNames: ['b.example.com'],
        caCertificates: '/ca.pem',
        caCrl: '/crl.pem',
      }),
      sni: 'b.example.com',
      context: {
        combined_validation_context: {
          default_validation_context: { ...sans(['DNS', 'b.example.com']), crl: { filename: '/crl.pem' } },
          validation_context_sds_secret_config: agent('file-root:/ca.pem'),
        },
      },
    },
    {
      of: 'SIMPLE that checks nothing',
      tls: simpleTls({ insecureSkipVerify: true }),
      sni: undefined,
      context: { validation_context: {} },
    },
    {
      of: 'MUTUAL from files',
      tls: simpleTls({ mode: 'mutual', clientCertificate: '/c.pem', privateKey: '/k.pem', caCertificates: '/ca.pem' }),
      sni: undefined,
      context: {
        tls_certificate_sds_secret_configs: [agent('file-cert:/c.pem~/k.pem')],
        combined_validation_context: {
          default_validation_context: {},
          validation_context_sds_secret_config: agent('file-root:/ca.pem'),
        },
      },
    },
  ])('compiles $of', ({ tls, sni, context }) => {
    expect(socketsOf(externalCluster(tls))).toEqual({
      transport_socket: tlsSocket({ ...(sni && { sni }), common_tls_context: { tls_params, ...context } }),
    });
  });

  it('reads files itself where there is no agent', () => {
    const tls = simpleTls({ mode: 'mutual', clientCertificate: '/c.pem', privateKey: '/k.pem' });
    expect(socketsOf(externalCluster(tls, { proxy: bare }))).toEqual({
      transport_socket: tlsSocket({
        common_tls_context: {
          tls_params,
          tls_certificates: [{ certificate_chain: { filename: '/c.pem' }, private_key: { filename: '/k.pem' } }],
          validation_context: { trusted_ca: { filename: '/etc/ssl/certs/ca-certificates.crt' } },
        },
      }),
    });
  });

  it.each([
    {
      of: 'MUTUAL',
      tls: simpleTls({ mode: 'mutual', credentialName: 'foo' }),
      context: {
        tls_certificate_sds_secret_configs: [ads('kubernetes://foo')],
        combined_validation_context: {
          default_validation_context: {},
          validation_context_sds_secret_config: ads('kubernetes://foo-cacert'),
        },
      },
    },
    {
      of: 'SIMPLE that checks nothing',
      tls: simpleTls({ credentialName: 'foo', insecureSkipVerify: true }),
      context: {},
    },
  ])('asks the control plane for credentials: $of', ({ tls, context }) => {
    const expected = { transport_socket: tlsSocket({ common_tls_context: { tls_params, ...context } }) };
    expect(socketsOf(externalCluster(tls, { proxy: gateway }))).toEqual(expected);
    expect(socketsOf(externalCluster(tls, { selected: true }))).toEqual(expected);
  });

  it('lets any sidecar have roots from a ConfigMap', () => {
    const tls = simpleTls({ credentialName: 'configmap://default/roots' });
    expect(socketsOf(externalCluster(tls))).toMatchObject({
      transport_socket: {
        typed_config: {
          common_tls_context: {
            combined_validation_context: {
              validation_context_sds_secret_config: { name: 'configmap://default/roots-cacert' },
            },
          },
        },
      },
    });
  });

  it('offers h2 where HTTP/2 is spoken', () => {
    const policy = { connectionPool: { http: { h2UpgradePolicy: 'upgrade' } } };
    expect(socketsOf(externalCluster(simpleTls(), { policy }))).toEqual({
      transport_socket: tlsSocket({ common_tls_context: { tls_params, alpn_protocols: ['h2'], ...systemRoots({}) } }),
    });
  });

  it("asks for the ServiceEntry's names where the rule gives none", () => {
    expect(socketsOf(externalCluster(simpleTls(), { sans: ['sanx'] }))).toEqual({
      transport_socket: tlsSocket({ common_tls_context: { tls_params, ...systemRoots(sans(['DNS', 'sanx'])) } }),
    });
  });

  it("uses the mesh's ciphers and curves", () => {
    const tlsDefaults = {
      minVersion: 'TLS_AUTO',
      cipherSuites: ['ECDHE-RSA-AES256-GCM-SHA384'],
      ecdhCurves: ['P-256'],
    } as const;
    const cluster = clusterOf(`outbound|80||${HOST}`, {
      services: [external(HOST)],
      destinationRules: [rule({ tls: simpleTls({ insecureSkipVerify: true }) }, { host: HOST })],
      mesh: meshConfig({ tlsDefaults }),
    });
    expect(socketsOf(cluster)).toEqual({
      transport_socket: tlsSocket({
        common_tls_context: {
          tls_params: { ...tls_params, cipher_suites: tlsDefaults.cipherSuites, ecdh_curves: tlsDefaults.ecdhCurves },
          validation_context: {},
        },
      }),
    });
  });

  it.each([
    { when: 'nothing is named', tls: simpleTls(), expected: { auto_sni: true, auto_san_validation: true } },
    { when: 'SNI is', tls: simpleTls({ sni: 'a' }), expected: undefined },
    { when: 'names are', tls: simpleTls({ subjectAltNames: ['a'] }), expected: { auto_sni: true } },
    { when: 'nothing is checked', tls: simpleTls({ insecureSkipVerify: true }), expected: { auto_sni: true } },
  ])('goes by the host of the request when $when', ({ tls, expected }) => {
    expect(httpOptionsOf(externalCluster(tls))).toEqual(
      expected && {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        upstream_http_protocol_options: expected,
        explicit_http_config: { http_protocol_options: {} },
      },
    );
  });
});

describe('TLS that this proxy cannot originate', () => {
  it.each([
    {
      when: 'a sidecar that no selector names is to use a Secret',
      tls: simpleTls({ credentialName: 'foo' }),
      code: 'DR_CREDENTIAL_IGNORED',
    },
    {
      when: 'MUTUAL comes without a key',
      tls: simpleTls({ mode: 'mutual', clientCertificate: '/c.pem' }),
      code: 'DR_CLIENT_CERTIFICATE_MISSING',
    },
  ])('is left out, and said so, when $when', ({ tls, code }) => {
    const parts = { services: [external(HOST)], destinationRules: [rule({ tls }, { host: HOST })] };
    const cluster = clusterOf(`outbound|80||${HOST}`, parts);
    expect(socketsOf(cluster)).toEqual({});
    expect(cluster.metadata).toMatchObject({ filter_metadata: { istio: { alpn_override: 'false' } } });
    expect(compileClusters(parts).notes.map((note) => note.code)).toEqual([code]);
  });
});

describe('certificate files in a proxy, which stand for its identity', () => {
  const clientCertificate = { chain: '/p.pem', key: '/pk.pem', root: '/pr.pem' };
  const proxy = sidecarClass({ settings: { clientCertificate } });
  const context = (names: object) => ({
    tls_params,
    tls_certificate_sds_secret_configs: [agent('file-cert:/p.pem~/pk.pem')],
    combined_validation_context: {
      default_validation_context: names,
      validation_context_sds_secret_config: agent('file-root:/pr.pem'),
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
    expect(socketsOf(externalCluster(tls, { proxy }))).toMatchObject({
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
      transport_socket: wrap(rawBuffer),
    });
  });

  it('wraps every socket that endpoints are matched with', () => {
    const socket = meshSocket(`outbound_.9000_._.${ECHO}`, ['istio']);
    expect(echoSockets(9000, { proxyProtocol: 'V2' })).toEqual({
      transport_socket_matches: [
        { name: 'tlsMode-istio', match: { tlsMode: 'istio' }, transport_socket: wrap(socket, 'V2') },
        { name: 'tlsMode-disabled', match: {}, transport_socket: wrap(rawBuffer, 'V2') },
      ],
    });
  });
});

describe('clusters by SNI', () => {
  it('pass TLS on as it is', () => {
    const cluster = clusterOf(`outbound_.80_._.${ECHO}`, {
      services: [echo()],
      endpoints,
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
