import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, request, type Server } from 'node:https';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster/cluster.ts';
import { tokenOf } from '../support/cluster/folder.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { until } from '../support/until.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const VIEWER = 'viewer';

describeWithCluster(
  'An API server of our own',
  (cluster, it) => {
    it('is the release that go.mod names', async () => {
      const { body } = await cluster().ask({ path: '/version' });
      expect(JSON.parse(body)).toMatchObject({ gitVersion: 'v1.36.3' });
    });

    it('knows the admin, and nobody without a token', async () => {
      expect(await statusOf(cluster(), cluster().adminToken)).toBe(200);
      expect(await statusOf(cluster(), 'somebody')).toBe(401);
    });

    it('gives users what RBAC gives them', async () => {
      expect(await statusOf(cluster(), tokenOf(VIEWER))).toBe(403);
      await cluster().kubectl('create', 'role', 'v', '--verb=get,list', '--resource=configmaps', '-n', 'default');
      await cluster().kubectl('create', 'rolebinding', 'v', '--role=v', `--user=${VIEWER}`, '-n', 'default');
      await until('the rights to arrive', async () =>
        (await statusOf(cluster(), tokenOf(VIEWER))) === 200 ? true : undefined,
      );
      const created = await cluster().ask({
        method: 'POST',
        path: CONFIG_MAPS,
        token: tokenOf(VIEWER),
        body: { metadata: { name: 'no' } },
      });
      expect(created.status).toBe(403);
    });

    it('takes users with a certificate', async () => {
      const { cert, key } = await cluster().certificate('bob', ['system:masters']);
      expect(await askWithCertificate(cluster(), { cert, key })).toBe(200);
    });

    it('reviews tokens of service accounts for the audience they were made for', async () => {
      const token = await cluster().token('istio-system', 'istiod', 'istio-ca');
      expect(await review(cluster(), token, 'istio-ca')).toMatchObject({
        authenticated: true,
        user: { username: 'system:serviceaccount:istio-system:istiod' },
        audiences: ['istio-ca'],
      });
      expect(await review(cluster(), token, 'another')).not.toMatchObject({ authenticated: true });
    });

    it('takes what kubectl applies', async () => {
      const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data: { color: 'red' } };
      expect(await cluster().apply([map], '-n', 'default')).toBe('configmap/applied created\n');
      expect(await cluster().kubectl('get', 'cm', 'applied', '-o', 'jsonpath={.data.color}', '-n', 'default')).toBe(
        'red',
      );
      await expect(cluster().kubectl('get', 'cm', 'absent', '-n', 'default')).rejects.toThrow(/"absent" not found/);
    });

    it('calls the webhooks of a service, which is a port of this machine', async () => {
      const { cert, key } = await cluster().serverCertificate('judge.default.svc');
      const reviews: string[] = [];
      const server = createServer({ cert, key }, (request, response) => {
        void text(request).then((body) => {
          const review: { request: { uid: string; name: string } } = JSON.parse(body);
          reviews.push(review.request.name);
          const verdict = { uid: review.request.uid, allowed: false, status: { message: 'not today' } };
          response.end(
            JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: verdict }),
          );
        });
      });
      const port = await listen(server);
      await cluster().exposeService('default', 'judge', port);
      await cluster().apply([toWebhook(port, cluster().ca)]);
      // The configuration of webhooks arrives a moment after it was written.
      const refusal = await until('the webhook to be asked', () => createProbe(cluster()));
      expect(refusal).toMatch(/denied the request: not today/);
      expect(reviews).toContain('judged');
      await cluster().kubectl('delete', 'validatingwebhookconfiguration', 'judge');
      server.close();
    });

    it('keeps data and address when it is killed and started again', async () => {
      await cluster().kubectl('create', 'configmap', 'lasting', '-n', 'default');
      await cluster().kill();
      await expect(cluster().ask({ path: '/readyz' })).rejects.toThrow(/ECONNREFUSED/);
      await cluster().restart();
      expect((await cluster().ask({ path: `${CONFIG_MAPS}/lasting` })).status).toBe(200);
    });

    it('is silent while it is paused, and answers when it goes on', async () => {
      cluster().pause();
      let answered = false;
      const answer = cluster()
        .ask({ path: '/readyz' })
        .finally(() => {
          answered = true;
        });
      await until('the kernel to stop the server', () => answered || undefined, { timeoutMs: 300 }).catch(
        () => undefined,
      );
      expect(answered).toBe(false);
      cluster().resume();
      expect((await answer).status).toBe(200);
    });

    it('has forgotten older versions once etcd is compacted', async () => {
      const { body } = await cluster().ask({ path: CONFIG_MAPS });
      const { metadata }: { metadata: { resourceVersion: string } } = JSON.parse(body);
      const watch = `${CONFIG_MAPS}?watch=true&timeoutSeconds=1&resourceVersion=${metadata.resourceVersion}`;
      expect((await cluster().ask({ path: watch })).body).not.toContain('too old');
      // A watch goes on after the version it names: the one that comes next must be gone too.
      for (const name of ['next', 'newest']) await cluster().kubectl('create', 'configmap', name, '-n', 'default');
      expect(await cluster().compact()).toBeGreaterThan(Number(metadata.resourceVersion));
      expect((await cluster().ask({ path: watch })).body).toMatch(/"code":410/);
    });
  },
  { users: [{ name: VIEWER }], watchCache: false },
);

describeWithCluster('What an API server leaves behind', (cluster, it) => {
  it('is nothing, when it is stopped', async () => {
    const other = await startCluster();
    const dir = path.dirname(other.kubeconfig);
    expect(other.url).not.toBe(cluster().url);
    expect(existsSync(dir)).toBe(true);
    await other.stop();
    expect(existsSync(dir)).toBe(false);
    await expect(other.ask({ path: '/readyz' })).rejects.toThrow(/ECONNREFUSED/);
  });

  it('is nothing, when the test that started it is killed', async () => {
    const module = path.resolve(import.meta.dirname, '../support/cluster/cluster.ts');
    const script = `const { startCluster } = await import(${JSON.stringify(module)});
      const { url, kubeconfig } = await startCluster();
      console.log(JSON.stringify({ url, kubeconfig }));`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
    const started: { url: string; kubeconfig: string } = JSON.parse(String(line.value));
    child.kill('SIGKILL');
    await until('the folder to go', () => existsSync(path.dirname(started.kubeconfig)) === false || undefined);
    await expect(fetch(`${started.url}/readyz`)).rejects.toThrow();
  });
});

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
    });
  });
}

function toWebhook(port: number, ca: string): object {
  const service = { name: 'judge', namespace: 'default', path: '/', port };
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'judge' },
    webhooks: [
      {
        name: 'judge.example.com',
        clientConfig: { service, caBundle: Buffer.from(ca).toString('base64') },
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  };
}

/** Why an object was not created; `undefined` when it was. */
async function createProbe(cluster: Cluster): Promise<string | undefined> {
  const body = { metadata: { name: 'judged' } };
  const answer = await cluster.ask({ method: 'POST', path: `${CONFIG_MAPS}?dryRun=All`, body });
  return answer.status === 201 ? undefined : answer.body;
}

async function statusOf(cluster: Cluster, token: string): Promise<number> {
  return (await cluster.ask({ path: CONFIG_MAPS, token })).status;
}

async function review(cluster: Cluster, token: string, audience: string): Promise<unknown> {
  const { body } = await cluster.ask({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/tokenreviews',
    body: { spec: { token, audiences: [audience] } },
  });
  const { status }: { status: unknown } = JSON.parse(body);
  return status;
}

function askWithCertificate(
  { url, ca }: Cluster,
  { cert, key }: { readonly cert: string; readonly key: string },
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL(CONFIG_MAPS, url), { ca, cert, key, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject);
    asked.end();
  });
}
