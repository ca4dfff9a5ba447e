import { describe, expect, it } from 'vitest';
import { clusterOf, ECHO, echo, rule } from '../../../test/support/clusters.ts';
import { meshConfig, proxyConfig } from '../../../test/support/mesh.ts';
import { routerClass, sidecarClass } from '../../../test/support/scopes.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { TrafficPolicy } from '../../model/traffic-policy.ts';

const EXTENSION = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const http1 = { explicit_http_config: { http_protocol_options: {} } };
const http2 = { explicit_http_config: { http2_protocol_options: {} } };
const asClient = { use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: {} } };

interface Row {
  readonly port?: number;
  readonly policy?: Partial<TrafficPolicy>;
  readonly proxy?: ProxyClass;
  readonly h2Upgrade?: boolean;
}

function optionsOf({ port = 80, policy = {}, proxy = sidecarClass(), h2Upgrade = false }: Row) {
  const cluster = clusterOf(`outbound|${port}||${ECHO}`, {
    services: [echo()],
    destinationRules: [rule(policy)],
    mesh: meshConfig({ h2Upgrade }),
    proxy,
  });
  const options = Object(cluster.typed_extension_protocol_options)[EXTENSION];
  if (options === undefined) return undefined;
  const { '@type': type, ...rest } = options;
  expect(type).toBe(`type.googleapis.com/${EXTENSION}`);
  return rest;
}

const router = routerClass({ namespace: 'default' });
const preserving = sidecarClass({
  proxyConfig: proxyConfig({ proxyHeaders: { ...proxyConfig().proxyHeaders, preserveHttp1HeaderCase: true } }),
});
const preserved = {
  header_key_format: {
    stateful_formatter: {
      name: 'preserve_case',
      typed_config: {
        '@type':
          'type.googleapis.com/envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig',
      },
    },
  },
};

it('keeps the case of headers that go to hosts that nobody declared', () => {
  const cluster = clusterOf('PassthroughCluster', { services: [], proxy: preserving });
  expect(Object(cluster.typed_extension_protocol_options)[EXTENSION]).toMatchObject({
    use_downstream_protocol_config: { http_protocol_options: preserved, http2_protocol_options: {} },
  });
});

describe('the version of HTTP', () => {
  it.each([
    { of: 'an HTTP port', row: {}, expected: undefined },
    { of: 'a gRPC port', row: { port: 7070 }, expected: http2 },
    { of: 'a TCP port', row: { port: 9000 }, expected: undefined },
    { of: 'a sniffed port at a sidecar', row: { port: 9100 }, expected: asClient },
    { of: 'a sniffed port at a gateway', row: { port: 9100, proxy: router }, expected: undefined },
    {
      of: 'a port that follows its client',
      row: { policy: { connectionPool: { http: { useClientProtocol: true, h2UpgradePolicy: 'upgrade' } } } },
      expected: asClient,
    },
    {
      of: 'an upgraded port, TCP as it may be',
      row: { port: 9000, policy: { connectionPool: { http: { h2UpgradePolicy: 'upgrade' } } } },
      expected: http2,
    },
    {
      of: 'an upgraded port that is sniffed, at a gateway',
      row: { port: 9100, proxy: router, policy: { connectionPool: { http: { h2UpgradePolicy: 'upgrade' } } } },
      expected: http2,
    },
    {
      of: 'an upgraded port that is sniffed, at a sidecar',
      row: {
        port: 9100,
        policy: { connectionPool: { http: { h2UpgradePolicy: 'upgrade', maxConcurrentStreams: 5 } } },
      },
      expected: { ...asClient, common_http_protocol_options: {} },
    },
    {
      of: 'an upgraded port whose headers keep their case',
      row: { proxy: preserving, h2Upgrade: true },
      expected: { explicit_http_config: { http_protocol_options: preserved } },
    },
    {
      of: 'a TCP port with options, where headers keep their case',
      row: { port: 9000, proxy: preserving, policy: { connectionPool: { http: { maxRequestsPerConnection: 5 } } } },
      expected: { ...http1, common_http_protocol_options: { max_requests_per_connection: 5 } },
    },
    { of: 'an HTTP port of an upgraded mesh', row: { h2Upgrade: true }, expected: http2 },
    { of: 'a sniffed port of an upgraded mesh', row: { port: 9100, h2Upgrade: true }, expected: asClient },
    { of: 'a TCP port of an upgraded mesh', row: { port: 9000, h2Upgrade: true }, expected: undefined },
    {
      of: 'a port that a rule exempts from the upgrade',
      row: { h2Upgrade: true, policy: { connectionPool: { http: { h2UpgradePolicy: 'do-not-upgrade' } } } },
      expected: undefined,
    },
    {
      of: 'an HTTP port whose headers keep their case',
      row: { proxy: preserving },
      expected: { explicit_http_config: { http_protocol_options: preserved } },
    },
    {
      of: 'a sniffed port whose headers keep their case',
      row: { port: 9100, proxy: preserving },
      expected: { use_downstream_protocol_config: { http_protocol_options: preserved, http2_protocol_options: {} } },
    },
    { of: 'a gRPC port, where case is no question', row: { port: 7070, proxy: preserving }, expected: http2 },
  ] satisfies { of: string; row: Row; expected: object | undefined }[])('of $of', ({ row, expected }) => {
    expect(optionsOf(row)).toEqual(expected);
  });
});

describe('options of connections', () => {
  it.each([
    {
      of: 'http.idleTimeout before tcp.idleTimeout',
      pool: { http: { idleTimeoutMs: 1000 }, tcp: { idleTimeoutMs: 2000 } },
      expected: { common_http_protocol_options: { idle_timeout: '1s' }, ...http1 },
    },
    {
      of: 'tcp.idleTimeout',
      pool: { tcp: { idleTimeoutMs: 2000 } },
      expected: { common_http_protocol_options: { idle_timeout: '2s' }, ...http1 },
    },
    {
      of: 'maxRequestsPerConnection and maxConnectionDuration',
      pool: { http: { maxRequestsPerConnection: 1 }, tcp: { maxConnectionDurationMs: 60_000 } },
      expected: {
        common_http_protocol_options: { max_requests_per_connection: 1, max_connection_duration: '60s' },
        ...http1,
      },
    },
  ])('$of', ({ pool, expected }) => {
    expect(optionsOf({ policy: { connectionPool: pool } })).toEqual(expected);
  });

  it('of HTTP/2 alone go where HTTP/2 is spoken', () => {
    const http = { maxConcurrentStreams: 7, keepalive: { intervalMs: 30_000, timeoutMs: 10_000 } };
    expect(optionsOf({ port: 7070, policy: { connectionPool: { http } } })).toEqual({
      common_http_protocol_options: {},
      explicit_http_config: {
        http2_protocol_options: {
          max_concurrent_streams: 7,
          connection_keepalive: { interval: '30s', timeout: '10s' },
        },
      },
    });
    expect(optionsOf({ policy: { connectionPool: { http } } })).toEqual({ common_http_protocol_options: {}, ...http1 });
  });
});

describe('what counts as an error', () => {
  const status = (exact: string) => ({
    http_response_headers_match: { headers: [{ name: ':status', string_match: { exact } }] },
  });
  it.each([
    { codes: ['500'], expected: status('500') },
    { codes: ['500', '503'], expected: { or_match: { rules: [status('500'), status('503')] } } },
  ])('$codes', ({ codes, expected }) => {
    const outlierDetection = { splitExternalLocalOriginErrors: false, httpErrorCodes: codes };
    expect(optionsOf({ policy: { outlierDetection } })).toEqual({
      outlier_detection: { error_matcher: expected },
      ...http1,
    });
  });
});
