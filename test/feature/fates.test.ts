import { expect } from 'vitest';
import { declare, NETWORKING } from '../support/declare/declared.ts';
import {
  destinationRule,
  gateway,
  serviceEntry,
  sidecarConfig,
  subsets,
  virtualService,
} from '../support/declare/networking.ts';
import { router, sidecar } from '../support/declare/proxy.ts';
import { route } from '../support/declare/route.ts';
import { service, workload } from '../support/declare/service.ts';
import { feature } from '../support/feature/feature.ts';
import type { ScenarioMesh } from '../support/feature/scenario-mesh.ts';

feature('Fates', (scenario) => {
  const shop = service('shop', { http: 80 });
  const http = { port: { name: 'http', number: 80, protocol: 'HTTP' }, hosts: ['*'] };
  const bound = virtualService('bound', { hosts: ['shop.com'], gateways: ['gw'], http: [route().to('shop')] });
  const gw = gateway('gw', [http]);
  const toldOf = (mesh: ScenarioMesh, name: string) =>
    [...mesh.log.list('config.idle'), ...mesh.log.list('config.acting')]
      .filter(({ object }) => String(object).endsWith(`/${name}`))
      .map(({ event, level, code }) => `${level} ${event} ${code}`);

  scenario('tell of a rule whose Gateway is missing, once, and take it back when the Gateway comes', async (mesh) => {
    await mesh.connect(router());
    await mesh.apply(shop, bound);
    const idle = 'warn config.idle VS_GATEWAY_UNKNOWN';
    await mesh.until('the rule to be told of', () => toldOf(mesh, 'bound').length > 0);
    expect(mesh.fate('VirtualService', 'bound')).toEqual({
      kind: 'ignored',
      because: 'there is no Gateway "default/gw"',
    });
    expect(mesh.log.list('config.idle')[0]?.msg).toContain(`${bound.file}:1:1: VS_GATEWAY_UNKNOWN`);
    await mesh.apply(service('other', { http: 80 }));
    await mesh.apply(gw);
    await mesh.until('the rule to act', () => toldOf(mesh, 'bound').length > 1);
    expect(toldOf(mesh, 'bound')).toEqual([idle, 'info config.acting VS_GATEWAY_UNKNOWN']);
    expect(mesh.fateOf('VirtualService', 'bound')).toBe('applied');
  });

  scenario('say that a Gateway waits for its proxies, and its rules with it', async (mesh) => {
    await mesh.connect(sidecar('app'));
    await mesh.apply(shop, bound, gw);
    expect([mesh.fateOf('Gateway', 'gw'), mesh.fateOf('VirtualService', 'bound')]).toEqual(['waiting', 'waiting']);
    await mesh.until('the Gateway to be told of', () => toldOf(mesh, 'gw').length > 0);
    expect(toldOf(mesh, 'gw')).toEqual(['info config.idle SELECTOR_WITHOUT_WORKLOAD']);
    await mesh.connect(router());
    expect([mesh.fateOf('Gateway', 'gw'), mesh.fateOf('VirtualService', 'bound')]).toEqual(['applied', 'applied']);
    expect(toldOf(mesh, 'bound')).toEqual([]);
  });

  scenario('say nothing of rules that came before what they are about', async (mesh) => {
    await mesh.connect(router());
    await mesh.apply(bound, destinationRule('shop', subsets('v1')));
    await mesh.apply(gw, service('shop', { http: 80 }, { selector: { app: 'shop' } }));
    await mesh.apply(workload('shop-1', { app: 'shop', version: 'v1' }));
    expect(mesh.fateOf('DestinationRule', 'shop')).toBe('applied');
    expect(toldOf(mesh, 'shop')).toEqual([]);
  });

  scenario('tell rules without a service from those that act without one', async (mesh) => {
    await mesh.connect(sidecar('app'));
    const unknown = virtualService('unknown', { hosts: ['unknown.com'], http: [route().respond(200)] });
    await mesh.apply(unknown, destinationRule('unknown', { host: 'unknown.com' }));
    expect([mesh.fateOf('VirtualService', 'unknown'), mesh.fateOf('DestinationRule', 'unknown')]).toEqual([
      'ignored',
      'ignored',
    ]);
    await mesh.apply(shop);
    expect([mesh.fateOf('VirtualService', 'unknown'), mesh.fateOf('DestinationRule', 'unknown')]).toEqual([
      'applied',
      'ignored',
    ]);
    const entry = {
      hosts: ['unknown.com'],
      resolution: 'DNS',
      ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
    };
    await mesh.apply(serviceEntry('unknown', entry));
    expect(mesh.fateOf('DestinationRule', 'unknown')).toBe('applied');
  });

  scenario('tell of destinations that lead nowhere, and of rules that are never reached', async (mesh) => {
    await mesh.apply(
      shop,
      virtualService('shop', route().to('shop', { subset: 'v9' })),
      virtualService('gone', { hosts: ['gone.com'], http: [route().to('nowhere')] }),
      virtualService('late', { hosts: ['late.com'], http: [route().to('shop'), route().to('shop')] }),
      virtualService('lost', { hosts: ['lost.com'], http: [{ delegate: { name: 'nobody', namespace: 'default' } }] }),
    );
    await mesh.connect(sidecar('app'));
    const fates = ['shop', 'gone', 'late', 'lost'].map((name) => mesh.fate('VirtualService', name));
    const because = (text: string) => ({ kind: 'partly-applied', because: expect.stringContaining(text) });
    expect(fates).toEqual([
      because('no DestinationRule that applies here declares subset "v9"'),
      because('is no service'),
      because('is never used'),
      because('to delegate to'),
    ]);
  });

  scenario('count what loses at one proxy and wins at another as applied in part', async (mesh) => {
    const rule = (name: string) =>
      virtualService(name, { hosts: ['shop.com', 'shop'], gateways: ['gw', 'mesh'], http: [route().to('shop')] });
    await mesh.apply(shop, gw, rule('first'), rule('second'));
    await mesh.connect(sidecar('app'));
    expect(mesh.fateOf('VirtualService', 'second')).toBe('shadowed');
    await mesh.connect(router());
    expect(mesh.fateOf('VirtualService', 'second')).toBe('partly-applied');
    expect(mesh.fateOf('VirtualService', 'first')).toBe('applied');
  });

  scenario('tell of objects for workloads that nobody knows, or that older ones have', async (mesh) => {
    const selector = (app: string) => ({ workloadSelector: { labels: { app } }, egress: [{ hosts: ['*/*'] }] });
    const proxyConfig = { selector: { matchLabels: { app: 'nobody' } }, concurrency: 1 };
    await mesh.apply(
      shop,
      sidecarConfig('a', selector('app')),
      sidecarConfig('b', selector('app')),
      sidecarConfig('c', selector('nobody')),
      declare({ apiVersion: 'networking.istio.io/v1beta1', kind: 'ProxyConfig', name: 'p' }, { spec: proxyConfig }),
      workload('vm', { app: 'nothing' }),
      declare({ apiVersion: NETWORKING, kind: 'WorkloadGroup', name: 'g' }, { spec: { template: {} } }),
    );
    await mesh.connect(sidecar('app'));
    const fates = ['Sidecar a', 'Sidecar b', 'Sidecar c', 'ProxyConfig p', 'WorkloadEntry vm', 'WorkloadGroup g'].map(
      (object) => mesh.fateOf(object.split(' ')[0] ?? '', object.split(' ')[1] ?? ''),
    );
    expect(fates).toEqual(['applied', 'shadowed', 'waiting', 'waiting', 'waiting', 'ignored']);
  });
});
