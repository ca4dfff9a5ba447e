import { expect, it } from 'vitest';
import type { ClusterReport } from '../../discovery/multi-cluster/remote-clusters.ts';
import { World } from '../../discovery/world/world.ts';
import type { DebugContext } from './debug-context.ts';
import { clusterz } from './source-pages.ts';

const REQUEST = {
  path: '/debug/clusterz',
  query: new URLSearchParams(),
  method: 'GET',
  peer: '127.0.0.1',
  host: 'localhost',
  body: () => Promise.resolve(''),
};

function toContext(clusters: readonly ClusterReport[]): DebugContext {
  const { snapshot } = new World({ sources: [] });
  return {
    snapshot: () => snapshot,
    streams: () => [],
    findProxy: () => undefined,
    listObjects: () => [],
    lastRound: () => undefined,
    cacheFacts: () => ({ size: 0, hits: 0, misses: 0 }),
    watchedKinds: () => [],
    clusters: () => clusters,
    pushAll: () => {},
  };
}

it('clusterz lists clusters as istiod does, and says which are silent and why others never came', async () => {
  const page = clusterz(
    toContext([
      { id: 'Kubernetes', syncStatus: 'synced', ageMs: 0 },
      { id: 'east', secretName: 'istio-system/remote', syncStatus: 'synced', ageMs: 61_400 },
      {
        id: 'west',
        secretName: 'istio-system/remote',
        syncStatus: 'closed',
        ageMs: 0,
        fault: 'exec is not allowed here',
      },
    ]),
  );
  expect(await page(REQUEST)).toEqual({
    kind: 'json',
    value: [
      { id: 'Kubernetes', syncStatus: 'synced' },
      { id: 'east', secretName: 'istio-system/remote', syncStatus: 'synced', silentSeconds: 61 },
      { id: 'west', secretName: 'istio-system/remote', syncStatus: 'closed', because: 'exec is not allowed here' },
    ],
  });
});
