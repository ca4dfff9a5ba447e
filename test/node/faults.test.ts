import { beforeAll, expect } from 'vitest';
import { createRoot, toKeyPem } from '../../src/ca/root-certificate.ts';
import type { Cluster } from '../support/cluster/cluster.ts';
import { eventually } from '../support/eventually.ts';
import type { RunningPod } from '../support/node/running-pod.ts';
import { signOtherToken } from '../support/node/pod-token.ts';
import { sidecarPod } from '../support/node/sample-pods.ts';
import { SHOP, shopService } from '../support/node/sample-services.ts';
import { describeWithNode } from '../support/node/suite.ts';
import { until } from '../support/until.ts';

const START_MS = 180_000;
const SECRET = '/api/v1/namespaces/istio-system/secrets/istio-ca-secret';
/** Renewed 10 seconds after it was issued: the rest, 30 seconds, is for outages. */
const SHORT_LIFE = { SECRET_TTL: '40s', SECRET_GRACE_PERIOD_RATIO: '0.75' };

describeWithNode('A mesh under load', (parts, it) => {
  let pods: readonly [client: RunningPod, server: RunningPod] | undefined;
  const both = () => {
    if (pods === undefined) throw new Error('pods run while tests do');
    return pods;
  };

  beforeAll(async () => {
    const { cluster, node } = parts();
    await cluster.apply([
      SHOP,
      shopService('reviews', [{ name: 'http', port: 80, targetPort: 8080 }]),
      NEW_CONNECTIONS,
    ]);
    const [client, server] = await node.run(
      sidecarPod({ name: 'productpage', namespace: 'shop', env: SHORT_LIFE }),
      sidecarPod({ name: 'reviews', namespace: 'shop', serves: ['http:8080'], env: SHORT_LIFE }),
    );
    if (client === undefined || server === undefined) throw new Error('two pods were to run');
    pods = [client, server];
    await eventually(() => client.echo('http://reviews.shop/'));
  }, START_MS);

  /** Lets something happen while one request follows the other, each on a connection of its own between the pods. */
  const underLoad = async (happen: () => Promise<void>) => {
    const load = await both()[0].hand.load('http://reviews.shop/');
    await happen().finally(async () => {
      const { answered, failures } = await load.stop();
      expect({ answered: answered > 20, failures }).toEqual({ answered: true, failures: [] });
    });
  };

  it('lives through a control plane that is away when certificates are due, and renews them when it is back', async () => {
    const { node } = parts();
    const connections = await countConnections(both()[0]);
    await underLoad(async () => {
      const before = await readSerials(both());
      await renewed(both(), before);
      await node.controlPlane.kill();
      const held = await readSerials(both());
      await Promise.all(both().map((pod) => saysAnew(pod, /no certificate: .*the present one is good for \d+ s/)));
      expect(await readSerials(both())).toEqual(held);
      await node.controlPlane.start();
      await renewed(both(), held);
    });
    // Each of them had a handshake, so none of the requests owes anything to an old certificate.
    expect((await countConnections(both()[0])) - connections).toBeGreaterThan(100);
  });

  it('goes on with an API server that is away when certificates are due', async () => {
    const { cluster } = parts();
    await underLoad(async () => {
      const held = await readSerials(both());
      await cluster.kill();
      await renewed(both(), held);
      await cluster.restart();
    });
    await cluster.kubectl('get', 'namespace', 'shop');
  });

  it('moves to another root without a failed request, and back to one whose Secret was deleted', async () => {
    const { cluster } = parts();
    await underLoad(async () => {
      const root = await replaceRoot(cluster);
      const knows = async (pod: RunningPod) => expect(await pod.admin('/certs')).toContain(root);
      await eventually(() => Promise.all(both().map(knows)), 60_000);
      await renewed(both(), await readSerials(both()));
      await cluster.ask({ method: 'DELETE', path: SECRET });
      await until('the Secret to be back', async () =>
        (await cluster.ask({ path: SECRET })).status === 200 ? true : undefined,
      );
      await renewed(both(), await readSerials(both()));
    });
  });

  it('does not notice that an agent was killed, and its next one takes Envoy up again', async () => {
    const [, server] = both();
    await underLoad(async () => {
      const listEnvoys = () => server.place.namespace.listProcesses('envoy');
      const envoys = await listEnvoys();
      expect(envoys).toHaveLength(1);
      await server.killFirst('istio-proxy');
      expect(await listEnvoys()).toEqual(envoys);
      const held = await readSerials([server]);
      await server.restart('istio-proxy');
      await renewed([server], held);
      await parts().node.ready(server);
      expect(await listEnvoys()).toEqual(envoys);
    });
  });

  it('replaces a pod by another without a failed request', async () => {
    const [, server] = both();
    const { node } = parts();
    await underLoad(async () => {
      const next = sidecarPod({ name: 'reviews-2', app: 'reviews', namespace: 'shop', serves: ['http:8080'] });
      await node.run(next);
      expect(await node.retire(server)).toEqual([
        { code: 0, signal: null },
        { code: 0, signal: null },
      ]);
    });
    expect(await both()[0].echo('http://reviews.shop/')).toMatchObject({ name: 'reviews-2' });
  });
});

describeWithNode('Proof of identity in a pod', (parts, it) => {
  beforeAll(async () => {
    const { cluster, node } = parts();
    await cluster.apply([SHOP, shopService('reviews', [{ name: 'http', port: 80, targetPort: 8080 }])]);
    await node.run(sidecarPod({ name: 'reviews', namespace: 'shop', serves: ['http:8080'] }));
  }, START_MS);

  it.each<[string, (cluster: Cluster) => Promise<string>, RegExp]>([
    ['a token that has expired', createExpired, /no certificate: .*authenticate/],
    [
      'a token for somebody else',
      (cluster) => cluster.token('shop', 'thief', 'vault'),
      /no certificate: .*authenticate/,
    ],
    [
      'a token of another namespace',
      (cluster) => cluster.token('bank', 'teller', 'istio-ca'),
      /PERMISSION_DENIED|not authorized|identity/i,
    ],
  ])('with %s leads nowhere, and with a good one to the mesh without a restart', async (_, createToken, refusal) => {
    const { cluster, node } = parts();
    const pod = sidecarPod({ name: 'thief', namespace: 'shop' });
    const good = await cluster.token('shop', 'thief', 'istio-ca');
    await cluster.apply([
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'token', namespace: 'shop' },
        stringData: { 'istio-token': await createToken(cluster) },
      },
    ]);
    const volumes = (pod.spec.volumes ?? []).map((volume) =>
      volume.name === 'istio-token' ? { name: volume.name, secret: { secretName: 'token' } } : volume,
    );
    const thief = await node.start({ ...pod, spec: { ...pod.spec, volumes } });
    await thief.logged('istio-proxy', refusal);
    expect(await thief.ask('http://reviews.shop/').catch(() => undefined)).toBeUndefined();
    await thief.writeFile('istio-token', 'istio-token', good);
    await node.ready(thief);
    await node.sync();
    const { headers } = await until('an answer', () => thief.echo('http://reviews.shop/').catch(() => undefined));
    expect(headers['x-forwarded-client-cert']).toMatch(/URI=spiffe:\/\/cluster\.local\/ns\/shop\/sa\/thief$/);
    await node.remove(thief);
  });

  it.each([
    ['100 s ahead', 100_000],
    ['5 min behind', -300_000],
  ])('holds though the clock of the control plane is %s', async (_, skewMs) => {
    const { node } = parts();
    await node.controlPlane.stop();
    await node.controlPlane.start({ NODE_OPTIONS: `--import=${SKEWED_CLOCK}`, CLOCK_SKEW_MS: String(skewMs) });
    const [late] = await node.run(sidecarPod({ name: 'late', namespace: 'shop' }));
    if (late === undefined) throw new Error('a pod was to run');
    expect(await late.echo('http://reviews.shop/')).toMatchObject({ name: 'reviews' });
    const [certificate] = await late.certificates();
    const aheadMs = new Date(certificate?.valid_from ?? '').getTime() + 120_000 - Date.now();
    expect(Math.abs(aheadMs - skewMs)).toBeLessThan(60_000);
    await node.remove(late);
  });
});

const SKEWED_CLOCK = new URL('../support/node/skewed-clock.mjs', import.meta.url).href;

/** A request, a handshake: connections that were there before would hide that new ones fail. */
const NEW_CONNECTIONS = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'reviews', namespace: 'shop' },
  spec: { host: 'reviews', trafficPolicy: { connectionPool: { http: { maxRequestsPerConnection: 1 } } } },
};

async function readSerials(pods: readonly RunningPod[]): Promise<readonly (string | undefined)[]> {
  return Promise.all(pods.map(async (pod) => (await pod.certificates())[0]?.serial_number));
}

/** Connections that a proxy has opened to the pods of `reviews`. */
async function countConnections(pod: RunningPod): Promise<number> {
  const counts = (await pod.admin('/clusters')).matchAll(/^outbound\|80\|\|reviews\.shop\..*::cx_total::(\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Resolves when each of the pods presents another certificate than it did. */
async function renewed(pods: readonly RunningPod[], before: readonly (string | undefined)[]): Promise<void> {
  const isNew = async () => {
    const now = await readSerials(pods);
    return now.every((serial, index) => serial !== undefined && serial !== before[index]) ? true : undefined;
  };
  await until('new certificates', isNew, { timeoutMs: 60_000 });
}

/** Waits until a proxy prints a line that it has not printed yet. */
async function saysAnew(pod: RunningPod, pattern: RegExp): Promise<void> {
  const { length } = await pod.log('istio-proxy');
  await until(
    `${pod.name} to say ${pattern}`,
    async () => (pattern.test((await pod.log('istio-proxy')).slice(length)) ? true : undefined),
    { timeoutMs: 60_000 },
  );
}

/** Puts a root of somebody else's making into the Secret; its serial number as Envoy tells it. */
async function replaceRoot(cluster: Cluster): Promise<string> {
  const key = { type: 'ec', curve: 'P-256' } as const;
  const root = await createRoot({ trustDomain: 'cluster.local', key, ttlMs: 1e11, nowMs: Date.now() });
  const data = { 'ca-cert.pem': root.certificate.toString(), 'ca-key.pem': toKeyPem(root.key) };
  const encoded = Object.entries(data).map(([name, pem]) => [name, Buffer.from(pem).toString('base64')] as const);
  const answer = await cluster.ask({
    method: 'PATCH',
    path: SECRET,
    body: { data: Object.fromEntries(encoded) },
    contentType: 'application/merge-patch+json',
  });
  expect(answer.status).toBe(200);
  return root.certificate.serialNumber.toLowerCase();
}

/** Issued an hour and a bit ago, for an hour. */
async function createExpired(cluster: Cluster): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const times = { iat: nowSeconds - 4000, nbf: nowSeconds - 4000, exp: nowSeconds - 400 };
  return signOtherToken(cluster, await cluster.token('shop', 'thief', 'istio-ca'), times);
}
