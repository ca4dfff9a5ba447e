import { describe, expect, it } from 'vitest';
import { jsonOf, patches, resourceOf, type WrittenPatch } from '../../../test/support/envoy-filter.ts';
import { matchesRouteConfiguration, type GatewayRoutes } from './route-match.ts';
import { patchRoutes } from './route.ts';

const CONFIGURATION = 'envoy.config.route.v3.RouteConfiguration';

const a = { name: 'a', match: { prefix: '/a' }, route: { cluster: 'c' } };
const b = { name: 'b', match: { prefix: '/b' }, redirect: { host_redirect: 'x' } };
const c = { name: 'c', match: { prefix: '/c' }, direct_response: { status: 200 } };
const added = { name: 'new', match: { prefix: '/' }, route: { cluster: 'n' } };
const host = { name: 'v', domains: ['v.ex', 'v'], routes: [a, b, c] };
const other = { name: 'w', domains: ['w.ex'], routes: [a] };
const configuration = { name: '80', virtual_hosts: [host, other] };

function patch(...written: WrittenPatch[]): unknown {
  return jsonOf(CONFIGURATION, patchRoutes(resourceOf(CONFIGURATION, configuration), patches(...written)));
}

describe('ROUTE_CONFIGURATION', () => {
  it.each<{ patch: WrittenPatch; after: object }>([
    {
      patch: { to: 'ROUTE_CONFIGURATION', op: 'MERGE', value: { internal_only_headers: ['x'] } },
      after: { ...configuration, internal_only_headers: ['x'] },
    },
    {
      patch: { to: 'ROUTE_CONFIGURATION', op: 'MERGE_AND_REPLACE_LIST', value: { virtual_hosts: [other] } },
      after: { name: '80', virtual_hosts: [other] },
    },
    { patch: { to: 'ROUTE_CONFIGURATION', op: 'ADD', value: { name: 'x' } }, after: configuration },
    { patch: { to: 'ROUTE_CONFIGURATION', op: 'REMOVE' }, after: configuration },
    { patch: { to: 'ROUTE_CONFIGURATION', op: 'REPLACE', value: { name: 'x' } }, after: configuration },
    { patch: { to: 'ROUTE_CONFIGURATION', op: 'INSERT_FIRST', value: { name: 'x' } }, after: configuration },
  ])('$patch.op', ({ patch: written, after }) => {
    expect(patch(written)).toEqual(after);
  });
});

describe('VIRTUAL_HOST', () => {
  const byName = { routeConfiguration: { vhost: { name: 'v' } } };
  const byDomain = { routeConfiguration: { vhost: { domainName: 'v.ex' } } };
  const whole = { name: 'x', domains: ['x.ex'] };

  it.each<{ what: string; patch: WrittenPatch; hosts: readonly object[] }>([
    { what: 'ADD', patch: { to: 'VIRTUAL_HOST', op: 'ADD', value: whole }, hosts: [host, other, whole] },
    {
      what: 'INSERT_FIRST adds',
      patch: { to: 'VIRTUAL_HOST', op: 'INSERT_FIRST', value: whole },
      hosts: [host, other, whole],
    },
    { what: 'REMOVE', patch: { to: 'VIRTUAL_HOST', op: 'REMOVE', match: byName }, hosts: [other] },
    { what: 'REMOVE by domain', patch: { to: 'VIRTUAL_HOST', op: 'REMOVE', match: byDomain }, hosts: [other] },
    { what: 'REMOVE of all', patch: { to: 'VIRTUAL_HOST', op: 'REMOVE' }, hosts: [] },
    {
      what: 'REPLACE',
      patch: { to: 'VIRTUAL_HOST', op: 'REPLACE', match: byName, value: whole },
      hosts: [whole, other],
    },
    {
      what: 'MERGE',
      patch: { to: 'VIRTUAL_HOST', op: 'MERGE', match: byName, value: { domains: ['z'], require_tls: 'ALL' } },
      hosts: [{ ...host, domains: ['v.ex', 'v', 'z'], require_tls: 'ALL' }, other],
    },
    {
      what: 'MERGE_AND_REPLACE_LIST',
      patch: { to: 'VIRTUAL_HOST', op: 'MERGE_AND_REPLACE_LIST', match: byName, value: { domains: ['z'] } },
      hosts: [{ ...host, domains: ['z'] }, other],
    },
  ])('$what', ({ patch: written, hosts }) => {
    const rest = hosts.length === 0 ? {} : { virtual_hosts: hosts };
    expect(patch(written)).toEqual({ name: '80', ...rest });
  });
});

describe('HTTP_ROUTE', () => {
  const inHost = (route?: object) => ({ routeConfiguration: { vhost: { name: 'v', ...(route && { route }) } } });
  const named = (name: string) => inHost({ name });

  it.each<{ op: WrittenPatch['op']; match: object; value?: object; routes: readonly object[] }>([
    { op: 'ADD', match: inHost(), value: added, routes: [a, b, c, added] },
    { op: 'ADD', match: named('b'), value: added, routes: [a, b, c, added] },
    { op: 'INSERT_FIRST', match: inHost(), value: added, routes: [added, a, b, c] },
    { op: 'INSERT_FIRST', match: named('b'), value: added, routes: [added, a, b, c] },
    { op: 'INSERT_FIRST', match: named('z'), value: added, routes: [a, b, c] },
    { op: 'INSERT_BEFORE', match: inHost(), value: added, routes: [added, a, b, c] },
    { op: 'INSERT_BEFORE', match: named('b'), value: added, routes: [a, added, b, c] },
    { op: 'INSERT_BEFORE', match: named('z'), value: added, routes: [a, b, c] },
    { op: 'INSERT_AFTER', match: inHost(), value: added, routes: [a, b, c, added] },
    { op: 'INSERT_AFTER', match: named('b'), value: added, routes: [a, b, added, c] },
    { op: 'INSERT_AFTER', match: named('z'), value: added, routes: [a, b, c] },
    { op: 'REPLACE', match: named('b'), value: added, routes: [a, b, c] },
    { op: 'REMOVE', match: named('b'), routes: [a, c] },
    { op: 'REMOVE', match: inHost({ action: 'ROUTE' }), routes: [b, c] },
    { op: 'REMOVE', match: inHost({ action: 'REDIRECT' }), routes: [a, c] },
    { op: 'REMOVE', match: inHost({ action: 'DIRECT_RESPONSE' }), routes: [a, b] },
    {
      op: 'MERGE',
      match: named('a'),
      value: { route: { timeout: '1s' } },
      routes: [{ ...a, route: { cluster: 'c', timeout: '1s' } }, b, c],
    },
    {
      op: 'MERGE_AND_REPLACE_LIST',
      match: named('a'),
      value: { request_headers_to_remove: ['x'] },
      routes: [{ ...a, request_headers_to_remove: ['x'] }, b, c],
    },
  ])('$op $match', ({ op, match, value, routes }) => {
    const written = { to: 'HTTP_ROUTE', op, match, ...(value && { value }) } as const;
    expect(patch(written)).toEqual({ name: '80', virtual_hosts: [{ ...host, routes }, other] });
  });

  it('patches the routes of a host that was just replaced', () => {
    const after = patch(
      { to: 'HTTP_ROUTE', op: 'REMOVE', match: { routeConfiguration: { vhost: { route: { name: 'a' } } } } },
      {
        to: 'VIRTUAL_HOST',
        op: 'REPLACE',
        match: { routeConfiguration: { vhost: { name: 'w' } } },
        value: { name: 'x', routes: [a, c] },
      },
    );
    expect(after).toEqual({
      name: '80',
      virtual_hosts: [
        { ...host, routes: [b, c] },
        { name: 'x', routes: [c] },
      ],
    });
  });
});

describe('matchesRouteConfiguration', () => {
  const shared: GatewayRoutes = { ports: [80, 81], portName: '', gateway: '' };
  const own: GatewayRoutes = { ports: [443], portName: 'https', gateway: 'ns/gw' };

  it.each<{ match: object; name: string; gateway?: GatewayRoutes; hit: boolean }>([
    { match: { name: '80' }, name: '80', hit: true },
    { match: { name: '80' }, name: '81', hit: false },
    { match: { portNumber: 80 }, name: '80', hit: true },
    { match: { portNumber: 80 }, name: '8080', hit: false },
    { match: { portNumber: 80 }, name: 'inbound|80||', hit: true },
    { match: { portNumber: 80 }, name: 'vip.ex:80', hit: false },
    { match: { portName: 'http', gateway: 'ns/gw' }, name: '80', hit: true },
    { match: { portNumber: 81 }, name: 'http.8080', gateway: shared, hit: true },
    { match: { portNumber: 8080 }, name: 'http.8080', gateway: shared, hit: false },
    { match: { gateway: 'ns/gw' }, name: 'http.8080', gateway: shared, hit: false },
    { match: { portNumber: 443, portName: 'https', gateway: 'ns/gw' }, name: 'https.443', gateway: own, hit: true },
    { match: { portName: 'other' }, name: 'https.443', gateway: own, hit: false },
    { match: { gateway: 'ns/other' }, name: 'https.443', gateway: own, hit: false },
  ])('$match in $name', ({ match, name, gateway, hit }) => {
    const [written] = patches({
      to: 'ROUTE_CONFIGURATION',
      op: 'MERGE',
      match: { routeConfiguration: match },
      value: {},
    });
    expect(written && matchesRouteConfiguration(written, name, gateway)).toBe(hit);
  });
});
