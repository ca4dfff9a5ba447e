import { describe, expect, it } from 'vitest';
import { startMemoryWorld } from '../../../test/support/world.ts';
import type { Proxy } from '../../model/proxy.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE, type TypeUrl } from '../../xds/type-url.ts';
import type { ConnectionRequest } from '../../xds/view-source.ts';
import { parseNode } from '../proxy/node.ts';
import { toProxy } from '../proxy/proxy.ts';
import { MeshViews } from './mesh-views.ts';

const SERVICES = `
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: default}
spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: ratings, namespace: default}
spec: {clusterIP: 10.96.0.2, ports: [{name: http, port: 81}]}
`;

const patched = (timeout: string) => `
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: fast, namespace: default}
spec:
  workloadSelector: {labels: {app: web}}
  configPatches:
  - applyTo: CLUSTER
    match: {cluster: {service: reviews.default.svc.cluster.local}}
    patch: {operation: MERGE, value: {connect_timeout: ${timeout}}}
`;

const node = (name: string, app: string, ip: string) => ({
  id: `sidecar~${ip}~${name}.default~default.svc.cluster.local`,
  cluster: '',
  metadata: { LABELS: { app } },
  locality: { region: '', zone: '', subZone: '' },
  userAgentName: 'envoy',
  userAgentVersion: '1.40.0',
  extensions: EXTENSIONS,
  clientFeatures: [],
});
const EXTENSIONS = new Set(['envoy.filters.http.router']);

function connect(name: string, app: string, ip: string, snapshot: Snapshot): [Proxy, ConnectionRequest] {
  const facts = node(name, app, ip);
  const proxy = toProxy(parseNode(facts, 'plaintext', { cluster: 'Kubernetes' }), snapshot);
  const peer = { id: name, peerAddress: `${ip}:1`, header: () => [], node: facts };
  return [proxy, { ...peer, protocol: 'delta', transport: 'plaintext' }];
}

describe('patchLayer', () => {
  it('is shared by those that the same EnvoyFilters select, and costs others nothing', async () => {
    const { world, write } = await startMemoryWorld({ 's.yaml': SERVICES, 'f.yaml': patched('1s') });
    const views = new MeshViews(world.snapshot);
    const [one, two, other] = [
      connect('web-1', 'web', '10.0.0.1', world.snapshot),
      connect('web-2', 'web', '10.0.0.2', world.snapshot),
      connect('db-1', 'db', '10.0.0.3', world.snapshot),
    ];
    const sets = ([proxy, connection]: [Proxy, ConnectionRequest], type: TypeUrl) =>
      views.viewOf(proxy, connection).layers.get(type);
    const patchedSet = sets(one, CLUSTER_TYPE)?.[0];
    const plainSet = sets(other, CLUSTER_TYPE)?.[0];
    expect(sets(two, CLUSTER_TYPE)?.[0]).toBe(patchedSet);
    expect(patchedSet).not.toBe(plainSet);
    const differing = [...(patchedSet?.names() ?? [])].filter((name) => patchedSet?.get(name) !== plainSet?.get(name));
    expect(differing).toEqual(['outbound|80||reviews.default.svc.cluster.local']);
    for (const type of [LISTENER_TYPE, ROUTE_TYPE]) expect(sets(one, type)?.[0]).toBe(sets(other, type)?.[0]);

    await write({ 'f.yaml': patched('2s') });
    views.update(world.snapshot);
    const delta = patchedSet && sets(one, CLUSTER_TYPE)?.[0]?.deltaFrom(patchedSet);
    expect(delta?.changed.resources.map(({ name }) => name)).toEqual(differing);
    expect(sets(other, CLUSTER_TYPE)?.[0]).toBe(plainSet);
  });
});
