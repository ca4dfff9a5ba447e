import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { KubeSource } from '../../src/discovery/kube/kube-source.ts';
import { RemoteApiServers } from '../../src/discovery/kube/remote-source.ts';
import { configureLogs } from '../../src/kit/log.ts';
import { ControlPlane } from '../../src/server/control-plane.ts';
import { type Cluster, startCluster } from '../support/cluster/cluster.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { PLANE_OPTIONS } from '../support/feature/plane-options.ts';
import { until } from '../support/until.ts';

const HOST = 'web.default.svc.cluster.local';
const READER = 'istio-reader-service-account';

const SYSTEM = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'istio-system' } };

const web = (...addresses: readonly string[]) => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { ports: [{ name: 'http', port: 80 }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address] })),
    ports: [{ name: 'http', port: 8080 }],
  },
];

/** What the control plane of another cluster may do: read what makes services and workloads, and nothing else. */
const READER_ROLE = [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'istio-reader' },
    rules: [
      { apiGroups: [''], resources: ['services', 'pods', 'nodes', 'namespaces'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['networking.istio.io'], resources: ['workloadentries'], verbs: ['get', 'list', 'watch'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'istio-reader' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'istio-reader' },
    subjects: [{ kind: 'ServiceAccount', name: READER, namespace: 'istio-system' }],
  },
];

const secret = (kubeconfig: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'istio-remote-secret-east', namespace: 'istio-system', labels: { 'istio/multiCluster': 'true' } },
  stringData: { east: kubeconfig },
});

describeWithCluster('A mesh of two API servers', (cluster, it) => {
  let remote: Cluster;
  let plane: ControlPlane | undefined;

  beforeAll(async () => {
    configureLogs({ write: () => undefined });
    remote = await startCluster();
    await Promise.all([
      cluster().apply([SYSTEM, ...web('10.1.0.1')]),
      remote.apply([SYSTEM, ...web('10.2.0.1'), ...READER_ROLE]),
    ]);
  });
  afterEach(async () => {
    await plane?.stop();
    plane = undefined;
    await cluster().kubectl('delete', 'secret', '-n', 'istio-system', '--ignore-not-found', 'istio-remote-secret-east');
  });
  afterAll(() => remote?.stop());

  const start = async () => {
    const client = cluster().client();
    const source = new KubeSource({
      client,
      cluster: 'Kubernetes',
      systemNamespace: 'istio-system',
      onStop: () => client.close(),
    });
    const started = new ControlPlane({
      ...PLANE_OPTIONS,
      sources: [source],
      awaitsPods: true,
      createRemote: (id, kubeconfig) =>
        new RemoteApiServers().createSource({ cluster: id, kubeconfig, systemNamespace: PLANE_OPTIONS.namespace }),
    });
    plane = started;
    await started.start();
    return started;
  };
  const addresses = ({ world }: ControlPlane) =>
    world.snapshot.endpoints.of(HOST, 'default').map((endpoint) => `${endpoint.cluster} ${endpoint.address}`);
  const see = (started: ControlPlane, ...expected: readonly string[]) =>
    until(
      expected.join(', ') || 'no endpoint',
      () => (addresses(started).join() === expected.join() ? true : undefined),
      { timeoutMs: 60_000 },
    );
  const readerKubeconfig = async () => remote.kubeconfigOf(await remote.token('istio-system', READER));

  it('has the endpoints of both from the start, read with the rights of a reader', async () => {
    await cluster().apply([secret(await readerKubeconfig())]);
    const started = await start();
    expect(addresses(started)).toEqual(['Kubernetes 10.1.0.1', 'east 10.2.0.1']);
    expect(started.clusters?.list()).toEqual([
      { id: 'Kubernetes', syncStatus: 'synced', ageMs: 0 },
      { id: 'east', secretName: 'istio-system/istio-remote-secret-east', syncStatus: 'synced', ageMs: 0 },
    ]);
    await remote.apply(web('10.2.0.1', '10.2.0.2'));
    await see(started, 'Kubernetes 10.1.0.1', 'east 10.2.0.1', 'east 10.2.0.2');
    await remote.apply(web('10.2.0.1'));
  });

  it('takes a cluster in when its secret comes, goes on through another kubeconfig, and lets it go', async () => {
    const started = await start();
    expect(addresses(started)).toEqual(['Kubernetes 10.1.0.1']);
    await cluster().apply([secret(await readerKubeconfig())]);
    await see(started, 'Kubernetes 10.1.0.1', 'east 10.2.0.1');
    const seen: string[] = [];
    const unwatch = started.world.watch(() => seen.push(addresses(started).join()));
    await cluster().apply([secret(remote.kubeconfigOf(remote.adminToken))]);
    await remote.apply(web('10.2.0.3'));
    await see(started, 'Kubernetes 10.1.0.1', 'east 10.2.0.3');
    unwatch();
    expect(seen.filter((line) => !line.includes('east'))).toEqual([]);
    await cluster().kubectl('delete', 'secret', '-n', 'istio-system', 'istio-remote-secret-east');
    await see(started, 'Kubernetes 10.1.0.1');
    await remote.apply(web('10.2.0.1'));
  });

  it('keeps what it knew of a cluster that is away, says for how long, and catches up', async () => {
    await cluster().apply([secret(await readerKubeconfig())]);
    const started = await start();
    await remote.kill();
    const age = await until('its silence to be noticed', () => started.clusters?.list()[1]?.ageMs || undefined);
    expect(age).toBeGreaterThan(0);
    expect(addresses(started)).toEqual(['Kubernetes 10.1.0.1', 'east 10.2.0.1']);
    await remote.restart();
    await remote.apply(web('10.2.0.4'));
    await see(started, 'Kubernetes 10.1.0.1', 'east 10.2.0.4');
    await until('it to be heard of', () => (started.clusters?.list()[1]?.ageMs === 0 ? true : undefined), {
      timeoutMs: 60_000,
    });
    await remote.apply(web('10.2.0.1'));
  });

  it('runs no program that a kubeconfig names', async () => {
    const config = JSON.parse(remote.kubeconfigOf(remote.adminToken));
    const users = [{ name: 'test', user: { exec: { apiVersion: 'v1', command: 'touch', args: ['/tmp/owned'] } } }];
    await cluster().apply([secret(JSON.stringify({ ...config, users }))]);
    const started = await start();
    expect(started.clusters?.list()[1]).toMatchObject({
      id: 'east',
      syncStatus: 'closed',
      fault: expect.stringContaining('exec'),
    });
    expect(addresses(started)).toEqual(['Kubernetes 10.1.0.1']);
  });
});
