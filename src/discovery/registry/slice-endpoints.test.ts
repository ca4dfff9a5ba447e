import { describe, expect, it } from 'vitest';
import { readObjects, toChanges } from '../../../test/support/objects.ts';
import { endpoint, registryContext, registryOf } from '../../../test/support/registry.ts';
import { DEFAULT_CONTEXT } from '../../config/context.ts';
import { parseObject } from '../../config/parse-object.ts';
import { readDocuments } from '../../config/read/read-documents.ts';
import { objectKey } from '../../model/object.ts';
import { Registry } from './registry.ts';
import { toHealth } from './slice-endpoints.ts';

const SERVICE = `
apiVersion: v1
kind: Service
metadata: {name: echo, namespace: default}
spec: {clusterIP: 10.0.0.1, selector: {app: echo}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
`;

const POD = `
apiVersion: v1
kind: Pod
metadata: {name: echo-1, namespace: default, labels: {app: echo, version: v1, security.istio.io/tlsMode: istio, istio-locality: r.z}}
spec: {serviceAccountName: echo-sa, nodeName: node-1}
status: {podIP: 10.1.0.1}
---
`;

const slice = (rest: string, name = 'echo-abc', labels = 'kubernetes.io/service-name: echo') => `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: ${name}, namespace: default, labels: {${labels}}}
ports: [{name: http, port: 8080}]
${rest}
---
`;

const listOf = (yaml: string, context = registryContext()) =>
  registryOf(yaml, context).endpoints.of('echo.default.svc.cluster.local', 'default');

const inSlice = (name = 'echo-abc') => ({ origin: objectKey('EndpointSlice', 'default', name) });
const bare = (address: string, name?: string) => endpoint(address, 8080, { namespace: '', ...inSlice(name) });

const ofPod = endpoint('10.1.0.1', 8080, {
  labels: {
    app: 'echo',
    version: 'v1',
    'security.istio.io/tlsMode': 'istio',
    'istio-locality': 'r.z',
    'topology.kubernetes.io/region': 'r',
    'topology.kubernetes.io/zone': 'z',
    'topology.istio.io/cluster': 'Kubernetes',
    'kubernetes.io/hostname': 'node-1',
  },
  locality: 'r/z',
  node: 'node-1',
  workloadName: 'echo-1',
  canonicalName: 'echo',
  canonicalRevision: 'v1',
  identity: 'spiffe://cluster.local/ns/default/sa/echo-sa',
  tlsMode: 'istio',
  origin: objectKey('Pod', 'default', 'echo-1'),
});

describe('toHealth', () => {
  it.each([
    { conditions: {}, drains: false, health: 'healthy' },
    { conditions: { ready: true }, drains: false, health: 'healthy' },
    { conditions: { ready: false }, drains: false, health: 'terminating' },
    { conditions: { ready: false, terminating: true }, drains: false, health: 'terminating' },
    { conditions: { ready: false, terminating: false }, drains: false, health: 'unhealthy' },
    { conditions: { ready: false, serving: true, terminating: true }, drains: false, health: 'terminating' },
    { conditions: { ready: false, serving: true, terminating: true }, drains: true, health: 'draining' },
    { conditions: { ready: false }, drains: true, health: 'draining' },
    { conditions: { ready: false, serving: false, terminating: true }, drains: true, health: 'terminating' },
    { conditions: { ready: false, terminating: false }, drains: true, health: 'unhealthy' },
  ])('reads $conditions as $health (drains: $drains)', ({ conditions, drains, health }) => {
    expect(toHealth({ addresses: [], ...conditions }, drains)).toBe(health);
  });
});

describe('endpoints of a service with slices', () => {
  it.each([
    {
      when: 'addresses are of nobody known',
      slices: slice('endpoints: [{addresses: [10.9.0.1]}]'),
      endpoints: [bare('10.9.0.1')],
    },
    {
      when: 'an address is a Pod',
      slices: slice('endpoints: [{addresses: [10.1.0.1]}]'),
      endpoints: [{ ...ofPod, ...inSlice() }],
    },
    {
      when: 'a Pod is named',
      slices: slice('endpoints: [{addresses: [10.1.0.9], targetRef: {kind: Pod, name: echo-1, namespace: default}}]'),
      endpoints: [{ ...ofPod, ...inSlice(), address: '10.1.0.9' }],
    },
    {
      when: 'several slices overlap',
      slices:
        slice('endpoints: [{addresses: [10.9.0.2], conditions: {ready: false, terminating: false}}]', 'b') +
        slice('endpoints: [{addresses: [10.9.0.1]}, {addresses: [10.9.0.2]}]', 'a'),
      endpoints: [bare('10.9.0.1', 'a'), bare('10.9.0.2', 'a')],
    },
    {
      when: 'a slice holds names',
      slices: slice('addressType: FQDN\nendpoints: [{addresses: [a.com]}]'),
      endpoints: [ofPod],
    },
    {
      when: 'a slice is of another cluster',
      slices: slice(
        'endpoints: [{addresses: [10.9.0.1]}]',
        'x',
        'kubernetes.io/service-name: echo, multicluster.x-k8s.io/service-name: echo',
      ),
      endpoints: [ofPod],
    },
    { when: 'a slice is of no service', slices: slice('endpoints: []', 'x', ''), endpoints: [ofPod] },
    { when: 'a slice is empty', slices: slice('endpoints: []'), endpoints: [] },
    {
      when: 'the node of an unknown address is known',
      slices: slice('endpoints: [{addresses: [10.9.0.1], nodeName: n}]'),
      endpoints: [
        {
          ...bare('10.9.0.1'),
          node: 'n',
          labels: { 'topology.istio.io/cluster': 'Kubernetes', 'kubernetes.io/hostname': 'n' },
        },
      ],
    },
  ])('are right when $when', ({ slices, endpoints }) => {
    expect(listOf(SERVICE + POD + slices)).toEqual(endpoints);
  });

  const AHEAD = slice('endpoints: [{addresses: [10.9.0.1], targetRef: {kind: Pod, name: later}}]');

  it('wait for a Pod that an API server is yet to tell', () => {
    expect(listOf(SERVICE + AHEAD, registryContext({ awaitsPods: true }))).toEqual([]);
  });

  it('are none without slices where controllers write these, whatever Pods there are', () => {
    const context = registryContext({ awaitsPods: true });
    const registry = new Registry(context);
    const objects = readDocuments(SERVICE + POD, 'test.yaml').flatMap((document) => {
      const parsed = document.parse();
      if (parsed.kind !== 'value') return [];
      return parseObject({ cluster: 'Kubernetes', object: parsed.value }, DEFAULT_CONTEXT).object ?? [];
    });
    registry.apply(toChanges([], objects), context);
    expect(registry.services.map(({ name }) => name)).toEqual(['echo']);
    expect(registry.endpoints.of('echo.default.svc.cluster.local', 'default')).toEqual([]);
    expect(listOf(SERVICE + POD, context).map(({ address }) => address)).toEqual(['10.1.0.1']);
  });

  it('do not wait for a Pod that nobody will tell', () => {
    expect(listOf(SERVICE + AHEAD)).toEqual([bare('10.9.0.1')]);
  });

  it('let endpoints drain for services with sticky sessions', () => {
    const sticky = SERVICE.replace(
      'namespace: default',
      'namespace: default, labels: {istio.io/persistent-session: c}',
    );
    const ending = slice(
      'endpoints: [{addresses: [10.9.0.1], conditions: {ready: false, serving: true, terminating: true}}]',
    );
    expect(listOf(sticky + ending)).toEqual([{ ...bare('10.9.0.1'), health: 'draining' }]);
  });
});

describe('Endpoints of slices, while one Pod changes', () => {
  const podAt = (name: string, ip: string, version: string, node = 'node-1') => `
{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: default, labels: {app: echo, version: ${version}}}, spec: {nodeName: ${node}}, status: {podIP: ${ip}}}
---
`;
  const nodeIn = (zone: string) =>
    `{apiVersion: v1, kind: Node, metadata: {name: node-1, labels: {topology.kubernetes.io/region: r, topology.kubernetes.io/zone: ${zone}}}}\n---\n`;
  const entry = (name: string, ip: string) => `{addresses: [${ip}], targetRef: {kind: Pod, name: ${name}}}`;
  const listed = slice(`endpoints: [${entry('a', '10.1.0.1')}, ${entry('b', '10.1.0.2')}]`);
  const fixed = readObjects(SERVICE + listed);
  const [a, b, otherB] = [podAt('a', '10.1.0.1', 'v1'), podAt('b', '10.1.0.2', 'v1'), podAt('b', '10.1.0.2', 'v2')];
  const context = registryContext();
  const host = 'echo.default.svc.cluster.local';

  it('are the identical values for all others', () => {
    const registry = registryOf('', context);
    const before = [...fixed, ...readObjects(a), ...readObjects(b)];
    registry.apply(toChanges([], before), context);
    const [first, second] = registry.endpoints.of(host, 'default');
    registry.apply(toChanges(readObjects(b), readObjects(otherB)), context);
    const now = registry.endpoints.of(host, 'default');
    expect(now[0]).toBe(first);
    expect([second?.labels.version, now[1]?.labels.version]).toEqual(['v1', 'v2']);
  });

  it('follow the Node of their Pods', () => {
    const registry = registryOf('', context);
    registry.apply(toChanges([], [...fixed, ...readObjects(a), ...readObjects(nodeIn('z1'))]), context);
    const localities = () => registry.endpoints.of(host, 'default').map(({ locality }) => locality);
    const before = localities();
    registry.apply(toChanges(readObjects(nodeIn('z1')), readObjects(nodeIn('z2'))), context);
    expect([before, localities()]).toEqual([
      ['r/z1', ''],
      ['r/z2', ''],
    ]);
  });
});
