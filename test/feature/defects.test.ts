import { expect, onTestFinished } from 'vitest';
import { CompileCache } from '../../src/compile/cache.ts';
import { virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';

/** A defect of ours that one object brings up: nothing that users can write does so on purpose. */
function breakCompiling(name: string): void {
  const { call } = CompileCache.prototype;
  onTestFinished(() => {
    CompileCache.prototype.call = call;
  });
  CompileCache.prototype.call = function <A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): R {
    if (/^compile(Plain|Http)Routes$/.test(fn.name) && JSON.stringify(args[0]).includes(`"name":"${name}"`)) {
      throw new Error('a defect in compiling');
    }
    return Reflect.apply(call, this, [fn, ...args]);
  };
}

feature('Defects of the control plane', (scenario) => {
  const reviews = service('reviews', { http: 9080 });
  const ratings = service('ratings', { http: 9080 });
  const good = virtualService('ratings', route().to('ratings').timeout('2s'));
  const unlucky = virtualService('unlucky', { hosts: ['reviews'], http: [route().to('reviews').timeout('1s')] });
  const timeouts = {
    reviews: { cluster: outbound('reviews', 9080) },
    ratings: { cluster: outbound('ratings', 9080), timeoutMs: 2000 },
  };

  scenario('cost the object that brings them up, and nobody else', async (mesh) => {
    breakCompiling('unlucky');
    await mesh.apply(reviews, ratings);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(unlucky);
    await mesh.until('the object to be found', () => mesh.fateOf('VirtualService', 'unlucky') === 'quarantined');
    await mesh.apply(good);
    expect(proxy.request('http://reviews:9080/')).toEqual(timeouts.reviews);
    expect(proxy.request('http://ratings:9080/')).toEqual(timeouts.ratings);
    expect(mesh.fate('VirtualService', 'unlucky')).toEqual({
      kind: 'quarantined',
      because: 'compiling it failed: a defect in compiling; nothing is in force in its place',
    });
    expect(mesh.log.list('config.quarantined')[0]?.msg).toContain('COMPILE_FAILED: VirtualService default/unlucky');
    expect(mesh.log.list('compile.defect')[0]?.msg).toContain(`${unlucky.file}:1:1: VirtualService default/unlucky`);
  });

  scenario('are found among objects that were there before any proxy', async (mesh) => {
    breakCompiling('unlucky');
    await mesh.apply(reviews, ratings, good, unlucky);
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.until('the object to be found', () => mesh.fateOf('VirtualService', 'unlucky') === 'quarantined');
    await mesh.until('the others to be back', () => mesh.fateOf('VirtualService', 'ratings') === 'applied');
    await mesh.settle();
    expect(proxy.request('http://ratings:9080/')).toEqual(timeouts.ratings);
    expect([mesh.fateOf('Service', 'reviews'), mesh.fateOf('Service', 'ratings')]).toEqual(['applied', 'applied']);
  });
});
