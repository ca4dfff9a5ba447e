import { expect } from 'vitest';
import { virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';

feature('Traffic mirroring', (scenario) => {
  const reviews = service('reviews', { http: 9080 });
  const shadow = service('reviews-next', { http: 9080 });
  const mirrored = virtualService('reviews', route().to('reviews').mirror('reviews-next', { percent: 15 }));

  scenario('copies a share of the requests to the shadow service', async (mesh) => {
    await mesh.apply(reviews, shadow, mirrored);
    const proxy = await mesh.connect(sidecar('productpage'));

    expect(proxy.request('http://reviews:9080/')).toEqual({
      cluster: outbound('reviews', 9080),
      mirrors: [{ cluster: outbound('reviews-next', 9080), percent: 15 }],
    });
  });

  scenario('pushes routes and nothing else when the rule goes away', async (mesh) => {
    await mesh.apply(reviews, shadow, mirrored);
    const proxy = await mesh.connect(sidecar('productpage'));
    await mesh.remove(mirrored);

    expect(proxy.pushedTypes()).toEqual(['rds']);
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster: outbound('reviews', 9080) });
  });
});
