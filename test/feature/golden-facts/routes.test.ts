import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../../../src/kit/log.ts';
import { INGRESS, meshOf } from '../../support/facts/mesh.ts';
import { PREVIOUS_HOSTS, RETRIES } from '../../support/facts/retries.ts';
import { destinationRule, ECHO, gateway, service, virtualService } from '../../support/facts/objects.ts';

const E = 'echo.default.svc.cluster.local';
const TO_ECHO = `route: [{ destination: { host: ${E} } }]`;
/** Where there is no limit, the deadlines that gRPC clients set count: Istio says so in a deprecated field, `max_grpc_timeout`. */
const NO_TIMEOUT = { timeout: '0s', max_stream_duration: { grpc_timeout_header_max: '0s' } };

/** What becomes of `echo:80` under HTTP rules, `part` of each route. */
async function routesOf(http: string, part = '', more: readonly string[] = []): Promise<unknown> {
  const mesh = await meshOf([ECHO, virtualService('v', `{ hosts: [${E}], http: ${http} }`), ...more]);
  expect(mesh.issues).toEqual([]);
  return mesh.show(`route 80 → virtual_hosts[${E}:80].routes${part}`);
}

/** The same at a gateway with one HTTP server on port 80. */
async function gatewayRoutesOf(http: string, part = '', more: readonly string[] = []): Promise<unknown> {
  const server = gateway('gw', "[{ port: { name: http, number: 80, protocol: HTTP }, hosts: ['*'] }]");
  const rule = virtualService('v', `{ hosts: [a.example.com], gateways: [istio-system/gw], http: ${http} }`);
  const mesh = await meshOf([ECHO, server, rule, ...more], INGRESS);
  expect(mesh.issues).toEqual([]);
  return mesh.show(`route http.80 → virtual_hosts[a.example.com:80].routes${part}`);
}

beforeAll(() => configureLogs({ write: () => undefined }));

describe('routes', () => {
  it('RC8: a service that nobody routes has one route, with the usual retries and no time limit', async () => {
    const mesh = await meshOf([ECHO]);
    expect(mesh.show(`route 80 → virtual_hosts[${E}:80].routes`)).toEqual([
      {
        name: 'default',
        match: { prefix: '/' },
        decorator: { operation: `${E}:80/*` },
        route: { cluster: `outbound|80||${E}`, ...NO_TIMEOUT, retry_policy: { ...RETRIES, ...PREVIOUS_HOSTS } },
      },
    ]);
  });

  it('RC9: a configuration ignores ports in hosts and lets clusters come later', async () => {
    const mesh = await meshOf([ECHO]);
    const fields = 'ignore_port_in_host_matching,max_direct_response_body_size_bytes,validate_clusters';
    expect(mesh.show(`route 80 → {${fields}}`)).toEqual({
      ignore_port_in_host_matching: true,
      max_direct_response_body_size_bytes: 1048576,
      validate_clusters: false,
    });
  });

  it('RC20: nothing comes after a match that everything fits', async () => {
    const rules = "[{ match: [{ uri: { regex: '.*' } }], redirect: { uri: /a } }, { redirect: { uri: /b } }]";
    expect(await routesOf(rules, '[*].redirect.path_redirect')).toEqual(['/a']);
  });

  it('RC21: a match that names gateways asks nothing about the caller', async () => {
    const rules = `[{ match: [{ gateways: [istio-system/gw], sourceLabels: { app: nobody }, uri: { exact: /x } }], ${TO_ECHO} }]`;
    expect(await gatewayRoutesOf(rules, '[*].match')).toEqual([{ path: '/x', case_sensitive: true }]);
  });

  it('RC22: header matches stand in the order of their names, before those of what HTTP/2 calls headers', async () => {
    const match = `{ headers: { x-b: { exact: b }, x-a: { regex: 'a+' } }, withoutHeaders: { x-c: {}, x-d: { exact: '1' } },
      method: { exact: GET }, authority: { prefix: echo }, scheme: { exact: http } }`;
    expect(await routesOf(`[{ match: [${match}], ${TO_ECHO} }]`, '[0].match.headers')).toEqual([
      { name: 'x-a', string_match: { safe_regex: { regex: 'a+' } } },
      { name: 'x-b', string_match: { exact: 'b' } },
      { name: 'x-c', invert_match: true, present_match: true },
      { name: 'x-d', invert_match: true, string_match: { exact: '1' }, treat_missing_header_as_empty: true },
      { name: ':method', string_match: { exact: 'GET' } },
      { name: ':authority', string_match: { prefix: 'echo' } },
      { name: ':scheme', string_match: { exact: 'http' } },
    ]);
  });

  it('RC23: rule and match name the route; a match says whether case matters', async () => {
    const rules = `[{ name: first, match: [{ name: m1, uri: { prefix: /a }, ignoreUriCase: true }], ${TO_ECHO} }]`;
    expect(await routesOf(rules, '[*].{name,match}')).toEqual([
      { name: 'first.m1', match: { prefix: '/a', case_sensitive: false } },
    ]);
  });

  it('RC24: a rule without a match says nothing about case', async () => {
    expect(await routesOf(`[{ ${TO_ECHO} }]`, '[0].match')).toEqual({ prefix: '/' });
  });

  it('RC25: headers that are set stand before those that are added, each sorted', async () => {
    const headers = '{ request: { set: { x-s: s, x-k: k }, add: { x-ad: ad } } }';
    expect(await routesOf(`[{ headers: ${headers}, ${TO_ECHO} }]`, '[0].request_headers_to_add')).toEqual([
      { header: { key: 'x-k', value: 'k' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
      { header: { key: 'x-s', value: 's' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
      { header: { key: 'x-ad', value: 'ad' } },
    ]);
  });

  it('RC26: the Host header of one of several destinations is rewritten there', async () => {
    const first = `{ destination: { host: ${E} }, weight: 50, headers: { request: { set: { Host: h1 } } } }`;
    const rules = `[{ route: [${first}, { destination: { host: ${E}, subset: v2 }, weight: 50 }] }]`;
    expect(await routesOf(rules, '[0].route.weighted_clusters.clusters[0]')).toEqual({
      name: `outbound|80||${E}`,
      weight: 50,
      host_rewrite_literal: 'h1',
    });
  });

  it('RC27: a destination without weight takes no part', async () => {
    const to = (subset: string, weight: number) =>
      `{ destination: { host: ${E}, subset: ${subset} }, weight: ${weight} }`;
    const rules = `[{ route: [${to('v1', 80)}, ${to('v2', 20)}, ${to('v3', 0)}] }]`;
    expect(await routesOf(rules, '[0].route.weighted_clusters')).toEqual({
      clusters: [
        { name: `outbound|80|v1|${E}`, weight: 80 },
        { name: `outbound|80|v2|${E}`, weight: 20 },
      ],
    });
  });

  it('RC28: numbers among the conditions of retries are status codes', async () => {
    const retries = "{ attempts: 3, perTryTimeout: 2s, retryOn: 'gateway-error,503,409', retryRemoteLocalities: true }";
    expect(await routesOf(`[{ retries: ${retries}, ${TO_ECHO} }]`, '[0].route.retry_policy')).toEqual({
      ...RETRIES,
      ...PREVIOUS_HOSTS,
      num_retries: 3,
      per_try_timeout: '2s',
      retry_on: 'gateway-error,retriable-status-codes',
      retriable_status_codes: [503, 409],
      retry_priority: {
        name: 'envoy.retry_priorities.previous_priorities',
        typed_config: {
          '@type':
            'type.googleapis.com/envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig',
          update_frequency: 2,
        },
      },
    });
  });

  it('RC29: no attempts are no policy', async () => {
    expect(await routesOf(`[{ retries: { attempts: 0 }, ${TO_ECHO} }]`, '[0].route')).toEqual({
      cluster: `outbound|80||${E}`,
      ...NO_TIMEOUT,
    });
  });

  it('RC30: a time limit holds for gRPC as well', async () => {
    const rules = `[{ timeout: 5s, ${TO_ECHO} }]`;
    expect(await routesOf(rules, '[0].route.{timeout,max_grpc_timeout}')).toEqual({
      timeout: '5s',
      max_grpc_timeout: '5s',
    });
  });

  it('RC31: a mirror takes its share in millionths, and knows no other host name', async () => {
    const mirror = `mirror: { host: ${E}, subset: v2 }, mirrorPercentage: { value: 5 }`;
    expect(await routesOf(`[{ ${mirror}, ${TO_ECHO} }]`, '[0].route.request_mirror_policies')).toEqual([
      {
        cluster: `outbound|80|v2|${E}`,
        runtime_fraction: { default_value: { numerator: 50000, denominator: 'MILLION' } },
        trace_sampled: false,
        disable_shadow_host_suffix_append: true,
      },
    ]);
  });

  it('RC32: faults happen in millionths of the requests', async () => {
    const fault = `{ delay: { percentage: { value: 12.5 }, fixedDelay: 3s }, abort: { percentage: { value: 1 }, httpStatus: 503 } }`;
    const part = '[0].typed_per_filter_config';
    expect(await routesOf(`[{ fault: ${fault}, ${TO_ECHO} }]`, part)).toEqual({
      'envoy.filters.http.fault': {
        '@type': 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault',
        delay: { fixed_delay: '3s', percentage: { numerator: 125000, denominator: 'MILLION' } },
        abort: { http_status: 503, percentage: { numerator: 10000, denominator: 'MILLION' } },
      },
    });
  });

  it('RC33: a CORS policy may keep unmatched preflights from the application', async () => {
    const policy =
      '{ allowOrigins: [{ exact: https://a.example }], allowMethods: [GET, POST], maxAge: 24h, unmatchedPreflights: IGNORE }';
    expect(await routesOf(`[{ corsPolicy: ${policy}, ${TO_ECHO} }]`, '[0].typed_per_filter_config')).toEqual({
      'envoy.filters.http.cors': {
        '@type': 'type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy',
        allow_origin_string_match: [{ exact: 'https://a.example' }],
        allow_methods: 'GET,POST',
        max_age: '86400',
        forward_not_matching_preflights: false,
        filter_enabled: { default_value: { numerator: 100 } },
      },
    });
  });

  it('RC34: at a sidecar the port of the request goes into the redirect', async () => {
    const redirect = '{ uri: /x, scheme: https, redirectCode: 302, derivePort: FROM_REQUEST_PORT }';
    expect(await routesOf(`[{ redirect: ${redirect} }]`, '[0].redirect')).toEqual({
      path_redirect: '/x',
      scheme_redirect: 'https',
      port_redirect: 80,
      response_code: 'FOUND',
    });
  });

  it('RC35: a redirect never names the port that its scheme stands for', async () => {
    const redirect = '{ uri: /y, redirectCode: 308, derivePort: FROM_REQUEST_PORT }';
    expect(await gatewayRoutesOf(`[{ redirect: ${redirect} }]`, '[0].redirect')).toEqual({
      path_redirect: '/y',
      response_code: 'PERMANENT_REDIRECT',
    });
  });

  it('RC36: nor if the user wrote it; without a path the path of the request stays', async () => {
    expect(await routesOf('[{ redirect: { authority: z, scheme: https, port: 443 } }]', '[0].redirect')).toEqual({
      host_redirect: 'z',
      path_redirect: '',
      scheme_redirect: 'https',
    });
  });

  it('RC37: a claim of a token is matched in what the JWT filter found out', async () => {
    const match = "{ headers: { '@request.auth.claims[a][b.c]': { prefix: z } } }";
    expect(await gatewayRoutesOf(`[{ match: [${match}], ${TO_ECHO} }]`, '[0].match.dynamic_metadata')).toEqual([
      {
        filter: 'envoy.filters.http.jwt_authn',
        path: [{ key: 'payload' }, { key: 'a' }, { key: 'b.c' }],
        value: {
          or_match: {
            value_matchers: [
              { list_match: { one_of: { string_match: { prefix: 'z' } } } },
              { string_match: { prefix: 'z' } },
            ],
          },
        },
      },
    ]);
  });

  it('RC38: rules of a delegate take the place of the rule that delegates, as far as both can match', async () => {
    const leaf = virtualService(
      'leaf',
      `{ http: [
        { name: d1, match: [{ name: dm1, uri: { prefix: /p/1 } }, { name: dm2, uri: { exact: /q/2 } }], timeout: 9s, ${TO_ECHO} },
        { name: d2, match: [{ name: dm3, uri: { prefix: /other } }], ${TO_ECHO} },
        { name: d3, ${TO_ECHO} }] }`,
    );
    const matches =
      '[{ name: rm1, uri: { prefix: /p }, headers: { x-a: { exact: a } } }, { name: rm2, uri: { prefix: /q } }]';
    const rules = `[{ name: r, match: ${matches}, timeout: 3s, delegate: { name: leaf } }]`;
    expect(await routesOf(rules, '[*].name', [leaf])).toEqual(['r-d1.rm1-dm1', 'r-d1.rm2-dm2', 'r-d3.rm1', 'r-d3.rm2']);
    expect(await routesOf(rules, '[*].route.timeout', [leaf])).toEqual(['9s', '9s', '3s', '3s']);
  });

  it('RC39: a destination without a port has that of the listener, at gateways the only one of its service', async () => {
    const single = service('single', '{ clusterIP: 10.96.0.30, ports: [{ name: http, port: 8888 }] }');
    const rules = '[{ route: [{ destination: { host: single } }] }]';
    const cluster = '[0].route.cluster';
    const host = 'single.default.svc.cluster.local';
    expect(await routesOf(rules, cluster, [single])).toBe(`outbound|80||${host}`);
    expect(await gatewayRoutesOf(rules, cluster, [single])).toBe(`outbound|8888||${host}`);
  });

  const cookie = { cookie: { name: 'c', ttl: '5s', path: '/p' } };
  const sticky = destinationRule(
    'echo',
    `{ host: ${E}, trafficPolicy: { loadBalancer: { consistentHash: { httpCookie: { name: c, ttl: 5s, path: /p } } } },
      subsets: [{ name: v1, labels: { version: v1 } }, { name: v2, labels: { version: v2 } }] }`,
  );

  it('RC40: every destination brings its hash, though it be the same', async () => {
    const to = (subset: string, weight: number) =>
      `{ destination: { host: ${E}, subset: ${subset} }, weight: ${weight} }`;
    const rules = `[{ route: [${to('v1', 90)}, ${to('v2', 10)}] }]`;
    expect(await routesOf(rules, '[0].route.hash_policy', [sticky])).toEqual([cookie, cookie]);
  });

  it('RC41: retries of a hashed destination may hit the same host again', async () => {
    expect(await routesOf(`[{ ${TO_ECHO} }]`, '[0].route.{hash_policy,retry_policy}', [sticky])).toEqual({
      hash_policy: [cookie],
      retry_policy: RETRIES,
    });
  });

  it('RC89: without a rule they do not', async () => {
    const mesh = await meshOf([ECHO, sticky]);
    expect(mesh.show(`route 80 → virtual_hosts[${E}:80].routes[0].route.{hash_policy,retry_policy}`)).toEqual({
      hash_policy: [cookie],
      retry_policy: { ...RETRIES, ...PREVIOUS_HOSTS },
    });
  });
});
