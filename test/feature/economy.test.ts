import { expect } from 'vitest';
import type { Declared } from '../support/declare/declared.ts';
import { destinationRule, subsets, virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';
import type { MeshProxy } from '../support/feature/mesh-proxy.ts';

feature('Economy', (scenario) => {
  const reviews = service('reviews', { http: 9080 });
  const ratings = service('ratings', { http: 9080 });
  const rule = virtualService('reviews', route().to('reviews').timeout('1s'));
  const commented = ({ file, text }: Declared): Declared => ({ file, text: `# nothing new\n${text}` });

  scenario('says nothing when nothing has changed', async (mesh) => {
    await mesh.apply(reviews, rule);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(reviews, rule);
    expect(proxy.pushes).toEqual([]);
    await mesh.apply(commented(reviews), commented(rule));
    expect(proxy.pushes).toEqual([]);
  });

  scenario('says nothing of what has no effect', async (mesh) => {
    await mesh.apply(reviews);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(
      virtualService('nowhere', { hosts: ['a.example.com'], gateways: ['gw'], http: [route().respond(200)] }),
    );
    expect(proxy.pushes).toEqual([]);
  });

  scenario('tells only what a change touches', async (mesh) => {
    await mesh.apply(reviews, ratings);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(destinationRule('ratings', subsets('v1')));
    const told = proxy.pushes.filter(({ type }) => type === 'cds').flatMap(({ names }) => names);
    if (mesh.protocol === 'delta') {
      expect(told).toEqual([outbound('ratings', 9080, 'v1'), outbound('ratings', 9080)]);
    }
    expect(proxy.pushedTypes()).toEqual(['cds', 'eds']);
  });

  scenario('sends nothing to a proxy that comes back with all it needs', async (mesh) => {
    await mesh.apply(reviews, ratings, rule);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.reconnect(proxy);
    expect(listTold(proxy)).toEqual([]);
    await mesh.apply(virtualService('reviews', route().to('reviews').timeout('2s')));
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster: outbound('reviews', 9080), timeoutMs: 2000 });
  });

  scenario('sends a proxy that comes back what it missed, and no more', async (mesh) => {
    await mesh.apply(reviews, ratings, rule);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.disconnect(proxy);
    await mesh.apply(virtualService('reviews', route().to('reviews').timeout('2s')));
    await mesh.reconnect(proxy);
    expect(listTold(proxy)).toEqual(['rds']);
    expect(proxy.request('http://reviews:9080/')).toEqual({ cluster: outbound('reviews', 9080), timeoutMs: 2000 });
  });

  scenario('takes several objects that are saved together as one change', async (mesh) => {
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(reviews, ratings, rule);
    expect(proxy.pushes.map(({ type }) => type)).toEqual(['cds', 'eds', 'lds', 'rds']);
  });
});

/** Types of which a proxy was told more than that it has everything. */
function listTold({ pushes }: MeshProxy): readonly string[] {
  const told = pushes.filter(({ names, removed }) => names.length + removed.length > 0);
  return [...new Set(told.map(({ type }) => type))];
}
