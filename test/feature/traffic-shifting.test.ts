import { expect } from 'vitest';
import { destinationRule, subsets, virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { type Route, route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';

feature('Traffic shifting', (scenario) => {
  const reviews = service('reviews', { http: 9080 });
  const versions = destinationRule('reviews', subsets('v1', 'v2'));
  const split = (v1: number, v2: number): Route =>
    route().to('reviews', { subset: 'v1', weight: v1 }).to('reviews', { subset: 'v2', weight: v2 });

  scenario('splits requests by weight', async (mesh) => {
    await mesh.apply(reviews, versions, virtualService('reviews', split(90, 10)));
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.request('http://reviews:9080/')).toEqual({
      split: { [outbound('reviews', 9080, 'v1')]: 90, [outbound('reviews', 9080, 'v2')]: 10 },
    });
  });

  scenario('moves the shares with the weights, by routes alone', async (mesh) => {
    await mesh.apply(reviews, versions, virtualService('reviews', split(90, 10)));
    const proxy = await mesh.connect(sidecar('productpage'));
    await mesh.apply(virtualService('reviews', split(1, 3)));
    expect(proxy.pushedTypes()).toEqual(['rds']);
    expect(proxy.request('http://reviews:9080/')).toEqual({
      split: { [outbound('reviews', 9080, 'v1')]: 25, [outbound('reviews', 9080, 'v2')]: 75 },
    });
  });

  scenario('sends nothing to a destination of weight 0', async (mesh) => {
    await mesh.apply(reviews, versions, virtualService('reviews', split(0, 100)));
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.request('http://reviews:9080/')).toEqual({ split: { [outbound('reviews', 9080, 'v2')]: 100 } });
  });

  scenario('splits TCP connections by weight', async (mesh) => {
    const db = service('db', { tcp: 3000 });
    const rule = virtualService('db', {
      tcp: [
        {
          route: [
            { destination: { host: 'db', subset: 'v1' }, weight: 80 },
            { destination: { host: 'db', subset: 'v2' }, weight: 20 },
          ],
        },
      ],
    });
    await mesh.apply(db, destinationRule('db', subsets('v1', 'v2')), rule);
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.open('db:3000')).toEqual({
      split: { [outbound('db', 3000, 'v1')]: 80, [outbound('db', 3000, 'v2')]: 20 },
    });
  });
});
