import { describe, expect, it } from 'vitest';
import { envoyFilter, patches, type WrittenPatch } from '../../../test/support/envoy-filter.ts';
import { listFamilyPatches, listSidePatches, type PatchSide, selectPatches } from './select.ts';

const proxy = { namespace: 'default', labels: {}, version: '1.29.1', metadata: { TIER: 'gold', PORTS: 5 } };

const isSelected = (match: object, version = proxy.version) => {
  const configPatches = [{ applyTo: 'CLUSTER', match, patch: { operation: 'REMOVE' } }];
  return selectPatches([envoyFilter({ configPatches })], { ...proxy, version }, 'root').length === 1;
};

describe('selectPatches', () => {
  it.each([
    { match: {}, hit: true },
    { match: { proxy: { proxyVersion: '^1\\.29' } }, hit: true },
    { match: { proxy: { proxyVersion: '29' } }, hit: true },
    { match: { proxy: { proxyVersion: '^1\\.28.*' } }, hit: false },
    { match: { proxy: { proxyVersion: '.*' } }, version: '', hit: false },
    { match: { proxy: { proxyVersion: '' } }, version: '', hit: true },
    { match: { proxy: { proxyVersion: 'x|'.repeat(600) } }, hit: false },
    { match: { proxy: { metadata: { TIER: 'gold' } } }, hit: true },
    { match: { proxy: { metadata: { TIER: 'silver' } } }, hit: false },
    { match: { proxy: { metadata: { PORTS: '5' } } }, hit: false },
    { match: { proxy: { metadata: { NONE: '' } } }, hit: false },
    { match: { context: 'WAYPOINT' }, hit: false },
  ])('by $match at version $version: $hit', ({ match, version, hit }) => {
    expect(isSelected(match, version)).toBe(hit);
  });
});

describe('listSidePatches', () => {
  const SIDES = ['SIDECAR_INBOUND', 'SIDECAR_OUTBOUND', 'GATEWAY'] as const satisfies readonly PatchSide[];
  const sidesOf = (family: 'cluster' | 'listener' | 'route', written: WrittenPatch) =>
    SIDES.filter((side) => listSidePatches(patches(written), family, side).length === 1);

  it.each<{ family: 'cluster' | 'listener' | 'route'; patch: WrittenPatch; sides: readonly PatchSide[] }>([
    { family: 'cluster', patch: { to: 'CLUSTER', op: 'REMOVE' }, sides: SIDES },
    {
      family: 'cluster',
      patch: { to: 'CLUSTER', op: 'REMOVE', match: { context: 'SIDECAR_INBOUND' } },
      sides: ['SIDECAR_INBOUND'],
    },
    {
      family: 'cluster',
      patch: { to: 'CLUSTER', op: 'ADD', value: { name: 'x' } },
      sides: ['SIDECAR_OUTBOUND', 'GATEWAY'],
    },
    {
      family: 'cluster',
      patch: { to: 'CLUSTER', op: 'ADD', match: { context: 'SIDECAR_INBOUND' }, value: { name: 'x' } },
      sides: ['SIDECAR_INBOUND'],
    },
    {
      family: 'listener',
      patch: { to: 'LISTENER', op: 'ADD', value: { name: 'x' } },
      sides: ['SIDECAR_OUTBOUND', 'GATEWAY'],
    },
    {
      family: 'listener',
      patch: { to: 'LISTENER', op: 'INSERT_FIRST', value: { name: 'x' } },
      sides: ['SIDECAR_OUTBOUND', 'GATEWAY'],
    },
    { family: 'listener', patch: { to: 'HTTP_FILTER', op: 'ADD', value: { name: 'x' } }, sides: SIDES },
    { family: 'route', patch: { to: 'VIRTUAL_HOST', op: 'ADD', value: { name: 'x' } }, sides: SIDES },
    { family: 'route', patch: { to: 'CLUSTER', op: 'REMOVE' }, sides: [] },
    { family: 'route', patch: { to: 'HTTP_ROUTE', op: 'REMOVE', match: { context: 'GATEWAY' } }, sides: ['GATEWAY'] },
  ])('$patch.op $patch.to $patch.match of $family', ({ family, patch, sides }) => {
    expect(sidesOf(family, patch)).toEqual(sides);
  });

  it('adds a resource of one name on one side', () => {
    const add = (name: string, context: string) =>
      ({ to: 'CLUSTER', op: 'ADD', match: { context }, value: { name } }) as const;
    const [outbound, again, other] = patches(
      add('x', 'SIDECAR_OUTBOUND'),
      add('x', 'SIDECAR_INBOUND'),
      add('y', 'SIDECAR_INBOUND'),
    );
    const all = [outbound, again, other].flatMap((patch) => patch ?? []);
    expect(listSidePatches(all, 'cluster', 'SIDECAR_OUTBOUND')).toEqual([outbound]);
    expect(listSidePatches(all, 'cluster', 'SIDECAR_INBOUND')).toEqual([other]);
  });

  it('knows what has no side', () => {
    const value = {
      name: 'x',
      typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer' },
    };
    const written = patches({ to: 'EXTENSION_CONFIG', op: 'ADD', match: { context: 'GATEWAY' }, value });
    expect(listFamilyPatches(written, 'extension')).toEqual(written);
  });
});
