import { beforeAll, expect } from 'vitest';
import type { Cluster } from '../support/cluster/cluster.ts';
import { eventually } from '../support/eventually.ts';
import type { RunningPod } from '../support/node/running-pod.ts';
import { gatewayPod, plainPod, sidecarPod } from '../support/node/sample-pods.ts';
import { sniff } from '../support/node/sniffer.ts';
import { describeWithNode } from '../support/node/suite.ts';
import { MESH_OBJECTS } from '../support/node/sample-services.ts';

const START_MS = 180_000;
const idOf = (namespace: string, account: string) => `spiffe://cluster.local/ns/${namespace}/sa/${account}`;

interface Pods {
  readonly productpage: RunningPod;
  readonly reviews: RunningPod;
  readonly ratings: RunningPod;
  readonly details: RunningPod;
  readonly votes: RunningPod;
  readonly legacy: RunningPod;
  readonly gateway: RunningPod;
}

describeWithNode('A mesh of pods', (parts, it) => {
  let running: Pods | undefined;
  const pods = () => {
    if (running === undefined) throw new Error('pods run while tests do');
    return running;
  };

  beforeAll(async () => {
    const { cluster, node } = parts();
    await cluster.apply(MESH_OBJECTS);
    const namespace = 'shop';
    const [productpage, reviews, ratings, details, votes, legacy, gateway] = await node.run(
      sidecarPod({ name: 'productpage', namespace }),
      sidecarPod({ name: 'reviews', namespace, serves: ['http:8080', 'tcp:9000'] }),
      sidecarPod({ name: 'ratings', namespace, serves: ['http:8080'] }),
      sidecarPod({ name: 'details', namespace, ...ANSWERS_DNS }),
      sidecarPod({ name: 'votes', namespace, serves: ['http:8080'], interception: 'TPROXY' }),
      plainPod({ name: 'legacy', namespace, serves: ['http:8080'] }),
      gatewayPod({ name: 'ingress', namespace: 'istio-system', labels: { istio: 'ingressgateway' } }),
    );
    if (!productpage || !reviews || !ratings || !details || !votes || !legacy || !gateway)
      throw new Error('seven pods were to run');
    running = { productpage, reviews, ratings, details, votes, legacy, gateway };
    await eventually(() => productpage.echo('http://reviews.shop/'));
  }, START_MS);

  it.each([
    ['its address', async () => readAddress(parts().cluster, 'reviews')],
    ['its short name', async () => 'reviews'],
    ['its full name', async () => 'reviews.shop.svc.cluster.local'],
  ])('calls a service by %s, and both ends prove who they are', async (_, host) => {
    const { name, headers } = await pods().productpage.echo(`http://${await host()}/`);
    expect(name).toBe('reviews');
    expect(readPeers(headers['x-forwarded-client-cert'])).toEqual([
      { By: idOf('shop', 'reviews'), URI: idOf('shop', 'productpage') },
    ]);
  });

  it('sends nothing in the clear between sidecars, and everything to a pod without one', async () => {
    const { productpage, reviews, legacy } = pods();
    const network = parts().node.network.outer.path;
    const watch = (pod: RunningPod, host: string) =>
      sniff({ network, device: pod.place.device }, ['GET /secret', 'lemon-tree'], () =>
        productpage.echo(`http://${host}.shop/secret`, { 'x-word': 'lemon-tree' }),
      );
    expect(await watch(reviews, 'reviews')).toEqual({ packets: expect.any(Number), seen: [] });
    expect(await watch(legacy, 'legacy')).toMatchObject({ seen: ['GET /secret', 'lemon-tree'] });
  });

  it('does not believe what a caller says of itself', async () => {
    const forged = 'By=spiffe://x;Hash=00;URI=spiffe://cluster.local/ns/bank/sa/vault';
    const headers = { 'x-forwarded-client-cert': forged };
    const { productpage, legacy } = pods();
    const [inside, outside] = [
      await productpage.echo('http://reviews.shop/', headers),
      await legacy.echo('http://reviews.shop/', headers),
    ];
    expect(readPeers(inside.headers['x-forwarded-client-cert']).map(({ URI }) => URI)).toEqual([
      idOf('shop', 'productpage'),
    ]);
    expect(outside.headers['x-forwarded-client-cert']).toBeUndefined();
  });

  it('carries TCP over mTLS too', async () => {
    const { productpage, reviews } = pods();
    const wire = { network: parts().node.network.outer.path, device: reviews.place.device };
    let heard = '';
    const { seen } = await sniff(wire, ['salamander'], async () => {
      heard = await productpage.hand.say('reviews.shop', 9000, 'salamander');
    });
    expect([heard, seen]).toEqual(['reviews salamander', []]);
  });

  it('calls pods of a headless service', async () => {
    const { productpage, ratings } = pods();
    expect(await productpage.hand.lookUp('ratings')).toEqual([ratings.ip]);
    const { name, headers } = await productpage.echo('http://ratings:8080/');
    expect([name, readPeers(headers['x-forwarded-client-cert'])]).toEqual([
      'ratings',
      [{ By: idOf('shop', 'ratings'), URI: idOf('shop', 'productpage') }],
    ]);
  });

  it('lets an application see the address of its caller where TPROXY captures', async () => {
    const { productpage } = pods();
    const [votes, reviews] = [
      await productpage.echo('http://votes.shop/'),
      await productpage.echo('http://reviews.shop/'),
    ];
    expect([votes.peer, reviews.peer]).toEqual([productpage.ip, '127.0.0.6']);
    expect(readPeers(votes.headers['x-forwarded-client-cert'])).toEqual([
      { By: idOf('shop', 'votes'), URI: idOf('shop', 'productpage') },
    ]);
  });

  it('answers DNS for hosts that only the mesh knows, and passes on what it does not know', async () => {
    const { productpage, details, legacy } = pods();
    const { cluster } = parts();
    await cluster.apply([payments(legacy.ip)]);
    await eventually(async () => expect(await details.hand.lookUp('payments.example')).toEqual(['198.51.100.7']));
    // Envoy's threads may hear of the route a moment later than the agent of the name.
    await eventually(async () =>
      expect(await details.echo('http://payments.example/')).toMatchObject({ name: 'legacy' }),
    );
    expect(await details.hand.lookUp('reviews')).toEqual([await readAddress(cluster, 'reviews')]);
    const others = [productpage.hand.lookUp('payments.example'), details.hand.lookUp('nowhere.example')];
    expect(await Promise.allSettled(others)).toMatchObject(
      others.map(() => ({ status: 'rejected', reason: { message: expect.stringContaining('ENOTFOUND') } })),
    );
  });

  it('talks plaintext with pods that have no sidecar, both ways', async () => {
    const { productpage, legacy } = pods();
    const out = await productpage.echo('http://legacy.shop/');
    const back = await legacy.echo('http://reviews.shop/');
    expect([out.name, back.name]).toEqual(['legacy', 'reviews']);
    expect([out, back].map(({ headers }) => headers['x-forwarded-client-cert'])).toEqual([undefined, undefined]);
  });

  it('lets requests in by a gateway, which has an identity of its own', async () => {
    const address = await readAddress(parts().cluster, 'istio-ingressgateway', 'istio-system');
    const { status, body } = await parts().node.outside.ask(`http://${address}/`, {
      headers: { host: 'shop.example' },
    });
    expect(status).toBe(200);
    const echo: { name: string; headers: Record<string, string> } = JSON.parse(body);
    expect(echo.name).toBe('reviews');
    expect(readPeers(echo.headers['x-forwarded-client-cert'])).toEqual([
      { By: idOf('shop', 'reviews'), URI: idOf('istio-system', 'ingress') },
    ]);
    expect(echo.headers['x-forwarded-for']).toBe('10.244.0.1');
  });

  it('refuses plaintext where a PeerAuthentication is strict, and takes it again without', async () => {
    const { productpage, legacy } = pods();
    const { cluster } = parts();
    await cluster.apply([
      {
        apiVersion: 'security.istio.io/v1',
        kind: 'PeerAuthentication',
        metadata: { name: 'default', namespace: 'shop' },
        spec: { mtls: { mode: 'STRICT' } },
      },
    ]);
    await eventually(() => expect(legacy.ask('http://reviews.shop/')).rejects.toThrow('ECONNRESET'));
    expect(await productpage.echo('http://reviews.shop/')).toMatchObject({ name: 'reviews' });
    await cluster.kubectl('delete', 'peerauthentication', 'default', '-n', 'shop');
    await eventually(() => legacy.echo('http://reviews.shop/'));
  });

  it('leaves no update refused', async () => {
    const { legacy: _, ...proxies } = pods();
    for (const proxy of Object.values(proxies)) expect(await proxy.stats('update_rejected')).toEqual({});
  });
});

/** A sidecar that takes the application's DNS, by rules of nftables. */
const ANSWERS_DNS = {
  env: { ISTIO_META_DNS_CAPTURE: 'true' },
  capture: ['--redirect-dns', '--native-nftables'],
};

/** A host outside the cluster, whose address leads nowhere, with somebody behind it. */
const payments = (address: string) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name: 'payments', namespace: 'shop' },
  spec: {
    hosts: ['payments.example'],
    addresses: ['198.51.100.7'],
    location: 'MESH_EXTERNAL',
    resolution: 'STATIC',
    ports: [{ number: 80, name: 'http', protocol: 'HTTP', targetPort: 8080 }],
    endpoints: [{ address }],
  },
});

/** The address that the API server gave to a service. */
async function readAddress(cluster: Cluster, name: string, namespace = 'shop'): Promise<string> {
  return cluster.kubectl('get', 'service', name, '-n', namespace, '-o', 'jsonpath={.spec.clusterIP}');
}

/** Who called whom, by `x-forwarded-client-cert`; hashes change with every certificate. */
function readPeers(header = ''): readonly { readonly By?: string; readonly URI?: string }[] {
  return header.split(',').map((element) => {
    const fields: Record<string, string> = Object.fromEntries(
      element.split(';').map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]),
    );
    const { By, URI } = fields;
    return { ...(By !== undefined && { By }), ...(URI !== undefined && { URI }) };
  });
}
