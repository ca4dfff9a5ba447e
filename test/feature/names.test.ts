import { beforeAll, describe, expect, it } from 'vitest';
import { toJson } from '../../src/gen/codec.ts';
import { MemorySource } from '../../src/discovery/memory/memory-source.ts';
import { configureLogs } from '../../src/kit/log.ts';
import { ControlPlane } from '../../src/server/control-plane.ts';
import type { ProxyHandle } from '../../src/xds/view-source.ts';
import { NAME_TABLE_TYPE } from '../../src/xds/type-url.ts';
import { PLANE_OPTIONS } from '../support/feature/plane-options.ts';
import { toConnectionRequest } from '../support/golden/asking-proxy.ts';
import type { AskingProxy } from '../support/golden/golden-case.ts';

const MESH = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: default}
spec: {clusterIP: None, selector: {app: db}, ports: [{name: tcp, port: 3306}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db-0, namespace: default, labels: {app: db}}
spec: {subdomain: db}
status: {podIP: 10.1.0.5}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db-1, namespace: default, labels: {kubernetes.io/service-name: db}}
addressType: IPv4
endpoints: [{addresses: [10.1.0.5], targetRef: {kind: Pod, name: db-0, namespace: default}}]
ports: [{name: tcp, port: 3306}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: api, namespace: default}
spec: {hosts: [api.example.com], ports: [{number: 443, name: tls, protocol: TLS}], resolution: DNS}
`;

beforeAll(() => configureLogs({ write: () => undefined }));

describe('The table of names', () => {
  it('has what agents answer for: services, headless ones, Pods with names, and allocated addresses', async () => {
    const { table } = await namesOf({ metadata: { DNS_CAPTURE: 'true' } });
    expect(table).toEqual({
      'web.default.svc.cluster.local': kubernetes(['10.0.0.1'], 'web'),
      'db.default.svc.cluster.local': kubernetes(['10.1.0.5'], 'db'),
      'db-0.db.default.svc.cluster.local': kubernetes(['10.1.0.5'], 'db-0.db'),
      'api.example.com': { ips: [expect.stringMatching(/^240\.240\./)], registry: 'External' },
    });
  });

  it('has no allocated address for agents that let DNS pass', async () => {
    const { table } = await namesOf({});
    expect(Object.keys(table)).not.toContain('api.example.com');
  });

  it('is worked out for those that ask for it, and no other', async () => {
    await withPlane(async (plane) => {
      const handle = await plane.proxies.connect(toConnectionRequest({}));
      handle.view();
      const before = plane.views.cacheFacts().misses;
      readNames(handle);
      expect(plane.views.cacheFacts().misses).toBeGreaterThan(before);
    });
  });
});

interface Names {
  readonly table: Readonly<Record<string, unknown>>;
}

function kubernetes(ips: readonly string[], shortname: string) {
  return { ips, registry: 'Kubernetes', shortname, namespace: 'default' };
}

function namesOf(proxy: AskingProxy): Promise<Names> {
  return withPlane(async (plane) => readNames(await plane.proxies.connect(toConnectionRequest(proxy))));
}

function readNames(handle: ProxyHandle): Names {
  const resources = (handle.view().layers.get(NAME_TABLE_TYPE) ?? []).flatMap((set) => set.all.resources);
  expect(resources.map(({ name }) => name)).toEqual(['']);
  const json = toJson('istio.networking.nds.v1.NameTable', resources[0]?.bytes ?? Buffer.alloc(0));
  if (typeof json !== 'object' || json === null || !('table' in json)) throw new Error('the table has no names');
  return { table: Object(json.table) };
}

async function withPlane<T>(use: (plane: ControlPlane) => Promise<T>): Promise<T> {
  const source = new MemorySource();
  source.write({ 'mesh.yaml': MESH });
  const plane = new ControlPlane({ ...PLANE_OPTIONS, sources: [source] });
  await plane.start();
  try {
    return await use(plane);
  } finally {
    await plane.stop();
  }
}
