import { beforeAll, expect } from 'vitest';
import { KubeSource, type KubeSourceOptions } from '../../src/discovery/kube/kube-source.ts';
import type { Cluster } from '../support/cluster/cluster.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { ClusterFiles } from '../support/kube/cluster-files.ts';
import { define, looseDefinition } from '../support/kube/loose-definitions.ts';
import { describeSource } from '../support/source-suite.ts';
import { until } from '../support/until.ts';
import { type WritableSource, startWorld, timedRule } from '../support/world.ts';

const WORKLOAD_ENTRIES = { plural: 'workloadentries' };

function createSource(cluster: Cluster, options: Partial<KubeSourceOptions> = {}): KubeSource {
  const client = cluster.client();
  return new KubeSource({
    client,
    cluster: 'Kubernetes',
    systemNamespace: 'istio-system',
    onStop: () => client.close(),
    ...options,
  });
}

async function createWritable(cluster: Cluster): Promise<WritableSource> {
  const client = cluster.client();
  const files = new ClusterFiles(client);
  return {
    source: createSource(cluster),
    write: (texts) => files.write(texts),
    remove: (name) => files.remove(name),
    nameOf: (name) => name,
    dispose: async () => {
      await files.removeAll();
      client.close();
    },
  };
}

/** A server makes its own namespaces in its first seconds: they must not come in between. */
const settle = (cluster: Cluster) =>
  until('the namespaces of the server', async () => {
    const names = await cluster.kubectl('get', 'namespaces', '-o', 'name');
    return names.split('\n').filter((name) => name !== '').length >= 4 || undefined;
  });

describeWithCluster('A Kubernetes source', (cluster, it) => {
  beforeAll(async () => {
    await settle(cluster());
    await define(cluster(), looseDefinition('VirtualService'), looseDefinition('WorkloadEntry', WORKLOAD_ENTRIES));
  });

  describeSource('an API server', () => createWritable(cluster()), { isText: false });

  it('follows a kind from the moment it is defined', async () => {
    const { world, next } = await startWorld([createSource(cluster())]);
    await define(cluster(), looseDefinition('Sidecar'));
    const files = new ClusterFiles(cluster().client());
    const sidecar =
      'apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: late}\nspec: {egress: [{hosts: ["*/*"]}]}\n';
    await files.write({ 'a.yaml': sidecar });
    const { objects } = await next('the Sidecar', (change) => change.objects.length > 0);
    expect(objects.map(({ key }) => key)).toEqual(['Sidecar/default/late']);
    await files.removeAll();
    await world.stop();
  });

  it('follows kinds that are served in an older version only', async () => {
    await define(cluster(), looseDefinition('DestinationRule', { plural: 'destinationrules', versions: ['v1beta1'] }));
    const files = new ClusterFiles(cluster().client());
    const rule = 'apiVersion: networking.istio.io/v1beta1\nkind: DestinationRule\nmetadata: {name: old}\n';
    await files.write({ 'a.yaml': `${rule}spec: {host: echo}\n` });
    const { world } = await startWorld([createSource(cluster())]);
    expect(world.snapshot.destinationRules.map(({ meta }) => meta.name)).toEqual(['old']);
    await files.removeAll();
    await world.stop();
  });

  it('leaves out configuration for other revisions, as tags move', async () => {
    const files = new ClusterFiles(cluster().client());
    const labelled = (name: string, revision: string) =>
      timedRule(name, '1s').replace('namespace: default', `namespace: default, labels: {istio.io/rev: ${revision}}`);
    await files.write({
      'a.yaml': timedRule('all', '1s') + labelled('own', 'blue') + labelled('tagged', 'prod') + labelled('no', 'green'),
    });
    const { world, next } = await startWorld([createSource(cluster(), { revision: 'blue' })]);
    const names = () => world.snapshot.virtualServices.map(({ meta }) => meta.name).sort();
    expect(names()).toEqual(['all', 'own']);
    const tag = (revision: string) => ({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'istio-revision-tag-prod', labels: { 'istio.io/tag': 'prod', 'istio.io/rev': revision } },
    });
    await cluster().apply([tag('blue')]);
    await next('the tag', () => names().length === 3);
    expect(names()).toEqual(['all', 'own', 'tagged']);
    await cluster().apply([tag('green')]);
    await next('the tag to move', () => names().length === 2);
    await files.write({ 'a.yaml': labelled('own', 'green') });
    await next('nothing to be left', () => names().length === 0);
    await files.removeAll();
    await world.stop();
  });

  it('keeps what is used of objects, and no more', async () => {
    const annotations = { 'example.com/large': 'x'.repeat(200_000), 'networking.istio.io/exportTo': '.' };
    await cluster().apply(
      [
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'trimmed', namespace: 'default', annotations },
          spec: { ports: [{ name: 'http', port: 80 }] },
        },
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login', namespace: 'default' }, data: { word: 'eA==' } },
      ],
      '--server-side',
    );
    const { world } = await startWorld([createSource(cluster())]);
    const { text = '' } = world.findObject('Service/default/trimmed' as never) ?? {};
    expect(JSON.parse(text).metadata.annotations).toEqual({ 'networking.istio.io/exportTo': '.' });
    expect([text.includes('managedFields'), text.includes('sessionAffinity')]).toEqual([false, false]);
    expect(world.findObject('Secret/default/login' as never)).toBeUndefined();
    await world.stop();
  });
});
