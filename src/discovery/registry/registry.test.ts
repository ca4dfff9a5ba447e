import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readObjects, toChanges } from '../../../test/support/objects.ts';
import { registryContext, registryOf } from '../../../test/support/registry.ts';
import { REMOTE_KINDS } from '../remote-kinds.ts';
import type { ParsedObject } from '../../config/parsed-object.ts';
import { keyOf } from '../../model/object.ts';
import { Registry } from './registry.ts';

/** Objects that touch each other in every way the registry knows; several versions of most of them. */
const HOME = `
{apiVersion: v1, kind: Service, metadata: {name: a, namespace: x}, spec: {selector: {app: a}, ports: [{name: http, port: 80, targetPort: web}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: a, namespace: x}, spec: {selector: {app: b}, ports: [{name: http, port: 80}, {name: tcp, port: 81}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: h, namespace: x}, spec: {clusterIP: None, selector: {app: a}, ports: [{name: tcp, port: 90}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: alias, namespace: x}, spec: {type: ExternalName, externalName: a.x.svc.cluster.local}}
---
{apiVersion: v1, kind: Service, metadata: {name: alias, namespace: x}, spec: {type: ExternalName, externalName: ext.com}}
---
{apiVersion: v1, kind: Pod, metadata: {name: p1, namespace: x, labels: {app: a}}, spec: {containers: [{name: c, ports: [{name: web, containerPort: 8080}]}]}, status: {podIP: 10.0.0.1}}
---
{apiVersion: v1, kind: Pod, metadata: {name: p1, namespace: x, labels: {app: b}}, status: {podIP: 10.0.0.1}}
---
{apiVersion: v1, kind: Pod, metadata: {name: p2, namespace: x, labels: {app: a}}, status: {podIP: 10.0.0.2}}
---
{apiVersion: v1, kind: Pod, metadata: {name: p2, namespace: x, labels: {app: a}}, status: {phase: Failed, podIP: 10.0.0.2}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: s, namespace: x, labels: {kubernetes.io/service-name: a}}, ports: [{name: http, port: 1}], endpoints: [{addresses: [10.0.0.1]}, {addresses: [10.0.0.9], targetRef: {kind: Pod, name: p2}}, {addresses: [10.0.0.3], targetRef: {kind: Pod, name: p3}}]}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: s, namespace: x, labels: {kubernetes.io/service-name: h}}, ports: [{name: tcp, port: 1}], endpoints: [{addresses: [10.0.0.2]}]}
---
{apiVersion: networking.istio.io/v1, kind: WorkloadEntry, metadata: {name: w, namespace: x}, spec: {address: 10.2.0.1, labels: {app: a}}}
---
{apiVersion: networking.istio.io/v1, kind: WorkloadEntry, metadata: {name: w, namespace: x}, spec: {address: 10.2.0.1, labels: {app: b}, weight: 4}}
---
{apiVersion: networking.istio.io/v1, kind: WorkloadEntry, metadata: {name: w, namespace: y}, spec: {address: 10.2.0.1, labels: {app: a}}}
---
{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: e1, namespace: x}, spec: {hosts: [ext.com, a.x.svc.cluster.local], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}], workloadSelector: {labels: {app: a}}}}
---
{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: e2, namespace: x}, spec: {hosts: [ext.com], resolution: STATIC, ports: [{number: 81, name: tcp, protocol: TCP}], workloadSelector: {labels: {app: a}}}}
---
{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: e2, namespace: x}, spec: {hosts: [ext.com, other.com], resolution: DNS, ports: [{number: 81, name: tls, protocol: TLS}]}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: x, annotations: {networking.istio.io/traffic-distribution: PreferClose}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: x}}
---
{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {topology.kubernetes.io/zone: z1}}}
---
{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {topology.kubernetes.io/zone: z2}}, status: {addresses: [{type: ExternalIP, address: 203.0.113.1}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: p3, namespace: x, labels: {app: a}}, spec: {nodeName: n1}, status: {podIP: 10.0.0.3}}
---
{apiVersion: v1, kind: Service, metadata: {name: gw, namespace: x, labels: {topology.istio.io/network: n2}, annotations: {traffic.istio.io/nodeSelector: '{}'}}, spec: {type: NodePort, ports: [{name: tls, port: 15443, nodePort: 30443}]}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: istio-system, labels: {topology.istio.io/network: n1}}}
`;
/** The same in two further clusters, without what counts only at home. */
const POOL = [
  ...readObjects(HOME),
  ...['east', 'west'].flatMap((cluster) =>
    readObjects(HOME, cluster).filter(({ kind }) => REMOTE_KINDS.some((remote) => remote === kind)),
  ),
];
const HOSTS = ['a.x.svc.cluster.local', 'h.x.svc.cluster.local', 'alias.x.svc.cluster.local', 'ext.com', 'other.com'];
const ADDRESSES = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.2.0.1'];

/** Everything that can be asked of a registry. */
const everything = (registry: Registry) => ({
  services: registry.services,
  endpoints: HOSTS.map((host) => registry.endpoints.of(host, 'x')),
  byAddress: ADDRESSES.map((address) => registry.workloads.byAddress(address)),
  byName: ['p1', 'p2', 'p3', 'w'].flatMap((name) =>
    [undefined, 'Kubernetes', 'east', 'west'].map((cluster) => registry.workloads.byName('x', name, cluster)),
  ),
  gateways: registry.networkGateways,
  shadows: new Set(registry.listShadows()),
});

/** A state of the mesh: at most one version of each object. */
const states = fc
  .subarray([...POOL])
  .map((objects): readonly ParsedObject[] => [
    ...new Map(objects.map((object) => [keyOf(object.meta), object])).values(),
  ]);

describe('Registry', () => {
  it('comes to the same, however it got there', () => {
    const context = registryContext();
    fc.assert(
      fc.property(fc.array(states, { minLength: 1, maxLength: 5 }), (steps) => {
        const registry = new Registry(context);
        let before: readonly ParsedObject[] = [];
        for (const after of steps) {
          registry.apply(toChanges(before, after), context);
          before = after;
          const fresh = new Registry(context);
          fresh.apply(toChanges([], after), context);
          expect(everything(registry)).toEqual(everything(fresh));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('leaves everything the identical value when nothing changes', () => {
    const context = registryContext();
    const registry = new Registry(context);
    const objects = [...new Map(POOL.map((object) => [keyOf(object.meta), object])).values()];
    registry.apply(toChanges([], objects), context);
    const { services, endpoints, workloads } = registry;
    const again = objects.map((object) => ({ ...object }));
    expect(registry.apply(toChanges(objects, again), context)).toEqual({
      services: false,
      endpoints: [],
      workloads: [],
    });
    expect([registry.services, registry.endpoints, registry.workloads]).toEqual([services, endpoints, workloads]);
    expect(registry.services).toBe(services);
    expect(registry.endpoints).toBe(endpoints);
    expect(registry.workloads).toBe(workloads);
  });

  it('keeps endpoints that did not change the identical values beside one that did', () => {
    const context = registryContext();
    const registry = new Registry(context);
    const entry = (address: string) =>
      readObjects(`
        {apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: e, namespace: x}, spec: {hosts: [ext.com], resolution: STATIC,
        ports: [{number: 80, name: http, protocol: HTTP}], endpoints: [{address: 10.0.0.1}, {address: ${address}}]}}`);
    const [one, other] = [entry('10.0.0.2'), entry('10.0.0.3')];
    registry.apply(toChanges([], one), context);
    const before = registry.endpoints.of('ext.com', 'x');
    const services = registry.services;
    registry.apply(toChanges(one, other), context);
    const after = registry.endpoints.of('ext.com', 'x');
    expect(after.map(({ address }) => address)).toEqual(['10.0.0.1', '10.0.0.3']);
    expect(after[0]).toBe(before[0]);
    expect(registry.services).toBe(services);
  });

  it('makes everything anew when the trust domain changes', () => {
    const yaml = `
      {apiVersion: v1, kind: Service, metadata: {name: a, namespace: x}, spec: {selector: {app: a}, ports: [{name: http, port: 80}]}}
      ---
      {apiVersion: v1, kind: Pod, metadata: {name: p, namespace: x, labels: {app: a}}, status: {podIP: 10.0.0.1}}`.replaceAll(
      '\n      ',
      '\n',
    );
    const registry = registryOf(yaml);
    registry.apply([], registryContext({ trustDomain: 'example.org' }));
    const identities = registry.endpoints.of('a.x.svc.cluster.local', 'x').map(({ identity }) => identity);
    expect(identities).toEqual(['spiffe://example.org/ns/x/sa/default']);
  });

  it('lets ports of ServiceEntries that declare a host alike join, and tells who lost it otherwise', () => {
    const entry = (name: string, port: number, resolution: string) =>
      `{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: ${name}, namespace: x}, spec: {hosts: [ext.com], resolution: ${resolution}, ports: [{number: ${port}, name: p${port}, protocol: TCP}]}}\n---\n`;
    const registry = registryOf(entry('a', 80, 'DNS') + entry('b', 81, 'DNS') + entry('c', 82, 'STATIC'));
    expect(registry.services.map(({ meta, ports }) => [meta.name, ports.map(({ number }) => number)])).toEqual([
      ['a', [80, 81]],
    ]);
    expect(registry.listShadows()).toEqual([
      { loser: 'ServiceEntry/x/c', winner: 'ServiceEntry/x/a', host: 'ext.com' },
    ]);
  });
});
