import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../../../src/kit/log.ts';
import { INGRESS, meshOf } from '../../support/facts/mesh.ts';
import { destinationRule, ECHO, ECHO_PODS, meshConfig, service, serviceEntry } from '../../support/facts/objects.ts';

const E = 'echo.default.svc.cluster.local';
const TYPES = 'type.googleapis.com/envoy.extensions';
const HTTP_OPTIONS = 'typed_extension_protocol_options';
const NO_LIMITS = {
  max_connections: 4294967295,
  max_pending_requests: 4294967295,
  max_requests: 4294967295,
  max_retries: 4294967295,
};

/** The one entry of `typed_extension_protocol_options`. */
const httpOptions = (options: object) => ({
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    '@type': `${TYPES}.upstreams.http.v3.HttpProtocolOptions`,
    ...options,
  },
});

/** A cluster of `echo` under a traffic policy, `part` of it. */
async function echoUnder(policy: string, part: string, { port = 80, mesh = '' } = {}): Promise<unknown> {
  const rule = destinationRule('echo', `{ host: ${E}, trafficPolicy: ${policy} }`);
  const found = await meshOf([ECHO, ECHO_PODS, rule, ...(mesh ? [meshConfig(mesh)] : [])]);
  expect(found.issues.filter((issue) => !issue.includes(' FIELD_DEPRECATED:'))).toEqual([]);
  return found.show(`cluster outbound|${port}||${E} → ${part}`);
}

const dnsEntry = (rest: string, metadata = {}) =>
  serviceEntry(
    'dns',
    `{ hosts: [dns.example.com], ports: [{ number: 80, name: http, protocol: HTTP }], ${rest} }`,
    metadata,
  );

beforeAll(() => configureLogs({ write: () => undefined }));

describe('clusters', () => {
  it('RC51: a cluster has no limits, takes the least loaded endpoint and never panics', async () => {
    const mesh = await meshOf([ECHO]);
    const name = `outbound|80||${E}`;
    const fields = 'type,alt_stat_name,lb_policy,common_lb_config,circuit_breakers,connect_timeout,eds_cluster_config';
    expect(mesh.show(`cluster ${name} → {${fields}}`)).toEqual({
      type: 'EDS',
      alt_stat_name: `${name};`,
      lb_policy: 'LEAST_REQUEST',
      common_lb_config: { healthy_panic_threshold: {} },
      circuit_breakers: { thresholds: [NO_LIMITS] },
      connect_timeout: '10s',
      eds_cluster_config: {
        service_name: name,
        eds_config: { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' },
      },
    });
  });

  it('RC52: endpoints that can are called by mutual TLS, whatever their cluster is called', async () => {
    const mesh = await meshOf([ECHO, ECHO_PODS]);
    const matches = `cluster outbound|80||${E} → transport_socket_matches`;
    const context = `${matches}[0].transport_socket.typed_config`;
    expect(mesh.show(`${matches}[*].{name,match}`)).toEqual([
      { name: 'tlsMode-istio', match: { tlsMode: 'istio' } },
      { name: 'tlsMode-disabled', match: {} },
    ]);
    expect(mesh.show(`${context}.sni`)).toBe(`outbound_.80_._.${E}`);
    expect(mesh.show(`${context}.common_tls_context.alpn_protocols`)).toEqual(['istio-peer-exchange', 'istio']);
    expect(mesh.show(`${context}.common_tls_context.combined_validation_context.default_validation_context`)).toEqual({
      match_typed_subject_alt_names: [
        { san_type: 'URI', matcher: { exact: 'spiffe://cluster.local/ns/default/sa/echo-sa' } },
      ],
    });
  });

  it('RC53: gRPC is HTTP/2, which mutual TLS offers too', async () => {
    const mesh = await meshOf([ECHO, ECHO_PODS]);
    const cluster = `cluster outbound|7070||${E} → `;
    const alpn = 'transport_socket_matches[0].transport_socket.typed_config.common_tls_context.alpn_protocols';
    expect(mesh.show(cluster + alpn)).toEqual(['istio-peer-exchange', 'istio', 'h2']);
    const options = httpOptions({ explicit_http_config: { http2_protocol_options: {} } });
    expect(mesh.show(cluster + HTTP_OPTIONS)).toEqual(options);
  });

  it("RC54: what has no declared protocol is called in the client's, where there is one", async () => {
    const cluster = `cluster outbound|9100||${E} → ${HTTP_OPTIONS}`;
    const options = { use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: {} } };
    expect((await meshOf([ECHO])).show(cluster)).toEqual(httpOptions(options));
    const atGateway = `cluster outbound|9100||${E} → {name,${HTTP_OPTIONS}}`;
    expect((await meshOf([ECHO], INGRESS)).show(atGateway)).toEqual({ name: `outbound|9100||${E}` });
  });

  it('RC55: a headless service is called where the client wants to, except by gateways', async () => {
    const headless = service('hl', '{ clusterIP: None, ports: [{ name: http, port: 8085 }] }');
    const cluster = 'cluster outbound|8085||hl.default.svc.cluster.local → ';
    const part = `${cluster}{type,lb_policy,transport_socket,transport_socket_matches}`;
    expect((await meshOf([headless])).show(part)).toEqual({ type: 'ORIGINAL_DST', lb_policy: 'CLUSTER_PROVIDED' });
    expect((await meshOf([headless], INGRESS)).show(`${cluster}type`)).toBe('EDS');
  });

  it('RC56: endpoints that have names are looked up, and stand in groups by their places', async () => {
    const endpoints =
      '[{ address: a.example.com, locality: r1/z1, weight: 3 }, { address: b.example.com, locality: r2/z2, weight: 1 }]';
    const mesh = await meshOf([dnsEntry(`resolution: DNS, endpoints: ${endpoints}`)]);
    const cluster = 'cluster outbound|80||dns.example.com → ';
    const fields = 'type,dns_refresh_rate,respect_dns_ttl,dns_jitter,dns_lookup_family';
    expect(mesh.show(`${cluster}{${fields}}`)).toEqual({
      type: 'STRICT_DNS',
      dns_refresh_rate: '60s',
      respect_dns_ttl: true,
      dns_jitter: '0.100s',
      dns_lookup_family: 'V4_ONLY',
    });
    expect(mesh.show(`${cluster}load_assignment.endpoints[*].{locality,load_balancing_weight}`)).toEqual([
      { locality: { region: 'r1', zone: 'z1' }, load_balancing_weight: 3 },
      { locality: { region: 'r2', zone: 'z2' }, load_balancing_weight: 1 },
    ]);
  });

  it('RC57: one name is looked up for one address; a race goes for both families', async () => {
    const part = 'cluster outbound|80||dns.example.com → {type,dns_lookup_family}';
    const roundRobin = await meshOf([dnsEntry('resolution: DNS_ROUND_ROBIN')]);
    expect(roundRobin.show(part)).toEqual({ type: 'LOGICAL_DNS', dns_lookup_family: 'V4_ONLY' });
    const annotations = { 'istio.io/connect-strategy': 'RACE_FIRST_TCP_CONNECT' };
    const race = await meshOf([dnsEntry('resolution: DNS', { annotations })]);
    expect(race.show(part)).toEqual({ type: 'LOGICAL_DNS', dns_lookup_family: 'ALL' });
  });

  it('RC58: a target port is put on whatever address was called', async () => {
    const entry = serviceEntry(
      'none',
      '{ hosts: [none.example.com], resolution: NONE, ports: [{ number: 80, targetPort: 8080, name: http, protocol: HTTP }] }',
    );
    const mesh = await meshOf([entry]);
    expect(mesh.show('cluster outbound|80||none.example.com → {type,original_dst_lb_config}')).toEqual({
      type: 'ORIGINAL_DST',
      original_dst_lb_config: { upstream_port_override: 8080 },
    });
  });

  it('RC59: hosts below a wildcard are looked up when they are called', async () => {
    const host = '*.dyn.example.com';
    const mesh = await meshOf([
      serviceEntry(
        'dyn',
        `{ hosts: ['${host}'], resolution: DYNAMIC_DNS, ports: [{ number: 80, name: http, protocol: HTTP }] }`,
      ),
    ]);
    expect(mesh.show(`cluster outbound|80||${host} → {cluster_type,lb_policy,common_lb_config}`)).toEqual({
      lb_policy: 'CLUSTER_PROVIDED',
      cluster_type: {
        name: 'envoy.clusters.dynamic_forward_proxy',
        typed_config: {
          '@type': `${TYPES}.clusters.dynamic_forward_proxy.v3.ClusterConfig`,
          dns_cache_config: { name: `${host}_dfp_dns_cache`, dns_lookup_family: 'V4_ONLY' },
        },
      },
    });
    expect(mesh.show('route 80 → virtual_hosts[0].name')).toBe(`${host}:80`);
  });

  it('RC64: what ejects endpoints, and how many healthy ones there must be', async () => {
    const outlier = `{ consecutive5xxErrors: 5, consecutiveGatewayErrors: 4, splitExternalLocalOriginErrors: true,
      consecutiveLocalOriginFailures: 3, interval: 10s, baseEjectionTime: 30s, maxEjectionPercent: 50, minHealthPercent: 40 }`;
    const rule = destinationRule('echo', `{ host: ${E}, trafficPolicy: { outlierDetection: ${outlier} } }`);
    const mesh = await meshOf([
      ECHO,
      ECHO_PODS.replace('{ ready: true }', '{ ready: false, terminating: false }'),
      rule,
    ]);
    expect(mesh.show(`cluster outbound|80||${E} → {outlier_detection,common_lb_config}`)).toEqual({
      outlier_detection: {
        consecutive_5xx: 5,
        enforcing_consecutive_5xx: 100,
        consecutive_gateway_failure: 4,
        enforcing_consecutive_gateway_failure: 100,
        split_external_local_origin_errors: true,
        consecutive_local_origin_failure: 3,
        enforcing_consecutive_local_origin_failure: 100,
        enforcing_local_origin_success_rate: 0,
        enforcing_success_rate: 0,
        interval: '10s',
        base_ejection_time: '30s',
        max_ejection_percent: 50,
      },
      common_lb_config: { healthy_panic_threshold: { value: 40 } },
    });
    const addresses = `endpoints outbound|80||${E} → endpoints[*].lb_endpoints[*].endpoint.address.socket_address.address`;
    expect(mesh.show(addresses)).toEqual(['10.1.0.2']);
  });

  it('RC65: an empty outlier detection enforces no success rate', async () => {
    expect(await echoUnder('{ outlierDetection: {} }', 'outlier_detection')).toEqual({ enforcing_success_rate: 0 });
  });

  it('RC66: statuses that count as errors are matched one by one', async () => {
    const codes = '{ outlierDetection: { outlierDetectionHttpErrorCodes: [500, 503] } }';
    const status = (exact: string) => ({
      http_response_headers_match: { headers: [{ name: ':status', string_match: { exact } }] },
    });
    expect(await echoUnder(codes, HTTP_OPTIONS)).toEqual(
      httpOptions({
        explicit_http_config: { http_protocol_options: {} },
        outlier_detection: { error_matcher: { or_match: { rules: [status('500'), status('503')] } } },
      }),
    );
  });

  it('RC67: consistent hashes use a ring or Maglev tables', async () => {
    const cookie = 'httpCookie: { name: c, ttl: 0s }';
    const ring = `{ loadBalancer: { consistentHash: { ${cookie}, minimumRingSize: 64 } } }`;
    expect(await echoUnder(ring, '{lb_policy,ring_hash_lb_config}')).toEqual({
      lb_policy: 'RING_HASH',
      ring_hash_lb_config: { minimum_ring_size: '64' },
    });
    const maglev = `{ loadBalancer: { consistentHash: { ${cookie}, maglev: { tableSize: 65537 } } } }`;
    expect(await echoUnder(maglev, '{lb_policy,maglev_lb_config}')).toEqual({
      lb_policy: 'MAGLEV',
      maglev_lb_config: { table_size: '65537' },
    });
  });

  it('RC68: new endpoints warm up', async () => {
    const policy = '{ loadBalancer: { simple: ROUND_ROBIN, warmup: { duration: 30s } } }';
    expect(await echoUnder(policy, 'round_robin_lb_config')).toEqual({
      slow_start_config: {
        slow_start_window: '30s',
        aggression: { default_value: 1, runtime_key: '(' },
        min_weight_percent: { value: 10 },
      },
    });
  });

  it('RC69: settings of a port replace all that is said above them', async () => {
    const policy = `{ connectionPool: { tcp: { maxConnections: 5, connectTimeout: 3s } }, tls: { mode: SIMPLE },
      outlierDetection: {}, portLevelSettings: [{ port: { number: 7070 }, loadBalancer: { simple: RANDOM } }] }`;
    const fields = '{lb_policy,circuit_breakers,connect_timeout,outlier_detection}';
    expect(await echoUnder(policy, fields, { port: 7070 })).toEqual({
      lb_policy: 'RANDOM',
      circuit_breakers: { thresholds: [NO_LIMITS] },
      connect_timeout: '10s',
    });
    const matches = 'transport_socket_matches[*].name';
    expect(await echoUnder(policy, matches, { port: 7070 })).toEqual(['tlsMode-istio', 'tlsMode-disabled']);
  });

  it("RC70: the mesh's limits hold where no rule sets any, and for what passes through", async () => {
    const mesh = 'defaultTrafficPolicy: { connectionPool: { tcp: { maxConnections: 77 } } }';
    const limits = 'circuit_breakers.thresholds[0].max_connections';
    expect(await echoUnder('{ outlierDetection: {} }', limits, { mesh })).toBe(77);
    expect(await echoUnder('{ connectionPool: { http: { maxRetries: 1 } } }', limits, { mesh })).toBe(4294967295);
    const plain = await meshOf([ECHO, meshConfig(mesh)]);
    expect(plain.show(`cluster PassthroughCluster → ${limits}`)).toBe(77);
  });

  it('RC72: a wish for near endpoints weighs places', async () => {
    const near = ECHO.replace('clusterIP:', 'trafficDistribution: PreferClose\n  clusterIP:');
    const mesh = await meshOf([near]);
    expect(mesh.show(`cluster outbound|80||${E} → common_lb_config.locality_weighted_lb_config`)).toEqual({});
  });

  it('RC85: the protocol of a port is said by its name, its number or appProtocol', async () => {
    const ports = `[{ name: mysqlish, port: 3306 }, { name: x, port: 81, appProtocol: kubernetes.io/h2c }, { name: grpc-web, port: 82 }]`;
    const mesh = await meshOf([service('ports', `{ clusterIP: 10.96.0.40, ports: ${ports} }`)]);
    const optionsOf = (port: number) =>
      mesh.show(`cluster outbound|${port}||ports.default.svc.cluster.local → ${HTTP_OPTIONS}`);
    const http2 = httpOptions({ explicit_http_config: { http2_protocol_options: {} } });
    expect([optionsOf(3306), optionsOf(81), optionsOf(82)]).toEqual([undefined, http2, http2]);
    expect(mesh.show('listener 10.96.0.40_3306 → filter_chains[0].tcp.cluster')).toBe(
      'outbound|3306||ports.default.svc.cluster.local',
    );
  });

  it('RC92: a retry budget allows at least three at a time', async () => {
    const thresholds = 'circuit_breakers.thresholds[0].retry_budget';
    expect(await echoUnder('{ retryBudget: { percent: 50 } }', thresholds)).toEqual({
      budget_percent: { value: 50 },
      min_retry_concurrency: 3,
    });
  });
});
