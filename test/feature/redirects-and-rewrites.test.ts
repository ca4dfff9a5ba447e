import { expect } from 'vitest';
import { virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { type Route, route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';
import type { Answer } from '../support/simulation/answer.ts';

const cluster = outbound('reviews', 9080);

const cases: readonly { what: string; rule: Route; url: string; answer: Answer }[] = [
  {
    what: 'redirects to another path, with the query',
    rule: route().redirect({ uri: '/new' }),
    url: 'http://reviews:9080/old?q=1',
    answer: { redirect: { status: 301, location: 'http://reviews:9080/new?q=1' } },
  },
  {
    what: 'redirects to another host, where the port was not meant',
    rule: route().redirect({ authority: 'other.example.com', redirectCode: 302 }),
    url: 'http://reviews:9080/a',
    answer: { redirect: { status: 302, location: 'http://other.example.com/a' } },
  },
  {
    what: 'redirects to HTTPS on a port',
    rule: route().redirect({ scheme: 'https', port: 8443, redirectCode: 307 }),
    url: 'http://reviews:9080/a',
    answer: { redirect: { status: 307, location: 'https://reviews:8443/a' } },
  },
  {
    what: 'rewrites the prefix that matched',
    rule: route()
      .when({ uri: { prefix: '/old' } })
      .rewrite({ uri: '/new' })
      .to('reviews'),
    url: 'http://reviews:9080/old/1?q=1',
    answer: { cluster, path: '/new/1?q=1' },
  },
  {
    what: 'rewrites a whole path',
    rule: route()
      .when({ uri: { exact: '/old' } })
      .rewrite({ uri: '/new' })
      .to('reviews'),
    url: 'http://reviews:9080/old',
    answer: { cluster, path: '/new' },
  },
  {
    what: 'rewrites what an expression finds',
    rule: route()
      .rewrite({ uriRegexRewrite: { match: '^/([^/]+)/(.*)$', rewrite: '/\\2/\\1' } })
      .to('reviews'),
    url: 'http://reviews:9080/a/b',
    answer: { cluster, path: '/b/a' },
  },
  {
    what: 'rewrites the authority',
    rule: route().rewrite({ authority: 'v2.example.com' }).to('reviews'),
    url: 'http://reviews:9080/',
    answer: { cluster, host: 'v2.example.com' },
  },
];

feature('Redirects and rewrites', (scenario) => {
  for (const { what, rule, url, answer } of cases) {
    scenario(what, async (mesh) => {
      await mesh.apply(service('reviews', { http: 9080 }), virtualService('reviews', rule));
      const proxy = await mesh.connect(sidecar('productpage'));
      expect(proxy.request(url)).toEqual(answer);
    });
  }
});
