import { describe, expect, it } from 'vitest';
import { readBootstrapSettings } from './bootstrap-settings.ts';
import { EnvironmentReader } from './environment.ts';
import { readProxyConfig } from './proxy-config.ts';

function read(written: object, more: { env?: Record<string, string>; annotations?: Record<string, string> } = {}) {
  const config = { ...written };
  return readBootstrapSettings(new EnvironmentReader(more.env ?? {}), {
    written: config,
    proxyConfig: readProxyConfig(config),
    annotations: more.annotations ?? {},
    labels: { app: 'reviews', 'service.istio.io/canonical-name': 'canonical' },
    ips: ['10.0.0.1', 'fd00::1'],
    namespace: 'default',
  });
}

describe('statistics', () => {
  it('of an annotation replace those of ProxyConfig, list by list', () => {
    const { stats } = read(
      { proxyStatsMatcher: { inclusionPrefixes: ['a'], inclusionSuffixes: ['{pod_ip}_x'] }, extraStatTags: ['t'] },
      {
        annotations: { 'sidecar.istio.io/statsInclusionPrefixes': 'b,c' },
        env: { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: '1' },
      },
    );
    expect(stats).toEqual({
      prefixes: ['b', 'c'],
      suffixes: ['10.0.0.1_x', 'fd00::1_x', 'downstream_cx_active'],
      regexps: [],
      extraTags: ['t'],
      buckets: {},
      flushMs: undefined,
      evictionMs: undefined,
    });
  });

  it('are told at intervals that fit each other', () => {
    const of = (flush: string, eviction: string) => {
      const { flushMs, evictionMs } = read(
        {},
        {
          annotations: {
            'sidecar.istio.io/statsFlushInterval': flush,
            'sidecar.istio.io/statsEvictionInterval': eviction,
            'sidecar.istio.io/statsHistogramBuckets': '{"istiocustom":[1,5,10]}',
          },
        },
      ).stats;
      return [flushMs, evictionMs];
    };
    expect([of('2s', '10s'), of('3s', '10s')]).toEqual([
      [2000, 10_000],
      [3000, undefined],
    ]);
  });
});

describe('the rest of a bootstrap', () => {
  it.each([
    [{}, undefined],
    [{ serviceCluster: 'mine' }, 'mine'],
    [{ tracingServiceName: 'CANONICAL_NAME_ONLY' }, 'canonical'],
    [{ tracingServiceName: 'CANONICAL_NAME_AND_NAMESPACE' }, 'canonical.default'],
    [{ tracingServiceName: 'APP_LABEL_AND_NAMESPACE' }, undefined],
  ])('names the service by %o', (written, name) => {
    expect(read(written).serviceName).toBe(name);
  });

  it.each([
    [{ connectionSettings: { globalDownstreamConnectionLimit: 7 } }, 7],
    [{ runtimeValues: { 'overload.global_downstream_max_connections': '9' } }, 9],
    [{}, undefined],
  ])('limits connections by %o', (written, limit) => {
    expect(read(written).maxConnections).toBe(limit);
  });

  it.each([
    [{ customConfigFile: '/a.json' }, {}, 'customConfigFile'],
    [{}, { ISTIO_BOOTSTRAP: '/b.json' }, 'ISTIO_BOOTSTRAP'],
    [{ statsdUdpAddress: 'statsd:8125' }, {}, 'no IP address'],
    [{ tracing: { zipkin: { address: 'zipkin' } } }, {}, 'no host:port'],
  ])('refuses %o with %o', (written, env, reason) => {
    expect(() => read(written, { env })).toThrow(reason);
  });
});
