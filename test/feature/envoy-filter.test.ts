import { expect } from 'vitest';
import { declare, type Declared, type JsonObject } from '../support/declare/declared.ts';
import { virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';
import type { Refuse } from '../support/proxy/scripted-proxy.ts';

function envoyFilter(name: string, selector: string | undefined, ...configPatches: JsonObject[]): Declared {
  const identity = { apiVersion: 'networking.istio.io/v1alpha3', kind: 'EnvoyFilter', name };
  const workloadSelector = selector === undefined ? undefined : { labels: { app: selector } };
  return declare(identity, { spec: { ...(workloadSelector && { workloadSelector }), configPatches } });
}

const toCluster = (cluster: string, value: JsonObject, operation = 'MERGE'): JsonObject => ({
  applyTo: 'CLUSTER',
  match: { cluster: { service: cluster } },
  patch: { operation, value },
});

const REVIEWS = 'reviews.default.svc.cluster.local';

/** A cluster that changes warms again, for which it needs its endpoints. */
const CLUSTER_CHANGE = ['cds', 'eds'];

feature('EnvoyFilter', (scenario) => {
  const reviews = service('reviews', { http: 9080 });
  const ratings = service('ratings', { http: 9080 });
  const routed = virtualService('reviews', route().to('reviews').timeout('1s'));
  const answer = { cluster: outbound('reviews', 9080), timeoutMs: 1000 };
  const faster = toCluster(REVIEWS, { connect_timeout: '1s' });

  scenario('pushes what it changes and nothing else', async (mesh) => {
    await mesh.apply(reviews, ratings, routed);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(envoyFilter('fast', undefined, faster));
    expect(proxy.pushedTypes()).toEqual(CLUSTER_CHANGE);
    await mesh.apply(envoyFilter('fast', undefined, toCluster(REVIEWS, { connect_timeout: '2s' })));
    expect(proxy.pushedTypes()).toEqual(CLUSTER_CHANGE);
    await mesh.remove(envoyFilter('fast', undefined));
    expect(proxy.pushedTypes()).toEqual(CLUSTER_CHANGE);
    expect(mesh.notes()).toEqual([]);
  });

  scenario('tells nothing to workloads that it does not select', async (mesh) => {
    await mesh.apply(reviews, routed);
    const selected = await mesh.connect(sidecar('app'));
    const other = await mesh.connect(sidecar('other'));
    await mesh.apply(envoyFilter('fast', 'app', faster));
    expect(selected.pushedTypes()).toEqual(CLUSTER_CHANGE);
    expect(other.pushedTypes()).toEqual([]);
    await mesh.apply(virtualService('reviews', route().to('reviews').timeout('3s')));
    for (const proxy of [selected, other]) {
      expect(proxy.request('http://reviews:9080/')).toEqual({ ...answer, timeoutMs: 3000 });
    }
  });

  scenario('is told of patches that change nothing, until they do', async (mesh) => {
    const lost = envoyFilter(
      'fast',
      undefined,
      faster,
      toCluster('ratings.default.svc.cluster.local', { connect_timeout: '1s' }),
    );
    await mesh.apply(reviews, routed, lost);
    await mesh.connect(sidecar('app'));
    const message = 'spec.configPatches[1] changes nothing: no CLUSTER of the proxies it is for matches it';
    expect(mesh.notes()).toEqual([`ENVOY_FILTER_NO_MATCH EnvoyFilter/default/fast ${message}`]);
    await mesh.apply(ratings);
    expect(mesh.notes()).toEqual([]);
  });

  scenario('goes into quarantine when a proxy refuses it, and its victims do not', async (mesh) => {
    const refuse: Refuse = ({ type, message }) =>
      type === 'rds' && JSON.stringify(message).includes('too much') ? "'1s' is bad, and so is reviews" : undefined;
    const broken = envoyFilter('broken', undefined, {
      applyTo: 'HTTP_ROUTE',
      match: { context: 'SIDECAR_OUTBOUND' },
      patch: { operation: 'MERGE', value: { decorator: { operation: 'too much' } } },
    });
    await mesh.apply(reviews, broken);
    const proxy = await mesh.connect(sidecar('app'), refuse);
    expect(mesh.fateOf('EnvoyFilter', 'broken')).toBe('quarantined');
    await mesh.apply(routed);
    expect(mesh.fateOf('VirtualService', 'reviews')).toBe('applied');
    expect(mesh.fateOf('Service', 'reviews')).toBe('applied');
    expect(proxy.request('http://reviews:9080/')).toEqual(answer);
  });

  scenario('is dropped alone when its value is none of Envoy', async (mesh) => {
    await mesh.apply(reviews, routed, envoyFilter('bad', undefined, toCluster(REVIEWS, { connect_timeout: 'soon' })));
    const proxy = await mesh.connect(sidecar('app'));
    expect(mesh.fateOf('EnvoyFilter', 'bad')).toBe('rejected');
    expect(proxy.request('http://reviews:9080/')).toEqual(answer);
  });
});
