import { describe, expect, it } from 'vitest';
import { clusterOf, ECHO, echo, rule } from '../../../test/support/clusters.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { sidecarClass } from '../../../test/support/scopes.ts';

const NO_LIMIT = 4_294_967_295;
const limits = {
  max_connections: NO_LIMIT,
  max_pending_requests: NO_LIMIT,
  max_requests: NO_LIMIT,
  max_retries: NO_LIMIT,
};
const proxy = sidecarClass({ capabilities: { identity: 'none' } });

function cluster(policy: Parameters<typeof rule>[0], mesh = meshConfig()) {
  return clusterOf(`outbound|80||${ECHO}`, { services: [echo()], destinationRules: [rule(policy)], mesh, proxy });
}

describe('limits', () => {
  it.each([
    { of: 'tcp.maxConnections', pool: { tcp: { maxConnections: 5 } }, expected: { max_connections: 5 } },
    {
      of: 'http1MaxPendingRequests',
      pool: { http: { http1MaxPendingRequests: 6 } },
      expected: { max_pending_requests: 6 },
    },
    { of: 'http2MaxRequests', pool: { http: { http2MaxRequests: 7 } }, expected: { max_requests: 7 } },
    { of: 'maxRetries', pool: { http: { maxRetries: 8 } }, expected: { max_retries: 8 } },
    { of: 'zeros, which limit nothing', pool: { tcp: { maxConnections: 0 }, http: { maxRetries: 0 } }, expected: {} },
  ])('$of', ({ pool, expected }) => {
    expect(cluster({ connectionPool: pool }).circuit_breakers).toEqual({ thresholds: [{ ...limits, ...expected }] });
  });

  it.each([
    { budget: { percent: 50 }, expected: { budget_percent: { value: 50 }, min_retry_concurrency: 3 } },
    { budget: {}, expected: { budget_percent: { value: 20 }, min_retry_concurrency: 3 } },
    { budget: { minRetryConcurrency: 0 }, expected: { budget_percent: { value: 20 }, min_retry_concurrency: 3 } },
    {
      budget: { budgetIntervalMs: 10_000, minRetryConcurrency: 9 },
      expected: { budget_percent: { value: 20 }, budget_interval: '10s', min_retry_concurrency: 9 },
    },
  ])('a retry budget of $budget', ({ budget, expected }) => {
    expect(cluster({ retryBudget: budget }).circuit_breakers).toEqual({
      thresholds: [{ ...limits, retry_budget: expected }],
    });
  });

  it('of the mesh hold where a rule sets no pool', () => {
    const mesh = meshConfig({ defaultTrafficPolicy: { connectionPool: { tcp: { maxConnections: 77 } } } });
    expect(cluster({}, mesh).circuit_breakers).toEqual({ thresholds: [{ ...limits, max_connections: 77 }] });
    expect(cluster({ connectionPool: {} }, mesh).circuit_breakers).toEqual({ thresholds: [limits] });
  });
});

describe('dialling', () => {
  it('waits as long as the rule says, or else the mesh', () => {
    const mesh = meshConfig({ connectTimeoutMs: 2500 });
    expect(cluster({}, mesh).connect_timeout).toBe('2.500s');
    expect(cluster({ connectionPool: { tcp: { connectTimeoutMs: 30 } } }, mesh).connect_timeout).toBe('0.030s');
  });

  it.each([
    { of: 'neither', mesh: undefined, keepalive: undefined, expected: undefined },
    { of: 'empty settings', mesh: undefined, keepalive: {}, expected: {} },
    {
      of: 'the mesh',
      mesh: { probes: 3, timeMs: 10_000 },
      keepalive: undefined,
      expected: { keepalive_probes: 3, keepalive_time: 10 },
    },
    {
      of: 'a rule over the mesh, field by field',
      mesh: { probes: 3, timeMs: 10_000 },
      keepalive: { timeMs: 7_200_000, intervalMs: 75_000 },
      expected: { keepalive_probes: 3, keepalive_time: 7200, keepalive_interval: 75 },
    },
  ])('keeps connections alive as $of say', ({ mesh, keepalive, expected }) => {
    const policy = keepalive && { connectionPool: { tcp: { keepalive } } };
    const { upstream_connection_options: options } = cluster(policy ?? {}, meshConfig(mesh && { tcpKeepalive: mesh }));
    expect(options).toEqual(expected && { tcp_keepalive: expected });
  });
});
