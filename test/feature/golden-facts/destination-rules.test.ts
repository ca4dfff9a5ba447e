import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../../../src/kit/log.ts';
import { type FactMesh, meshOf } from '../../support/facts/mesh.ts';
import {
  destinationRule,
  EARLIER,
  ECHO,
  ECHO_PODS,
  LATER,
  OTHER,
  serviceEntry,
  sidecar,
  virtualService,
} from '../../support/facts/objects.ts';

const E = 'echo.default.svc.cluster.local';
const EXTERNAL = 'ext.example.com';
const TYPES = 'type.googleapis.com/envoy.extensions';
const RULE = 'metadata.filter_metadata.istio.config';

const ruleOf = (name: string, namespace = 'default') =>
  `/apis/networking.istio.io/v1/namespaces/${namespace}/destination-rule/${name}`;

/** The cluster of an external host on port 80 under TLS settings. */
async function externalUnder(policy: string, sans = ''): Promise<(part: string) => unknown> {
  const mesh = await meshOf([
    serviceEntry(
      'ext',
      `{ hosts: [${EXTERNAL}], resolution: STATIC, endpoints: [{ address: 1.2.3.4 }], ${sans}
         ports: [{ number: 80, name: http, protocol: HTTP }] }`,
    ),
    destinationRule(
      'ext',
      `{ host: ${EXTERNAL}, trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, ${policy} }] } }`,
    ),
  ]);
  return (part) => mesh.show(`cluster outbound|80||${EXTERNAL} → ${part}`);
}

/** The names of secrets that a TLS context refers to. */
function namesIn(context: unknown): readonly string[] {
  return [...JSON.stringify(context).matchAll(/"name":"((?:file|kubernetes)[^"]*)"/g)].map(([, name = '']) => name);
}

const loadBalancer = (mesh: FactMesh, port = 80, host = E) =>
  mesh.show(`cluster outbound|${port}||${host} → lb_policy`);

beforeAll(() => configureLogs({ write: () => undefined }));

describe('TLS that a DestinationRule starts', () => {
  const WITHOUT_MESH = { services: [{ host: EXTERNAL, name: EXTERNAL, namespace: 'default' }] };

  it('RC60: SIMPLE trusts the system, and takes name and identity from the request', async () => {
    const show = await externalUnder('tls: { mode: SIMPLE }');
    expect(namesIn(show('transport_socket.typed_config'))).toEqual(['file-root:system']);
    expect(show('typed_extension_protocol_options')).toEqual({
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': `${TYPES}.upstreams.http.v3.HttpProtocolOptions`,
        upstream_http_protocol_options: { auto_sni: true, auto_san_validation: true },
        explicit_http_config: { http_protocol_options: {} },
      },
    });
    expect(show('metadata.filter_metadata.istio')).toEqual({
      ...WITHOUT_MESH,
      config: ruleOf('ext'),
      external: true,
      alpn_override: 'false',
    });
  });

  it('RC61: MUTUAL names the files of its certificate; the PROXY protocol is around it', async () => {
    const files = 'clientCertificate: /c.pem, privateKey: /k.pem, caCertificates: /ca.pem';
    const mesh = await meshOf([
      serviceEntry(
        'ext',
        `{ hosts: [${EXTERNAL}], resolution: STATIC, endpoints: [{ address: 1.2.3.4 }], subjectAltNames: [sanx],
           ports: [{ number: 80, name: http, protocol: HTTP }] }`,
      ),
      destinationRule(
        'ext',
        `{ host: ${EXTERNAL}, trafficPolicy: { tls: { mode: MUTUAL, ${files} }, proxyProtocol: { version: V2 } } }`,
      ),
    ]);
    const socket = `cluster outbound|80||${EXTERNAL} → transport_socket`;
    expect(mesh.show(`${socket}.name`)).toBe('envoy.transport_sockets.upstream_proxy_protocol');
    expect(mesh.show(`${socket}.typed_config.config`)).toEqual({ version: 'V2' });
    const inner = `${socket}.typed_config.transport_socket`;
    expect(mesh.show(`${inner}.name`)).toBe('envoy.transport_sockets.tls');
    const context = mesh.show(`${inner}.typed_config.common_tls_context`);
    expect(namesIn(context)).toEqual(['file-cert:/c.pem~/k.pem', 'file-root:/ca.pem']);
    const validation = 'combined_validation_context.default_validation_context';
    expect(mesh.show(`${inner}.typed_config.common_tls_context.${validation}`)).toEqual({
      match_typed_subject_alt_names: expect.arrayContaining([{ san_type: 'DNS', matcher: { exact: 'sanx' } }]),
    });
  });

  it('RC62: at a sidecar a named credential needs a rule for chosen workloads; others send no TLS', async () => {
    const show = await externalUnder('tls: { mode: SIMPLE, credentialName: cred }');
    expect(show('{transport_socket,transport_socket_matches}')).toEqual({});
    expect(show('metadata.filter_metadata.istio.alpn_override')).toBe('false');
  });

  it('RC63: who skips verification is not asked for anything but a name', async () => {
    const show = await externalUnder('tls: { mode: SIMPLE, insecureSkipVerify: true }');
    expect(show('transport_socket.typed_config.common_tls_context.validation_context')).toEqual({});
    expect(show('typed_extension_protocol_options')).toEqual({
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': `${TYPES}.upstreams.http.v3.HttpProtocolOptions`,
        upstream_http_protocol_options: { auto_sni: true },
        explicit_http_config: { http_protocol_options: {} },
      },
    });
  });
});

describe('which DestinationRule counts', () => {
  const simple = (lb: string) => `trafficPolicy: { loadBalancer: { simple: ${lb} } }`;

  it("RC71: any rule of the client's namespace goes before the best one of the service's", async () => {
    const mesh = await meshOf([
      OTHER,
      destinationRule('client', `{ host: '*.svc.cluster.local', ${simple('RANDOM')} }`),
      destinationRule('service', `{ host: other.other.svc.cluster.local, ${simple('ROUND_ROBIN')} }`, {
        namespace: 'other',
      }),
    ]);
    expect(loadBalancer(mesh, 80, 'other.other.svc.cluster.local')).toBe('RANDOM');
  });

  const subsetRule = (name: string, subset: string, exportTo: string, created: string) =>
    destinationRule(
      name,
      `{ host: ${E}, exportTo: ${exportTo}, subsets: [{ name: ${subset}, labels: { version: ${subset} } }] }`,
      { created },
    );

  it('RC83: a rule that is exported further is merged into the older one, and seen no further than that', async () => {
    const rules = [subsetRule('a', 'v1', '[x]', EARLIER), subsetRule('b', 'v2', '[x, y]', LATER)];
    const clusters = `names of clusters outbound|80|*|${E}`;
    const inX = await meshOf([ECHO, ...rules], { sidecar: 'x/client' });
    expect(inX.show(clusters)).toEqual([`outbound|80|v1|${E}`, `outbound|80|v2|${E}`, `outbound|80||${E}`]);
    expect(inX.show(`cluster outbound|80|v2|${E} → ${RULE}`)).toBe(ruleOf('a'));
    expect(inX.notes).toEqual([
      expect.stringMatching(/^DR_MERGED DestinationRule\/default\/b: .* does not count in y/),
    ]);
    const inY = await meshOf([ECHO, ...rules], { sidecar: 'y/client' });
    expect(inY.show(clusters)).toEqual([`outbound|80||${E}`]);
  });

  it('RC84: a rule for all workloads that follows one for some of them belongs to the latter', async () => {
    const selecting = destinationRule(
      'a',
      `{ host: ${E}, workloadSelector: { matchLabels: { app: chosen } }, subsets: [{ name: v1, labels: { version: v1 } }] }`,
      { created: EARLIER },
    );
    const rules = [selecting, subsetRule('b', 'v2', "['.']", LATER)];
    const clusters = `names of clusters outbound|80|*|${E}`;
    const chosen = await meshOf([ECHO, ...rules], { sidecar: 'default/chosen' });
    expect(chosen.show(clusters)).toEqual([`outbound|80|v1|${E}`, `outbound|80|v2|${E}`, `outbound|80||${E}`]);
    expect(chosen.show(`cluster outbound|80|v2|${E} → ${RULE}`)).toBe(ruleOf('a'));
    expect(chosen.notes).toEqual([expect.stringMatching(/^DR_MERGED DestinationRule\/default\/b: .* counts only for/)]);
    expect((await meshOf([ECHO, ...rules])).show(clusters)).toEqual([`outbound|80||${E}`]);
  });

  it('RC90: settings of a port without TLS clear it for the cluster, but not for its endpoints', async () => {
    const policy = `{ tls: { mode: SIMPLE }, portLevelSettings: [{ port: { number: 80 }, connectionPool: { tcp: { maxConnections: 1 } } }] }`;
    const mesh = await meshOf([ECHO, ECHO_PODS, destinationRule('echo', `{ host: ${E}, trafficPolicy: ${policy} }`)]);
    const name = `outbound|80||${E}`;
    expect(mesh.show(`cluster ${name} → transport_socket_matches[*].name`)).toEqual([
      'tlsMode-istio',
      'tlsMode-disabled',
    ]);
    const endpoints = `endpoints ${name} → endpoints[0].lb_endpoints[*].metadata.filter_metadata`;
    const metadata = (pod: string, version: string) => ({
      istio: { workload: `${pod};default;echo;${version};Kubernetes` },
    });
    expect(mesh.show(endpoints)).toEqual([metadata('echo-v1-1', 'v1'), metadata('echo-v2-1', 'v2')]);
  });

  it('RC91: a subset that sends to the called address drops the TLS of its rule for that of the mesh', async () => {
    const subset = `{ name: v1, labels: { version: v1 }, trafficPolicy: {
      portLevelSettings: [{ port: { number: 80 }, loadBalancer: { simple: PASSTHROUGH } }] } }`;
    const mesh = await meshOf([
      ECHO,
      ECHO_PODS,
      destinationRule('echo', `{ host: ${E}, trafficPolicy: { tls: { mode: SIMPLE } }, subsets: [${subset}] }`),
    ]);
    const cluster = `cluster outbound|80|v1|${E} → `;
    expect(mesh.show(`${cluster}{type,lb_policy,transport_socket_matches}`)).toEqual({
      type: 'ORIGINAL_DST',
      lb_policy: 'CLUSTER_PROVIDED',
    });
    expect(mesh.show(`${cluster}transport_socket.typed_config.sni`)).toBe(`outbound_.80_.v1_.${E}`);
  });

  it('RC93: what a rule of the scope sends to is there, though the Sidecar excludes it', async () => {
    const ports = [443, 80].map((number) => `{ number: ${number}, name: p${number}, protocol: HTTP }`);
    const mesh = await meshOf([
      ECHO,
      serviceEntry('dns', `{ hosts: [dns.example.com], resolution: DNS, ports: [${ports}] }`),
      sidecar('s', "{ egress: [{ hosts: ['*/*', '~*/dns.example.com'] }] }"),
      virtualService(
        'v',
        `{ hosts: [${E}], http: [{ route: [{ destination: { host: dns.example.com, port: { number: 443 } } }] }] }`,
      ),
    ]);
    expect(mesh.show('names of clusters outbound|*|dns.example.com')).toEqual(['outbound|443||dns.example.com']);
  });
});
