import { expect } from 'vitest';
import { virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';
import { listRewritingCases } from '../support/feature/rewriting-cases.ts';

feature('Redirects and rewrites', (scenario) => {
  for (const { what, rule, path, answer } of listRewritingCases('reviews:9080')) {
    scenario(what, async (mesh) => {
      await mesh.apply(service('reviews', { http: 9080 }), virtualService('reviews', rule));
      const proxy = await mesh.connect(sidecar('productpage'));
      const cluster = outbound('reviews', 9080);
      expect(proxy.request(`http://reviews:9080${path}`)).toEqual(answer.redirect ? answer : { cluster, ...answer });
    });
  }
});
