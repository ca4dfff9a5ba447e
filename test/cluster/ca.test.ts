import { hash } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeAll, expect } from 'vitest';
import { createRoot, toKeyPem } from '../../src/ca/root-certificate.ts';
import { createTestCsr, createTestKey, readCertificate } from '../../src/ca/testing.ts';
import type { Cluster } from '../support/cluster/cluster.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { LogBook } from '../support/feature/log-book.ts';
import { type Answer, SecurePlane } from '../support/secure-plane.ts';
import { until } from '../support/until.ts';

const SECRET = '/api/v1/namespaces/istio-system/secrets/istio-ca-secret';
const SECRETS = '/api/v1/namespaces/istio-system/secrets';
const UNAUTHENTICATED = { code: status.UNAUTHENTICATED, details: 'request authenticate failure' };
const ENV = { PILOTHOUSE_CA_KEY: 'P-256', CA_TRUSTED_NODE_ACCOUNTS: 'istio-system/ztunnel' };

interface Secret {
  readonly type: string;
  readonly metadata: { readonly resourceVersion: string };
  readonly data: Readonly<Record<string, string>>;
}

describeWithCluster('The certificate authority of a cluster', (cluster, it) => {
  const book = new LogBook();
  const planes: SecurePlane[] = [];
  const start = async (env: Readonly<Record<string, string>> = ENV) => {
    const plane = await SecurePlane.start({ client: cluster().client(), env });
    planes.push(plane);
    return plane;
  };

  beforeAll(async () => {
    book.open();
    await cluster().ask({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'istio-system' } } });
  });
  afterEach(async () => {
    for (const plane of planes.splice(0)) await plane.stop();
    book.clear();
  });

  it("keeps its root in Istio's Secret, and all replicas have the same", async () => {
    const [first, second] = await Promise.all([start(), start()]);
    const { type, data } = await readSecret(cluster());
    expect(type).toBe('istio.io/ca-root');
    expect(Object.keys(data).sort()).toEqual([
      'ca-cert.pem',
      'ca-key.pem',
      'cert-chain.pem',
      'key.pem',
      'root-cert.pem',
    ]);
    expect([first.roots, second.roots]).toEqual([text(data['ca-cert.pem']), text(data['ca-cert.pem'])]);
  });

  it('adopts a root that Istio has made', async () => {
    const root = await createRoot({
      trustDomain: 'cluster.local',
      key: { type: 'rsa', bits: 2048 },
      ttlMs: 1e11,
      nowMs: Date.now(),
    });
    await writeSecret(cluster(), { 'ca-cert.pem': root.certificate.toString(), 'ca-key.pem': toKeyPem(root.key) });
    const plane = await start();
    expect(readCertificate(plane.roots).fingerprint256).toBe(root.certificate.fingerprint256);
  });

  it('gives a certificate for the token of a service account', async () => {
    const plane = await start();
    const token = await cluster().token('shop', 'reviews', 'istio-ca');
    const [leaf] = chainOf(await plane.ask({ token, cluster: 'Kubernetes' }));
    expect(readCertificate(leaf).subjectAltName).toBe('URI:spiffe://cluster.local/ns/shop/sa/reviews');
    expect(await plane.stream({ token }, { namespace: 'shop', account: 'reviews' })).toBe('served');
    expect(await plane.stream({ token }, { namespace: 'bank' })).toMatch(new RegExp(`^${status.PERMISSION_DENIED} `));
  });

  it('refuses tokens for others, of others, of users, and of unknown clusters', async () => {
    const plane = await start();
    const good = await cluster().token('shop', 'reviews', 'istio-ca');
    const [head, body] = good.split('.');
    const answers = await Promise.all([
      plane.ask({ token: await cluster().token('shop', 'reviews', 'vault') }),
      plane.ask({ token: await cluster().token('shop', 'reviews') }),
      plane.ask({ token: `${head}.${body}.${Buffer.from(hash('sha256', 'x')).toString('base64url')}` }),
      plane.ask({ token: cluster().adminToken }),
      plane.ask({ token: good, cluster: 'elsewhere' }),
    ]);
    expect(answers).toEqual(answers.map(() => UNAUTHENTICATED));
  });

  it('says that it cannot tell while the API server is away, and remembers whom it knows', async () => {
    const plane = await start();
    const [known, unknown] = [
      await cluster().token('shop', 'known', 'istio-ca'),
      await cluster().token('shop', 'new', 'istio-ca'),
    ];
    chainOf(await plane.ask({ token: known }));
    await cluster().kill();
    const answers = [await plane.ask({ token: known }), await plane.ask({ token: unknown })];
    await cluster().restart();
    expect(answers).toEqual([
      { chain: expect.anything() },
      { code: status.UNAVAILABLE, details: 'tokens cannot be reviewed at present' },
    ]);
  });

  it('follows a Secret that is replaced, trusts both roots, and tells replicas that start later', async () => {
    const plane = await start();
    const key = createTestKey();
    const token = await cluster().token('shop', 'reviews', 'istio-ca');
    const chain = chainOf(await plane.ask({ token }, { csr: createTestCsr({ key }) }));
    const before = plane.roots;
    const proof = { certificate: { chain: chain[0] ?? '', key } };
    const root = await createRoot({
      trustDomain: 'cluster.local',
      key: { type: 'ec', curve: 'P-256' },
      ttlMs: 1e11,
      nowMs: Date.now(),
    });
    const client = plane.connect(proof);
    const failures: Answer[] = [];
    const over = new AbortController();
    const load = (async () => {
      while (!over.signal.aborted) {
        const answers = [
          await plane.askOver(client, proof, { csr: createTestCsr({ key }) }),
          await plane.ask({ ...proof, roots: before }),
        ];
        failures.push(...answers.filter((answer) => !('chain' in answer)));
      }
    })();
    await writeSecret(cluster(), { 'ca-cert.pem': root.certificate.toString(), 'ca-key.pem': toKeyPem(root.key) });
    await until('the new root to sign', () => plane.roots.startsWith(root.certificate.toString()) || undefined);
    await until(
      'the old root to be noted',
      async () => 'retired-roots.json' in (await readSecret(cluster())).data || undefined,
    );
    over.abort();
    await load;
    const later = await start();
    expect(failures).toEqual([]);
    expect(later.roots).toBe(plane.roots);
    expect(plane.roots).toBe(`${root.certificate.toString()}${before}`);
    chainOf(await later.ask(proof));
  });

  it('puts back a Secret that was deleted', async () => {
    const plane = await start();
    await cluster().ask({ method: 'DELETE', path: SECRET });
    await until('the Secret to be back', async () =>
      (await cluster().ask({ path: SECRET })).status === 200 ? true : undefined,
    );
    expect(plane.roots.startsWith(text((await readSecret(cluster())).data['ca-cert.pem']))).toBe(true);
  });

  it('keeps its root when a Secret comes that does not fit', async () => {
    const plane = await start();
    const roots = plane.roots;
    const { data } = await readSecret(cluster());
    await writeSecret(cluster(), {
      'ca-cert.pem': text(data['ca-cert.pem']),
      'ca-key.pem': toKeyPem(createTestKey().privateKey),
    });
    await until('the refusal', () => book.list('ca.refused').length > 0 || undefined);
    expect(plane.roots).toBe(roots);
    const token = await cluster().token('shop', 'reviews', 'istio-ca');
    chainOf(await plane.ask({ token }));
    await writeSecret(cluster(), { 'ca-cert.pem': text(data['ca-cert.pem']), 'ca-key.pem': text(data['ca-key.pem']) });
  });

  it('lets node agents speak for pods of their node, and for no others', async () => {
    await pod(cluster(), { namespace: 'shop', name: 'here', account: 'local', node: 'n1' });
    await pod(cluster(), { namespace: 'shop', name: 'there', account: 'remote', node: 'n2' });
    await pod(cluster(), { namespace: 'istio-system', name: 'ztunnel-1', account: 'ztunnel', node: 'n1' });
    await pod(cluster(), { namespace: 'shop', name: 'usurper', account: 'reviews', node: 'n1' });
    const plane = await start();
    const agent = await podToken(cluster(), { namespace: 'istio-system', name: 'ztunnel-1', account: 'ztunnel' });
    const usurper = await podToken(cluster(), { namespace: 'shop', name: 'usurper', account: 'reviews' });
    const ask = async (token: string, account: string, name = 'Kubernetes') => {
      const wanted = `spiffe://cluster.local/ns/shop/sa/${account}`;
      const metadata = { fields: { ImpersonatedIdentity: { string_value: wanted } } };
      const answer = await plane.ask({ token, cluster: name }, { metadata });
      return 'chain' in answer ? readCertificate(answer.chain[0]).subjectAltName : `${answer.code} ${answer.details}`;
    };
    const refused = `${status.UNAUTHENTICATED} request impersonation authentication failure`;
    const outcomes = [
      await ask(agent, 'local'),
      await ask(agent, 'remote'),
      await ask(agent, 'absent'),
      await ask(agent, 'local', ''),
      await ask(usurper, 'local'),
    ];
    expect(outcomes).toEqual(['URI:spiffe://cluster.local/ns/shop/sa/local', refused, refused, refused, refused]);
  });
});

function chainOf(answer: Answer): readonly string[] {
  if ('chain' in answer) return answer.chain;
  throw new Error(`refused: ${answer.code} ${answer.details}`);
}

function text(encoded: string | undefined): string {
  return Buffer.from(encoded ?? '', 'base64').toString('utf8');
}

async function readSecret(cluster: Cluster): Promise<Secret> {
  return JSON.parse((await cluster.ask({ path: SECRET })).body);
}

/** As an operator or Istio would write it: nothing of what was there stays. */
async function writeSecret(cluster: Cluster, files: Readonly<Record<string, string>>): Promise<void> {
  const data = Object.fromEntries(
    Object.entries(files).map(([name, pem]) => [name, Buffer.from(pem).toString('base64')]),
  );
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'istio-ca-secret' },
    type: 'istio.io/ca-root',
    data,
  };
  const replaced = await cluster.ask({ method: 'PUT', path: SECRET, body });
  if (replaced.status === 404) await cluster.ask({ method: 'POST', path: SECRETS, body });
}

interface PodSpec {
  readonly namespace: string;
  readonly name: string;
  readonly account: string;
  readonly node?: string;
}

async function pod(cluster: Cluster, { namespace, name, account, node }: PodSpec): Promise<void> {
  await cluster.token(namespace, account);
  const spec = { serviceAccountName: account, nodeName: node, containers: [{ name: 'app', image: 'app' }] };
  const body = { metadata: { name }, spec };
  const { status: code, body: said } = await cluster.ask({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/pods`,
    body,
  });
  if (code !== 201) throw new Error(said);
}

/** A token that is bound to a pod, as kubelets ask for them. */
async function podToken(cluster: Cluster, { namespace, name, account }: PodSpec): Promise<string> {
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const body = { spec: { audiences: ['istio-ca'], boundObjectRef } };
  const answer: { status: { token: string } } = JSON.parse((await cluster.ask({ method: 'POST', path, body })).body);
  return answer.status.token;
}
