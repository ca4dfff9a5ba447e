import { describe, expect, it } from 'vitest';
import { fromJson } from '../gen/codec.ts';
import { tcpAddress } from './address.ts';
import { type BootstrapOptions, compileBootstrap } from './bootstrap.ts';

const options: BootstrapOptions = {
  proxy: {
    type: 'sidecar',
    ips: ['127.0.2.4'],
    name: 'reviews-v1',
    namespace: 'default',
    labels: { app: 'reviews' },
    interception: 'NONE',
  },
  discovery: tcpAddress('127.0.0.1', 15010),
  admin: tcpAddress('127.0.2.4', 15000),
};

describe('compileBootstrap', () => {
  it('is a message that Envoy knows, to the last field', () => {
    const health = tcpAddress('127.0.2.4', 15021);
    const bootstrap = compileBootstrap({ ...options, health, metrics: tcpAddress('127.0.2.4', 15090) });
    expect(fromJson('envoy.config.bootstrap.v3.Bootstrap', bootstrap).length).toBeGreaterThan(0);
  });

  it('takes listeners and clusters from one delta stream, without a limit on the first wait', () => {
    const config = { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' };
    expect(compileBootstrap(options).dynamic_resources).toMatchObject({
      lds_config: config,
      cds_config: config,
      ads_config: {
        api_type: 'DELTA_GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds-grpc' } }],
      },
    });
  });

  it.each([
    { discovery: tcpAddress('127.0.0.1', 15010), type: 'STATIC' },
    { discovery: tcpAddress('::1', 15010), type: 'STATIC' },
    { discovery: tcpAddress('istiod.istio-system.svc', 15010), type: 'STRICT_DNS' },
    { discovery: { kind: 'pipe', path: '/run/xds' } as const, type: 'STATIC' },
  ])('reaches $discovery as a $type cluster', ({ discovery, type }) => {
    const { static_resources: resources } = compileBootstrap({ ...options, discovery });
    expect(resources).toMatchObject({ clusters: [{ name: 'prometheus_stats' }, { name: 'xds-grpc', type }] });
  });

  it('has no listener of its own unless asked', () => {
    expect(compileBootstrap(options).static_resources).toMatchObject({ listeners: [] });
  });

  it('tells the control plane which ports its own listeners take', () => {
    const bootstrap = compileBootstrap({
      ...options,
      health: tcpAddress('127.0.2.4', 15021),
      metrics: tcpAddress('127.0.2.4', 15090),
    });
    expect(bootstrap.static_resources).toMatchObject({
      listeners: [{ name: '127.0.2.4_15090' }, { name: '127.0.2.4_15021' }],
    });
    expect(bootstrap.node.metadata).toMatchObject({ ENVOY_STATUS_PORT: 15021, ENVOY_PROMETHEUS_PORT: 15090 });
  });

  it('has a cluster for the replicas of its workload where zones count', () => {
    const metadata = { ENABLE_SELF_DISCOVERY: 'true' };
    const bootstrap = compileBootstrap({ ...options, proxy: { ...options.proxy, metadata } });
    expect(bootstrap.cluster_manager).toEqual({ local_cluster_name: 'local_cluster' });
    const clusters = [{ name: 'prometheus_stats' }, { name: 'xds-grpc' }, { name: 'local_cluster', type: 'EDS' }];
    expect(bootstrap.static_resources).toMatchObject({ clusters });
    expect(fromJson('envoy.config.bootstrap.v3.Bootstrap', bootstrap).length).toBeGreaterThan(0);
    expect(compileBootstrap(options)).not.toHaveProperty('cluster_manager');
  });

  it('lets runtime values replace and remove ours', () => {
    const runtime = {
      're2.max_program_size.error_level': 100,
      'envoy.reloadable_features.fixed_heap_use_allocated': '',
    };
    expect(compileBootstrap({ ...options, runtime }).layered_runtime).toEqual({
      layers: [
        {
          name: 'global config',
          static_layer: {
            're2.max_program_size.error_level': 100,
            'envoy.reloadable_features.http_reject_path_with_fragment': false,
            'envoy.reloadable_features.coalesce_lb_rebuilds_on_batch_update': false,
          },
        },
        { name: 'admin', admin_layer: {} },
      ],
    });
  });

  it('keeps few statistics for the mesh, every one on request', () => {
    expect(compileBootstrap(options).stats_config).toHaveProperty('stats_matcher');
    expect(compileBootstrap({ ...options, stats: 'all' }).stats_config).not.toHaveProperty('stats_matcher');
  });
});
