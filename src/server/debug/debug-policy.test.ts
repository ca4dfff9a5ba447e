import { describe, expect, it } from 'vitest';
import { World } from '../../discovery/world/world.ts';
import type { DebugContext } from './debug-context.ts';
import { type DebugDemand, mayDebug, readDebugPolicy } from './debug-policy.ts';

const { snapshot } = new World({ sources: [] });
const NOBODY_CONNECTED: DebugContext = {
  snapshot: () => snapshot,
  streams: () => [],
  findProxy: () => undefined,
  listObjects: () => [],
  lastRound: () => undefined,
  cacheFacts: () => ({ size: 0, hits: 0, misses: 0 }),
  watchedKinds: () => [],
  clusters: () => [],
  pushAll: () => {},
};

const as = (namespace: string, page = 'configz'): DebugDemand => ({
  identities: [`spiffe://cluster.local/ns/${namespace}/sa/kiali`],
  page,
  proxyID: null,
});

describe('mayDebug', () => {
  it.each([
    { who: 'the namespace of the control plane', demand: as('istio-system'), may: true },
    { who: 'another namespace', demand: as('shop'), may: false },
    {
      who: 'a namespace that is listed',
      env: { DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES: 'kiali, shop' },
      demand: as('shop'),
      may: true,
    },
    {
      who: 'any namespace where nobody looks',
      env: { ENABLE_DEBUG_ENDPOINT_AUTH: 'false' },
      demand: as('shop'),
      may: true,
    },
    {
      who: 'nobody',
      env: { ENABLE_DEBUG_ENDPOINT_AUTH: 'false' },
      demand: { ...as('shop'), identities: [] },
      may: false,
    },
    { who: 'who is no workload', demand: { ...as('shop'), identities: ['reviews.shop'] }, may: false },
    { who: 'a page about a proxy that is not named', demand: as('shop', 'edsz'), may: false },
    { who: 'a page about a proxy that is not here', demand: { ...as('shop', 'edsz'), proxyID: 'web' }, may: false },
  ])(
    'of $who: $may',
    ({ demand, may, env = {} }: { demand: DebugDemand; may: boolean; env?: Record<string, string> }) => {
      expect(mayDebug(readDebugPolicy(env, 'istio-system'), demand, NOBODY_CONNECTED)).toBe(may);
    },
  );
});
