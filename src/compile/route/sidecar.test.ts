import { describe, expect, it } from 'vitest';
import { prefix, rule, to } from '../../../test/support/http-rule.ts';
import { meshConfig, proxyClass } from '../../../test/support/mesh.ts';
import { destinationRule, meta, service, sidecar, virtualService } from '../../../test/support/model.ts';
import { decodeMessage, encodeMessage, toJson } from '../../gen/codec.ts';
import type { envoy_config_route_v3_RouteConfiguration as RouteConfiguration } from '../../gen/messages.ts';
import type { DestinationRule } from '../../model/destination-rule.ts';
import type { MeshConfig } from '../../model/mesh-config.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import { RuleIndex } from '../../model/rule-index.ts';
import type { Service, ServicePort } from '../../model/service.ts';
import type { EgressListener, Sidecar } from '../../model/sidecar.ts';
import { createSidecarScope } from '../../model/sidecar-scoping.ts';
import type { VirtualService } from '../../model/virtual-service.ts';
import { CompileCache } from '../cache.ts';
import { compileSidecarRoutes } from './sidecar.ts';

const ROUTE_CONFIGURATION = 'envoy.config.route.v3.RouteConfiguration';
const E = 'echo.default.svc.cluster.local';

const http = (number: number): ServicePort => ({ name: `http-${number}`, number, protocol: 'http' });
const port = (number: number, protocol: ServicePort['protocol']): ServicePort => ({ name: protocol, number, protocol });

const echo = service('default', 'echo', {
  addresses: ['10.96.0.10'],
  ports: [http(80), port(7070, 'grpc'), port(9000, 'tcp'), port(9100, 'auto')],
});
const other = service('other', 'other', { addresses: ['10.96.0.11'] });

const external = (hostname: string, rest: Partial<Service> = {}): Service =>
  service('default', hostname, {
    meta: meta('ServiceEntry', 'default', hostname),
    hostname,
    registry: 'external',
    resolution: 'dns',
    external: true,
    addresses: [],
    ...rest,
  });

interface Given {
  readonly services: readonly Service[];
  readonly virtualServices?: readonly VirtualService[];
  readonly destinationRules?: readonly DestinationRule[];
  readonly sidecar?: Sidecar;
  readonly mesh?: Partial<MeshConfig>;
  readonly proxy?: Partial<ProxyClass>;
}

const compile = (given: Given, cache = new CompileCache()) => {
  const proxy = proxyClass(given.proxy);
  const { namespace, labels } = proxy;
  const rules = new RuleIndex(given.destinationRules ?? [], 'istio-system');
  const { services, virtualServices = [] } = given;
  const input = { mesh: meshConfig(given.mesh), services, virtualServices, rules, namespace, labels };
  return compileSidecarRoutes(createSidecarScope(input, given.sidecar), proxy, cache);
};

/** One route configuration, as a message. */
const routesOf = (given: Given, name: string): RouteConfiguration => {
  const resource = compile(given).resources.find((r) => r.name === name);
  if (resource === undefined) throw new Error(`no route configuration "${name}"`);
  return decodeMessage(ROUTE_CONFIGURATION, resource.bytes);
};

/** Virtual hosts with their domains and the names of their routes, without the one for everything else. */
const hostsOf = (given: Given, name: string) => {
  const hosts = routesOf(given, name).virtual_hosts ?? [];
  const own = hosts.filter((host) => host.name !== 'allow_any');
  return Object.fromEntries(own.map((host) => [host.name, host.domains]));
};

const routeNamesOf = (given: Given, name: string) => {
  const hosts = routesOf(given, name).virtual_hosts ?? [];
  return Object.fromEntries(hosts.map((host) => [host.name, host.routes?.map((route) => route.name)]));
};

const clustersOf = (given: Given, name: string) => {
  const routes = (routesOf(given, name).virtual_hosts ?? []).flatMap((host) => host.routes ?? []);
  return routes.flatMap((route) => route.route?.cluster ?? []).filter((cluster) => cluster !== 'PassthroughCluster');
};

const egress = (rest: Partial<EgressListener>): EgressListener => ({
  captureMode: 'default',
  hosts: [{ namespace: '*', host: '*', not: false }],
  ...rest,
});

describe('compileSidecarRoutes', () => {
  it('sends requests for a service to its cluster, and others where they meant to go', () => {
    const [resource] = compile({ services: [echo] }).resources;
    expect(resource && toJson(ROUTE_CONFIGURATION, resource.bytes)).toEqual({
      name: '7070',
      virtual_hosts: [
        {
          name: `${E}:7070`,
          domains: [E, `${E}.`, 'echo', 'echo.default.svc', 'echo.default', '10.96.0.10'],
          routes: [
            {
              name: 'default',
              match: { prefix: '/' },
              decorator: { operation: `${E}:7070/*` },
              route: {
                cluster: `outbound|7070||${E}`,
                timeout: '0s',
                max_stream_duration: { grpc_timeout_header_max: '0s' },
                retry_policy: {
                  num_retries: 2,
                  retry_on: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
                  host_selection_retry_max_attempts: '5',
                  retry_host_predicate: [
                    {
                      name: 'envoy.retry_host_predicates.previous_hosts',
                      typed_config: {
                        '@type':
                          'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
                      },
                    },
                  ],
                },
              },
            },
          ],
          include_request_attempt_count: true,
        },
        {
          name: 'allow_any',
          domains: ['*'],
          routes: [
            {
              name: 'allow_any',
              match: { prefix: '/' },
              route: {
                cluster: 'PassthroughCluster',
                timeout: '0s',
                max_stream_duration: { grpc_timeout_header_max: '0s' },
              },
            },
          ],
          include_request_attempt_count: true,
        },
      ],
      validate_clusters: false,
      max_direct_response_body_size_bytes: 1_048_576,
      ignore_port_in_host_matching: true,
    });
  });

  it('has a configuration per HTTP port, and one per sniffed service with an address', () => {
    const { resources, notes } = compile({ services: [echo, other] });
    expect(resources.map((r) => [r.name, r.origins])).toEqual([
      ['7070', ['Service/default/echo']],
      ['80', ['Service/default/echo', 'Service/other/other']],
      [`${E}:9100`, ['Service/default/echo']],
    ]);
    expect(notes).toEqual([]);
  });

  it('gives a sniffed service one virtual host for every host, and nothing behind it', () => {
    expect(routeNamesOf({ services: [echo] }, `${E}:9100`)).toEqual({ [`${E}:9100`]: ['default'] });
    expect(hostsOf({ services: [echo] }, `${E}:9100`)).toEqual({ [`${E}:9100`]: ['*'] });
  });

  it('encodes what it splices together exactly as if it were one message', () => {
    for (const { bytes } of compile({ services: [echo, other] }).resources) {
      expect(encodeMessage(ROUTE_CONFIGURATION, decodeMessage(ROUTE_CONFIGURATION, bytes))).toEqual(bytes);
    }
  });
});

describe('domains of services', () => {
  const alias = service('default', 'ext', { resolution: 'alias', aliasOf: E, addresses: [] });
  const extNames = ['ext.default.svc.cluster.local', 'ext.default.svc.cluster.local.', 'ext', 'ext.default.svc'];

  it.each([
    {
      of: 'a service of another namespace',
      services: [other],
      expected: {
        'other.other.svc.cluster.local:80': [
          'other.other.svc.cluster.local',
          'other.other.svc.cluster.local.',
          'other.other',
          'other.other.svc',
          '10.96.0.11',
        ],
      },
    },
    {
      of: 'a service that others stand for',
      services: [{ ...echo, aliases: ['ext.default.svc.cluster.local'] }, alias],
      expected: {
        [`${E}:80`]: [E, `${E}.`, 'echo', 'echo.default.svc', 'echo.default', ...extNames, 'ext.default', '10.96.0.10'],
      },
    },
    {
      of: 'a headless service',
      services: [service('default', 'hl', { addresses: [], resolution: 'passthrough', headless: true })],
      expected: {
        'hl.default.svc.cluster.local:80': ['', '*.'].flatMap((below) =>
          ['hl.default.svc.cluster.local', 'hl.default.svc.cluster.local.', 'hl', 'hl.default.svc', 'hl.default'].map(
            (name) => `${below}${name}`,
          ),
        ),
      },
    },
    {
      of: 'a host outside',
      services: [external('dns.example.com')],
      expected: { 'dns.example.com:80': ['dns.example.com', 'dns.example.com.'] },
    },
    {
      of: 'a host outside with addresses',
      services: [external('dns.example.com', { addresses: ['1.2.3.4', '2001:db8::1'] })],
      expected: { 'dns.example.com:80': ['dns.example.com', 'dns.example.com.', '1.2.3.4', '[2001:db8::1]'] },
    },
    {
      of: 'a host in upper case',
      services: [external('DNS.example.com')],
      expected: { 'dns.example.com:80': ['dns.example.com', 'dns.example.com.'] },
    },
    {
      of: 'two services with one address: the older has it',
      services: [
        external('a.example.com', { addresses: ['1.1.1.1'] }),
        external('b.example.com', { addresses: ['1.1.1.1'] }),
      ],
      expected: {
        'a.example.com:80': ['a.example.com', 'a.example.com.', '1.1.1.1'],
        'b.example.com:80': ['b.example.com', 'b.example.com.'],
      },
    },
    {
      of: "a service whose short name is another's full name",
      services: [echo, external('echo.default')],
      expected: {
        [`${E}:80`]: [E, `${E}.`, 'echo', 'echo.default.svc', '10.96.0.10'],
        'echo.default:80': ['echo.default', 'echo.default.'],
      },
    },
  ])('of $of', ({ services, expected }) => {
    expect(hostsOf({ services }, '80')).toEqual(expected);
  });

  it.each([
    {
      client: 'remote.campus.net',
      expected: ['foo.local.campus.net', 'foo.local.campus.net.', 'foo.local', 'foo.local.campus'],
    },
    { client: 'local.campus.net', expected: ['foo.local.campus.net', 'foo.local.campus.net.', 'foo'] },
    { client: 'example.com', expected: ['foo.local.campus.net', 'foo.local.campus.net.'] },
  ])('seen from $client', ({ client, expected }) => {
    const given = { services: [external('foo.local.campus.net')], proxy: { dnsDomain: client } };
    expect(hostsOf(given, '80')).toEqual({ 'foo.local.campus.net:80': expected });
  });

  it('have the allocated address where the proxy captures DNS', () => {
    const services = [external('a.example.com', { autoAddresses: ['240.240.0.1'] })];
    const captured = { ...proxyClass().settings, dnsCapture: true };
    expect(hostsOf({ services, proxy: { settings: captured } }, '80')).toEqual({
      'a.example.com:80': ['a.example.com', 'a.example.com.', '240.240.0.1'],
    });
  });

  it('have the ports where one listener serves all', () => {
    const given = { services: [echo], mesh: { proxyHttpPort: 15007 } };
    const names = [E, `${E}.`, 'echo', 'echo.default.svc', 'echo.default', '10.96.0.10'];
    expect(hostsOf(given, 'http_proxy')).toEqual({
      [`${E}:7070`]: names.map((name) => `${name}:7070`),
      [`${E}:80`]: names.flatMap((name) => [name, `${name}:80`]),
      [`${E}:9100`]: names.map((name) => `${name}:9100`),
    });
  });
});

describe('what nobody declared', () => {
  it.each([
    {
      policy: { mode: 'registry-only' },
      expected: { name: 'block_all', match: { prefix: '/' }, direct_response: { status: 502 } },
    },
    {
      policy: { mode: 'allow-any-dynamic-dns' },
      expected: {
        name: 'allow_any_dynamic_dns',
        match: { prefix: '/' },
        route: {
          cluster: 'AllowAnyDynamicDNSCluster',
          timeout: {},
          max_stream_duration: { grpc_timeout_header_max: {} },
          append_x_forwarded_host: true,
        },
      },
    },
    {
      policy: { mode: 'allow-any', egressProxy: { host: 'exit.default.svc.cluster.local', port: 8080, subset: 'v1' } },
      expected: {
        name: 'allow_any',
        match: { prefix: '/' },
        route: {
          cluster: 'outbound|8080|v1|exit.default.svc.cluster.local',
          timeout: {},
          max_stream_duration: { grpc_timeout_header_max: {} },
          append_x_forwarded_host: true,
        },
      },
    },
  ] as const)("goes by the Sidecar's policy $policy", ({ policy, expected }) => {
    const { proxyConfig } = proxyClass();
    const proxyHeaders = { ...proxyConfig.proxyHeaders, attemptCountDisabled: true, xForwardedHost: true };
    const proxy = { proxyConfig: { ...proxyConfig, proxyHeaders } };
    const given = { services: [echo], sidecar: sidecar('default', 's', { outboundTrafficPolicy: policy }), proxy };
    const { name } = expected;
    expect(routesOf(given, '80').virtual_hosts?.at(-1)).toEqual({ name, domains: ['*'], routes: [expected] });
    expect(compile(given).resources[0]?.origins).toEqual(['Service/default/echo', 'Sidecar/default/s']);
  });
});

describe('which VirtualService applies', () => {
  const answering = (name: string, hosts: readonly string[], rest: Partial<VirtualService> = {}) =>
    virtualService('default', name, { hosts, http: [rule({ name })], ...rest });
  const shadowed = (name: string, host: string, by: string) => ({
    object: `VirtualService/default/${name}`,
    code: 'VS_HOST_SHADOWED',
    message: `not served for "${host}" (${by} has it)`,
    fate: { kind: 'shadowed', by, because: `not served for "${host}" (${by} has it)` },
  });

  it('has a virtual host on port 80 for a host that is no service', () => {
    const virtualServices = [answering('v', ['unknown.example.net'])];
    expect(hostsOf({ services: [echo], virtualServices }, '80')).toMatchObject({
      'unknown.example.net:80': ['unknown.example.net'],
    });
    expect(hostsOf({ services: [echo], virtualServices }, '7070')).toEqual({ [`${E}:7070`]: expect.anything() });
  });

  it('has one on another port too, where it also routes a service', () => {
    const virtualServices = [answering('v', [E, 'Foo.bar'])];
    expect(hostsOf({ services: [echo], virtualServices }, '7070')).toMatchObject({ 'foo.bar:7070': ['foo.bar'] });
  });

  it('is the older of two with the same host, and the newer hears of it', () => {
    const virtualServices = [answering('old', [E]), answering('new', [E])];
    const given = { services: [echo], virtualServices };
    expect(routeNamesOf(given, '80')).toMatchObject({ [`${E}:80`]: ['old'] });
    expect(compile(given).notes).toEqual([shadowed('new', E, 'VirtualService/default/old')]);
  });

  it('leaves the newer the hosts that the older does not have', () => {
    const virtualServices = [answering('old', [E]), answering('new', [E, 'b.example.net'])];
    const [note] = compile({ services: [echo], virtualServices }).notes;
    expect(note?.fate?.kind).toBe('partly-applied');
  });

  it('is the one that names the service, before the longest wildcard', () => {
    const virtualServices = [
      answering('short', ['*.cluster.local']),
      answering('long', ['*.default.svc.cluster.local']),
      answering('named', [E]),
    ];
    const third = service('default', 'third', { addresses: ['10.96.0.12'] });
    expect(routeNamesOf({ services: [echo, other, third], virtualServices }, '80')).toEqual({
      [`${E}:80`]: ['named'],
      'other.other.svc.cluster.local:80': ['short'],
      'third.default.svc.cluster.local:80': ['long'],
      allow_any: ['allow_any'],
    });
  });

  it('is none where its rules are all for other ports', () => {
    const virtualServices = [
      answering('v', [E], { http: [rule({ name: 'v', matches: [prefix('/', { port: 80 })] })] }),
    ];
    const given = { services: [echo], virtualServices };
    expect(routeNamesOf(given, `${E}:9100`)).toEqual({ [`${E}:9100`]: ['default'] });
    expect(routeNamesOf(given, '80')).toMatchObject({ [`${E}:80`]: ['v'] });
  });

  it('is chosen by the labels and the namespace of the client', () => {
    const canary = answering('v', [E], {
      http: [
        rule({ name: 'canary', matches: [prefix('/', { sourceLabels: { track: 'canary' } })] }),
        rule({ name: 'shop', matches: [prefix('/', { sourceNamespace: 'shop' })] }),
        rule({ name: 'gateway', matches: [prefix('/', { gateways: ['istio-system/gw'], sourceLabels: {} })] }),
        rule({ name: 'mesh', matches: [prefix('/m', { gateways: ['mesh'], sourceLabels: { track: 'none' } })] }),
      ],
    });
    const names = (proxy: Partial<ProxyClass>) =>
      routeNamesOf({ services: [echo], virtualServices: [canary], proxy }, '80')[`${E}:80`];
    expect(names({})).toEqual(['mesh']);
    expect(names({ labels: { track: 'canary' } })).toEqual(['canary']);
    expect(names({ namespace: 'shop' })).toEqual(['shop']);
  });

  it('gives a name to a service that an earlier host took as an unknown one', () => {
    const virtualServices = [answering('v', ['echo.default'])];
    const given = { services: [echo], virtualServices };
    expect(hostsOf(given, '80')).toEqual({
      [`${E}:80`]: [E, `${E}.`, 'echo', 'echo.default.svc', '10.96.0.10'],
      'echo.default:80': ['echo.default'],
    });
  });

  it('routes a sniffed service through its own listener', () => {
    const virtualServices = [answering('v', [E])];
    expect(routeNamesOf({ services: [echo], virtualServices }, `${E}:9100`)).toEqual({ [`${E}:9100`]: ['v'] });
  });

  it('of the Gateway API, reaches its own namespace or services of it', () => {
    const route = answering('v', [E], { semantics: 'gateway', meta: meta('VirtualService', 'shop', 'v') });
    const names = (namespace: string) =>
      routeNamesOf({ services: [echo], virtualServices: [route], proxy: { namespace } }, '80')[`${E}:80`];
    expect(names('default')).toEqual(['default']);
    expect(names('shop')).toEqual(['v']);
  });
});

describe('where destinations lead', () => {
  const routed = (action: ReturnType<typeof to>, rest: Partial<Given> = {}): Given => ({
    services: [echo, other, service('default', 'single', { addresses: ['10.96.0.13'], ports: [http(8888)] })],
    virtualServices: [virtualService('default', 'echo', { http: [rule({ action })] })],
    ...rest,
  });

  it.each([
    { to: "the listener's port", action: to(E), expected: `outbound|80||${E}` },
    { to: 'the named port', action: to(E, { port: 7070, subset: 'v1' }), expected: `outbound|7070|v1|${E}` },
    {
      to: "the listener's port of a service that lacks it",
      action: to('single.default.svc.cluster.local'),
      expected: 'outbound|80||single.default.svc.cluster.local',
    },
  ])('to $to', ({ action, expected }) => {
    expect(clustersOf(routed(action), '80')[0]).toBe(expected);
  });

  it('to what an alias stands for', () => {
    const alias = service('default', 'ext', { resolution: 'alias', aliasOf: E, addresses: [] });
    const given = routed(to('ext.default.svc.cluster.local'), { services: [echo, alias] });
    expect(clustersOf(given, '80')).toEqual([`outbound|80||${E}`]);
  });

  it('to a port that exists, where one listener serves all ports', () => {
    const given = routed(to('single.default.svc.cluster.local'), { mesh: { proxyHttpPort: 15007 } });
    expect(clustersOf(given, 'http_proxy')).toContain('outbound|8888||single.default.svc.cluster.local');
    expect(clustersOf(routed(to(E), { mesh: { proxyHttpPort: 15007 } }), 'http_proxy')).toEqual([
      `outbound|7070||${E}`,
      `outbound|80||${E}`,
      `outbound|9100||${E}`,
      'outbound|80||other.other.svc.cluster.local',
      'outbound|8888||single.default.svc.cluster.local',
    ]);
  });

  it('nowhere, which users hear of', () => {
    const subsets = [{ name: 'v1', labels: {} }];
    const given = routed(to(E, { subset: 'v9' }), {
      destinationRules: [destinationRule('default', 'echo', { subsets })],
    });
    expect(compile(given).notes).toEqual([
      {
        object: 'VirtualService/default/echo',
        code: 'VS_SUBSET_UNKNOWN',
        message: `no DestinationRule that applies here declares subset "v9" of "${E}"`,
      },
    ]);
    expect(compile(routed(to('nope.example.com'))).notes).toEqual([
      {
        object: 'VirtualService/default/echo',
        code: 'VS_DESTINATION_UNKNOWN',
        message: 'destination "nope.example.com" is no service that namespace "default" can see',
      },
    ]);
  });
});

describe('hashing', () => {
  const consistentHash = { key: { kind: 'header', name: 'x' }, algorithm: { kind: 'maglev' } } as const;
  const hashed = destinationRule('default', 'echo', {
    trafficPolicy: { portLevel: new Map(), loadBalancer: { consistentHash } },
  });

  it('goes into the default route, whose retries still avoid the last host', () => {
    const [host] = routesOf({ services: [echo], destinationRules: [hashed] }, '80').virtual_hosts ?? [];
    const action = host?.routes?.[0]?.route;
    expect(action?.hash_policy).toEqual([{ header: { header_name: 'x' } }]);
    expect(action?.retry_policy?.retry_host_predicate).toHaveLength(1);
  });

  it('goes into the only destination of a rule, whose retries stay with it', () => {
    const virtualServices = [virtualService('default', 'echo', { http: [rule({ action: to(E) })] })];
    const given = { services: [echo], virtualServices, destinationRules: [hashed] };
    const [host] = routesOf(given, '80').virtual_hosts ?? [];
    const action = host?.routes?.[0]?.route;
    expect(action?.hash_policy).toEqual([{ header: { header_name: 'x' } }]);
    expect(action?.retry_policy?.retry_host_predicate).toBeUndefined();
    expect(compile(given).resources.find((r) => r.name === '80')?.origins).toEqual([
      'VirtualService/default/echo',
      'DestinationRule/default/echo',
      'Service/default/echo',
    ]);
  });
});

describe('egress listeners of a Sidecar', () => {
  const one = (listener: EgressListener) => sidecar('default', 's', { egress: [listener] });

  it.each([
    { of: 'an HTTP port', listener: egress({ port: { ...http(80) } }), expected: ['80'] },
    { of: 'a TCP port', listener: egress({ port: port(80, 'tcp') }), expected: [] },
    { of: 'a port that no service has', listener: egress({ port: http(81) }), expected: [] },
    { of: 'a sniffed port', listener: egress({ port: port(9100, 'auto') }), expected: [`${E}:9100`] },
    {
      of: 'a sniffed port on every address',
      listener: egress({ port: port(9100, 'auto'), bind: '0.0.0.0' }),
      expected: ['9100'],
    },
    { of: 'a socket', listener: egress({ port: http(0), bind: 'unix:///e.sock' }), expected: ['unix:///e.sock'] },
    { of: 'a proxy port', listener: egress({ port: port(7777, 'http_proxy'), bind: '127.0.0.1' }), expected: ['7777'] },
    {
      of: 'everything, bound for real',
      listener: egress({ captureMode: 'none' }),
      expected: ['7070', '80', `${E}:9100`],
    },
  ])('have the routes of $of', ({ listener, expected }) => {
    const { resources } = compile({ services: [echo, other], sidecar: one(listener) });
    expect(resources.map((r) => r.name)).toEqual(expected);
  });

  it('let the first that declares a port say who is seen on it', () => {
    const declared = egress({ port: http(80), hosts: [{ namespace: 'other', host: '*', not: false }] });
    const given = { services: [echo, other], sidecar: sidecar('default', 's', { egress: [declared, egress({})] }) };
    expect(Object.keys(hostsOf(given, '80'))).toEqual(['other.other.svc.cluster.local:80']);
    expect(Object.keys(hostsOf(given, '7070'))).toEqual([`${E}:7070`]);
  });

  it('put the port into the domains where one serves all ports', () => {
    const listener = egress({
      port: port(7777, 'http_proxy'),
      bind: '127.0.0.1',
      hosts: [{ namespace: 'other', host: '*', not: false }],
    });
    const hosts = hostsOf({ services: [echo, other], sidecar: one(listener) }, '7777');
    expect(hosts['other.other.svc.cluster.local:80']).toContain('other.other:80');
  });
});

describe('a change', () => {
  const services = Array.from({ length: 40 }, (_, i) => service('default', `s${i}`, { addresses: [`10.0.1.${i}`] }));
  const routedTo = (host: string) =>
    virtualService('default', 'v', { hosts: [host], http: [rule({ action: to(host) })] });
  const host = 's7.default.svc.cluster.local';

  it('of nothing gives the identical resources', () => {
    const cache = new CompileCache();
    const given = { services, virtualServices: [routedTo(host)] };
    const [first] = compile(given, cache).resources;
    expect(compile(given, cache).resources[0]).toBe(first);
  });

  it('of one VirtualService compiles its routes and virtual host, and splices one configuration', () => {
    const cache = new CompileCache();
    compile({ services, virtualServices: [routedTo(host)] }, cache);
    const before = cache.counts.misses;
    compile({ services, virtualServices: [routedTo(host)] }, cache);
    // Routes, virtual host, the list of changed hosts, the configuration.
    expect(cache.counts.misses - before).toBe(4);
  });

  it('reaches clients of other namespaces without compiling a virtual host again', () => {
    const cache = new CompileCache();
    compile({ services, proxy: { namespace: 'a', dnsDomain: 'a.svc.cluster.local' } }, cache);
    const before = cache.counts.misses;
    compile({ services, proxy: { namespace: 'b', dnsDomain: 'b.svc.cluster.local' } }, cache);
    // Two views of the proxy, the block and the configuration.
    expect(cache.counts.misses - before).toBe(4);
  });
});
