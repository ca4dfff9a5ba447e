import { expect } from 'vitest';
import { virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import type { JsonObject } from '../support/declare/declared.ts';
import type { CallOptions } from '../support/feature/mesh-proxy.ts';
import { feature } from '../support/feature/feature.ts';

interface Case {
  readonly what: string;
  readonly match: JsonObject;
  readonly yes: readonly [path: string, options?: CallOptions][];
  readonly no: readonly [path: string, options?: CallOptions][];
}

const cases: readonly Case[] = [
  {
    what: 'a whole path',
    match: { uri: { exact: '/a' } },
    yes: [['/a'], ['/a?q=1']],
    no: [['/a/'], ['/A'], ['/ab']],
  },
  { what: 'the beginning of a path', match: { uri: { prefix: '/a' } }, yes: [['/a'], ['/abc']], no: [['/'], ['/A']] },
  {
    what: 'a path without regard to case',
    match: { uri: { prefix: '/Api' }, ignoreUriCase: true },
    yes: [['/api/1'], ['/API']],
    no: [['/ap']],
  },
  {
    what: 'a path by expression, as a whole',
    match: { uri: { regex: '/v[0-9]+/.*' } },
    yes: [['/v1/x']],
    no: [['/v1'], ['/x/v1/']],
  },
  {
    what: 'a header',
    match: { headers: { 'end-user': { exact: 'jason' } } },
    yes: [['/', { headers: { 'end-user': 'jason' } }]],
    no: [['/'], ['/', { headers: { 'end-user': 'Jason' } }]],
  },
  {
    what: 'the presence of a header',
    match: { headers: { 'x-debug': {} } },
    yes: [['/', { headers: { 'x-debug': '' } }]],
    no: [['/']],
  },
  {
    what: 'the absence of a header',
    match: { withoutHeaders: { 'x-debug': {} } },
    yes: [['/']],
    no: [['/', { headers: { 'x-debug': '1' } }]],
  },
  {
    what: 'a header that is not of some value, or is not there',
    match: { withoutHeaders: { 'x-env': { exact: 'test' } } },
    yes: [['/'], ['/', { headers: { 'x-env': 'prod' } }]],
    no: [['/', { headers: { 'x-env': 'test' } }]],
  },
  {
    what: 'a method',
    match: { method: { exact: 'POST' } },
    yes: [['/', { method: 'POST' }]],
    no: [['/']],
  },
  {
    what: 'a query parameter',
    match: { queryParams: { user: { prefix: 'j' } } },
    yes: [['/?user=jason'], ['/?a=b&user=jo']],
    no: [['/'], ['/?user=mary']],
  },
  {
    what: 'all conditions of one match',
    match: { uri: { prefix: '/api' }, headers: { 'x-a': { regex: 'a+' } } },
    yes: [['/api', { headers: { 'x-a': 'aaa' } }]],
    no: [['/api'], ['/', { headers: { 'x-a': 'aaa' } }], ['/api', { headers: { 'x-a': 'aab' } }]],
  },
];

feature('Request matching', (scenario) => {
  const reviews = service('reviews', { http: 9080 });

  for (const { what, match, yes, no } of cases) {
    scenario(`tells requests apart by ${what}`, async (mesh) => {
      await mesh.apply(reviews, virtualService('reviews', [route().when(match).respond(200), route().respond(404)]));
      const proxy = await mesh.connect(sidecar('productpage'));
      const statusOf = ([path, options]: readonly [string, CallOptions?]) =>
        proxy.request(`http://reviews:9080${path}`, options);
      expect(yes.map(statusOf)).toEqual(yes.map(() => ({ response: { status: 200 } })));
      expect(no.map(statusOf)).toEqual(no.map(() => ({ response: { status: 404 } })));
    });
  }

  scenario('takes a request when any of several matches holds', async (mesh) => {
    const either = route()
      .when({ uri: { prefix: '/a' } }, { uri: { prefix: '/b' } })
      .respond(200);
    await mesh.apply(reviews, virtualService('reviews', either));
    const proxy = await mesh.connect(sidecar('productpage'));
    expect(['/a', '/b', '/c'].map((path) => proxy.request(`http://reviews:9080${path}`))).toEqual([
      { response: { status: 200 } },
      { response: { status: 200 } },
      { response: { status: 404 } },
    ]);
  });

  scenario('applies rules only to the workloads that they name', async (mesh) => {
    const forTesters = route()
      .when({ sourceLabels: { app: 'tester' } })
      .respond(418);
    await mesh.apply(reviews, virtualService('reviews', [forTesters, route().to('reviews')]));
    const tester = await mesh.connect(sidecar('tester'));
    const other = await mesh.connect(sidecar('productpage'));
    expect(tester.request('http://reviews:9080/')).toEqual({ response: { status: 418 } });
    expect(other.request('http://reviews:9080/')).toEqual({
      cluster: 'outbound|9080||reviews.default.svc.cluster.local',
    });
  });
});
