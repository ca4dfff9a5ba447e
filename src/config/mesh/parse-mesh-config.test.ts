import { describe, expect, it } from 'vitest';
import { toLine } from '../../../test/support/issues.ts';
import type { Issue } from '../../model/issue.ts';
import { DEFAULT_CONTEXT } from '../context.ts';
import { parseObject } from '../parse-object.ts';
import { ConfigDocument } from '../read/config-document.ts';
import { readDocuments } from '../read/read-documents.ts';
import { defaultMeshConfig, findMeshDocument, parseMeshConfig } from './parse-mesh-config.ts';

const DEFAULT = defaultMeshConfig('cluster.local');

function read(text: string) {
  const document = new ConfigDocument('mesh', 1, text.trimStart());
  const { written: _, ...result } = parseMeshConfig(document, { domainSuffix: 'cluster.local' });
  return result;
}

function lines(issues: readonly Issue[]): readonly string[] {
  return issues.map((issue) => toLine(issue));
}

describe('parseMeshConfig', () => {
  it.each(['', '{}', '# nothing\n'])('takes the defaults for %j', (text) => {
    expect(read(text)).toEqual({ mesh: DEFAULT, issues: [] });
  });

  it('gives what is written too, over what is shared', () => {
    const shared = new ConfigDocument('shared', 1, 'enablePrometheusMerge: false\ndefaultConfig: {statusPort: 1}\n');
    const document = new ConfigDocument('mesh', 1, 'trust_domain: td\ndefaultConfig: {concurrency: 2}\nunknown: 1\n');
    expect(parseMeshConfig(document, { domainSuffix: 'cluster.local', shared }).written).toEqual({
      enablePrometheusMerge: false,
      trustDomain: 'td',
      defaultConfig: { statusPort: 1, concurrency: 2 },
    });
  });

  it('reads every field that something acts on', () => {
    const text = `
proxyListenPort: 1
proxyInboundListenPort: 2
proxyHttpPort: "3"
connectTimeout: 4s
protocolDetectionTimeout: 5ms
tcpKeepalive: {probes: 6, time: 7s}
accessLogFile: /dev/stdout
accessLogFormat: '{"a": "%PROTOCOL%"}'
accessLogEncoding: JSON
outboundTrafficPolicy: {}
inboundTrafficPolicy: {mode: LOCALHOST}
enableAutoMtls: false
trustDomain: td
trustDomainAliases: [b, a, b]
caCertificates: [{trustDomains: [c]}, {}, {trustDomains: [d, c]}]
defaultServiceExportTo: ["."]
defaultVirtualServiceExportTo: ["~"]
defaultDestinationRuleExportTo: []
rootNamespace: root
localityLbSetting: {enabled: false}
zoneAwareLbSetting: {}
dnsRefreshRate: 8s
h2UpgradePolicy: UPGRADE
inboundClusterStatName: in
outboundClusterStatName: out
serviceSettings: [{settings: {clusterLocal: true}, hosts: ["*.a", b]}]
discoverySelectors: [{matchLabels: {a: b}}]
pathNormalization: {normalization: MERGE_SLASHES}
defaultHttpRetryPolicy: {attempts: 9}
defaultInboundHttpRetryPolicy: {}
meshMTLS: {minProtocolVersion: TLSV1_3, cipherSuites: [AES256-SHA]}
tlsDefaults: {minProtocolVersion: TLSV1_2, ecdhCurves: [P-256], cipherSuites: [AES128-SHA]}
defaultTrafficPolicy: {connectionPool: {tcp: {maxConnections: 10}}, outlierDetection: {consecutive5xxErrors: 11}}
`;
    expect(read(text)).toEqual({
      mesh: {
        ...DEFAULT,
        proxyListenPort: 1,
        proxyInboundListenPort: 2,
        proxyHttpPort: 3,
        connectTimeoutMs: 4000,
        protocolDetectionTimeoutMs: 5,
        tcpKeepalive: { probes: 6, timeMs: 7000 },
        accessLog: { file: '/dev/stdout', encoding: 'JSON', format: '{"a": "%PROTOCOL%"}' },
        outboundTrafficPolicy: { mode: 'registry-only' },
        inboundTrafficPolicy: 'localhost',
        enableAutoMtls: false,
        trustDomain: 'td',
        trustDomainAliases: ['a', 'b'],
        caTrustDomains: ['c', 'd', 'c'],
        defaultServiceExportTo: ['.'],
        defaultVirtualServiceExportTo: ['~'],
        rootNamespace: 'root',
        localityLbSetting: { enabled: false, distribute: [], failover: [], failoverPriority: [] },
        zoneAwareLbSetting: { enabled: true, failover: [], failoverPriority: [] },
        dnsRefreshRateMs: 8000,
        h2Upgrade: true,
        inboundClusterStatName: 'in',
        outboundClusterStatName: 'out',
        clusterLocalHosts: [{ host: '*.a', local: true }, { host: 'b', local: true }, ...DEFAULT.clusterLocalHosts],
        discoverySelectors: [{ matchLabels: { a: 'b' } }],
        pathNormalization: 'MERGE_SLASHES',
        defaultHttpRetryPolicy: { attempts: 9 },
        defaultInboundHttpRetryPolicy: { attempts: 0 },
        meshMtlsMinVersion: 'TLSV1_3',
        meshMtlsCipherSuites: ['AES256-SHA'],
        tlsDefaults: { minVersion: 'TLSV1_2', ecdhCurves: ['P-256'], cipherSuites: ['AES128-SHA'] },
        defaultTrafficPolicy: {
          connectionPool: { tcp: { maxConnections: 10 } },
          outlierDetection: { splitExternalLocalOriginErrors: false, httpErrorCodes: [], consecutive5xxErrors: 11 },
        },
      },
      issues: [],
    });
  });

  it('reads the settings of proxies, and keeps what only their start needs', () => {
    const text = `
defaultConfig:
  discoveryAddress: istiod.x:15012
  drainDuration: 10s
  terminationDrainDuration: 1m
  concurrency: 2
  statusPort: 15021
  tracingServiceName: CANONICAL_NAME_ONLY
  proxyMetadata: {A: b}
  gatewayTopology: {numTrustedProxies: 1, forwardClientCertDetails: SANITIZE, proxyProtocol: {}}
  connectionSettings:
    profile: EDGE
    httpIdleTimeout: 1h
    httpMaxConcurrentStreams: 100
    http2InitialStreamWindowSize: 65536
    httpHeadersWithUnderscoresAction: HEADERS_WITH_UNDERSCORES_DROP_HEADER
    httpPathWithEscapedSlashesAction: UNESCAPE_AND_FORWARD
    httpMergeSlashes: true
  proxyHeaders:
    forwardedClientCert: UNDEFINED
    setCurrentClientCertDetails: {cert: true}
    requestId: {disabled: true}
    server: {value: me}
    attemptCount: {disabled: true}
    envoyDebugHeaders: {disabled: true}
    metadataExchangeHeaders: {mode: IN_MESH}
    preserveHttp1HeaderCase: true
    xForwardedHost: {enabled: true}
    xForwardedPort: {enabled: true}
`;
    expect(read(text).mesh?.defaultConfig).toEqual({
      discoveryAddress: 'istiod.x:15012',
      drainDurationMs: 10_000,
      terminationDrainDurationMs: 60_000,
      concurrency: 2,
      statusPort: 15021,
      gatewayTopology: { numTrustedProxies: 1, forwardClientCertDetails: 'SANITIZE', proxyProtocol: true },
      connectionSettings: {
        profile: 'edge',
        httpIdleTimeoutMs: 3_600_000,
        httpMaxConcurrentStreams: 100,
        http2InitialStreamWindowBytes: 65_536,
        headersWithUnderscores: 'DROP_HEADER',
        pathWithEscapedSlashes: 'UNESCAPE_AND_FORWARD',
        mergeSlashes: true,
      },
      proxyHeaders: {
        setCurrentClientCertDetails: { cert: true },
        requestIdDisabled: true,
        server: { disabled: false, value: 'me' },
        attemptCountDisabled: true,
        envoyDebugHeadersDisabled: true,
        metadataExchangeInMesh: true,
        preserveHttp1HeaderCase: true,
        xForwardedHost: true,
        xForwardedPort: true,
      },
      bootstrap: {
        configPath: './etc/istio/proxy',
        binaryPath: '/usr/local/bin/envoy',
        proxyAdminPort: 15000,
        controlPlaneAuthPolicy: 'MUTUAL_TLS',
        statNameLength: 189,
        tracingServiceName: 'CANONICAL_NAME_ONLY',
        proxyMetadata: { A: 'b' },
      },
    });
  });

  it("takes protobuf's own spelling, and passes over what does not exist", () => {
    const { mesh, issues } = read(
      'trust_domain: td\nmesh_mTLS: {min_protocol_version: TLSV1_3}\nenableFoo: true\ndefaultConfig: {concurency: 1}\n',
    );
    expect(mesh).toEqual({ ...DEFAULT, trustDomain: 'td', meshMtlsMinVersion: 'TLSV1_3' });
    expect(lines(issues)).toEqual([
      '3:1 info MESH_FIELD_UNKNOWN unknown field "enableFoo"',
      '4:17 info MESH_FIELD_UNKNOWN unknown field "concurency" in defaultConfig; did you mean "concurrency"?',
    ]);
  });

  it('notes what nothing acts on yet', () => {
    const { issues } = read(
      'enableTracing: true\nextensionProviders: [{name: x, prometheus: {}}]\ncaCertificates: [{pem: x, trustDomains: [a]}]\n',
    );
    expect(lines(issues)).toEqual([
      '1:1 info MESH_FIELD_UNUSED enableTracing is understood, but nothing acts on it yet',
      '2:1 info MESH_FIELD_UNUSED extensionProviders is understood, but nothing acts on it yet',
      '3:19 info MESH_FIELD_UNUSED caCertificates[0].pem is understood, but nothing acts on it yet',
    ]);
  });

  it.each([
    { text: 'a: [', issues: ['1:5 error YAML_SYNTAX unexpected end of the stream within a flow collection'] },
    { text: '- a', issues: ['1:1 error FIELD_TYPE the document is a list, expected an object'] },
    { text: 'connectTimeout: 2h', issues: ['1:17 error DURATION_INVALID connectTimeout is "2h", expected at most 1h'] },
    {
      text: 'proxyInboundListenPort: 15001',
      issues: ['1:25 error MESH_PORT_REPEATED proxyInboundListenPort and proxyListenPort are both 15001'],
    },
    {
      text: 'proxyListenPort: 15006',
      issues: ['1:18 error MESH_PORT_REPEATED proxyInboundListenPort and proxyListenPort are both 15006'],
    },
    { text: 'proxyInboundListenPort: 0', issues: [] },
    {
      text: "accessLogFormat: '%NOPE%'",
      issues: ['1:18 error ACCESS_LOG_FORMAT accessLogFormat uses the operator %NOPE%, which proxies do not know'],
    },
    { text: "accessLogFormat: '[%START_TIME%] %REQ_WITHOUT_QUERY(X?:PATH)%'", issues: [] },
    {
      text: 'accessLogEncoding: JSON\naccessLogFormat: \'{"a": "%PROTOCOL%", "b": {"c": ["x", "%PATH(x)%"]}}\'',
      issues: [
        '2:18 error ACCESS_LOG_FORMAT accessLogFormat: b.c.1 asks the operator %PATH% for "x", expected WQ or NQ, perhaps with :ORIG, :PATH or :ORIG_OR_PATH',
      ],
    },
    {
      text: "accessLogEncoding: JSON\naccessLogFormat: '{broken'",
      issues: [
        '2:18 warning ACCESS_LOG_JSON accessLogFormat is no JSON object, as accessLogEncoding: JSON asks for: logs have the default form',
      ],
    },
    {
      text: 'trustDomain: a_b',
      issues: [
        '1:14 error TRUST_DOMAIN_INVALID trustDomain is "a_b", expected labels of letters, digits and inner dashes, joined by dots',
      ],
    },
    {
      text: 'meshMTLS: {ecdhCurves: [P-256]}',
      issues: ['1:12 error TLS_CURVE_IN_MESH curves cannot be chosen for traffic within the mesh: use tlsDefaults'],
    },
    {
      text: 'tlsDefaults: {ecdhCurves: [P-256, P-256, X]}',
      issues: ['1:35 warning TLS_CURVE curve "P-256" is named twice', '1:42 warning TLS_CURVE curve "X" is not known'],
    },
    {
      text: 'defaultConfig: {discoveryAddress: istiod, drainDuration: 1500ms}',
      issues: [
        '1:35 error ADDRESS_INVALID defaultConfig.discoveryAddress is "istiod", expected a host name or IP address and a port, such as istiod.istio-system.svc:15012',
        '1:58 error DURATION_INVALID defaultConfig.drainDuration is "1500ms", expected a duration in whole seconds, such as 45s',
      ],
    },
    {
      text: 'defaultInboundHttpRetryPolicy: {backoff: 1s}',
      issues: ['1:33 error RETRIES_OFF backoff has no effect: without attempts there are no retries'],
    },
    {
      text: 'defaultInboundHttpRetryPolicy: {attempts: 1, perTryTimeout: 1s}',
      issues: ['1:46 warning FIELD_IGNORED perTryTimeout has no effect on inbound requests'],
    },
  ])('says what is wrong with $text', ({ text, issues }) => {
    expect(lines(read(text).issues)).toEqual(issues);
  });
});

it('finds the mesh configuration of a ConfigMap, in its place', () => {
  const text =
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio}\ndata:\n  mesh: |-\n    trustDomain: td\n    connectTimeout: soon\n';
  const [document] = readDocuments(text, 'istio.yaml');
  if (document === undefined) throw new Error('the text holds no document');
  const { object } = parseObject(document, DEFAULT_CONTEXT);
  const nested = object?.kind === 'ConfigMap' ? findMeshDocument(document, object.value) : undefined;
  const { issues } = nested ? parseMeshConfig(nested, { domainSuffix: 'cluster.local' }) : { issues: [] };
  expect(lines(issues)).toEqual([
    '7:21 error DURATION_INVALID connectTimeout is "soon", expected a duration of at least 1 ms in whole milliseconds, such as 5s, 500ms or 1m30s',
  ]);
});

describe('parseMeshConfig, of the mesh as a whole,', () => {
  it.each([
    {
      of: 'nothing',
      text: '',
      hosts: [
        '*.kube-system.svc.cluster.local',
        'kubernetes.default.svc.cluster.local',
        'istiod.istio-system.svc.cluster.local',
      ],
    },
    {
      of: 'a control plane of another name',
      text: 'defaultConfig: {discoveryAddress: "istiod-canary.mesh.svc:15012"}',
      hosts: [
        '*.kube-system.svc.cluster.local',
        'kubernetes.default.svc.cluster.local',
        'istiod-canary.mesh.svc.cluster.local',
      ],
    },
  ])('keeps to each cluster what is its own: $of', ({ text, hosts }) => {
    expect(read(text).mesh?.clusterLocalHosts).toEqual(hosts.map((host) => ({ host, local: true })));
  });

  it.each([
    { of: 'that is for others', text: 'serviceEntryVisibility: {defaultVisibility: NONE}', bounds: undefined },
    {
      of: 'of sidecars',
      text: `serviceEntryVisibility:
  applyToSidecars: true
  defaultVisibility: NAMESPACE
  policies:
  - {visibility: PUBLIC, matchingRules: [{namespaceSelector: {matchLabels: {a: b}}}]}
  - {visibility: NONE, matchingRules: [{}]}
  - {}`,
      bounds: {
        fallback: 'namespace',
        policies: [
          { bound: 'public', selectors: [{ matchLabels: { a: 'b' } }] },
          { bound: 'public', selectors: [] },
        ],
      },
    },
  ])('reads a bound of who sees ServiceEntries $of', ({ text, bounds }) => {
    expect(read(text).mesh?.entryVisibility).toEqual(bounds);
  });
});
