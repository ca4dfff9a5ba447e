import { describe, expect, it } from 'vitest';
import { clusterOf, compileClusters, external, type Json, rule, simpleTls } from '../../../test/support/clusters.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { routerClass, sidecarClass } from '../../../test/support/scopes.ts';
import { ads, agentSds, sans, socketsOf, TLS_PARAMS, tlsSocket } from '../../../test/support/transport-sockets.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { ClientTls } from '../../model/traffic-policy.ts';

const bare = sidecarClass({ capabilities: { identity: 'none' } });
const gateway = routerClass({ namespace: 'default' });

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
      validation_context_sds_secret_config: agentSds('file-root:system'),
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
          validation_context_sds_secret_config: agentSds('file-root:/ca.pem'),
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
        tls_certificate_sds_secret_configs: [agentSds('file-cert:/c.pem~/k.pem')],
        combined_validation_context: {
          default_validation_context: {},
          validation_context_sds_secret_config: agentSds('file-root:/ca.pem'),
        },
      },
    },
  ])('compiles $of', ({ tls, sni, context }) => {
    expect(socketsOf(externalCluster(tls))).toEqual({
      transport_socket: tlsSocket({ ...(sni && { sni }), common_tls_context: { tls_params: TLS_PARAMS, ...context } }),
    });
  });

  it('reads files itself where there is no agent', () => {
    const tls = simpleTls({ mode: 'mutual', clientCertificate: '/c.pem', privateKey: '/k.pem' });
    expect(socketsOf(externalCluster(tls, { proxy: bare }))).toEqual({
      transport_socket: tlsSocket({
        common_tls_context: {
          tls_params: TLS_PARAMS,
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
    const expected = { transport_socket: tlsSocket({ common_tls_context: { tls_params: TLS_PARAMS, ...context } }) };
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
      transport_socket: tlsSocket({
        common_tls_context: { tls_params: TLS_PARAMS, alpn_protocols: ['h2'], ...systemRoots({}) },
      }),
    });
  });

  it("asks for the ServiceEntry's names where the rule gives none", () => {
    expect(socketsOf(externalCluster(simpleTls(), { sans: ['sanx'] }))).toEqual({
      transport_socket: tlsSocket({
        common_tls_context: { tls_params: TLS_PARAMS, ...systemRoots(sans(['DNS', 'sanx'])) },
      }),
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
          tls_params: { ...TLS_PARAMS, cipher_suites: tlsDefaults.cipherSuites, ecdh_curves: tlsDefaults.ecdhCurves },
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
