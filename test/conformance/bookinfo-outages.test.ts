import { afterAll, beforeAll, expect } from 'vitest';
import { Bookinfo } from '../support/bookinfo.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { startLoad } from '../support/load.ts';
import { until } from '../support/until.ts';

describeWithEnvoy('Bookinfo when parts of it fail', (envoy, it) => {
  let bookinfo: Bookinfo;

  beforeAll(async () => {
    bookinfo = await Bookinfo.start(envoy);
    await bookinfo.applyUntilServedBy('1-all-to-v1', ['reviews-v1']);
  });

  afterAll(async () => {
    await bookinfo?.stop();
  });

  it('serves again as soon as a killed Envoy is back', async () => {
    await bookinfo.playground.envoy('reviews-v1').process.kill();
    expect(await bookinfo.countReviews(3)).toEqual({ 'status 503': 3 });
    const again = await bookinfo.playground.startEnvoy('reviews-v1');
    await again.ready();
    await bookinfo.untilServedBy(['reviews-v1']);
    expect(await bookinfo.countReviews(20)).toEqual({ 'reviews-v1': 20 });
  });

  it('loses no request while the control plane is killed and restarted, and nothing is sent again', async () => {
    await bookinfo.untilConnected();
    const before = await bookinfo.stats('update_success$');
    const load = startLoad(`${bookinfo.playground.url}/api/v1/products/0/reviews`, 4);
    await until('traffic', () => load.count > 100 || undefined);

    await bookinfo.playground.controlPlane.kill();
    const killed = load.count;
    await until('traffic without a control plane', () => load.count > killed + 200 || undefined);

    await bookinfo.playground.startControlPlane();
    await bookinfo.untilConnected();
    const connected = load.count;
    await until('traffic with a new control plane', () => load.count > connected + 200 || undefined);

    expect(await load.stop()).toEqual([]);
    expect(await bookinfo.stats('update_success$')).toEqual(before);
    expect(await bookinfo.metric('pilot_xds_pushes')).toBe(0);
  });

  it('brings what changed while the control plane was away', async () => {
    await bookinfo.playground.controlPlane.kill();
    await bookinfo.apply('0-start');
    expect(await bookinfo.countReviews(20)).toEqual({ 'reviews-v1': 20 });
    await bookinfo.playground.startControlPlane();
    await bookinfo.untilServedBy(['reviews-v1', 'reviews-v2', 'reviews-v3']);
    expect(await bookinfo.metric('pilot_total_xds_rejects')).toBe(0);
  });
});
