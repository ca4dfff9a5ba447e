import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../../../src/kit/log.ts';
import { INGRESS, meshOf } from '../../support/facts/mesh.ts';
import { envoyFilter, gateway, service } from '../../support/facts/objects.ts';

const WEB = { sidecar: 'default/web', ip: '1.1.1.1' };
const web = service('web', '{ clusterIP: 10.96.0.80, selector: { app: web }, ports: [{ name: http, port: 80 }] }');
const LUA = "{ name: lua, typed_config: { '@type': type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua } }";
const HTTP = 'filter: { name: envoy.filters.network.http_connection_manager';

beforeAll(() => configureLogs({ write: () => undefined }));

describe('what EnvoyFilters change', () => {
  it('L63: a filter that is added comes last, one that is put before another right before it', async () => {
    const filtersWith = async (subFilter: string, operation: string) => {
      const match = `{ context: SIDECAR_OUTBOUND, listener: { filterChain: { ${HTTP}${subFilter} } } } }`;
      const patch = `{ applyTo: HTTP_FILTER, match: ${match}, patch: { operation: ${operation}, value: ${LUA} } }`;
      const mesh = await meshOf([web, envoyFilter('lua', `{ configPatches: [${patch}] }`)], WEB);
      const names = mesh.show('listener 0.0.0.0_80 → filter_chains[0].http.http_filters[*].name');
      return Array.isArray(names) ? names : [];
    };
    expect((await filtersWith('', 'ADD')).slice(-2)).toEqual(['envoy.filters.http.router', 'lua']);
    const before = await filtersWith(', subFilter: { name: envoy.filters.http.cors }', 'INSERT_BEFORE');
    expect(before.indexOf('lua')).toBe(before.indexOf('envoy.filters.http.cors') - 1);
  });

  it('L64: a listener that is added for everybody is added once', async () => {
    const address = '{ socket_address: { address: 127.0.0.1, port_value: 7 } }';
    const added = `{ name: added, address: ${address}, filter_chains: [{ filters: [] }] }`;
    const patch = `{ applyTo: LISTENER, match: { context: ANY }, patch: { operation: ADD, value: ${added} } }`;
    const objects = [web, gateway('gw', '[]'), envoyFilter('added', `{ configPatches: [${patch}] }`, ROOT)];
    for (const proxy of [WEB, INGRESS]) {
      expect((await meshOf(objects, proxy)).show('names of listeners added')).toEqual(['added']);
    }
  });

  it('L65: of several for one field, the one of the higher number has the last word', async () => {
    const naming = (name: string, priority: number) => {
      const type =
        'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
      const value = `{ typed_config: { '@type': ${type}, server_name: ${name} } }`;
      const match = `{ context: SIDECAR_OUTBOUND, listener: { filterChain: { ${HTTP} } } } }`;
      const patch = `{ applyTo: NETWORK_FILTER, match: ${match}, patch: { operation: MERGE, value: ${value} } }`;
      return envoyFilter(name, `{ priority: ${priority}, configPatches: [${patch}] }`);
    };
    for (const objects of [
      [naming('a', 10), naming('b', 0)],
      [naming('a', 0), naming('b', 10)],
    ]) {
      const mesh = await meshOf([web, ...objects], WEB);
      const expected = objects[0]?.includes('priority: 10') ? 'a' : 'b';
      expect(mesh.show('listener 0.0.0.0_80 → filter_chains[0].http.server_name')).toBe(expected);
    }
  });
});

const ROOT = { namespace: 'istio-system' };
