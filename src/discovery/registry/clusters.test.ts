import { describe, expect, it } from 'vitest';
import { readObjects, toChanges } from '../../../test/support/objects.ts';
import { registryContext } from '../../../test/support/registry.ts';
import type { ParsedObject } from '../../config/parsed-object.ts';
import { Registry } from './registry.ts';

const HOST = 'web.x.svc.cluster.local';
const service = (spec: string, meta = '') =>
  `{apiVersion: v1, kind: Service, metadata: {name: web, namespace: x, ${meta}}, spec: {${spec}}}\n---\n`;
const HTTP = 'ports: [{name: http, port: 80}]';
const pod = (ip: string, labels = 'app: web') =>
  `{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: x, labels: {${labels}}}, status: {podIP: ${ip}}}\n---\n`;
const entry =
  '{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: e, namespace: x}, spec: {hosts: [web.x.svc.cluster.local], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}]}}\n---\n';

const registryWith = (...objects: readonly (readonly ParsedObject[])[]) => {
  const context = registryContext();
  const registry = new Registry(context);
  registry.apply(toChanges([], objects.flat()), context);
  return registry;
};

describe('A host of several clusters', () => {
  const home = readObjects(service(`clusterIP: 10.0.0.1, selector: {app: web}, ${HTTP}`, 'labels: {from: home}'));
  const east = readObjects(
    service('clusterIP: 10.0.0.2, selector: {app: other}, ports: [{name: tcp, port: 81}]', 'labels: {from: east}'),
    'east',
  );
  const west = readObjects(
    service(`clusterIP: None, ${HTTP}`, 'annotations: {alpha.istio.io/canonical-serviceaccounts: a}'),
    'west',
  );

  it('is one service, as the cluster of the configuration declares it, with the addresses of each', () => {
    const registry = registryWith(west, east, home);
    const [found, ...others] = registry.services;
    expect(others).toEqual([]);
    expect(registry.listShadows()).toEqual([]);
    expect([found?.labels, found?.ports.map(({ number }) => number), found?.addresses]).toEqual([
      { from: 'home' },
      [80],
      ['10.0.0.1'],
    ]);
    expect(found?.byCluster).toEqual({
      Kubernetes: { addresses: ['10.0.0.1'], selector: { app: 'web' } },
      east: { addresses: ['10.0.0.2'], selector: { app: 'other' } },
      west: { addresses: [] },
    });
    expect(found?.subjectAltNames).toEqual(['a']);
  });

  it('is as the first cluster by name declares it, where that of the configuration does not', () => {
    const [found] = registryWith(west, east).services;
    expect([found?.labels, Object.keys(found?.byCluster ?? {})]).toEqual([{ from: 'east' }, ['east', 'west']]);
  });

  it('is what it was before when the others leave', () => {
    const context = registryContext();
    const registry = new Registry(context);
    registry.apply(toChanges([], home), context);
    const before = registry.services[0];
    registry.apply(toChanges([], east), context);
    registry.apply(toChanges(east, []), context);
    expect(registry.services).toEqual([before]);
  });

  it('of another cluster beats a ServiceEntry all the same', () => {
    const registry = registryWith(readObjects(entry), east);
    expect(registry.services.map(({ registry: from }) => from)).toEqual(['kubernetes']);
    expect(registry.listShadows()).toEqual([{ loser: 'ServiceEntry/x/e', winner: 'Service/x/web@east', host: HOST }]);
  });
});

describe('Workloads of several clusters', () => {
  const home = readObjects(pod('10.1.0.1', 'app: web'));
  const east = readObjects(pod('10.1.0.1', 'app: other'), 'east');
  const { workloads } = registryWith(home, east);

  it('are told apart by cluster', () => {
    const labels = (cluster?: string) => workloads.byName('x', 'p', cluster)?.labels;
    expect([labels('Kubernetes'), labels('east')]).toEqual([{ app: 'web' }, { app: 'other' }]);
    expect(workloads.byAddress('10.1.0.1').map(({ cluster }) => cluster)).toEqual(['Kubernetes', 'east']);
  });

  it('are any of that name for who comes from a cluster that nobody knows', () => {
    expect([workloads.byName('x', 'p', 'north')?.cluster, workloads.hasCluster('north')]).toEqual([
      'Kubernetes',
      false,
    ]);
  });

  it('are none of another cluster for who comes from a known one', () => {
    expect(registryWith(east).workloads.byName('x', 'p', 'Kubernetes')).toBeUndefined();
  });

  it('are selected by the services of their own cluster alone', () => {
    const selecting = (label: string) => service(`selector: {app: ${label}}, ${HTTP}`);
    const registry = registryWith(home, east, readObjects(selecting('other')), readObjects(selecting('other'), 'east'));
    expect(registry.endpoints.of(HOST, 'x').map(({ cluster }) => cluster)).toEqual(['east']);
  });
});
