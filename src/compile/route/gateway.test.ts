import { describe, expect, it } from 'vitest';
import { prefix, rule, to } from '../../../test/support/http-rule.ts';
import { meshConfig, proxyClass } from '../../../test/support/mesh.ts';
import { destinationRule, meta, service, virtualService } from '../../../test/support/model.ts';
import { decodeMessage, encodeMessage, toJson } from '../../gen/codec.ts';
import type { Gateway, GatewayServer } from '../../model/gateway.ts';
import type { MergedGateway, MergedServer } from '../../model/merged-gateway.ts';
import { createRouterScope } from '../../model/router-scoping.ts';
import { RuleIndex } from '../../model/rule-index.ts';
import type { Service } from '../../model/service.ts';
import type { HttpRoute, VirtualService } from '../../model/virtual-service.ts';
import { CompileCache } from '../cache.ts';
import { compileGatewayRoutes } from './gateway.ts';

const ROUTE_CONFIGURATION = 'envoy.config.route.v3.RouteConfiguration';
const NAMESPACE = 'istio-system';

const server = (hosts: GatewayServer['hosts'], rest: Partial<GatewayServer> = {}): GatewayServer => ({
  port: { number: 80, name: 'http', protocol: 'http' },
  hosts,
  httpsRedirect: false,
  ...rest,
});

const gateway = (name: string, first: GatewayServer, ...rest: GatewayServer[]): Gateway => ({
  meta: meta('Gateway', NAMESPACE, name),
  servers: [first, ...rest],
});

/** All servers of all gateways, on one route configuration. */
const merge = (gateways: readonly Gateway[], routeName: string): MergedGateway => {
  const merged = gateways.flatMap((of) =>
    of.servers.map(
      (each): MergedServer => ({
        gateway: of,
        server: each,
        gatewayName: `${of.meta.namespace}/${of.meta.name}`,
        routeName,
      }),
    ),
  );
  const [first, ...rest] = merged;
  if (first === undefined) throw new Error('no server');
  return {
    groups: [],
    rejected: [],
    serversByRoute: new Map([[routeName, [first, ...rest]]]),
    hasAutoPassthrough: false,
  };
};

interface Given {
  readonly gateways: readonly Gateway[];
  readonly virtualServices?: readonly VirtualService[];
  readonly services?: readonly Service[];
  readonly routeName?: string;
}

const compile = (
  { gateways, virtualServices = [], services = [], routeName = 'http.8080' }: Given,
  cache = new CompileCache(),
) => {
  const rules = new RuleIndex([destinationRule('default', 'unused')], NAMESPACE);
  const input = { mesh: meshConfig(), services, virtualServices, rules, namespace: NAMESPACE, labels: {} };
  const scope = createRouterScope(input, merge(gateways, routeName));
  const proxy = proxyClass({ type: 'router', namespace: NAMESPACE, dnsDomain: `${NAMESPACE}.svc.cluster.local` });
  return compileGatewayRoutes(scope, proxy, cache);
};

const hostsOf = (given: Given) => {
  const [resource] = compile(given).resources;
  return resource ? (decodeMessage(ROUTE_CONFIGURATION, resource.bytes).virtual_hosts ?? []) : [];
};

/** Virtual hosts with their domains and the names of their routes. */
const outlineOf = (given: Given) =>
  Object.fromEntries(
    hostsOf(given).map((host) => [host.name, [host.domains, host.routes?.map((route) => route.name)]]),
  );

const bound = (
  name: string,
  hosts: readonly string[],
  http: readonly HttpRoute[] = [rule({ name })],
  namespace = 'default',
) => virtualService(namespace, name, { hosts, http, gateways: [`${NAMESPACE}/gw`] });

describe('compileGatewayRoutes', () => {
  it('serves the hosts that a server and a VirtualService have in common', () => {
    const gateways = [gateway('gw', server(['*']))];
    const [resource] = compile({ gateways, virtualServices: [bound('v', ['A.example.com'])] }).resources;
    expect(resource && [resource.origins, toJson(ROUTE_CONFIGURATION, resource.bytes)]).toEqual([
      ['VirtualService/default/v', 'Gateway/istio-system/gw'],
      {
        name: 'http.8080',
        virtual_hosts: [
          {
            name: 'a.example.com:80',
            domains: ['a.example.com'],
            routes: [
              {
                name: 'v',
                match: { prefix: '/' },
                direct_response: { status: 200 },
                metadata: {
                  filter_metadata: {
                    istio: { config: '/apis/networking.istio.io/v1/namespaces/default/virtual-service/v' },
                  },
                },
                decorator: { operation: 'v:80/*' },
              },
            ],
            include_request_attempt_count: true,
          },
        ],
        validate_clusters: false,
        max_direct_response_body_size_bytes: 1_048_576,
        ignore_port_in_host_matching: true,
      },
    ]);
    expect(resource && encodeMessage(ROUTE_CONFIGURATION, decodeMessage(ROUTE_CONFIGURATION, resource.bytes))).toEqual(
      resource?.bytes,
    );
  });

  it.each([
    { when: 'nothing is bound', servers: ['*'], rules: [], expected: { 'blackhole:80': [['*'], undefined] } },
    {
      when: 'the rule has a wildcard',
      servers: ['example.org'],
      rules: [bound('v', ['*.org'])],
      expected: { 'example.org:80': [['example.org'], ['v']] },
    },
    {
      when: 'the server has a wildcard',
      servers: ['*.org'],
      rules: [bound('v', ['b.org', 'x.com'])],
      expected: { 'b.org:80': [['b.org'], ['v']] },
    },
    { when: 'both are everything', servers: ['*'], rules: [bound('v', ['*'])], expected: { '*:80': [['*'], ['v']] } },
    {
      when: 'they differ in case',
      servers: ['z.other.com'],
      rules: [bound('v', ['Z.other.com'])],
      expected: { 'blackhole:80': [['*'], undefined] },
    },
    {
      when: 'the server is open to another namespace',
      servers: ['shop/*'],
      rules: [bound('v', ['a.com'])],
      expected: { 'blackhole:80': [['*'], undefined] },
    },
    {
      when: 'the server is open to this namespace',
      servers: ['default/*'],
      rules: [bound('v', ['a.com'])],
      expected: { 'a.com:80': [['a.com'], ['v']] },
    },
    {
      when: 'a rule has several hosts',
      servers: ['*'],
      rules: [bound('v', ['b.com', 'long.a.com'])],
      expected: { 'long.a.com:80': [['long.a.com', 'b.com'], ['v']] },
    },
    {
      when: 'rules are for another port or gateway',
      servers: ['*'],
      rules: [
        bound(
          'v',
          ['a.com'],
          [
            rule({ name: 'p', matches: [prefix('/', { port: 81 })] }),
            rule({ name: 'g', matches: [prefix('/', { gateways: ['mesh'] })] }),
          ],
        ),
      ],
      expected: { 'blackhole:80': [['*'], undefined] },
    },
    {
      when: 'several rules have the host: what takes everything goes last',
      servers: ['*'],
      rules: [
        bound('old', ['a.com'], [rule({ name: 'all' })]),
        bound('new', ['a.com'], [rule({ name: '/x', matches: [prefix('/x')] }), rule({ name: 'rest' })]),
      ],
      expected: { 'a.com:80': [['a.com'], ['/x', 'all', 'rest']] },
    },
  ] as const)('when $when', ({ servers: [host], rules, expected }) => {
    expect(outlineOf({ gateways: [gateway('gw', server([host]))], virtualServices: rules })).toEqual(expected);
  });

  it('has the routes of a VirtualService once for each Gateway that it comes through', () => {
    const gateways = [gateway('gw', server(['*'])), gateway('gw2', server(['*']))];
    const vs = { ...bound('v', ['a.com']), gateways: [`${NAMESPACE}/gw`, `${NAMESPACE}/gw2`] } as const;
    expect(outlineOf({ gateways, virtualServices: [vs] })).toEqual({ 'a.com:80': [['a.com'], ['v', 'v']] });
  });

  it('sends requests without TLS to https where a server says so', () => {
    const gateways = [gateway('gw', server(['*.example.com', 'default/local.org'], { httpsRedirect: true }))];
    const hosts = hostsOf({ gateways, virtualServices: [bound('v', ['a.example.com'])] });
    expect(
      hosts.map(({ name, domains, require_tls, routes = [] }) => [name, domains, require_tls, routes.length]),
    ).toEqual([
      ['a.example.com:80', ['a.example.com'], 'ALL', 1],
      ['local.org:80', ['local.org', '*.example.com'], 'ALL', 0],
    ]);
  });

  it("redirects as from the server's port", () => {
    const redirect = (uri: string) =>
      rule({ action: { kind: 'redirect', redirect: { uri, code: 308, port: { kind: 'from-request' } } } });
    const tls = {
      mode: 'simple',
      certificate: { kind: 'none' },
      subjectAltNames: [],
      verifyCertificateSpki: [],
      verifyCertificateHash: [],
      minVersion: 'TLS_AUTO',
      maxVersion: 'TLS_AUTO',
      cipherSuites: [],
      insecureSkipVerify: false,
    } as const;
    const virtualServices = [bound('v', ['a.com'], [redirect('/y')])];
    const actionOf = (rest: Partial<GatewayServer>) =>
      hostsOf({ gateways: [gateway('gw', server(['*'], rest))], virtualServices })[0]?.routes?.[0]?.redirect;
    expect(actionOf({})).toEqual({ path_redirect: '/y', response_code: 'PERMANENT_REDIRECT' });
    const https = { port: { number: 8443, name: 'https', protocol: 'https' }, tls } as const;
    expect(actionOf(https)).toEqual({ path_redirect: '/y', port_redirect: 8443, response_code: 'PERMANENT_REDIRECT' });
  });

  it("leads to the only port of a service, else to the server's", () => {
    const single = service('default', 'single', { ports: [{ name: 'http', number: 8888, protocol: 'http' }] });
    const virtualServices = [
      bound('a', ['a.com'], [rule({ action: to(single.hostname) })]),
      bound('b', ['b.com'], [rule({ action: to('unknown.example.com') })]),
    ];
    const given = { gateways: [gateway('gw', server(['*']))], virtualServices, services: [single] };
    expect(hostsOf(given).map((host) => host.routes?.[0]?.route?.cluster)).toEqual([
      `outbound|8888||${single.hostname}`,
      'outbound|80||unknown.example.com',
    ]);
    expect(compile(given).notes.map(({ code }) => code)).toEqual(['VS_DESTINATION_UNKNOWN']);
  });

  it("shows rules by the namespace of the workload, not by the Gateway's", () => {
    const name = 'elsewhere/gw';
    const elsewhere = { ...gateway('gw', server(['*'])), meta: meta('Gateway', 'elsewhere', 'gw') };
    const exported = (to: string, visibility: VirtualService['visibility']) =>
      virtualService('elsewhere', to, { hosts: [`${to}.com`], gateways: [name], visibility, http: [rule()] });
    const virtualServices = [
      exported('gateway', { kind: 'private' }),
      exported('workload', { kind: 'namespaces', namespaces: new Set([NAMESPACE]) }),
      exported('all', { kind: 'public' }),
    ];
    const hosts = hostsOf({ gateways: [elsewhere], virtualServices });
    expect(hosts.map((host) => host.name)).toEqual(['all.com:80', 'workload.com:80']);
  });

  it('says nothing of where rules lead that are for others', () => {
    const http = [
      rule({ matches: [prefix('/', { gateways: ['mesh'] })], action: to('gateway.example.com', { subset: 'v1' }) }),
      rule({ matches: [prefix('/', { gateways: [`${NAMESPACE}/gw`] })], action: to('unknown.example.com') }),
    ];
    const given = { gateways: [gateway('gw', server(['*']))], virtualServices: [bound('a', ['a.com'], http)] };
    expect(compile(given).notes.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^destination "unknown.example.com" /),
    ]);
  });

  it("means the rule's own namespace where several have a service of one host", () => {
    const ports = (number: number) => [{ name: 'http', number, protocol: 'http' }] as const;
    const entry = (namespace: string, port: number, rest: Partial<Service> = {}) =>
      service(namespace, 'x', { hostname: 'x.com', registry: 'external', ports: ports(port), ...rest });
    const services = [entry('a', 81), entry('b', 82), entry('c', 83, { visibility: { kind: 'private' } })];
    const virtualServices = ['a', 'b', 'c'].map((namespace) =>
      virtualService(namespace, 'vs', {
        hosts: [`${namespace}.com`],
        gateways: [`${NAMESPACE}/gw`],
        http: [rule({ action: to('x.com') })],
      }),
    );
    const hosts = hostsOf({ gateways: [gateway('gw', server(['*']))], virtualServices, services });
    expect(hosts.map(({ routes = [] }) => routes.map((route) => route.route?.cluster))).toEqual([
      ['outbound|81||x.com'],
      ['outbound|82||x.com'],
      ['outbound|81||x.com'],
    ]);
  });

  it('tells of a VirtualService that has no host in common with its Gateway', () => {
    const gateways = [gateway('gw', server(['*.org']))];
    expect(compile({ gateways, virtualServices: [bound('v', ['a.com'])] }).notes).toEqual([
      {
        object: 'VirtualService/default/v',
        code: 'VS_GATEWAY_HOST_MISMATCH',
        message:
          'none of its hosts is a host of an HTTP server of Gateway "istio-system/gw" that is open to its namespace',
      },
    ]);
  });

  it('gives the identical resource for equal questions', () => {
    const cache = new CompileCache();
    const given = { gateways: [gateway('gw', server(['*']))], virtualServices: [bound('v', ['a.com'])] };
    const [first] = compile(given, cache).resources;
    expect(compile(given, cache).resources[0]).toBe(first);
  });
});
