import { describe, expect, it } from 'vitest';
import { clusterOf, ECHO, echo, external, rule } from '../../../test/support/clusters.ts';
import type { OutlierDetection } from '../../model/traffic-policy.ts';
import { compileOutlierDetection } from './outlier-detection.ts';

const base: OutlierDetection = { splitExternalLocalOriginErrors: false, httpErrorCodes: [] };

describe('compileOutlierDetection', () => {
  it.each([
    { of: 'an empty block', outlier: {}, expected: {} },
    {
      of: 'counts of errors',
      outlier: { consecutive5xxErrors: 5, consecutiveGatewayErrors: 4 },
      expected: {
        consecutive_5xx: { value: 5 },
        enforcing_consecutive_5xx: { value: 100 },
        consecutive_gateway_failure: { value: 4 },
        enforcing_consecutive_gateway_failure: { value: 100 },
      },
    },
    {
      of: 'counts of zero, which turn it off',
      outlier: { consecutive5xxErrors: 0, consecutiveGatewayErrors: 0 },
      expected: {
        consecutive_5xx: { value: 0 },
        enforcing_consecutive_5xx: { value: 0 },
        consecutive_gateway_failure: { value: 0 },
        enforcing_consecutive_gateway_failure: { value: 0 },
      },
    },
    {
      of: 'errors of local origin',
      outlier: { splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 3 },
      expected: {
        split_external_local_origin_errors: true,
        enforcing_local_origin_success_rate: { value: 0 },
        consecutive_local_origin_failure: { value: 3 },
        enforcing_consecutive_local_origin_failure: { value: 100 },
      },
    },
    {
      of: 'errors of local origin that are only told apart',
      outlier: { splitExternalLocalOriginErrors: true },
      expected: { split_external_local_origin_errors: true, enforcing_local_origin_success_rate: { value: 0 } },
    },
    {
      of: 'errors of local origin that are not told apart',
      outlier: { consecutiveLocalOriginFailures: 3 },
      expected: {},
    },
    {
      of: 'times and shares',
      outlier: { intervalMs: 10_000, baseEjectionTimeMs: 30_000, maxEjectionPercent: 50 },
      expected: { interval: { seconds: 10 }, base_ejection_time: { seconds: 30 }, max_ejection_percent: { value: 50 } },
    },
  ])('compiles $of', ({ outlier, expected }) => {
    expect(compileOutlierDetection({ ...base, ...outlier })).toEqual({
      enforcing_success_rate: { value: 0 },
      ...expected,
    });
  });
});

describe('the cluster of a service with outlier detection', () => {
  it('may panic below the share of healthy hosts that the rule demands', () => {
    const destinationRules = [rule({ outlierDetection: { ...base, minHealthPercent: 40 } })];
    const cluster = clusterOf(`outbound|80||${ECHO}`, { services: [echo()], destinationRules });
    expect(cluster.outlier_detection).toEqual({ enforcing_success_rate: 0 });
    expect(cluster.common_lb_config).toEqual({ healthy_panic_threshold: { value: 40 } });
  });

  it('has none where hosts are whatever requests name', () => {
    const host = '*.dyn.example.com';
    const destinationRules = [rule({ outlierDetection: base }, { host })];
    const services = [external(host, { resolution: 'dynamic-dns' })];
    expect(clusterOf(`outbound|80||${host}`, { services, destinationRules })).not.toHaveProperty('outlier_detection');
  });
});
