import { afterEach, describe, expect, it } from 'vitest';
import { startWorld, type WatchedWorld } from '../../../test/support/world.ts';
import { objectKey } from '../../model/object.ts';
import { MemorySource } from '../memory/memory-source.ts';
import type { WorldOptions } from './world.ts';

const open: WatchedWorld[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ world }) => world.stop()));
});

async function start(files: Readonly<Record<string, string>>, options: Partial<WorldOptions> = {}) {
  const source = new MemorySource();
  source.write(files);
  const watched = await startWorld([source], options);
  open.push(watched);
  const write = async (next: Readonly<Record<string, string>>) => {
    watched.skip();
    source.write(next);
    return watched.next(Object.keys(next).join());
  };
  return { ...watched, source, write };
}

const rule = (name: string, timeout: string, metadata = '') => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: default${metadata}}
spec: {hosts: [${name}], http: [{timeout: ${timeout}, route: [{destination: {host: ${name}}}]}]}
---
`;

const KEY = objectKey('VirtualService', 'default', 'a');

const timeouts = ({ world }: Pick<WatchedWorld, 'world'>) =>
  world.snapshot.virtualServices.map(({ http: [route] }) =>
    route?.timeout.kind === 'after' ? route.timeout.ms : undefined,
  );

describe('quarantine', () => {
  const revisionOf = ({ world }: Pick<WatchedWorld, 'world'>) => world.findObject(KEY)?.revision ?? '';

  it('serves the version before', async () => {
    const mesh = await start({ a: rule('a', '1s') });
    await mesh.write({ a: rule('a', '2s') });
    expect(mesh.world.quarantine(KEY, revisionOf(mesh), 'refused')).toBe(true);
    expect(timeouts(mesh)).toEqual([1000]);
    expect(mesh.changes.at(-1)?.objects).toEqual([{ key: KEY, kind: 'VirtualService', change: 'updated' }]);
    expect(mesh.world.fates().get(KEY)).toEqual({
      kind: 'quarantined',
      because: 'refused; its version of a:2:1 before that stays in force',
    });
    expect(mesh.world.listQuarantined().map(([key, { because }]) => [key, because])).toEqual([[KEY, 'refused']]);
  });

  it('serves nothing when there was no version before', async () => {
    const mesh = await start({ a: rule('a', '1s') });
    mesh.world.quarantine(KEY, revisionOf(mesh), 'refused');
    expect(timeouts(mesh)).toEqual([]);
    expect(mesh.world.fates().get(KEY)).toEqual({
      kind: 'quarantined',
      because: 'refused; nothing is in force in its place',
    });
  });

  it('ends when the object changes', async () => {
    const mesh = await start({ a: rule('a', '1s') });
    mesh.world.quarantine(KEY, revisionOf(mesh), 'refused');
    await mesh.write({ a: rule('a', '3s') });
    expect([timeouts(mesh), mesh.world.listQuarantined()]).toEqual([[3000], []]);
  });

  it('goes on when only the text changes', async () => {
    const mesh = await start({ a: rule('a', '1s') });
    mesh.world.quarantine(KEY, revisionOf(mesh), 'refused');
    await mesh.write({ a: `# a comment\n${rule('a', '1s')}`, b: rule('b', '9s') });
    expect(timeouts(mesh)).toEqual([9000]);
  });

  it('ends when the object goes', async () => {
    const mesh = await start({ a: rule('a', '1s') });
    mesh.world.quarantine(KEY, revisionOf(mesh), 'refused');
    mesh.source.remove('a');
    await mesh.write({ b: rule('b', '9s') });
    expect(mesh.world.listQuarantined()).toEqual([]);
  });

  it('ends when it is taken back', async () => {
    const mesh = await start({ a: rule('a', '1s') });
    mesh.world.quarantine(KEY, revisionOf(mesh), 'refused');
    expect([mesh.world.release(KEY), timeouts(mesh), mesh.world.release(KEY)]).toEqual([true, [1000], false]);
  });

  it('does nothing to a revision that is no more in force', async () => {
    const mesh = await start({ a: rule('a', '1s') });
    const old = revisionOf(mesh);
    await mesh.write({ a: rule('a', '2s') });
    expect(mesh.world.quarantine(KEY, old, 'refused')).toBe(false);
    expect(timeouts(mesh)).toEqual([2000]);
  });

  it('never falls back on a version that was refused too late', async () => {
    const mesh = await start({ a: rule('a', '1s') });
    await mesh.write({ a: rule('a', '2s') });
    const second = revisionOf(mesh);
    await mesh.write({ a: rule('a', '3s') });
    mesh.world.quarantine(KEY, second, 'refused');
    mesh.world.quarantine(KEY, revisionOf(mesh), 'refused');
    expect(timeouts(mesh)).toEqual([1000]);
  });

  it('never falls back on a version that was in quarantine itself', async () => {
    const mesh = await start({ a: rule('a', '1s') });
    await mesh.write({ a: rule('a', '2s') });
    mesh.world.quarantine(KEY, revisionOf(mesh), 'refused');
    await mesh.write({ a: rule('a', '3s') });
    mesh.world.quarantine(KEY, revisionOf(mesh), 'refused');
    expect(timeouts(mesh)).toEqual([1000]);
  });

  it('finds a ServiceEntry by the revision that its services were made of', async () => {
    const entry = (address: string) => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: e, namespace: default}
spec: {hosts: [e.com], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}], endpoints: [{address: ${address}}]}
`;
    const mesh = await start({ e: entry('10.0.0.1') });
    const revision = mesh.world.snapshot.services[0]?.meta.revision ?? '';
    await mesh.write({ e: entry('10.0.0.2') });
    expect(mesh.world.quarantine(objectKey('ServiceEntry', 'default', 'e'), revision, 'refused')).toBe(true);
    expect(mesh.world.snapshot.endpoints.of('e.com', 'default').map(({ address }) => address)).toEqual(['10.0.0.1']);
  });
});

describe("the mesh's settings", () => {
  const settings = (mesh: string) => `
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data:
  mesh: |
    ${mesh}
`;

  it('are the defaults when nobody writes them', async () => {
    const { world } = await start({});
    expect([world.snapshot.mesh.trustDomain, world.snapshot.mesh.connectTimeoutMs]).toEqual(['cluster.local', 10_000]);
  });

  it('are those of the ConfigMap istio, and change with it', async () => {
    const mesh = await start({ m: settings('connectTimeout: 3s') });
    expect(mesh.world.snapshot.mesh.connectTimeoutMs).toBe(3000);
    const { kind, parts } = await mesh.write({ m: settings('connectTimeout: 4s') });
    expect([kind, parts, mesh.world.snapshot.mesh.connectTimeoutMs]).toEqual(['config', new Set(['mesh']), 4000]);
  });

  it('are the identical value when only their text changes', async () => {
    const mesh = await start({ m: settings('connectTimeout: 3s') });
    const before = mesh.world.snapshot.mesh;
    await mesh.write({ m: settings('connectTimeout: 3000ms # the same'), b: rule('b', '1s') });
    expect(mesh.world.snapshot.mesh).toBe(before);
  });

  it('are those of the file when there is one', async () => {
    const meshFile = new MemorySource('mesh file');
    meshFile.write({ mesh: 'connectTimeout: 5s' });
    const mesh = await start({ m: settings('connectTimeout: 3s') }, { meshFile });
    expect(mesh.world.snapshot.mesh.connectTimeoutMs).toBe(5000);
    meshFile.remove('mesh');
    await mesh.next('the file to go');
    expect(mesh.world.snapshot.mesh.connectTimeoutMs).toBe(3000);
  });

  it('stay as they were while new ones have errors, which are told with their place', async () => {
    const mesh = await start({ m: settings('connectTimeout: 3s') });
    const { kind, issues } = await mesh.write({ m: settings('connectTimeout: soon') });
    expect([kind, mesh.world.snapshot.mesh.connectTimeoutMs]).toEqual(['report', 3000]);
    expect(issues.map(({ code, origin }) => [code, origin])).toEqual([
      ['DURATION_INVALID', { kind: 'file', file: 'm', line: 7, column: 21 }],
    ]);
    expect(mesh.world.listIssues()).toEqual(issues);
  });

  it('make objects be read anew when they shape reading', async () => {
    const mesh = await start({ m: settings('rootNamespace: x'), a: rule('a', '1s'), b: rule('b', '1s', '') });
    await mesh.write({ m: settings('defaultVirtualServiceExportTo: ["."]') });
    expect(mesh.world.snapshot.virtualServices.map(({ visibility }) => visibility.kind)).toEqual([
      'private',
      'private',
    ]);
  });

  it('leave objects as they were when they do not shape them', async () => {
    const mesh = await start({ m: settings('connectTimeout: 3s'), a: rule('a', '1s') });
    const before = mesh.world.snapshot;
    await mesh.write({ m: settings('connectTimeout: 4s') });
    expect(mesh.world.snapshot.virtualServices).toBe(before.virtualServices);
  });
});

describe('discovery selectors', () => {
  const settings = (selectors: string) =>
    `{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: "discoverySelectors: ${selectors}"}}`;
  const namespace = (name: string, labels: string) =>
    `{apiVersion: v1, kind: Namespace, metadata: {name: ${name}, labels: {${labels}}}}\n---\n`;
  const names = ({ world }: Pick<WatchedWorld, 'world'>) => world.snapshot.virtualServices.map(({ meta }) => meta.name);
  const OTHER = rule('b', '2s').replace('namespace: default', 'namespace: other');
  const IN_MESH = '[{matchLabels: {mesh: in}}]';

  it('leave out namespaces that they do not select', async () => {
    const mesh = await start({
      m: settings(IN_MESH),
      n: namespace('default', 'mesh: in'),
      a: rule('a', '1s'),
      b: OTHER,
    });
    expect(names(mesh)).toEqual(['a']);
    expect(mesh.world.fates().get(objectKey('VirtualService', 'other', 'b'))).toEqual({
      kind: 'ignored',
      because: 'no discovery selector of the mesh matches its namespace',
    });
  });

  it('follow the labels of namespaces', async () => {
    const mesh = await start({ m: settings(IN_MESH), a: rule('a', '1s'), b: OTHER });
    expect(names(mesh)).toEqual([]);
    await mesh.write({ n: namespace('default', 'mesh: in') + namespace('other', 'mesh: in') });
    expect(names(mesh)).toEqual(['a', 'b']);
    await mesh.write({ n: namespace('default', 'mesh: out') + namespace('other', 'mesh: in') });
    expect(names(mesh)).toEqual(['b']);
  });

  it('may be changed', async () => {
    const mesh = await start({ m: settings('[]'), n: namespace('default', 'mesh: in'), a: rule('a', '1s'), b: OTHER });
    expect(names(mesh)).toEqual(['a', 'b']);
    await mesh.write({ m: settings(IN_MESH) });
    expect(names(mesh)).toEqual(['a']);
    await mesh.write({ m: settings('[]') });
    expect(names(mesh)).toEqual(['a', 'b']);
  });

  it('let nothing through that changes out of sight', async () => {
    const mesh = await start({
      m: settings(IN_MESH),
      n: namespace('default', 'mesh: in'),
      a: rule('a', '1s'),
      b: OTHER,
    });
    const before = mesh.world.snapshot;
    await mesh.write({ b: OTHER.replace('2s', '3s'), a: rule('a', '4s') });
    expect([timeouts(mesh), mesh.world.snapshot.sequence]).toEqual([[4000], before.sequence + 1]);
  });
});

describe('fates', () => {
  const fatesOf = async (yaml: string) => Object.fromEntries((await start({ a: yaml })).world.fates());
  const entry = (name: string, hosts: string) => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ${name}, namespace: default}
spec: {hosts: [${hosts}], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}]}
---
`;
  const service = (name: string, spec = 'ports: [{name: http, port: 80}]') =>
    `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: default}, spec: {${spec}}}\n---\n`;

  it.each([
    { when: 'it is right', yaml: rule('a', '1s'), fates: { [KEY]: { kind: 'applied' } } },
    {
      when: 'it has errors and never was right',
      yaml: rule('a', 'soon'),
      fates: { [KEY]: { kind: 'rejected', because: expect.stringMatching(/soon.*nothing is in force in its place/) } },
    },
    {
      when: 'all its hosts are declared by others',
      yaml: service('s') + entry('e', 's.default.svc.cluster.local'),
      fates: {
        'Service/default/s': { kind: 'applied' },
        'ServiceEntry/default/e': {
          kind: 'shadowed',
          by: 'Service/default/s',
          because: 'Service/default/s declares s.default.svc.cluster.local already',
        },
      },
    },
    {
      when: 'some of its hosts are declared by others',
      yaml: service('s') + entry('e', 's.default.svc.cluster.local, other.com'),
      fates: {
        'Service/default/s': { kind: 'applied' },
        'ServiceEntry/default/e': {
          kind: 'partly-applied',
          because: 'Service/default/s declares s.default.svc.cluster.local already',
        },
      },
    },
    {
      when: 'it stands for a service that nobody knows',
      yaml: service('s', 'type: ExternalName, externalName: example.com'),
      fates: { 'Service/default/s': { kind: 'ignored', because: '"example.com" is no service of the mesh' } },
    },
    {
      when: 'it is a Secret of something else',
      yaml: '{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: default}, data: {}}',
      fates: {
        'Secret/default/s': {
          kind: 'ignored',
          because: 'it holds neither a certificate with its key nor a trust bundle',
        },
      },
    },
    {
      when: 'it is a ConfigMap of something else',
      yaml: '{apiVersion: v1, kind: ConfigMap, metadata: {name: s, namespace: default}, data: {a: b}}',
      fates: {
        'ConfigMap/default/s': {
          kind: 'ignored',
          because: 'it holds neither a trust bundle nor the settings of the mesh',
        },
      },
    },
    {
      when: "it holds the mesh's settings",
      yaml: '{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: ""}}',
      fates: { 'ConfigMap/istio-system/istio': { kind: 'applied' } },
    },
    {
      when: 'it is a slice of no service',
      yaml: '{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: s, namespace: default, labels: {kubernetes.io/service-name: x}}}',
      fates: { 'EndpointSlice/default/s': { kind: 'ignored', because: 'there is no Service x' } },
    },
  ])('are right for an object when $when', async ({ yaml, fates }) => {
    expect(await fatesOf(yaml)).toEqual(fates);
  });

  it('tell which version of a rejected object is in force', async () => {
    const mesh = await start({ a: rule('a', '1s') });
    await mesh.write({ a: rule('a', 'soon') });
    const because = expect.stringMatching(/its version of a:2:1 before that stays in force$/);
    expect(mesh.world.fates().get(KEY)).toEqual({ kind: 'rejected', because });
  });
});

describe('changes', () => {
  const POD = (ip: string, account = 'a') =>
    `{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: default, labels: {app: a}}, spec: {serviceAccountName: ${account}}, status: {podIP: ${ip}}}\n---\n`;
  const SERVICE = (spec = '') =>
    `{apiVersion: v1, kind: Service, metadata: {name: a, namespace: default}, spec: {selector: {app: a}, ${spec} ports: [{name: http, port: 80}]}}\n---\n`;

  it.each([
    {
      when: 'an endpoint moves',
      before: SERVICE() + POD('10.0.0.1'),
      after: SERVICE() + POD('10.0.0.2'),
      kind: 'endpoints',
    },
    { when: 'the last endpoint goes', before: SERVICE() + POD('10.0.0.1'), after: SERVICE(), kind: 'endpoints' },
    {
      when: 'the first endpoint comes, with an identity',
      before: SERVICE(),
      after: SERVICE() + POD('10.0.0.1'),
      kind: 'config',
    },
    {
      when: 'an endpoint has another identity',
      before: SERVICE() + POD('10.0.0.1'),
      after: SERVICE() + POD('10.0.0.1', 'b'),
      kind: 'config',
    },
    {
      when: 'an endpoint of a headless service moves',
      before: SERVICE('clusterIP: None,') + POD('10.0.0.1'),
      after: SERVICE('clusterIP: None,') + POD('10.0.0.2'),
      kind: 'config',
    },
    {
      when: 'a service changes with its endpoints',
      before: SERVICE() + POD('10.0.0.1'),
      after: SERVICE('clusterIP: 10.9.9.9,') + POD('10.0.0.2'),
      kind: 'config',
    },
  ])('are of kind $kind when $when', async ({ before, after, kind }) => {
    const mesh = await start({ a: before });
    expect((await mesh.write({ a: after })).kind).toBe(kind);
  });

  it('of one turn are told as one', async () => {
    const mesh = await start({});
    mesh.source.write({ a: rule('a', '1s') });
    mesh.source.write({ a: rule('a', '2s') });
    mesh.source.write({ b: rule('b', '3s') });
    const { objects, reason } = await mesh.next('all three');
    expect([objects.length, reason, timeouts(mesh)]).toEqual([2, 'a changed, and 2 more', [2000, 3000]]);
  });

  it('leave every other part of the snapshot the identical value', async () => {
    const mesh = await start({ a: rule('a', '1s'), s: SERVICE() + POD('10.0.0.1') });
    const before = mesh.world.snapshot;
    const { parts, previous, snapshot } = await mesh.write({ a: rule('a', '2s') });
    expect(previous).toBe(before);
    expect(
      Object.keys(before).filter(
        (part) => part !== 'sequence' && !Object.is(before[part as never], snapshot[part as never]),
      ),
    ).toEqual([...parts]);
  });

  it('of a file move issues with their text, without telling them again', async () => {
    const mesh = await start({ a: rule('a', 'soon') });
    const [before] = mesh.world.listIssues();
    const { issues } = await mesh.write({ a: rule('b', '1s') + rule('a', 'soon') });
    const [after] = mesh.world.listIssues();
    expect(issues).toEqual([]);
    const line = before?.origin?.kind === 'file' ? before.origin.line : 0;
    expect(after).toEqual({ ...before, origin: { ...before?.origin, line: line + 6 } });
  });
});
