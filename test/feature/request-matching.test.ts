import { expect } from 'vitest';
import { virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { feature } from '../support/feature/feature.ts';
import { type Call, MATCHING_CASES } from '../support/feature/matching-cases.ts';

feature('Request matching', (scenario) => {
  const reviews = service('reviews', { http: 9080 });

  for (const { what, match, yes, no } of MATCHING_CASES) {
    scenario(`tells requests apart by ${what}`, async (mesh) => {
      await mesh.apply(reviews, virtualService('reviews', [route().when(match).respond(200), route().respond(404)]));
      const proxy = await mesh.connect(sidecar('productpage'));
      const statusOf = ([path, options]: Call) => proxy.request(`http://reviews:9080${path}`, options);
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
