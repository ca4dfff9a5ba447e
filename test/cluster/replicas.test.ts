import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect } from 'vitest';
import type { Cluster } from '../support/cluster/cluster.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningProcess, startProcess } from '../support/process.ts';

const MAIN = path.resolve(import.meta.dirname, '../../src/server/main.ts');
const ROOT = 'root-cert.pem';
const OFF = ['grpcAddr', 'secureGRPCAddr', 'httpAddr', 'httpsAddr', 'monitoringAddr'].flatMap((name) => [
  `--${name}`,
  '',
]);

const running: RunningProcess[] = [];

afterEach(async () => {
  for (const replica of running.splice(0)) {
    await replica.kill();
    await rm(path.dirname(replica.logPath), { recursive: true });
  }
});

/** A control plane as it runs in a Pod, without its ports; resolves when it is ready, and stands for election. */
async function startReplica(cluster: Cluster, name: string): Promise<RunningProcess> {
  const flags = ['discovery', '--kubeconfig', cluster.kubeconfig, ...OFF, '--ctrlz_port', '0'];
  const ready = Promise.withResolvers<void>();
  const replica = await startProcess({
    name,
    command: [process.execPath, MAIN, ...flags],
    logPath: path.join(await mkdtemp(path.join(tmpdir(), 'pilothouse-replica-')), 'log'),
    env: { POD_NAME: name, POD_NAMESPACE: 'istio-system' },
    onLine: (line) => line.includes('server.ready') && ready.resolve(),
  });
  running.push(replica);
  const ended = replica.exited.then(() => {
    throw new Error(`${name} ended:\n${replica.tail().join('\n')}`);
  });
  await Promise.race([ready.promise, ended]);
  ended.catch(() => {});
  return replica;
}

async function holdersOf(cluster: Cluster): Promise<readonly unknown[]> {
  const get = async (...what: string[]) =>
    JSON.parse(await cluster.kubectl('get', '-n', 'istio-system', ...what, '-o', 'json'));
  const status = await get('lease', 'istio-status-leader');
  const validation = await get('lease', 'istio-validation-controller-election-default');
  const roots = await get('configmap', 'istio-namespace-controller-election');
  const record = JSON.parse(roots.metadata.annotations['control-plane.alpha.kubernetes.io/leader']);
  return [status.spec.holderIdentity, validation.spec.holderIdentity, record.holderIdentity];
}

describeWithCluster('Replicas of the control plane', (cluster, it) => {
  it('replace a leader that is killed within 15 s, one that stops at once, and lose none of its work', async () => {
    await cluster().installCrds();
    await cluster().kubectl('create', 'namespace', 'istio-system');
    const first = await startReplica(cluster(), 'istiod-1');
    await eventually(async () => expect(await holdersOf(cluster())).toEqual(Array(3).fill('istiod-1')), 60_000);
    const second = await startReplica(cluster(), 'istiod-2');
    await eventually(async () => expect((await rootsOf(cluster(), 'default'))[ROOT]).toContain('BEGIN CERTIFICATE'));

    await first.kill();
    const killedMs = performance.now();
    await eventually(async () => expect(await holdersOf(cluster())).toEqual(Array(3).fill('istiod-2')), 30_000);
    expect(performance.now() - killedMs).toBeLessThan(15_000);
    await cluster().kubectl('create', 'namespace', 'born-later');
    await eventually(async () =>
      expect(await rootsOf(cluster(), 'born-later')).toEqual(await rootsOf(cluster(), 'default')),
    );

    await startReplica(cluster(), 'istiod-3');
    await second.stop(15_000);
    await eventually(async () => expect(await holdersOf(cluster())).toEqual(Array(3).fill('istiod-3')), 5000);
  });
});

async function rootsOf(cluster: Cluster, namespace: string): Promise<Readonly<Record<string, string>>> {
  return JSON.parse(await cluster.kubectl('get', '-n', namespace, 'configmap', 'istio-ca-root-cert', '-o', 'json'))
    .data;
}
