import { describe, expect, it } from 'vitest';
import { prefix, rule, to } from '../../../test/support/http-rule.ts';
import { proxyClass } from '../../../test/support/mesh.ts';
import { destinationRule, meta, service, sidecar, virtualService } from '../../../test/support/model.ts';
import {
  type Given,
  clustersOf,
  compile,
  E,
  echo,
  external,
  http,
  hostsOf,
  other,
  routeNamesOf,
  routesOf,
} from '../../../test/support/sidecar-routes.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { VirtualService } from '../../model/virtual-service.ts';

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
    expect(compile(routed(to(E, { port: 81 }))).notes).toEqual([
      {
        object: 'VirtualService/default/echo',
        code: 'VS_PORT_UNKNOWN',
        message: `"${E}" has no port 81; its ports: 80, 7070, 9000, 9100`,
      },
    ]);
    expect(compile(routed(to('nope.example.com'))).notes).toEqual([
      {
        object: 'VirtualService/default/echo',
        code: 'VS_DESTINATION_UNKNOWN',
        message: 'destination "nope.example.com" is no service that namespace "default" can see',
      },
    ]);
    const others = rule({ matches: [prefix('/', { gateways: ['default/gw'] })], action: to('nope.example.com') });
    const virtualServices = [virtualService('default', 'echo', { http: [others, rule({ action: to(E) })] })];
    expect(compile(routed(to(E), { virtualServices })).notes).toEqual([]);
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

  it('goes into the default route as each egress listener sees the service', () => {
    const hosts = [{ namespace: '*', host: '*', not: false }];
    const egress = [http(80), http(7070)].map((of) => ({ port: of, captureMode: 'default' as const, hosts }));
    const given = { services: [echo], destinationRules: [hashed], sidecar: sidecar('default', 's', { egress }) };
    for (const name of ['80', '7070']) {
      const [host] = routesOf(given, name).virtual_hosts ?? [];
      expect(host?.routes?.[0]?.route?.hash_policy).toHaveLength(1);
    }
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
