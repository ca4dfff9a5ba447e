import { beforeAll, describe, expect, it as plainIt } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { findIstio, type IstioPrograms, withIstioAgent } from '../support/node/istio-programs.ts';
import { gatewayPod, sidecarPod } from '../support/node/sample-pods.ts';
import { MESH_OBJECTS, shopService } from '../support/node/sample-services.ts';
import { describeWithNode } from '../support/node/suite.ts';
import type { RunningPod } from '../support/node/running-pod.ts';

const START_MS = 180_000;
/** Renewed 10 seconds after it was issued. */
const SHORT_LIFE = { SECRET_TTL: '40s', SECRET_GRACE_PERIOD_RATIO: '0.75' };
const istio = findIstio();

if (istio.found) tryPeers(istio);
else
  describe("Istio's own programs", () => {
    plainIt('find themselves at home', (context) => context.skip(istio.reason));
  });

function tryPeers(programs: IstioPrograms): void {
  describeWithNode(
    "Istio's agent in a mesh of ours",
    (parts, it) => {
      let pods: readonly RunningPod[] = [];

      beforeAll(async () => {
        const { cluster, node } = parts();
        await cluster.apply(MESH_OBJECTS);
        pods = await node.run(
          withIstioAgent(
            sidecarPod({ name: 'ratings', namespace: 'shop', serves: ['http:8080'], env: SHORT_LIFE }),
            programs,
          ),
          sidecarPod({ name: 'reviews', namespace: 'shop', serves: ['http:8080'] }),
        );
      }, START_MS);

      it('gets its certificate and its configuration, and talks mTLS with ours both ways', async () => {
        const [ratings, reviews] = pods;
        await eventually(async () => {
          expect(await callEachOther(ratings, reviews)).toEqual([
            ['reviews', 'spiffe://cluster.local/ns/shop/sa/ratings'],
            ['ratings', 'spiffe://cluster.local/ns/shop/sa/reviews'],
          ]);
        });
        expect(await ratings?.stats('update_rejected')).toEqual({});
      });

      it('renews its certificate, and finds a control plane that was away', async () => {
        const [ratings] = pods;
        const { node, cluster } = parts();
        const readSerial = async () => (await ratings?.certificates())?.[0]?.serial_number;
        await node.controlPlane.kill();
        await node.controlPlane.start();
        const before = await readSerial();
        await eventually(async () => expect(await readSerial()).not.toBe(before), 60_000);
        await cluster.apply([shopService('news', [{ name: 'http', port: 80 }])]);
        await eventually(async () => expect(await ratings?.admin('/clusters')).toContain('news.shop.svc'), 60_000);
      });
    },
    { programs: { images: { istio: ['istio-agent'] }, programs: { 'istio-agent': [programs.agent] } } },
  );

  describeWithNode(
    "Our agent in a mesh of Istio's",
    (parts, it) => {
      let pods: readonly RunningPod[] = [];

      beforeAll(async () => {
        const { cluster, node } = parts();
        await cluster.apply(MESH_OBJECTS);
        pods = await node.run(
          sidecarPod({ name: 'ratings', namespace: 'shop', serves: ['http:8080'] }),
          sidecarPod({ name: 'reviews', namespace: 'shop', serves: ['http:8080'] }),
          gatewayPod({ name: 'ingress', namespace: 'istio-system', labels: { istio: 'ingressgateway' } }),
        );
      }, START_MS);

      it('gets certificates and configuration, and its pods talk mTLS', async () => {
        const [ratings, reviews, gateway] = pods;
        await eventually(async () => {
          expect(await callEachOther(ratings, reviews)).toEqual([
            ['reviews', 'spiffe://cluster.local/ns/shop/sa/ratings'],
            ['ratings', 'spiffe://cluster.local/ns/shop/sa/reviews'],
          ]);
        });
        const through = await parts().node.outside.ask(`http://${gateway?.ip}:8080/`, {
          headers: { host: 'shop.example' },
        });
        expect([through.status, JSON.parse(through.body).headers['x-forwarded-client-cert']]).toEqual([
          200,
          expect.stringContaining('URI=spiffe://cluster.local/ns/istio-system/sa/ingress'),
        ]);
      });
    },
    {
      controlPlane: [programs.controlPlane],
      env: {
        // What stock Envoy does not have.
        PILOT_ENABLE_METADATA_EXCHANGE: 'false',
        PILOT_ENABLE_ALPN_FILTER: 'false',
        PILOT_DISABLE_MX_ALPN: 'true',
        // Webhooks are called from outside of the node.
        INJECTION_WEBHOOK_CONFIG_NAME: '',
        VALIDATION_WEBHOOK_CONFIG_NAME: '',
        CLOUD_PLATFORM: 'none',
      },
    },
  );
}

/** Who answered, and whom it saw. */
async function callEachOther(
  ratings: RunningPod | undefined,
  reviews: RunningPod | undefined,
): Promise<readonly (readonly [string | undefined, string | undefined])[]> {
  const answers = [await ratings?.echo('http://reviews.shop/'), await reviews?.echo('http://ratings.shop:8080/')];
  return answers.map((echo) => {
    const caller = /;URI=([^;,]*)$/.exec(echo?.headers['x-forwarded-client-cert'] ?? '');
    return [echo?.name, caller?.[1]] as const;
  });
}
