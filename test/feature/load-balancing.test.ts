import { expect } from 'vitest';
import { destinationRule, subsets } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { service, workload } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';

feature('Load balancing', (scenario) => {
  const reviews = service('reviews', { http: 9080 }, { selector: { app: 'reviews' } });
  const v1 = workload('reviews-v1', { app: 'reviews', version: 'v1' }, { address: '10.1.0.1' });
  const v2 = workload('reviews-v2', { app: 'reviews', version: 'v2' }, { address: '10.1.0.2' });
  const cluster = outbound('reviews', 9080);

  scenario('gives each subset the endpoints with its labels', async (mesh) => {
    await mesh.apply(reviews, v1, v2, destinationRule('reviews', subsets('v1', 'v2', 'v3')));
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.endpoints(cluster)).toEqual(['10.1.0.1:9080', '10.1.0.2:9080']);
    expect(proxy.endpoints(outbound('reviews', 9080, 'v1'))).toEqual(['10.1.0.1:9080']);
    expect(proxy.endpoints(outbound('reviews', 9080, 'v2'))).toEqual(['10.1.0.2:9080']);
    expect(proxy.endpoints(outbound('reviews', 9080, 'v3'))).toEqual([]);
  });

  scenario('takes subsets away with the rule', async (mesh) => {
    const rule = destinationRule('reviews', subsets('v1'));
    await mesh.apply(reviews, v1, rule);
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.clusterNames()).toContain(outbound('reviews', 9080, 'v1'));
    await mesh.remove(rule);
    expect(proxy.clusterNames()).not.toContain(outbound('reviews', 9080, 'v1'));
    expect(proxy.clusterNames()).toContain(cluster);
  });

  scenario('hashes requests by what the rule names', async (mesh) => {
    const rule = destinationRule('reviews', {
      trafficPolicy: { loadBalancer: { consistentHash: { httpCookie: { name: 'user', ttl: '60s' } } } },
    });
    await mesh.apply(reviews, v1, rule);
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster, hash: ['cookie user 60000 ms'] });
    expect(proxy.cluster(cluster)).toMatchObject({ lb_policy: 'RING_HASH' });
  });

  scenario('puts endpoints near the client first, once failing ones are ejected', async (mesh) => {
    const near = workload('near', { app: 'reviews' }, { address: '10.1.0.3', locality: 'r1/z1' });
    const far = workload('far', { app: 'reviews' }, { address: '10.1.0.4', locality: 'r2/z1' });
    const rule = destinationRule('reviews', { trafficPolicy: { outlierDetection: { consecutive5xxErrors: 3 } } });
    await mesh.apply(reviews, far, near, rule);
    const here = await mesh.connect(sidecar('productpage', { locality: { region: 'r1', zone: 'z1' } }));
    const there = await mesh.connect(sidecar('details', { locality: { region: 'r2', zone: 'z1' } }));
    expect(here.endpoints(cluster)).toEqual(['10.1.0.3:9080', '10.1.0.4:9080']);
    expect(there.endpoints(cluster)).toEqual(['10.1.0.4:9080', '10.1.0.3:9080']);
  });

  scenario('gives two ports of a service their own policies', async (mesh) => {
    const rule = destinationRule('api', {
      trafficPolicy: { portLevelSettings: [{ port: { number: 81 }, loadBalancer: { simple: 'RANDOM' } }] },
    });
    await mesh.apply(service('api', { http: 80, 'http-b': 81 }), rule);
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.cluster(outbound('api', 80))).toMatchObject({ lb_policy: 'LEAST_REQUEST' });
    expect(proxy.cluster(outbound('api', 81))).toMatchObject({ lb_policy: 'RANDOM' });
  });
});
