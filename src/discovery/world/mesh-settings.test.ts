import { describe, expect, it } from 'vitest';
import { startMemoryWorld, timedRule } from '../../../test/support/world.ts';
import { MemorySource } from '../memory/memory-source.ts';

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
    const { world } = await startMemoryWorld({});
    expect([world.snapshot.mesh.trustDomain, world.snapshot.mesh.connectTimeoutMs]).toEqual(['cluster.local', 10_000]);
  });

  it('are those of the ConfigMap istio, and change with it', async () => {
    const mesh = await startMemoryWorld({ m: settings('connectTimeout: 3s') });
    expect(mesh.world.snapshot.mesh.connectTimeoutMs).toBe(3000);
    const { kind, parts } = await mesh.write({ m: settings('connectTimeout: 4s') });
    expect([kind, parts, mesh.world.snapshot.mesh.connectTimeoutMs]).toEqual(['config', new Set(['mesh']), 4000]);
  });

  it('are the identical value when only their text changes', async () => {
    const mesh = await startMemoryWorld({ m: settings('connectTimeout: 3s') });
    const before = mesh.world.snapshot.mesh;
    await mesh.write({ m: settings('connectTimeout: 3000ms # the same'), b: timedRule('b', '1s') });
    expect(mesh.world.snapshot.mesh).toBe(before);
  });

  it('are those of the file when there is one', async () => {
    const meshFile = new MemorySource('mesh file');
    meshFile.write({ mesh: 'connectTimeout: 5s' });
    const mesh = await startMemoryWorld({ m: settings('connectTimeout: 3s') }, { meshFile });
    expect(mesh.world.snapshot.mesh.connectTimeoutMs).toBe(5000);
    meshFile.remove('mesh');
    await mesh.next('the file to go');
    expect(mesh.world.snapshot.mesh.connectTimeoutMs).toBe(3000);
  });

  it('stay as they were while new ones have errors, which are told with their place', async () => {
    const mesh = await startMemoryWorld({ m: settings('connectTimeout: 3s') });
    const { kind, issues } = await mesh.write({ m: settings('connectTimeout: soon') });
    expect([kind, mesh.world.snapshot.mesh.connectTimeoutMs]).toEqual(['report', 3000]);
    expect(issues.map(({ code, origin }) => [code, origin])).toEqual([
      ['DURATION_INVALID', { kind: 'file', file: 'm', line: 7, column: 21 }],
    ]);
    expect(mesh.world.listIssues()).toEqual(issues);
  });

  it('make objects be read anew when they shape reading', async () => {
    const mesh = await startMemoryWorld({
      m: settings('rootNamespace: x'),
      a: timedRule('a', '1s'),
      b: timedRule('b', '1s'),
    });
    await mesh.write({ m: settings('defaultVirtualServiceExportTo: ["."]') });
    expect(mesh.world.snapshot.virtualServices.map(({ visibility }) => visibility.kind)).toEqual([
      'private',
      'private',
    ]);
  });

  it('leave objects as they were when they do not shape them', async () => {
    const mesh = await startMemoryWorld({ m: settings('connectTimeout: 3s'), a: timedRule('a', '1s') });
    const before = mesh.world.snapshot;
    await mesh.write({ m: settings('connectTimeout: 4s') });
    expect(mesh.world.snapshot.virtualServices).toBe(before.virtualServices);
  });

  it('lie on top of those that are shared', async () => {
    const map = (name: string, mesh: string) => settings(mesh).replace('{name: istio,', `{name: ${name},`);
    const shared = map(
      'shared',
      '{connectTimeout: 3s, trustDomain: all, defaultConfig: {concurrency: 2, statusPort: 1}}',
    );
    const own = map('istio-blue', '{connectTimeout: 4s, defaultConfig: {statusPort: 7}}');
    const options = { meshConfigMap: 'istio-blue', sharedMeshConfigMap: 'shared' };
    const mesh = await startMemoryWorld({ shared, own, other: map('istio', 'connectTimeout: 9s') }, options);
    const read = () => {
      const { connectTimeoutMs, trustDomain, defaultConfig } = mesh.world.snapshot.mesh;
      return [connectTimeoutMs, trustDomain, defaultConfig.concurrency, defaultConfig.statusPort];
    };
    expect(read()).toEqual([4000, 'all', 2, 7]);
    await mesh.write({ shared: map('shared', 'trustDomain: other') });
    expect(read()).toEqual([4000, 'other', undefined, 7]);
    await mesh.write({ shared: map('shared', 'connectTimeout: soon') });
    expect([read(), mesh.world.listIssues().map(({ code }) => code)]).toEqual([
      [4000, 'other', undefined, 7],
      ['DURATION_INVALID'],
    ]);
    expect([...mesh.world.fates().values()].map(({ kind }) => kind)).toContain('applied');
  });
});
