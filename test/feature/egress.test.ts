import { expect } from 'vitest';
import { meshConfigMap, sidecarConfig } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound, PASSED } from '../support/feature/feature.ts';

feature('Egress policy', (scenario) => {
  const reviews = service('reviews', { http: 80, tcp: 3000 });
  const registryOnly = meshConfigMap({ outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } });

  scenario('lets undeclared hosts pass, unless told otherwise', async (mesh) => {
    await mesh.apply(reviews);
    const proxy = await mesh.connect(sidecar('app'));
    expect(proxy.request('http://example.com/')).toEqual(PASSED);
    expect(proxy.request('http://example.com:8181/')).toEqual({ cluster: 'PassthroughCluster' });
    expect(proxy.open('192.0.2.9:443', { sni: 'example.com' })).toEqual({ cluster: 'PassthroughCluster' });
  });

  scenario('lets only declared hosts pass when the mesh says so, and changes its mind at once', async (mesh) => {
    await mesh.apply(reviews, registryOnly);
    const proxy = await mesh.connect(sidecar('app'));
    expect(proxy.request('http://example.com/')).toEqual({ response: { status: 502 } });
    expect(proxy.open('192.0.2.9:443', { sni: 'example.com' })).toEqual({ cluster: 'BlackHoleCluster' });
    expect(proxy.request('http://reviews/')).toEqual({ cluster: outbound('reviews', 80) });
    await mesh.remove(registryOnly);
    expect(proxy.request('http://example.com/')).toEqual(PASSED);
  });

  scenario('may be another one for some workloads', async (mesh) => {
    const open = sidecarConfig('open', {
      workloadSelector: { labels: { app: 'crawler' } },
      outboundTrafficPolicy: { mode: 'ALLOW_ANY' },
      egress: [{ hosts: ['*/*'] }],
    });
    await mesh.apply(reviews, registryOnly, open);
    const app = await mesh.connect(sidecar('app'));
    const crawler = await mesh.connect(sidecar('crawler'));
    expect(app.request('http://example.com/')).toEqual({ response: { status: 502 } });
    expect(crawler.request('http://example.com/')).toEqual(PASSED);
  });
});
