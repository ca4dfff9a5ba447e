import { expect } from 'vitest';
import { meshConfigMap, virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';

feature('Mesh settings', (scenario) => {
  const reviews = service('reviews', { http: 9080 });
  const cluster = outbound('reviews', 9080);

  scenario('hold for every proxy from the moment they are saved', async (mesh) => {
    await mesh.apply(reviews);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(meshConfigMap({ defaultHttpRetryPolicy: { attempts: 0 }, connectTimeout: '1s' }));
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster, retries: 'none' });
    expect(proxy.cluster(cluster)).toMatchObject({ connect_timeout: '1s' });
  });

  scenario('leave in force what was before when they are broken', async (mesh) => {
    await mesh.apply(reviews, meshConfigMap({ connectTimeout: '1s' }));
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(meshConfigMap({ connectTimeout: 'soon' }));
    expect(mesh.issues()).toHaveLength(1);
    expect(proxy.pushes).toEqual([]);
    expect(proxy.cluster(cluster)).toMatchObject({ connect_timeout: '1s' });
  });

  scenario('open an explicit HTTP proxy', async (mesh) => {
    await mesh.apply(reviews, meshConfigMap({ proxyHttpPort: 15007 }));
    const proxy = await mesh.connect(sidecar('app'));
    const throughProxy = { ip: '127.0.0.1', port: 15007 };
    expect(proxy.request('http://reviews:9080/', throughProxy)).toEqual({ cluster });
  });

  scenario('decide what is exported where objects say nothing', async (mesh) => {
    const rule = virtualService('reviews', route().to('reviews').timeout('1s'));
    await mesh.apply(reviews, rule, meshConfigMap({ defaultVirtualServiceExportTo: ['.'] }));
    const here = await mesh.connect(sidecar('app'));
    const there = await mesh.connect(sidecar('app', { namespace: 'other' }));
    const url = 'http://reviews.default:9080/';
    expect(here.request(url)).toEqual({ cluster, timeoutMs: 1000 });
    expect(there.request(url)).toEqual({ cluster });
  });
});
