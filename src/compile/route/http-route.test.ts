import { describe, expect, it } from 'vitest';
import { match, prefix, rule, split, to } from '../../../test/support/http-rule.ts';
import { virtualService } from '../../../test/support/model.ts';
import type { envoy_config_route_v3_Route as Route } from '../../gen/messages.ts';
import { objectKey } from '../../model/object.ts';
import type { HttpRoute, VirtualService } from '../../model/virtual-service.ts';
import type { RouteContext } from './action.ts';
import { compileHttpRoutes, listRoutes } from './http-route.ts';
import { listHttpDestinations, toTarget } from './target.ts';

const CONTEXT: RouteContext = {
  listenPort: 80,
  tls: false,
  appendXForwardedHost: false,
  retries: { attempts: 0 },
  shadowHostSuffix: false,
};

const routesOf = (
  http: readonly HttpRoute[],
  context: Partial<RouteContext> = {},
  rest: Partial<VirtualService> = {},
) => {
  const vs = virtualService('default', 'v', { http, ...rest });
  const targets = listHttpDestinations(vs).map((d) => toTarget(d, d.host, d.port ?? 80, undefined));
  return listRoutes(vs, { ...CONTEXT, ...context }, '', targets);
};

const metadata = {
  filter_metadata: {
    istio: {
      fields: { config: { string_value: '/apis/networking.istio.io/v1/namespaces/default/virtual-service/v' } },
    },
  },
};
const noTimeout = { timeout: { seconds: 0 }, max_stream_duration: { grpc_timeout_header_max: { seconds: 0 } } };
const answered = { direct_response: { status: 200 }, metadata, decorator: { operation: 'v:80/*' } };
const headers = (set: Record<string, string>) => ({
  request: { set, add: {}, remove: [] },
  response: { set: {}, add: {}, remove: [] },
});

/** The route of one rule that has one. */
const routeOf = (given: HttpRoute, context?: Partial<RouteContext>, rest?: Partial<VirtualService>): Route => {
  const [route] = routesOf([given], context, rest);
  if (route === undefined) throw new Error('no route');
  return route;
};

describe('routes of rules', () => {
  const named = (name: string, rest: Partial<HttpRoute> = {}) => rule({ name, ...rest });
  const namesOf = (http: readonly HttpRoute[]) => routesOf(http).map((route) => route.name);

  it.each([
    { when: 'there are none', http: [], expected: [] },
    {
      when: 'each has matches',
      http: [
        named('a', { matches: [prefix('/1'), prefix('/2', { name: 'm' })] }),
        named('b', { matches: [prefix('/3')] }),
      ],
      expected: ['a', 'a.m', 'b'],
    },
    { when: 'one has none', http: [named('a'), named('b')], expected: ['a'] },
    {
      when: 'a match takes everything',
      http: [named('a', { matches: [match({ uri: { kind: 'regex', value: '.*' } }), prefix('/x')] }), named('b')],
      expected: ['a'],
    },
    {
      when: 'one is for another port',
      http: [named('a', { matches: [prefix('/', { port: 81 })] }), named('b')],
      expected: ['b'],
    },
    { when: 'one does nothing', http: [named('a', { action: { kind: 'none' } }), named('b')], expected: ['b'] },
  ] as const)('are in order, up to one that takes everything, when $when', ({ http, expected }) => {
    expect(namesOf(http)).toEqual(expected);
  });

  it('are left out where their match is not for the caller', () => {
    const http = [rule({ name: 'a', matches: [prefix('/1'), prefix('/2', { name: 'm' })] }), rule({ name: 'b' })];
    const routes = listRoutes(virtualService('default', 'v', { http }), CONTEXT, '010', []);
    expect(routes.map((route) => route.name)).toEqual(['a.m']);
  });

  it('are named by their match alone where the rule has no name', () => {
    expect(routeOf(rule({ matches: [prefix('/', { name: 'm' })] })).name).toBe('.m');
  });

  it('carry the place of their object, and say in traces what they are for', () => {
    expect(routesOf([rule({ matches: [prefix('/a', { statPrefix: 's' })] }), rule()])).toEqual([
      {
        ...answered,
        match: { prefix: '/a', case_sensitive: { value: true } },
        stat_prefix: 's',
        decorator: { operation: 'v:80/a*' },
      },
      { ...answered, match: { prefix: '/' } },
    ]);
  });

  it.each([
    { of: 'an exact path', uri: { kind: 'exact', value: '/a' }, semantics: 'istio', expected: 'v:80/a' },
    { of: 'a pattern', uri: { kind: 'regex', value: '/a.' }, semantics: 'istio', expected: 'v:80/a.' },
    { of: 'path segments', uri: { kind: 'prefix', value: '/a' }, semantics: 'gateway', expected: 'v:80/*' },
  ] as const)('name $of in traces', ({ uri, semantics, expected }) => {
    const given = rule({ matches: [match({ uri })] });
    expect(routeOf(given, {}, { semantics }).decorator).toEqual({ operation: expected });
  });
});

describe('destinations', () => {
  it('alone are a cluster, whatever their weight', () => {
    expect(routeOf(rule({ action: to('a', { port: 81, subset: 's' }) }))).toEqual({
      match: { prefix: '/' },
      route: { cluster: 'outbound|81|s|a', ...noTimeout },
      metadata,
      decorator: { operation: 'a:81/*' },
    });
  });

  it('together share by weight, and those of weight 0 are left out', () => {
    const action = split([{ host: 'a' }, 80], [{ host: 'b' }, 20], [{ host: 'c' }, 0]);
    expect(routeOf(rule({ action }))).toEqual({
      match: { prefix: '/' },
      route: {
        weighted_clusters: {
          clusters: [
            { name: 'outbound|80||a', weight: { value: 80 } },
            { name: 'outbound|80||b', weight: { value: 20 } },
          ],
        },
        ...noTimeout,
      },
      metadata,
      decorator: { operation: 'v:80/*' },
    });
  });

  it('change headers on their share, and the host', () => {
    const [first, second] = [
      { destination: { host: 'a' }, weight: 1 },
      { destination: { host: 'b' }, weight: 1 },
    ];
    const changed = { ...first, headers: headers({ Host: 'h1', x: '1' }) };
    const { route } = routeOf(rule({ action: { kind: 'route', destinations: [changed, second] } }));
    expect(route?.weighted_clusters?.clusters?.[0]).toEqual({
      name: 'outbound|80||a',
      weight: { value: 1 },
      host_rewrite_literal: 'h1',
      request_headers_to_add: [{ header: { key: 'x', value: '1' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' }],
    });
  });

  it('alone change headers behind those of their rule, and the host only where the rule does not', () => {
    const only = { destination: { host: 'a' }, weight: 0, headers: headers({ host: 'h1', x: '1' }) };
    const action = { kind: 'route', destinations: [only] } as const;
    const own = routeOf(rule({ action }));
    const both = routeOf(rule({ action, headers: headers({ ':authority': 'h2', y: '2' }) }));
    expect([own.route?.host_rewrite_literal, both.route?.host_rewrite_literal]).toEqual(['h1', 'h2']);
    expect(both.request_headers_to_add?.map(({ header }) => header?.key)).toEqual(['y', 'x']);
  });

  it('without a host answer 500 as the Gateway API wants', () => {
    expect(routeOf(rule({ action: to('') }), {}, { semantics: 'gateway' })).toEqual({
      match: { prefix: '/' },
      route: {
        cluster: 'UnknownService',
        ...noTimeout,
        cluster_not_found_response_code: 'INTERNAL_SERVER_ERROR',
      },
      metadata,
      decorator: { operation: 'v:80/*' },
    });
  });

  it('are mirrored, except to 0 %', () => {
    const mirrors = [
      { destination: { host: 'm', subset: 'v2' }, percent: 5 },
      { destination: { host: 'n' }, percent: 0 },
    ];
    const { route } = routeOf(rule({ action: to('a'), mirrors }));
    expect(route?.request_mirror_policies?.map(({ cluster }) => cluster)).toEqual(['outbound|80|v2|m']);
  });
});

describe('settings of rules', () => {
  const action = to('a');

  it("limit the time, gRPC's own limit included", () => {
    expect(routeOf(rule({ action, timeout: { kind: 'after', ms: 5500 } })).route).toEqual({
      cluster: 'outbound|80||a',
      timeout: { seconds: 5, nanos: 500_000_000 },
      max_grpc_timeout: { seconds: 5, nanos: 500_000_000 },
    });
  });

  it('retry as the rule says, else as the mesh does', () => {
    const attempts = (given: HttpRoute) =>
      routeOf(given, { retries: { attempts: 7 } }).route?.retry_policy?.num_retries;
    expect([attempts(rule({ action })), attempts(rule({ action, retries: { attempts: 3 } }))]).toEqual([
      { value: 7 },
      { value: 3 },
    ]);
  });

  it.each([
    { rewrite: { uri: '/n' }, semantics: 'istio', expected: { prefix_rewrite: '/n' } },
    { rewrite: { authority: 'h' }, semantics: 'istio', expected: { host_rewrite_literal: 'h' } },
    {
      rewrite: { uri: '/n', uriRegex: { match: '^/(.*)', rewrite: '/x/\\1' } },
      semantics: 'istio',
      expected: { regex_rewrite: { pattern: { regex: '^/(.*)' }, substitution: '/x/\\1' } },
    },
    {
      rewrite: { uri: '/' },
      semantics: 'gateway',
      expected: { regex_rewrite: { pattern: { regex: '^/a\\.b(/?)(.*)' }, substitution: '/\\2' } },
    },
  ] as const)('rewrite $rewrite in the $semantics API', ({ rewrite, semantics, expected }) => {
    const given = rule({ action, rewrite, matches: [prefix('/a.b')] });
    const { cluster, timeout, max_stream_duration, cluster_not_found_response_code, ...rest } =
      routeOf(given, {}, { semantics }).route ?? {};
    expect(rest).toEqual(expected);
  });

  it('tell the original host where the proxy forwards it, but only with a rewrite', () => {
    const forwards = (given: HttpRoute) =>
      routeOf(given, { appendXForwardedHost: true }).route?.append_x_forwarded_host;
    expect([forwards(rule({ action })), forwards(rule({ action, rewrite: { uri: '/n' } }))]).toEqual([undefined, true]);
  });

  it('turn faults and CORS on in their filters', () => {
    const given = rule({
      fault: { abort: { status: { kind: 'http', code: 500 }, percent: 100 } },
      cors: { allowOrigins: [], allowMethods: [], allowHeaders: [], exposeHeaders: [], unmatchedPreflights: 'forward' },
    });
    expect(Object.keys(routeOf(given).typed_per_filter_config ?? {})).toEqual([
      'envoy.filters.http.cors',
      'envoy.filters.http.fault',
    ]);
  });
});

describe('compileHttpRoutes', () => {
  it('names the VirtualService and its delegates as the origin', () => {
    const delegates = [objectKey('VirtualService', 'default', 'd')];
    const vs = virtualService('default', 'v', { http: [rule()], delegates });
    expect(compileHttpRoutes(vs, CONTEXT, '', []).origins).toEqual([
      'VirtualService/default/v',
      'VirtualService/default/d',
    ]);
  });
});
