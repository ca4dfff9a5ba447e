import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadAll } from 'js-yaml';
import { afterAll, beforeAll, expect } from 'vitest';
import { isJsonObject, listAt } from '../../src/injector/json.ts';
import type { Cluster } from '../support/cluster/cluster.ts';
import { findServerPort } from '../support/cluster/port.ts';
import { findEnvoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { relay } from '../support/live/relay.ts';
import type { TestNode } from '../support/node/node.ts';
import type { PodObject } from '../support/node/pod-object.ts';
import type { RunningPod } from '../support/node/running-pod.ts';
import { APPLICATION_UID, plainPod, type PodSketch } from '../support/node/sample-pods.ts';
import { shopService } from '../support/node/sample-services.ts';
import { sniff } from '../support/node/sniffer.ts';
import { describeWithNode } from '../support/node/suite.ts';

const MANIFESTS = path.resolve(import.meta.dirname, '../../deploy/manifests');
const START_MS = 180_000;
const HTTP = { name: 'http', port: 80, targetPort: 8080 };
const envoy = findEnvoy();

interface Pods {
  readonly caller: RunningPod;
  readonly native: RunningPod;
  readonly classic: RunningPod;
  readonly outsider: RunningPod;
  readonly refusing: RunningPod;
}

/** An application whose readiness is asked over HTTP. */
function application(sketch: PodSketch): PodObject {
  const pod = plainPod(sketch);
  const readinessProbe = { httpGet: { path: '/ready-of-the-application', port: 8080 } };
  const containers = pod.spec.containers.map((container) => ({ ...container, readinessProbe }));
  return { ...pod, spec: { ...pod.spec, containers } };
}

/** The webhooks of injection as they are deployed, at a port of this machine. */
function readWebhooks(port: number): object {
  const documents = loadAll(readFileSync(path.join(MANIFESTS, '70-webhooks.yaml'), 'utf8')).filter(isJsonObject);
  const configuration = documents.find(({ kind }) => kind === 'MutatingWebhookConfiguration');
  const clientConfig = { url: `https://localhost:${port}/inject` };
  return { ...configuration, webhooks: listAt(configuration, 'webhooks').map((one) => ({ ...one, clientConfig })) };
}

/** The API server is on the machine, the control plane on the node: they meet at a Unix socket. */
async function joinWebhook(node: TestNode, dir: string, port: number): Promise<Server> {
  const meeting = { path: path.join(dir, 'webhook.sock') };
  await node.outside.tell({ do: 'relay', from: meeting, to: { host: '127.0.0.1', port: 15017 } });
  return relay({ host: '127.0.0.1', port }, meeting);
}

describeWithNode(
  'Pods of a namespace that is labelled',
  (parts, it) => {
    let running: Pods | undefined;
    let meeting: Server | undefined;
    let dir = '';
    const pods = () => {
      if (running === undefined) throw new Error('pods run while tests do');
      return running;
    };

    beforeAll(async () => {
      const { cluster, node } = parts();
      dir = await mkdtemp(path.join(tmpdir(), 'pilothouse-injected-'));
      const port = await findServerPort();
      meeting = await joinWebhook(node, dir, port);
      const namespace = (name: string, labels: object = {}) => ({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels },
      });
      const outside = { ...HTTP, port: 8080 };
      await cluster.kubectl('apply', '-f', path.join(MANIFESTS, '35-injection.yaml'));
      await cluster.apply([
        namespace('shop', { 'istio-injection': 'enabled' }),
        namespace('plain'),
        shopService('native', [HTTP]),
        shopService('classic', [HTTP]),
        { ...shopService('outsider', [outside]), metadata: { name: 'outsider', namespace: 'plain' } },
        readWebhooks(port),
      ]);
      await eventually(() => expectInjection(cluster), 60_000);
      const serves = ['http:8080'];
      const annotations = { 'sidecar.istio.io/nativeSidecar': 'false' };
      const labels = { 'sidecar.istio.io/inject': 'false' };
      const [caller, native, classic, outsider, refusing] = await node.run(
        application({ name: 'caller', namespace: 'shop', serves }),
        application({ name: 'native', namespace: 'shop', serves }),
        application({ name: 'classic', namespace: 'shop', serves, annotations }),
        application({ name: 'outsider', namespace: 'plain', serves }),
        application({ name: 'refusing', namespace: 'shop', serves, labels }),
      );
      if (!caller || !native || !classic || !outsider || !refusing) throw new Error('five pods were to run');
      running = { caller, native, classic, outsider, refusing };
      await eventually(() => caller.echo('http://native.shop/'));
      await eventually(() => caller.echo('http://classic.shop/'));
    }, START_MS);

    afterAll(async () => {
      meeting?.close();
      await rm(dir, { recursive: true, force: true });
    });

    it('run with the containers that the webhook added, ready by the probes that it wrote', () => {
      const all: readonly RunningPod[] = Object.values(pods());
      const shapes = all.map(({ name, object: { spec } }) => [
        name,
        (spec.initContainers ?? []).map((container) => container.name),
        spec.containers.map((container) => container.name),
        spec.containers.find((container) => container.name === 'app')?.readinessProbe?.httpGet,
      ]);
      const rewritten = expect.objectContaining({ path: '/app-health/app/readyz', port: 15020 });
      const own = expect.objectContaining({ path: '/ready-of-the-application', port: 8080 });
      expect(shapes).toEqual([
        ['caller', ['istio-init', 'istio-proxy'], ['app'], rewritten],
        ['native', ['istio-init', 'istio-proxy'], ['app'], rewritten],
        ['classic', ['istio-init'], ['app', 'istio-proxy'], rewritten],
        ['outsider', [], ['app'], own],
        ['refusing', [], ['app'], own],
      ]);
    });

    it.each(['native', 'classic'] as const)('prove to each other who they are: %s', async (name) => {
      const { headers, name: answered } = await pods().caller.echo(`http://${name}.shop/`);
      expect(answered).toBe(name);
      expect(headers['x-forwarded-client-cert']).toContain(`By=${pods()[name].identity}`);
      expect(headers['x-forwarded-client-cert']).toContain(`URI=${pods().caller.identity}`);
    });

    it('send nothing in the clear to each other', async () => {
      const { caller, native } = pods();
      const wire = { network: parts().node.network.outer.path, device: native.place.device };
      const { seen } = await sniff(wire, ['lemon-tree'], () =>
        caller.echo('http://native.shop/', { 'x-word': 'lemon-tree' }),
      );
      expect(seen).toEqual([]);
    });

    it.each(['outsider', 'refusing'] as const)(
      'and those that were left alone, here %s, talk in plaintext',
      async (name) => {
        const { headers, name: answered } = await pods()[name].echo('http://native.shop/');
        expect([answered, headers['x-forwarded-client-cert']]).toEqual(['native', undefined]);
        expect(await pods().caller.echo('http://outsider.plain:8080/')).toMatchObject({ name: 'outsider' });
      },
    );

    it('merge the metrics of the proxy where scrapers are told to look', async () => {
      const { object, ip } = pods().native;
      const { 'prometheus.io/port': port, 'prometheus.io/path': where } = object.metadata.annotations ?? {};
      const { status, body } = await parts().node.outside.ask(`http://${ip}:${port}${where}`);
      expect([status, body]).toEqual([200, expect.stringContaining('envoy_server_live')]);
    });

    it('end with their Job, which was served while it ran', async () => {
      const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name: 'once', uid: '1', controller: true }];
      const script = "fetch('http://native.shop/').then(async (answer) => console.log(await answer.text()))";
      const job = {
        metadata: { name: '', generateName: 'once-', namespace: 'shop', labels: { app: 'once' }, ownerReferences },
        spec: {
          restartPolicy: 'Never',
          serviceAccountName: 'once',
          containers: [{ name: 'app', image: 'once', args: [script], securityContext: { runAsUser: APPLICATION_UID } }],
        },
      };
      const pod = await parts().node.start(job);
      expect(pod.name).toMatch(/^once-.{5}$/);
      expect(await pod.container('app').exited).toEqual({ code: 0, signal: null });
      expect(await pod.log('app')).toContain(`URI=${pod.identity}`);
      // Then a kubelet ends what ran beside it.
      await pod.container('istio-proxy').stop(30_000);
      expect(await pod.container('istio-proxy').exited).toEqual({ code: 0, signal: null });
      await parts().node.remove(pod);
    });

    it('are known to the control plane by their workload', async () => {
      const body = await parts().node.outside.ask('http://127.0.0.1:15014/debug/syncz');
      expect(body.body).toContain('native.shop');
    });
  },
  {
    env: { ISTIOD_CUSTOM_HOST: 'localhost' },
    mesh: { defaultConfig: envoy.found ? { binaryPath: envoy.command[0] } : {} },
    programs: { images: { 'pilothouse/proxy:0.1.0': ['pilothouse'], once: [process.execPath, '-e'] } },
  },
);

/** A pod that is not stored, and is injected all the same. */
async function expectInjection(cluster: Cluster): Promise<void> {
  const { metadata, spec } = plainPod({ name: 'probe', namespace: 'shop' });
  const { body } = await cluster.ask({
    method: 'POST',
    path: '/api/v1/namespaces/shop/pods?dryRun=All',
    body: { apiVersion: 'v1', kind: 'Pod', metadata, spec },
  });
  expect(body).toContain('sidecar.istio.io/status');
}
