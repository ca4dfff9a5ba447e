import { expect } from 'vitest';
import { compileBootstrap } from '../../src/agent/bootstrap.ts';
import { toBootstrapOptions } from '../../src/agent/bootstrap-options.ts';
import { type AgentFlags, readAgentSettings } from '../../src/agent/settings/agent-settings.ts';
import { validate } from '../support/envoy.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';

const FLAGS: AgentFlags = {
  type: 'sidecar',
  domain: '',
  meshConfig: '/nonexistent/mesh',
  serviceCluster: '',
  proxyLogLevel: 'warning',
  proxyComponentLogLevel: '',
  concurrency: 0,
};

const ROOTS = '/etc/ssl/certs/ca-certificates.crt';

/** Bootstraps as the settings of users make them. */
const CASES: { when: string; env?: Record<string, string>; config?: object }[] = [
  { when: 'nothing is said' },
  { when: 'the pod has addresses of both families', env: { INSTANCE_IP: 'fd00::1' } },
  {
    when: 'statistics are asked for',
    config: {
      proxyStatsMatcher: {
        inclusionPrefixes: ['http.{pod_ip}_'],
        inclusionSuffixes: ['upstream_cx_active'],
        inclusionRegexps: ['.*circuit_breakers.*'],
      },
      extraStatTags: ['custom'],
    },
    env: { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'true' },
  },
  { when: 'statistics are not compressed', config: { statsCompression: false } },
  { when: 'metrics are for the pod only', env: { METRICS_LOCALHOST_ACCESS_ONLY: 'true' } },
  {
    when: 'metrics are for scrapers of the mesh too',
    env: { ENVOY_SECURE_METRICS_PORT: '15091', ENVOY_SECURE_MERGED_METRICS_PORT: '15092' },
  },
  { when: 'connections are limited', env: { ISTIO_META_GLOBAL_DOWNSTREAM_MAX_CONNECTIONS: '1000' } },
  { when: 'probes come with the PROXY protocol', env: { ISTIO_META_ENVOY_STATUS_PORT_ENABLE_PROXY_PROTOCOL: 'true' } },
  { when: 'traces go to Zipkin', config: { tracing: { zipkin: { address: 'zipkin.istio-system:9411' } } } },
  {
    when: 'traces go to Zipkin over TLS',
    config: {
      tracing: {
        zipkin: { address: 'zipkin.example.com:9411' },
        tlsSettings: { mode: 'SIMPLE', caCertificates: ROOTS, sni: 'zipkin', subjectAltNames: ['zipkin'] },
      },
    },
  },
  { when: 'traces go to Datadog', config: { tracing: { datadog: { address: '127.0.0.1:8126' } } } },
  {
    when: 'metrics and access logs go to services',
    config: {
      envoyMetricsService: { address: 'metrics.example.com:15000', tlsSettings: { mode: 'ISTIO_MUTUAL' } },
      envoyAccessLogService: { address: '[::1]:9001' },
    },
  },
  { when: 'metrics go to statsd', config: { statsdUdpAddress: '127.0.0.1:8125' } },
  {
    when: 'runtime values are set',
    config: { runtimeValues: { 'overload.global_downstream_max_connections': '50000', a: 'true' } },
  },
];

describeWithEnvoy("an agent's bootstrap", (envoy, it) => {
  it.each(CASES)('is accepted without a warning when $when', async ({ env = {}, config = {} }) => {
    const settings = await readAgentSettings(FLAGS, {
      INSTANCE_IP: '10.0.0.1',
      PROXY_CONFIG: JSON.stringify(config),
      ...env,
    });
    const bootstrap = compileBootstrap(toBootstrapOptions(settings));
    const { accepted, error, warnings } = await validate(envoy, bootstrap);
    // Envoy would have tracers in listeners only; Istio's control planes rely on the bootstrap's.
    const others = warnings.filter((warning) => !warning.includes('Bootstrap.tracing'));
    expect({ accepted, error, warnings: others }).toEqual({ accepted: true, error: '', warnings: [] });
  });
});
