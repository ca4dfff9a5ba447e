import { expect } from 'vitest';
import { destinationRule, subsets, virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';

feature('Request routing', (scenario) => {
  const reviews = service('reviews', { http: 9080 });
  const versions = destinationRule('reviews', subsets('v1', 'v2'));

  scenario('sends requests to the service when no rule says otherwise', async (mesh) => {
    await mesh.apply(reviews);
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster: outbound('reviews', 9080) });
  });

  scenario('knows a service by each of its names', async (mesh) => {
    await mesh.apply(reviews);
    const proxy = await mesh.connect(sidecar('productpage'));
    const names = ['reviews', 'reviews.default', 'reviews.default.svc', 'reviews.default.svc.cluster.local'];
    for (const name of names) {
      expect(proxy.request(`http://${name}:9080/`), name).toEqual({ cluster: outbound('reviews', 9080) });
    }
  });

  scenario('sends all requests to one version', async (mesh) => {
    await mesh.apply(reviews, versions, virtualService('reviews', route().to('reviews', { subset: 'v1' })));
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster: outbound('reviews', 9080, 'v1') });
  });

  scenario('takes the first rule that matches', async (mesh) => {
    const rules = virtualService('reviews', [
      route()
        .when({ uri: { exact: '/a' } })
        .to('reviews', { subset: 'v1' }),
      route()
        .when({ uri: { prefix: '/' } })
        .to('reviews', { subset: 'v2' }),
      route()
        .when({ uri: { prefix: '/a' } })
        .respond(500),
    ]);
    await mesh.apply(reviews, versions, rules);
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.request('http://reviews:9080/a')).toEqual({ cluster: outbound('reviews', 9080, 'v1') });
    expect(proxy.request('http://reviews:9080/ab')).toEqual({ cluster: outbound('reviews', 9080, 'v2') });
  });

  scenario('answers 404 when rules are there and none matches', async (mesh) => {
    const rule = virtualService(
      'reviews',
      route()
        .when({ uri: { prefix: '/api' } })
        .to('reviews'),
    );
    await mesh.apply(reviews, rule);
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.request('http://reviews:9080/other')).toEqual({ response: { status: 404 } });
  });

  scenario('sends requests to another service when a rule names one', async (mesh) => {
    const ratings = service('ratings', { http: 9080 }, { namespace: 'other' });
    const rule = virtualService('reviews', route().to('ratings.other.svc.cluster.local'));
    await mesh.apply(reviews, ratings, rule);
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.request('http://reviews:9080/')).toEqual({
      cluster: outbound('ratings.other.svc.cluster.local', 9080),
    });
  });

  scenario('follows a rule from the moment it is applied, and forgets it when it goes', async (mesh) => {
    await mesh.apply(reviews, versions);
    const proxy = await mesh.connect(sidecar('productpage'));
    const rule = virtualService('reviews', route().to('reviews', { subset: 'v2' }));
    await mesh.apply(rule);
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster: outbound('reviews', 9080, 'v2') });
    expect(proxy.pushedTypes()).toEqual(['rds']);
    await mesh.remove(rule);
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster: outbound('reviews', 9080) });
  });

  scenario('answers by itself when told to', async (mesh) => {
    await mesh.apply(reviews, virtualService('reviews', route().respond(503, 'closed for today')));
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.request('http://reviews:9080/')).toEqual({ response: { status: 503, body: 'closed for today' } });
  });
});
