import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { tcpAddress } from '../../src/agent/address.ts';
import { type BootstrapOptions, compileBootstrap } from '../../src/agent/bootstrap.ts';
import { startEnvoy, validate } from '../support/envoy.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { ask } from '../support/http.ts';
import { until } from '../support/until.ts';

const ADMIN = tcpAddress('127.0.0.1', 21900);
const HEALTH = tcpAddress('127.0.0.1', 21901);

const minimal: BootstrapOptions = {
  proxy: {
    type: 'sidecar',
    ips: ['127.0.0.1'],
    name: 'reviews-v1',
    namespace: 'default',
    labels: { app: 'reviews' },
    interception: 'NONE',
  },
  discovery: tcpAddress('127.0.0.1', 21999),
  admin: ADMIN,
};

const cases: { when: string; options: BootstrapOptions }[] = [
  { when: 'it says the least', options: minimal },
  {
    when: 'it says everything',
    options: {
      ...minimal,
      proxy: { ...minimal.proxy, type: 'router', locality: { region: 'eu', zone: 'eu-1', subzone: 'r1' } },
      health: HEALTH,
      metrics: tcpAddress('127.0.0.1', 21902),
      stats: 'all',
      runtime: { 'envoy.reloadable_features.fixed_heap_use_allocated': false },
    },
  },
  {
    when: 'the control plane has a name',
    options: { ...minimal, discovery: tcpAddress('istiod.istio-system.svc', 15010) },
  },
  {
    when: 'the control plane is a pipe',
    options: { ...minimal, discovery: { kind: 'pipe', path: './etc/istio/proxy/XDS' } },
  },
  {
    when: 'addresses are IPv6',
    options: { ...minimal, discovery: tcpAddress('::1', 21999), admin: tcpAddress('::1', 21900) },
  },
];

describeWithEnvoy('the bootstrap', (envoy, it) => {
  it.each(cases)('is accepted without a warning when $when', async ({ options }) => {
    expect(await validate(envoy, compileBootstrap(options))).toEqual({ accepted: true, error: '', warnings: [] });
  });

  it('keeps Envoy waiting, not live, until a control plane has answered', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'pilothouse-bootstrap-'));
    const bootstrap = compileBootstrap({ ...minimal, health: HEALTH, stats: 'all' });
    const proxy = await startEnvoy(envoy, { name: 'waiting', bootstrap, adminAddress: '127.0.0.1:21900', dir });
    try {
      const failures = await until('attempts to connect', async () => {
        const failed = await proxy.admin.stat('cluster.xds-grpc;.upstream_cx_connect_fail');
        return failed >= 2 ? failed : undefined;
      });
      expect({ tried: failures >= 2, live: await proxy.admin.isLive() }).toEqual({ tried: true, live: false });
      await expect(ask('http://127.0.0.1:21901/healthz/ready')).rejects.toThrow('ECONNREFUSED');
    } finally {
      await proxy.process.stop();
      await rm(dir, { recursive: true, force: true });
    }
  });
});
