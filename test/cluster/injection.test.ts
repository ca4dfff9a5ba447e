import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import type { Command } from '../../src/cli/command.ts';
import { checkInject } from '../../src/cli/commands/check-inject.ts';
import { injectorList } from '../../src/cli/commands/injector-list.ts';
import { kubeInject } from '../../src/cli/commands/kube-inject.ts';
import { createProgram } from '../../src/cli/program.ts';
import { isJsonObject, type JsonObject, listAt, textAt, textsAt } from '../../src/injector/json.ts';
import type { Cluster } from '../support/cluster/cluster.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { eventually } from '../support/eventually.ts';
import {
  deployInjection,
  type InjectingPlane,
  patchInjector,
  startInjectingPlane,
} from '../support/injecting-plane.ts';

const MAP = 'istio-sidecar-injector';

/** A pod as a user writes it, with the service account that is filled in elsewhere. */
function pod(name: string, namespace: string, { metadata = {}, spec = {} }: { metadata?: object; spec?: object } = {}) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, ...metadata },
    spec: {
      serviceAccountName: 'default',
      containers: [{ name: 'app', image: 'app:1', ports: [{ containerPort: 8080, protocol: 'TCP' }] }],
      ...spec,
    },
  };
}

function ownedBy(kind: string, apiVersion: string, name: string) {
  const ownerReferences = [{ apiVersion, kind, name, uid: '1', controller: true }];
  return { name: undefined, generateName: `${name}-`, ownerReferences };
}

/** The pod as the API server stored it. @throws Error with what it said, when it did not. */
async function create(cluster: Cluster, object: { metadata: { namespace: string } }, query = ''): Promise<JsonObject> {
  const path = `/api/v1/namespaces/${object.metadata.namespace}/pods${query}`;
  const { status, body } = await cluster.ask({ method: 'POST', path, body: object });
  const answer: unknown = JSON.parse(body);
  if (status !== 201 || !isJsonObject(answer)) throw new Error(body);
  return answer;
}

const namesOf = (object: JsonObject, list: 'containers' | 'initContainers') =>
  listAt(object, 'spec', list).map((container) => textAt(container, 'name'));

const shapeOf = (object: JsonObject) => ({
  containers: namesOf(object, 'containers'),
  initContainers: namesOf(object, 'initContainers'),
});

const PLAIN = { containers: ['app'], initContainers: [] };
/** No node of the cluster is too old for native sidecars. */
const INJECTED = { containers: ['app'], initContainers: ['istio-init', 'istio-proxy'] };

function envOf(object: JsonObject): ReadonlyMap<string, string> {
  const all = [...listAt(object, 'spec', 'initContainers'), ...listAt(object, 'spec', 'containers')];
  const proxy = all.find(({ name }) => name === 'istio-proxy');
  return new Map(listAt(proxy, 'env').map((one) => [textAt(one, 'name'), textAt(one, 'value')]));
}

/** What a command prints, on whichever of its outputs. */
async function runCommand(cluster: Cluster, command: Command, ...argv: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const context = {
    print,
    printError: print,
    env: { KUBECONFIG: cluster.kubeconfig },
    signal: new AbortController().signal,
  };
  await createProgram([command]).run(argv, context);
  return lines.join('\n');
}

async function createNamespace(cluster: Cluster, name: string, labels: Readonly<Record<string, string>> = {}) {
  await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }]);
}

describe('injection', () => {
  describeWithCluster('by an API server that asks the webhook', (cluster, it) => {
    let plane: InjectingPlane;
    let serial = 0;
    const nextName = () => `pod-${++serial}`;
    const isInjecting = () =>
      eventually(
        async () => expect(shapeOf(await create(cluster(), pod(nextName(), 'shop')))).toEqual(INJECTED),
        60_000,
      );

    beforeAll(async () => {
      plane = await startInjectingPlane(cluster(), await deployInjection(cluster()));
      await createNamespace(cluster(), 'shop', { 'istio-injection': 'enabled' });
      await createNamespace(cluster(), 'plain');
      await createNamespace(cluster(), 'revised', { 'istio.io/rev': 'default' });
      await createNamespace(cluster(), 'refusing', { 'istio-injection': 'disabled' });
      await isInjecting();
    });
    afterAll(async () => {
      await plane.stop();
    });

    it.each([
      { namespace: 'shop', labels: {}, shape: INJECTED },
      { namespace: 'shop', labels: { 'sidecar.istio.io/inject': 'false' }, shape: PLAIN },
      { namespace: 'revised', labels: {}, shape: INJECTED },
      { namespace: 'plain', labels: {}, shape: PLAIN },
      { namespace: 'plain', labels: { 'sidecar.istio.io/inject': 'true' }, shape: INJECTED },
      { namespace: 'plain', labels: { 'istio.io/rev': 'default' }, shape: INJECTED },
      { namespace: 'refusing', labels: { 'sidecar.istio.io/inject': 'true' }, shape: PLAIN },
      { namespace: 'kube-system', labels: { 'sidecar.istio.io/inject': 'true' }, shape: PLAIN },
    ])('in namespace $namespace, a pod with labels $labels becomes $shape', async ({ namespace, labels, shape }) => {
      const object = await create(cluster(), pod(nextName(), namespace, { metadata: { labels } }));
      expect(shapeOf(object)).toEqual(shape);
    });

    it('leaves pods alone that have the network of their node', async () => {
      const object = await create(cluster(), pod(nextName(), 'shop', { spec: { hostNetwork: true } }));
      expect(shapeOf(object)).toEqual(PLAIN);
    });

    it('works in a dry run, and stores nothing', async () => {
      const name = nextName();
      expect(shapeOf(await create(cluster(), pod(name, 'shop'), '?dryRun=All'))).toEqual(INJECTED);
      expect((await cluster().ask({ path: `/api/v1/namespaces/shop/pods/${name}` })).status).toBe(404);
    });

    it.each([
      {
        kind: 'DaemonSet',
        apiVersion: 'apps/v1',
        name: 'agent',
        workload: 'agent',
        owner: 'apis/apps/v1/namespaces/shop/daemonsets/agent',
      },
      {
        kind: 'Job',
        apiVersion: 'batch/v1',
        name: 'once',
        workload: 'once',
        owner: 'apis/batch/v1/namespaces/shop/jobs/once',
      },
      {
        kind: 'Job',
        apiVersion: 'batch/v1',
        name: 'backup-27800000',
        workload: 'backup',
        owner: 'apis/batch/v1/namespaces/shop/cronjobs/backup',
      },
    ])(
      'names the workload of a pod without a name yet, of the $kind $name',
      async ({ kind, apiVersion, name, workload, owner }) => {
        const spec = kind === 'Job' ? { restartPolicy: 'Never' } : {};
        const object = await create(cluster(), pod('', 'shop', { metadata: ownedBy(kind, apiVersion, name), spec }));
        expect(textAt(object, 'metadata', 'name')).toMatch(new RegExp(`^${name}-.{5}$`));
        const env = envOf(object);
        expect([env.get('ISTIO_META_WORKLOAD_NAME'), env.get('ISTIO_META_OWNER')]).toEqual([
          workload,
          `kubernetes://${owner}`,
        ]);
      },
    );

    it('gives the pod of a Job a sidecar that ends with it', async () => {
      const metadata = ownedBy('Job', 'batch/v1', 'ends');
      const object = await create(cluster(), pod('', 'shop', { metadata, spec: { restartPolicy: 'Never' } }));
      const proxy = listAt(object, 'spec', 'initContainers').find(({ name }) => name === 'istio-proxy');
      expect([textAt(proxy, 'restartPolicy'), textAt(object, 'spec', 'restartPolicy')]).toEqual(['Always', 'Never']);
    });

    it('says in the words of the webhook why a pod cannot be', async () => {
      const annotations = { 'sidecar.istio.io/interceptionMode': 'SOMEHOW' };
      await expect(create(cluster(), pod(nextName(), 'shop', { metadata: { annotations } }))).rejects.toThrow(
        /admission webhook \\"namespace\.sidecar-injector\.istio\.io\\" denied the request: invalid value 'SOMEHOW'/,
      );
    });

    it('takes a pod with forty containers', async () => {
      const probe = { httpGet: { path: '/ready', port: 8080 } };
      const containers = Array.from({ length: 40 }, (_, i) => ({
        name: `app-${i}`,
        image: 'app:1',
        readinessProbe: probe,
      }));
      const object = await create(cluster(), pod(nextName(), 'shop', { spec: { containers } }));
      expect(namesOf(object, 'containers')).toHaveLength(40);
      const probers: unknown = JSON.parse(envOf(object).get('ISTIO_KUBE_APP_PROBERS') ?? '{}');
      expect(Object.keys(Object(probers))).toHaveLength(40);
    });

    it('has nothing against annotations of a megabyte: that is for the API server to say', async () => {
      const before = await plane.metric('sidecar_injection_success_total');
      const annotations = { 'example.com/large': 'x'.repeat(1024 * 1024) };
      await expect(create(cluster(), pod(nextName(), 'shop', { metadata: { annotations } }))).rejects.toThrow(
        /may not be more than 262144 bytes/,
      );
      expect(await plane.metric('sidecar_injection_success_total')).toBeGreaterThan(before);
      const large = { 'example.com/large': 'x'.repeat(200 * 1024) };
      expect(shapeOf(await create(cluster(), pod(nextName(), 'shop', { metadata: { annotations: large } })))).toEqual(
        INJECTED,
      );
    });

    it('takes two hundred pods at once', async () => {
      const startedMs = performance.now();
      const made = await Promise.all(Array.from({ length: 200 }, () => create(cluster(), pod(nextName(), 'shop'))));
      expect(new Set(made.map((object) => JSON.stringify(shapeOf(object))))).toEqual(
        new Set([JSON.stringify(INJECTED)]),
      );
      // The API server alone takes a second or two for them here.
      expect(performance.now() - startedMs).toBeLessThan(20_000);
    });

    it('leaves an injected pod as it is', async () => {
      const name = nextName();
      const { metadata, spec } = await create(cluster(), pod(name, 'shop'), '?dryRun=All');
      const labels = { ...textsAt({ metadata }, 'metadata', 'labels') };
      const annotations = { ...textsAt({ metadata }, 'metadata', 'annotations') };
      const again = await create(
        cluster(),
        pod(name, 'shop', { metadata: { labels, annotations }, spec: Object(spec) }),
      );
      expect({
        labels: textsAt(again, 'metadata', 'labels'),
        annotations: textsAt(again, 'metadata', 'annotations'),
      }).toEqual({ labels, annotations });
      expect(again.spec).toEqual(spec);
    });

    it('is explained by check-inject, rule by rule', async () => {
      const check = (...argv: string[]) => runCommand(cluster(), checkInject, ...argv);
      const asked = await check('experimental', 'check-inject', '-n', 'shop', '-l', 'app=web');
      expect(asked).toMatch(/istio-sidecar-injector +default +✔ +namespace\.sidecar-injector\.istio\.io selects it/);
      expect(asked).toMatch(/policy +inject +the policy is "enabled"/);
      const labelled = await check('experimental', 'check-inject', '-n', 'plain', '-l', 'app=web');
      expect(labelled).toMatch(
        /istio-sidecar-injector +default +✘ +rev\.namespace: namespace label istio\.io\/rev is not there/,
      );
      const name = nextName();
      await create(cluster(), pod(name, 'shop', { metadata: { labels: { 'sidecar.istio.io/inject': 'false' } } }));
      expect(await check('x', 'check-inject', `${name}.shop`)).toMatch(/istio-sidecar-injector +default +✘/);
      expect(await check('x', 'check-inject', 'deployment/none')).toBe('deployment default/none is not there');
    });

    it('is listed by injector list, with what pods run', async () => {
      const text = await runCommand(cluster(), injectorList, 'injector', 'list');
      expect(text).toMatch(/^shop +default +default: \d+$/m);
      expect(text).toMatch(/^shop +istio-sidecar-injector +default +pilothouse\/proxy:0\.1\.0$/m);
      expect(text).not.toMatch(/^kube-system/m);
    });

    it('is the same by hand, by the settings of the cluster', async () => {
      const file = path.join(await mkdtemp(path.join(tmpdir(), 'pilothouse-kube-inject-')), 'pod.json');
      const object = pod('by-hand', 'shop', {
        metadata: { annotations: { 'sidecar.istio.io/nativeSidecar': 'true' } },
      });
      await writeFile(file, JSON.stringify(object));
      const text = await runCommand(cluster(), kubeInject, 'kube-inject', '-f', file);
      const made: unknown = load(text.replace(/---$/, ''));
      const stored = await create(cluster(), object, '?dryRun=All');
      if (!isJsonObject(made)) throw new Error(text);
      expect(shapeOf(made)).toEqual(shapeOf(stored));
      expect(textsAt(made, 'metadata', 'annotations')).toEqual(textsAt(stored, 'metadata', 'annotations'));
      expect(envOf(made)).toEqual(envOf(stored));
      await rm(path.dirname(file), { recursive: true });
    });

    it('goes on with the last settings that could be read, says so, and takes the next ones', async () => {
      const patch = (config: string) =>
        cluster().kubectl(
          'patch',
          'configmap',
          MAP,
          '-n',
          'istio-system',
          '--type=merge',
          '-p',
          JSON.stringify({ data: { config } }),
        );
      await patch('templates:\n  sidecar: |\n    spec: {{ if }}\n');
      await eventually(async () => expect(await plane.metric('pilothouse_injection_config_valid')).toBe(0));
      expect(plane.events.filter(({ event }) => event === 'injection.config-refused')).toMatchObject([
        { level: 'error', from: `ConfigMap istio-system/${MAP}` },
      ]);
      await isInjecting();
      await patch('policy: enabled\nneverInjectSelector:\n- matchLabels: {never: "yes"}\n');
      await eventually(async () => expect(await plane.metric('pilothouse_injection_config_valid')).toBe(1));
      const labels = { never: 'yes' };
      expect(shapeOf(await create(cluster(), pod(nextName(), 'shop', { metadata: { labels } })))).toEqual(PLAIN);
      await isInjecting();
    });

    it('says of which cluster and network a pod is when the path of the webhook does', async () => {
      const at = '/webhooks/2/clientConfig/service/path';
      await patchInjector(cluster(), [{ op: 'replace', path: at, value: '/inject/cluster/east/net/n1' }]);
      await eventually(async () => {
        const object = await create(cluster(), pod(nextName(), 'shop'));
        const env = envOf(object);
        const label = textsAt(object, 'metadata', 'labels')['topology.istio.io/network'];
        expect([env.get('ISTIO_META_CLUSTER_ID'), env.get('ISTIO_META_NETWORK'), label]).toEqual(['east', 'n1', 'n1']);
      });
      await patchInjector(cluster(), [{ op: 'replace', path: at, value: '/inject' }]);
    });

    it('is back after somebody broke its authority', async () => {
      const steps = [0, 1, 2, 3].map((i) => ({
        op: 'replace',
        path: `/webhooks/${i}/clientConfig/caBundle`,
        value: 'Cg==',
      }));
      await patchInjector(cluster(), steps);
      await isInjecting();
    });

    it('refuses pods while nobody answers, lets them pass where that is said, and goes on with a new certificate', async () => {
      // The API server's connections, used or not, hold nobody up.
      expect(await plane.stop()).toEqual({ code: 0, signal: null });
      await expect(create(cluster(), pod(nextName(), 'shop'))).rejects.toThrow(/failed calling webhook/);
      expect(shapeOf(await create(cluster(), pod(nextName(), 'plain')))).toEqual(PLAIN);
      const toPolicy = (value: string) =>
        patchInjector(
          cluster(),
          [0, 1, 2, 3].map((i) => ({ op: 'replace', path: `/webhooks/${i}/failurePolicy`, value })),
        );
      await toPolicy('Ignore');
      await eventually(async () => expect(shapeOf(await create(cluster(), pod(nextName(), 'shop')))).toEqual(PLAIN));
      await toPolicy('Fail');
      // A new authority altogether: the bundle has to follow.
      await cluster().kubectl('delete', 'secret', 'istio-ca-secret', '-n', 'istio-system');
      plane = await startInjectingPlane(cluster(), plane.port);
      await isInjecting();
    });
  });
});
