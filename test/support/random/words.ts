import type { FormatName } from '../../../src/config/schema/formats.ts';

/*
 * Texts that mean something to some field: what is there to be referred to, and what is allowed although nobody expects it.
 */

/** Hosts of the mesh that every random mesh has, by the names that people give them, and some that nobody declares. */
export const HOSTS = [
  ...['echo', 'echo.default', 'echo.default.svc.cluster.local', 'db.default.svc.cluster.local', 'other.other'],
  ...['api.example.com', 'www.example.com', '*.example.com', 'nowhere.invalid', 'UPPER.example.com', '10.9.9.9'],
] as const;

const PATTERNS = ['*', ...HOSTS, '*.local', '*.svc.cluster.local', '*.com'] as const;

const LABEL_VALUES = ['echo', 'v1', 'v2', 'client', 'gw', ''] as const;
const CERTIFICATES = ['/etc/certs/tls.crt', '/etc/certs/%2F.pem'] as const;
const HEADER_VALUES = ['a', '%REQ(x-a)%', '%%', '100%', 'ä "quoted" \\', ''] as const;
const LOCALITIES = ['region', 'region/zone', 'region/zone/subzone', 'region/*', 'elsewhere', '*'] as const;

/** By the format of a field. */
export const WORDS_BY_FORMAT: Partial<Readonly<Record<FormatName, readonly string[]>>> = {
  base64: ['YQ==', ''],
  bind: ['127.0.0.1', '0.0.0.0', '::1', '10.0.0.9', 'unix:///tmp/sock', 'unix://@abstract'],
  'certificate-hash': ['0123456789abcdef'.repeat(4)],
  'dns-label': ['v1', 'v2', 'http', 'tcp-1', 'a'],
  'dns-label-or-empty': ['v1', 'v2', '', 'default', 'other'],
  duration: ['1s', '5s', '10ms', '1ms', '1h', '0.5s', '100000h'],
  'duration-or-zero': ['0s', '1s', '5s', '10ms', '1h', '100000h'],
  'fqdn-or-ip': ['tunnel.example.com', '10.8.8.8'],
  'header-name': ['x-a', 'X-B', 'cookie', 'a_b'],
  host: HOSTS,
  'host-port': ['istiod.istio-system.svc:15012'],
  'host-port-or-empty': ['', '10.0.0.1:80'],
  'ip-or-cidr': ['10.0.0.1', '10.3.0.0/16', '0.0.0.0/0', '::/0', '2001:db8::1', '10.96.0.10'],
  'ip-or-empty': ['', '127.0.0.1', '0.0.0.0', '10.2.0.1', '::'],
  'label-value': LABEL_VALUES,
  protocol: ['HTTP', 'HTTP2', 'GRPC', 'HTTPS', 'TLS', 'TCP', 'MONGO', 'GRPC-WEB', 'MYSQL', 'REDIS', 'UDP'],
  'protocol-or-empty': ['', 'HTTP', 'HTTP2', 'GRPC', 'HTTPS', 'TLS', 'TCP', 'MONGO', 'GRPC-WEB', 'MYSQL', 'REDIS'],
  regex: ['.*', 'a+', '/(v[12])/(.*)', '[^/]+', '(?i)x', '\\d{1,3}', '.*|', '^$'],
  'regex-or-any': ['.*', '*', 'a|b', '[0-9]+'],
  'service-host': HOSTS,
  'spki-hash': [`${'A'.repeat(43)}=`],
  'trust-domain': ['cluster.local', 'td.example'],
  'whole-seconds': ['45s', '1s'],
};

/** By the name of a field that has no format. */
export const WORDS_BY_NAME: Readonly<Record<string, readonly string[]>> = {
  accessLogFile: ['/dev/stdout', ''],
  accessLogFormat: ['', '%RESPONSE_CODE% %REQ(:path)%\n', '{"a": "%START_TIME%"}'],
  address: ['10.5.0.1', '10.5.0.2', 'backend.example.com', 'unix:///tmp/backend', '2001:db8::5'],
  allowOrigin: ['https://example.com', '*'],
  authority: ['www.example.com', 'a:80', '%', 'UPPER'],
  caCertCredentialName: ['credential', 'missing'],
  caCertificates: CERTIFICATES,
  cipherSuites: ['ECDHE-RSA-AES128-GCM-SHA256', 'AES256-SHA', 'NONSENSE'],
  clientCertificate: CERTIFICATES,
  credentialName: ['credential', 'missing', 'kubernetes://credential'],
  credentialNames: ['credential', 'missing'],
  defaultEndpoint: ['127.0.0.1:8080', '0.0.0.0:9090', 'unix:///tmp/app', '[::1]:80'],
  ecdhCurves: ['P-256', 'X25519'],
  exact: ['a', '/a', 'GET', '*', '', 'A%b'],
  exportTo: ['*', '.', 'other', '~'],
  failoverPriority: ['topology.kubernetes.io/region', 'app', 'version=v1'],
  from: LOCALITIES,
  gateways: ['mesh', 'gw', 'default/gw', 'other/gw', 'default/missing'],
  hosts: [
    ...PATTERNS,
    './*',
    '*/*',
    'default/*',
    'other/other.other.svc.cluster.local',
    '~/*',
    './echo.default.svc.cluster.local',
  ],
  httpQueryParameterName: ['q'],
  inboundClusterStatName: ['%SERVICE%_%SERVICE_PORT%', 'in|%SERVICE_FQDN%'],
  locality: ['', 'region/zone/subzone', 'region', 'elsewhere/zone'],
  name: ['a', 'b', 'credential', 'x-a'],
  network: ['', 'network-1'],
  outboundClusterStatName: ['%SERVICE_FQDN%_%SERVICE_PORT_NAME%_%SUBSET_NAME%', 'x'],
  path: ['/', '/a', ''],
  prefix: ['/', '/api', '/api/', 'a', ''],
  prefixRewrite: ['/', '/new'],
  privateKey: ['/etc/certs/tls.key'],
  remove: ['x-a', 'x-b', 'host'],
  retryOn: ['5xx', 'connect-failure,503', 'retriable-status-codes', '', 'unavailable'],
  rewrite: ['/\\1', '\\2/\\1', '', 'x'],
  serverCertificate: CERTIFICATES,
  serviceAccount: ['', 'sa', 'default'],
  sni: ['api.example.com', 'outbound_.80_._.x'],
  sniHosts: HOSTS,
  sourceSubnet: ['10.0.0.0/8'],
  statPrefix: ['a', 'b.c', '%'],
  string: ['', 'body', '{"a": "%REQ(x)%"}', 'x'.repeat(5000)],
  subjectAltNames: ['spiffe://cluster.local/ns/a/sa/b', 'api.example.com', '*.example.com'],
  to: LOCALITIES,
  uri: ['/', '/a', '/%7Ea', ''],
  value: HEADER_VALUES,
};

/** Names that users give entries of a map, by the name of the map. */
export const KEYS_BY_NAME: Readonly<Record<string, readonly string[]>> = {
  labels: ['app', 'version', 'istio'],
  matchLabels: ['app', 'version'],
  selector: ['istio', 'app'],
  sourceLabels: ['app', 'version'],
  portLevelMtls: ['8080', '9000', '3306', '7777'],
  ports: ['http', 'tcp-1'],
  to: LOCALITIES,
  set: ['x-a', 'x-b', ':path', 'host', 'Set-Cookie', 'x_c'],
  add: ['x-a', 'x-b', 'cookie', ':authority'],
  headers: ['x-a', ':path', ':authority', 'X-B', 'user-agent'],
  withoutHeaders: ['x-a', ':method', 'X-B'],
  queryParams: ['q', 'a b', 'ä'],
};

/** Values of maps, by the name of the map. */
export const VALUES_BY_NAME: Readonly<Record<string, readonly string[]>> = {
  selector: ['gw', 'echo'],
  set: HEADER_VALUES,
  add: HEADER_VALUES,
};

/** Of which some service has a port. */
export const PORTS = [80, 443, 7070, 8080, 8443, 9000, 9100, 3306, 15_443, 15_001, 65_535] as const;
