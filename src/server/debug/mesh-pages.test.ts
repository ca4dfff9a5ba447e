import { describe, expect, it } from 'vitest';
import { World } from '../../discovery/world/world.ts';
import { objectKey } from '../../model/object.ts';
import type { Request } from '../http/router.ts';
import type { DebugContext, DebugObject } from './debug-context.ts';
import { configz } from './mesh-pages.ts';

const REQUEST: Request = {
  path: '/debug/configz',
  query: new URLSearchParams(),
  method: 'GET',
  peer: '127.0.0.1',
  host: 'localhost',
  body: () => Promise.resolve(''),
};

function toContext(objects: readonly DebugObject[]): DebugContext {
  const { snapshot } = new World({ sources: [] });
  return {
    snapshot: () => snapshot,
    streams: () => [],
    findProxy: () => undefined,
    listObjects: () => objects,
    lastRound: () => undefined,
    cacheFacts: () => ({ size: 0, hits: 0, misses: 0 }),
    watchedKinds: () => [],
    clusters: () => [],
    pushAll: () => {},
  };
}

const ROUTE: DebugObject = {
  key: objectKey('VirtualService', 'default', 'a'),
  written: { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'a' }, spec: {} },
  place: 'a.yaml:1:1',
  fate: { kind: 'applied' },
  isQuarantined: false,
  issues: [],
};
const SETTINGS: DebugObject = {
  key: objectKey('ConfigMap', 'istio-system', 'istio'),
  written: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'istio' }, data: { mesh: '{}' } },
  place: 'istio.yaml:1:1',
  fate: { kind: 'applied' },
  isQuarantined: false,
  issues: [],
};

describe('configz', () => {
  it.each<[string, DebugObject, unknown]>([
    ['an object in force', ROUTE, { place: 'a.yaml:1:1', kind: 'applied', issues: [] }],
    [
      'one that a proxy refused, whatever became of its text since',
      { ...ROUTE, fate: { kind: 'rejected', because: 'it has errors' }, isQuarantined: true },
      { place: 'a.yaml:1:1', kind: 'rejected', because: 'it has errors', quarantined: true, issues: [] },
    ],
  ])('says what became of %s', async (_, object, fate) => {
    const reply = await configz(toContext([object]))(REQUEST);
    expect(reply).toMatchObject({ value: [{ ...object.written, 'pilothouse.io/fate': fate }, { kind: 'MeshConfig' }] });
  });

  it.each<[string, readonly DebugObject[], string]>([
    ['of its ConfigMap', [SETTINGS], 'istio.yaml:1:1'],
    ['of nobody', [], ''],
  ])('shows the settings of the mesh with the fate %s', async (_, objects, place) => {
    const reply = await configz(toContext(objects))(REQUEST);
    const settings = reply.kind === 'json' && Array.isArray(reply.value) ? reply.value.at(-1) : undefined;
    expect(settings).toMatchObject({
      kind: 'MeshConfig',
      spec: { rootNamespace: 'istio-system' },
      'pilothouse.io/fate': { place, kind: 'applied', issues: [] },
    });
  });
});
