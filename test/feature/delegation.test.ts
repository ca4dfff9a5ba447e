import { expect } from 'vitest';
import { virtualService } from '../support/declare/networking.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { service } from '../support/declare/service.ts';
import { feature, outbound } from '../support/feature/feature.ts';

feature('Delegation', (scenario) => {
  const shop = service('shop', { http: 80 });
  const cluster = outbound('shop', 80);
  const root = virtualService('root', {
    hosts: ['shop'],
    http: [
      route()
        .when({ uri: { prefix: '/cart' } })
        .delegate('cart'),
      route().to('shop'),
    ],
  });
  const cart = (timeout: string) =>
    virtualService('cart', {
      hosts: [],
      http: [
        route()
          .when({ uri: { prefix: '/cart/pay' } })
          .to('shop')
          .timeout(timeout),
        route().to('shop').timeout('1s'),
      ],
    });

  scenario('puts the rules of the delegate where the root refers to it', async (mesh) => {
    await mesh.apply(shop, root, cart('9s'));
    const proxy = await mesh.connect(sidecar('app'));
    expect(proxy.request('http://shop/cart/pay')).toEqual({ cluster, timeoutMs: 9000 });
    expect(proxy.request('http://shop/cart')).toEqual({ cluster, timeoutMs: 1000 });
    expect(proxy.request('http://shop/')).toEqual({ cluster });
  });

  scenario('follows the delegate as it changes', async (mesh) => {
    await mesh.apply(shop, root, cart('9s'));
    const proxy = await mesh.connect(sidecar('app'));
    await mesh.apply(cart('5s'));
    expect(proxy.pushedTypes()).toEqual(['rds']);
    expect(proxy.request('http://shop/cart/pay')).toEqual({ cluster, timeoutMs: 5000 });
  });

  scenario('costs the rule that refers to nobody, and no other', async (mesh) => {
    await mesh.apply(shop, root);
    const proxy = await mesh.connect(sidecar('app'));
    expect(proxy.request('http://shop/cart')).toEqual({ cluster });
    expect(proxy.request('http://shop/')).toEqual({ cluster });
  });
});
