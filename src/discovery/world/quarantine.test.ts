import { describe, expect, it } from 'vitest';
import { listTimeouts, startMemoryWorld, timedRule, type WatchedWorld } from '../../../test/support/world.ts';
import { objectKey } from '../../model/object.ts';

const KEY = objectKey('VirtualService', 'default', 'a');

describe('quarantine', () => {
  const revisionOf = ({ world }: Pick<WatchedWorld, 'world'>) => world.findObject(KEY)?.revision ?? '';

  it('serves the version before', async () => {
    const mesh = await startMemoryWorld({ a: timedRule('a', '1s') });
    await mesh.write({ a: timedRule('a', '2s') });
    expect(mesh.world.quarantine(KEY, revisionOf(mesh), 'refused')).toBe(true);
    expect(listTimeouts(mesh)).toEqual([1000]);
    expect(mesh.changes.at(-1)?.objects).toEqual([{ key: KEY, kind: 'VirtualService', change: 'updated' }]);
    expect(mesh.world.fates().get(KEY)).toEqual({
      kind: 'quarantined',
      because: 'refused; its version of a:2:1 before that stays in force',
    });
    expect(mesh.world.listQuarantined().map(([key, { because }]) => [key, because])).toEqual([[KEY, 'refused']]);
  });

  it('serves nothing when there was no version before', async () => {
    const mesh = await startMemoryWorld({ a: timedRule('a', '1s') });
    mesh.world.quarantine(KEY, revisionOf(mesh), 'refused');
    expect(listTimeouts(mesh)).toEqual([]);
    expect(mesh.world.fates().get(KEY)).toEqual({
      kind: 'quarantined',
      because: 'refused; nothing is in force in its place',
    });
  });

  it('ends when the object changes', async () => {
    const mesh = await startMemoryWorld({ a: timedRule('a', '1s') });
    mesh.world.quarantine(KEY, revisionOf(mesh), 'refused');
    await mesh.write({ a: timedRule('a', '3s') });
    expect([listTimeouts(mesh), mesh.world.listQuarantined()]).toEqual([[3000], []]);
  });

  it('goes on when only the text changes', async () => {
    const mesh = await startMemoryWorld({ a: timedRule('a', '1s') });
    mesh.world.quarantine(KEY, revisionOf(mesh), 'refused');
    await mesh.write({ a: `# a comment\n${timedRule('a', '1s')}`, b: timedRule('b', '9s') });
    expect(listTimeouts(mesh)).toEqual([9000]);
  });

  it('ends when the object goes', async () => {
    const mesh = await startMemoryWorld({ a: timedRule('a', '1s') });
    mesh.world.quarantine(KEY, revisionOf(mesh), 'refused');
    mesh.source.remove('a');
    await mesh.write({ b: timedRule('b', '9s') });
    expect(mesh.world.listQuarantined()).toEqual([]);
  });

  it('ends when it is taken back', async () => {
    const mesh = await startMemoryWorld({ a: timedRule('a', '1s') });
    mesh.world.quarantine(KEY, revisionOf(mesh), 'refused');
    expect([mesh.world.release(KEY), listTimeouts(mesh), mesh.world.release(KEY)]).toEqual([true, [1000], false]);
  });

  it('does nothing to a revision that is no more in force', async () => {
    const mesh = await startMemoryWorld({ a: timedRule('a', '1s') });
    const old = revisionOf(mesh);
    await mesh.write({ a: timedRule('a', '2s') });
    expect(mesh.world.quarantine(KEY, old, 'refused')).toBe(false);
    expect(listTimeouts(mesh)).toEqual([2000]);
  });

  it('never falls back on a version that was refused too late', async () => {
    const mesh = await startMemoryWorld({ a: timedRule('a', '1s') });
    await mesh.write({ a: timedRule('a', '2s') });
    const second = revisionOf(mesh);
    await mesh.write({ a: timedRule('a', '3s') });
    mesh.world.quarantine(KEY, second, 'refused');
    mesh.world.quarantine(KEY, revisionOf(mesh), 'refused');
    expect(listTimeouts(mesh)).toEqual([1000]);
  });

  it('never falls back on a version that was in quarantine itself', async () => {
    const mesh = await startMemoryWorld({ a: timedRule('a', '1s') });
    await mesh.write({ a: timedRule('a', '2s') });
    mesh.world.quarantine(KEY, revisionOf(mesh), 'refused');
    await mesh.write({ a: timedRule('a', '3s') });
    mesh.world.quarantine(KEY, revisionOf(mesh), 'refused');
    expect(listTimeouts(mesh)).toEqual([1000]);
  });

  it('finds a ServiceEntry by the revision that its services were made of', async () => {
    const entry = (address: string) => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: e, namespace: default}
spec: {hosts: [e.com], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}], endpoints: [{address: ${address}}]}
`;
    const mesh = await startMemoryWorld({ e: entry('10.0.0.1') });
    const revision = mesh.world.snapshot.services[0]?.meta.revision ?? '';
    await mesh.write({ e: entry('10.0.0.2') });
    expect(mesh.world.quarantine(objectKey('ServiceEntry', 'default', 'e'), revision, 'refused')).toBe(true);
    expect(mesh.world.snapshot.endpoints.of('e.com', 'default').map(({ address }) => address)).toEqual(['10.0.0.1']);
  });
});
