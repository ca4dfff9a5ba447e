import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect } from 'vitest';
import type { Cluster } from '../support/cluster/cluster.ts';
import { findServerPort } from '../support/cluster/port.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningProcess, startProcess } from '../support/process.ts';

const MAIN = path.resolve(import.meta.dirname, '../../src/server/main.ts');
const HOST = 'localhost';
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
async function startReplica(cluster: Cluster, name: string, ...more: readonly string[]): Promise<RunningProcess> {
  const flags = ['discovery', '--kubeconfig', cluster.kubeconfig, ...OFF, '--ctrlz_port', '0', ...more];
  const ready = Promise.withResolvers<void>();
  const replica = await startProcess({
    name,
    command: [process.execPath, MAIN, ...flags],
    logPath: path.join(await mkdtemp(path.join(tmpdir(), 'pilothouse-replica-')), 'log'),
    env: { POD_NAME: name, POD_NAMESPACE: 'istio-system', ISTIOD_CUSTOM_HOST: HOST },
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

  it('refuse wrong objects by the certificate that they give themselves', async () => {
    const port = await findServerPort();
    await startReplica(cluster(), 'istiod-4', '--httpsAddr', `127.0.0.1:${port}`);
    await cluster().apply([
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingWebhookConfiguration',
        metadata: { name: 'istio-validator-istio-system', labels: { app: 'istiod', 'istio.io/rev': 'default' } },
        webhooks: [
          {
            name: 'rev.validation.istio.io',
            clientConfig: { url: `https://${HOST}:${port}/validate` },
            rules: [
              {
                operations: ['CREATE', 'UPDATE'],
                apiGroups: ['networking.istio.io'],
                apiVersions: ['*'],
                resources: ['*'],
              },
            ],
            failurePolicy: 'Ignore',
            sideEffects: 'None',
            admissionReviewVersions: ['v1'],
          },
        ],
      },
    ]);
    await eventually(async () => {
      const get = ['get', 'validatingwebhookconfiguration', 'istio-validator-istio-system', '-o', 'json'];
      expect(JSON.parse(await cluster().kubectl(...get)).webhooks[0].failurePolicy).toBe('Fail');
    }, 90_000);
    const wrong = {
      apiVersion: 'networking.istio.io/v1',
      kind: 'Sidecar',
      metadata: { name: 'empty', namespace: 'default' },
      spec: {},
    };
    await expect(cluster().apply([wrong])).rejects.toThrow(/denied the request: .*SIDECAR_EMPTY/);
  });
});

async function rootsOf(cluster: Cluster, namespace: string): Promise<Readonly<Record<string, string>>> {
  return JSON.parse(await cluster.kubectl('get', '-n', namespace, 'configmap', 'istio-ca-root-cert', '-o', 'json'))
    .data;
}
