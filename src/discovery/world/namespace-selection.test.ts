import { describe, expect, it } from 'vitest';
import { listTimeouts, startMemoryWorld, timedRule, type WatchedWorld } from '../../../test/support/world.ts';
import { objectKey } from '../../model/object.ts';

describe('discovery selectors', () => {
  const settings = (selectors: string) =>
    `{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: "discoverySelectors: ${selectors}"}}`;
  const namespace = (name: string, labels: string) =>
    `{apiVersion: v1, kind: Namespace, metadata: {name: ${name}, labels: {${labels}}}}\n---\n`;
  const names = ({ world }: Pick<WatchedWorld, 'world'>) => world.snapshot.virtualServices.map(({ meta }) => meta.name);
  const OTHER = timedRule('b', '2s').replace('namespace: default', 'namespace: other');
  const IN_MESH = '[{matchLabels: {mesh: in}}]';

  it('leave out namespaces that they do not select', async () => {
    const mesh = await startMemoryWorld({
      m: settings(IN_MESH),
      n: namespace('default', 'mesh: in'),
      a: timedRule('a', '1s'),
      b: OTHER,
    });
    expect(names(mesh)).toEqual(['a']);
    expect(mesh.world.fates().get(objectKey('VirtualService', 'other', 'b'))).toEqual({
      kind: 'ignored',
      because: 'no discovery selector of the mesh matches its namespace',
    });
  });

  it('follow the labels of namespaces', async () => {
    const mesh = await startMemoryWorld({ m: settings(IN_MESH), a: timedRule('a', '1s'), b: OTHER });
    expect(names(mesh)).toEqual([]);
    await mesh.write({ n: namespace('default', 'mesh: in') + namespace('other', 'mesh: in') });
    expect(names(mesh)).toEqual(['a', 'b']);
    await mesh.write({ n: namespace('default', 'mesh: out') + namespace('other', 'mesh: in') });
    expect(names(mesh)).toEqual(['b']);
  });

  it('may be changed', async () => {
    const mesh = await startMemoryWorld({
      m: settings('[]'),
      n: namespace('default', 'mesh: in'),
      a: timedRule('a', '1s'),
      b: OTHER,
    });
    expect(names(mesh)).toEqual(['a', 'b']);
    await mesh.write({ m: settings(IN_MESH) });
    expect(names(mesh)).toEqual(['a']);
    await mesh.write({ m: settings('[]') });
    expect(names(mesh)).toEqual(['a', 'b']);
  });

  it('let nothing through that changes out of sight', async () => {
    const mesh = await startMemoryWorld({
      m: settings(IN_MESH),
      n: namespace('default', 'mesh: in'),
      a: timedRule('a', '1s'),
      b: OTHER,
    });
    const before = mesh.world.snapshot;
    await mesh.write({ b: OTHER.replace('2s', '3s'), a: timedRule('a', '4s') });
    expect([listTimeouts(mesh), mesh.world.snapshot.sequence]).toEqual([[4000], before.sequence + 1]);
  });
});
