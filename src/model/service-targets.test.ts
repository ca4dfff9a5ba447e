import { describe, expect, it } from 'vitest';
import { meta, service } from '../../test/support/model.ts';
import { endpoint, endpointIndex } from '../../test/support/scopes.ts';
import { meshConfig } from '../../test/support/mesh.ts';
import type { Endpoint } from './endpoint.ts';
import type { Service } from './service.ts';
import { listServiceTargets, type WorkloadQuestion } from './service-targets.ts';
import type { Snapshot } from './snapshot.ts';
import type { Workload } from './workload.ts';

interface Parts {
  readonly services: readonly Service[];
  readonly endpoints?: Readonly<Record<string, readonly Endpoint[]>>;
  readonly workloads?: readonly Workload[];
}

function snapshot({ services, endpoints = {}, workloads = [] }: Parts): Snapshot {
  return {
    sequence: 1,
    mesh: meshConfig(),
    services,
    endpoints: endpointIndex(endpoints),
    virtualServices: [],
    destinationRules: [],
    sidecars: [],
    gateways: [],
    envoyFilters: [],
    proxyConfigs: [],
    peerAuthentications: [],
    credentials: new Map(),
    workloads: {
      home: 'Kubernetes',
      byAddress: (address) => workloads.filter((w) => w.addresses.includes(address)),
      hasCluster: (cluster) => workloads.some((w) => w.cluster === cluster),
      byName: (namespace, name, cluster) =>
        workloads.find(
          (w) => w.namespace === namespace && w.name === name && (cluster === undefined || w.cluster === cluster),
        ),
    },
    namespaces: new Map(),
  };
}

function pod(labels: Readonly<Record<string, string>>): Workload {
  return {
    kind: 'Pod',
    name: 'pod',
    namespace: 'default',
    addresses: ['10.1.0.1'],
    labels,
    serviceAccount: 'default',
    locality: '',
    network: '',
    cluster: 'Kubernetes',
    node: '',
    weight: 1,
    ports: { web: 8081 },
  };
}

const PROXY: WorkloadQuestion = {
  ipAddresses: ['10.1.0.1'],
  name: 'pod',
  namespace: 'default',
  labels: { app: 'said' },
};
const HTTP = [{ name: 'http', number: 80, protocol: 'http', targetPort: 'web' }] as const;

function targetsOf(parts: Parts, proxy: Partial<WorkloadQuestion> = {}): readonly string[] {
  const targets = listServiceTargets(snapshot(parts), { ...PROXY, ...proxy });
  return targets.map((target) => `${target.service.name}:${target.port.number}→${target.targetPort}`);
}

describe('listServiceTargets', () => {
  const elsewhere = { ...pod({ app: 'b', role: 'web' }), cluster: 'east' };
  const both = [pod({ app: 'a' }), elsewhere];

  it.each([
    { when: 'it is of the first cluster', cluster: 'Kubernetes', expected: ['a:80→80'] },
    { when: 'it is of the other cluster', cluster: 'east', expected: ['b:80→80'] },
    { when: 'nobody knows its cluster', cluster: 'north', expected: ['a:80→80'] },
  ])('asks the cluster of the proxy for its workload and services: $when', ({ cluster, expected }) => {
    const place = (app: string) => ({ addresses: [], selector: { app } });
    const services = [
      service('default', 'a', { selector: { app: 'a' } }),
      service('default', 'b', { byCluster: { east: place('b') } }),
      // The cluster of the configuration alone has it, so no Pod elsewhere is behind it.
      service('default', 'home', { selector: { role: 'web' } }),
    ];
    expect(targetsOf({ services, workloads: both }, { cluster })).toEqual(expected);
  });

  it('does not take an endpoint of another cluster for its own, though it has the address', () => {
    const endpoints = {
      'a.default.svc.cluster.local': [
        endpoint('10.1.0.1', { port: 8080, servicePortName: 'http', cluster: 'east' }),
        endpoint('10.1.0.1', { port: 9090, servicePortName: 'http', cluster: 'Kubernetes' }),
      ],
    };
    const shared = service('default', 'a', { byCluster: { east: { addresses: [] } } });
    const parts = { services: [shared], workloads: both, endpoints };
    expect(targetsOf(parts, { cluster: 'east' })).toEqual(['a:80→8080']);
  });

  it.each([
    {
      when: 'a service selects the Pod',
      parts: { services: [service('default', 'a', { selector: { app: 'a' } })], workloads: [pod({ app: 'a' })] },
      expected: ['a:80→80'],
    },
    {
      when: 'a service selects another Pod',
      parts: { services: [service('default', 'a', { selector: { app: 'b' } })], workloads: [pod({ app: 'a' })] },
      expected: [],
    },
    {
      when: 'the port is named after a container port',
      parts: {
        services: [service('default', 'a', { selector: { app: 'a' }, ports: HTTP })],
        workloads: [pod({ app: 'a' })],
      },
      expected: ['a:80→8081'],
    },
    {
      when: 'the mesh knows no workload, and the proxy says its labels',
      parts: { services: [service('default', 'a', { selector: { app: 'said' } })] },
      expected: ['a:80→80'],
    },
    {
      when: 'the Pod has other labels than the proxy says',
      parts: { services: [service('default', 'a', { selector: { app: 'said' } })], workloads: [pod({ app: 'a' })] },
      expected: [],
    },
    {
      when: 'endpoints list the address',
      parts: {
        services: [service('default', 'a')],
        endpoints: { 'a.default.svc.cluster.local': [endpoint('10.1.0.1', { port: 8080, servicePortName: 'http' })] },
      },
      expected: ['a:80→8080'],
    },
    {
      when: 'endpoints list another address',
      parts: {
        services: [service('default', 'a')],
        endpoints: { 'a.default.svc.cluster.local': [endpoint('10.1.0.2', { port: 8080, servicePortName: 'http' })] },
      },
      expected: [],
    },
    {
      when: 'a service of another namespace would select it',
      parts: { services: [service('other', 'a', { selector: { app: 'a' } })], workloads: [pod({ app: 'a' })] },
      expected: [],
    },
    {
      when: 'several services select it: the oldest comes first, then by hostname',
      parts: {
        services: [
          service('default', 'c', { selector: { app: 'a' }, ports: [{ name: 'x', number: 3, protocol: 'tcp' }] }),
          service('default', 'b', { selector: {}, ports: [{ name: 'x', number: 2, protocol: 'tcp' }] }),
          service('default', 'd', {
            meta: meta('Service', 'default', 'd', { createdMs: -1 }),
            selector: { app: 'a' },
            ports: [{ name: 'x', number: 1, protocol: 'tcp' }],
          }),
        ],
        workloads: [pod({ app: 'a' })],
      },
      expected: ['d:1→1', 'b:2→2', 'c:3→3'],
    },
    {
      when: 'a service both selects and lists it',
      parts: {
        services: [service('default', 'a', { selector: { app: 'a' } })],
        endpoints: { 'a.default.svc.cluster.local': [endpoint('10.1.0.1', { port: 80, servicePortName: 'http' })] },
        workloads: [pod({ app: 'a' })],
      },
      expected: ['a:80→80'],
    },
  ])('when $when', ({ parts, expected }) => {
    expect(targetsOf(parts)).toEqual(expected);
  });

  it('answers for each picture of the mesh by itself', () => {
    const services = [service('default', 'a')];
    const host = 'a.default.svc.cluster.local';
    const before = { services, endpoints: { [host]: [endpoint('10.1.0.1', { port: 1, servicePortName: 'http' })] } };
    const after = { services, endpoints: { [host]: [endpoint('10.1.0.1', { port: 2, servicePortName: 'http' })] } };
    expect([targetsOf(before), targetsOf(after), targetsOf(before)]).toEqual([['a:80→1'], ['a:80→2'], ['a:80→1']]);
  });
});
