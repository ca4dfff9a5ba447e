import { expect } from 'vitest';
import { virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';

feature('Headers and CORS', (scenario) => {
  const reviews = service('reviews', { http: 9080 });
  const cluster = outbound('reviews', 9080);

  scenario('changes headers of requests and responses', async (mesh) => {
    const headers = {
      request: { set: { 'x-tenant': 'a' }, add: { via: 'mesh' }, remove: ['cookie'] },
      response: { set: { 'cache-control': 'no-store' }, remove: ['server'] },
    };
    await mesh.apply(reviews, virtualService('reviews', route().to('reviews').headers(headers)));
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.request('http://reviews:9080/')).toEqual({
      cluster,
      requestHeaders: { set: { 'x-tenant': 'a' }, add: { via: 'mesh' }, remove: ['cookie'] },
      responseHeaders: { set: { 'cache-control': 'no-store' }, remove: ['server'] },
    });
  });

  scenario('reads a Host header among them as another authority', async (mesh) => {
    const headers = { request: { set: { Host: 'v2.example.com' } } };
    await mesh.apply(reviews, virtualService('reviews', route().to('reviews').headers(headers)));
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster, host: 'v2.example.com' });
  });

  scenario('changes headers for one of several destinations', async (mesh) => {
    const next = service('reviews-next', { http: 9080 });
    const rule = route()
      .to('reviews', { weight: 50 })
      .to('reviews-next', { weight: 50, headers: { request: { set: { 'x-next': '1' } } } });
    await mesh.apply(reviews, next, virtualService('reviews', rule));
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.request('http://reviews:9080/')).toEqual({
      split: { [cluster]: 50, [`${outbound('reviews-next', 9080)} {"requestHeaders":{"set":{"x-next":"1"}}}`]: 50 },
    });
  });

  scenario('answers preflights by its policy', async (mesh) => {
    const policy = {
      allowOrigins: [{ exact: 'https://example.com' }, { regex: 'https://.*\\.example\\.org' }],
      allowMethods: ['GET', 'POST'],
      allowHeaders: ['x-one'],
      exposeHeaders: ['x-two'],
      maxAge: '24h',
      allowCredentials: true,
    };
    await mesh.apply(reviews, virtualService('reviews', route().to('reviews').cors(policy)));
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(proxy.request('http://reviews:9080/')).toEqual({
      cluster,
      cors: {
        origins: ['https://example.com', '/https://.*\\.example\\.org/'],
        methods: 'GET,POST',
        headers: 'x-one',
        exposed: 'x-two',
        maxAge: '86400',
        credentials: true,
        otherPreflights: 'forwarded',
      },
    });
  });
});
