import { expect } from 'vitest';
import { sidecarConfig, virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound, PASSED } from '../support/feature/feature.ts';

feature('Sidecar scope', (scenario) => {
  const reviews = service('reviews', { http: 9080 });
  const ratings = service('ratings', { http: 9080 });
  const billing = service('billing', { http: 9080 }, { namespace: 'billing' });
  const services = (names: readonly string[]) => names.filter((name) => name.startsWith('outbound|'));
  const onlyReviews = sidecarConfig('only-reviews', { egress: [{ hosts: ['./reviews.default.svc.cluster.local'] }] });

  scenario('shows everything unless a Sidecar says otherwise', async (mesh) => {
    await mesh.apply(reviews, ratings, billing);
    const proxy = await mesh.connect(sidecar('app'));
    expect(services(proxy.clusterNames())).toEqual([
      outbound('billing.billing.svc.cluster.local', 9080),
      outbound('ratings', 9080),
      outbound('reviews', 9080),
    ]);
  });

  scenario('shows only the hosts that a Sidecar names, from the moment it is there', async (mesh) => {
    await mesh.apply(reviews, ratings, billing);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(onlyReviews);
    expect(services(proxy.clusterNames())).toEqual([outbound('reviews', 9080)]);
    expect(proxy.request('http://ratings:9080/')).toEqual(PASSED);
    await mesh.remove(onlyReviews);
    expect(services(proxy.clusterNames())).toHaveLength(3);
  });

  scenario('costs nothing where a change is out of sight', async (mesh) => {
    await mesh.apply(reviews, ratings, billing, onlyReviews);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(virtualService('ratings', route().to('ratings').timeout('1s')));
    await mesh.apply(service('more', { http: 80 }));
    await mesh.apply(service('ratings', { http: 9080 }, { endpoints: ['10.1.9.9'] }));
    expect(proxy.pushes).toEqual([]);
    await mesh.apply(virtualService('reviews', route().to('reviews').timeout('1s')));
    expect(proxy.pushedTypes()).toEqual(['rds']);
  });

  scenario('holds for the workloads that the Sidecar selects, and the rest go by the one for all', async (mesh) => {
    const forAll = sidecarConfig('for-all', { egress: [{ hosts: ['./*'] }] });
    const forApp = sidecarConfig('for-app', {
      workloadSelector: { labels: { app: 'app' } },
      egress: [{ hosts: ['billing/*'] }],
    });
    await mesh.apply(reviews, billing, forAll, forApp);
    const app = await mesh.connect(sidecar('app'));
    const other = await mesh.connect(sidecar('other'));
    expect(services(app.clusterNames())).toEqual([outbound('billing.billing.svc.cluster.local', 9080)]);
    expect(services(other.clusterNames())).toEqual([outbound('reviews', 9080)]);
  });

  scenario('may come from the root namespace, for namespaces without one', async (mesh) => {
    const root = sidecarConfig('default', { egress: [{ hosts: ['./*'] }] }, { namespace: 'istio-system' });
    await mesh.apply(reviews, billing, root);
    const here = await mesh.connect(sidecar('app'));
    const there = await mesh.connect(sidecar('app', { namespace: 'billing' }));
    expect(services(here.clusterNames())).toEqual([outbound('reviews', 9080)]);
    expect(services(there.clusterNames())).toEqual([outbound('billing.billing.svc.cluster.local', 9080)]);
  });

  scenario('leads what comes to the workload to where the application listens', async (mesh) => {
    const app = sidecarConfig('app', {
      workloadSelector: { labels: { app: 'app' } },
      ingress: [{ port: { number: 9080, protocol: 'HTTP', name: 'http' }, defaultEndpoint: '127.0.0.1:8080' }],
      egress: [{ hosts: ['*/*'] }],
    });
    await mesh.apply(app);
    const proxy = await mesh.connect(sidecar('app'));
    expect(proxy.receive('http://app:9080/')).toMatchObject({ cluster: 'inbound|9080||' });
    expect(proxy.endpoints('inbound|9080||')).toEqual(['127.0.0.1:8080']);
  });

  scenario('binds listeners where traffic is not captured', async (mesh) => {
    const app = sidecarConfig('app', {
      egress: [
        {
          port: { number: 9080, protocol: 'HTTP', name: 'http' },
          bind: '127.0.3.1',
          captureMode: 'NONE',
          hosts: ['./*'],
        },
      ],
    });
    await mesh.apply(reviews, app);
    const proxy = await mesh.connect(sidecar('app', { interception: 'NONE' }));
    expect(proxy.listenerNames()).toEqual(['127.0.3.1_9080']);
    expect(proxy.request('http://reviews:9080/', { ip: '127.0.3.1' })).toEqual({ cluster: outbound('reviews', 9080) });
  });
});
