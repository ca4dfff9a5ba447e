import { describe, expect, it } from 'vitest';
import { patches, resourceOf, VICTIM } from '../../../test/support/envoy-filter.ts';
import { toJson } from '../../gen/codec.ts';
import { CompileCache } from '../cache.ts';
import { internList } from '../list.ts';
import { compileExtensionConfigs, patchClusters, patchListeners, patchRouteConfigurations } from './patch-resources.ts';

const CLUSTER = 'envoy.config.cluster.v3.Cluster';
const LISTENER = 'envoy.config.listener.v3.Listener';
const CONFIGURATION = 'envoy.config.route.v3.RouteConfiguration';
const PATCH = 'EnvoyFilter/default/patch';

const a = resourceOf(CLUSTER, { name: 'a' });
const b = resourceOf(CLUSTER, { name: 'b' });
const note = { object: VICTIM, code: 'VS_HOST_SHADOWED', message: 'm' } as const;
const clusters = { resources: [a, b], notes: [note] };

describe('patchClusters', () => {
  it('keeps the identical resources that no patch is for, and changes the others once', () => {
    const cache = new CompileCache();
    const match = { cluster: { name: 'b' } };
    const own = internList(cache, patches({ to: 'CLUSTER', op: 'MERGE', match, value: { alt_stat_name: 'x' } }));
    const first = patchClusters(clusters, own, cache);
    const again = patchClusters({ ...clusters }, own, cache);
    expect(first.resources[0]).toBe(a);
    expect(first.resources[1]?.origins).toEqual([PATCH, VICTIM]);
    expect(again.resources[1]).toBe(first.resources[1]);
    expect(first.applied).toEqual(own);
    expect(first.notes).toBe(clusters.notes);
  });

  it('gives back the identical list when nothing matches', () => {
    const match = { cluster: { name: 'z' } };
    const patched = patchClusters(clusters, patches({ to: 'CLUSTER', op: 'REMOVE', match }), new CompileCache());
    expect(patched).toEqual({ ...clusters, applied: [], failed: [] });
    expect(patched.resources).toBe(clusters.resources);
  });

  it('removes, and adds what no later patch changes', () => {
    const own = patches(
      { to: 'CLUSTER', op: 'ADD', value: { name: 'added', alt_stat_name: 'mine' } },
      { to: 'CLUSTER', op: 'REMOVE', match: { cluster: { name: 'a' } } },
      { to: 'CLUSTER', op: 'MERGE', value: { alt_stat_name: 'x' } },
    );
    const { resources } = patchClusters(clusters, own, new CompileCache());
    expect(resources.map(({ bytes, origins }) => [toJson(CLUSTER, bytes), origins])).toEqual([
      [{ name: 'b', alt_stat_name: 'x' }, [PATCH, VICTIM]],
      [{ name: 'added', alt_stat_name: 'mine' }, [PATCH]],
    ]);
  });

  it.each([
    { value: { name: 'a' }, why: 'its name is taken' },
    { value: {}, why: 'it has no name' },
  ])('adds nothing when $why', ({ value, why }) => {
    const own = patches({ to: 'CLUSTER', op: 'ADD', value });
    const patched = patchClusters(clusters, own, new CompileCache());
    const message = `spec.configPatches[0] cannot be applied to a CLUSTER: ${why}`;
    expect(patched).toEqual({
      resources: clusters.resources,
      notes: [
        note,
        {
          object: PATCH,
          code: 'ENVOY_FILTER_PATCH_INVALID',
          message,
          fate: { kind: 'partly-applied', because: message },
        },
      ],
      applied: [],
      failed: own,
    });
  });
});

describe('patchListeners', () => {
  const listeners = {
    resources: [resourceOf(LISTENER, { name: 'l' }), resourceOf(LISTENER, { name: 'm' })],
    notes: [],
  };

  it('shares what it patches between all that see it under the same patches', () => {
    const cache = new CompileCache();
    const none = internList(cache, patches());
    const match = { listener: { name: 'l' } };
    const one = patches({ to: 'LISTENER', op: 'MERGE', match, value: { stat_prefix: 'x' } });
    const more = [...one, ...patches({ to: 'LISTENER', op: 'REMOVE', match: { listener: { name: 'n' } } })];
    const first = patchListeners(listeners, internList(cache, one), none, cache);
    const second = patchListeners(listeners, internList(cache, more), none, cache);
    expect(first.resources.map(({ name }) => name)).toEqual(['l', 'm']);
    expect(second.resources[0]).toBe(first.resources[0]);
    expect(first.resources[1]).toBe(listeners.resources[1]);
  });
});

describe('patchRouteConfigurations', () => {
  it("asks a gateway's routes for the ports that Gateways declare", () => {
    const routes = { resources: [resourceOf(CONFIGURATION, { name: 'http.8080' })], notes: [] };
    const gateway = new Map([['http.8080', { ports: [80], portName: '', gateway: '' }]]);
    const match = { routeConfiguration: { portNumber: 80 } };
    const own = patches({ to: 'ROUTE_CONFIGURATION', op: 'MERGE', match, value: { vhds: {} } });
    const { resources } = patchRouteConfigurations(routes, own, gateway, new CompileCache());
    expect(resources.map(({ bytes }) => toJson(CONFIGURATION, bytes))).toEqual([{ name: 'http.8080', vhds: {} }]);
  });
});

describe('compileExtensionConfigs', () => {
  it('serves what is added by its name', () => {
    const typed_config = { '@type': 'type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer' };
    const value = { name: 'mine', typed_config };
    const own = patches(
      { to: 'EXTENSION_CONFIG', op: 'INSERT_FIRST', value },
      { to: 'EXTENSION_CONFIG', op: 'REMOVE' },
    );
    const { resources, applied } = compileExtensionConfigs(own, new CompileCache());
    expect(
      resources.map(({ name, bytes, origins }) => [
        name,
        toJson('envoy.config.core.v3.TypedExtensionConfig', bytes),
        origins,
      ]),
    ).toEqual([['mine', value, [PATCH]]]);
    expect(applied).toEqual([own[0]]);
  });
});
