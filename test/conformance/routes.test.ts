import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSocketServer, type Server as NetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { CompileCache } from '../../src/compile/cache.ts';
import { compileGatewayRoutes } from '../../src/compile/route/gateway.ts';
import { compileInboundRouteConfiguration } from '../../src/compile/route/inbound.ts';
import { compileEmptyRouteConfiguration } from '../../src/compile/route/route-configuration.ts';
import { messageToJson, toJson } from '../../src/gen/codec.ts';
import { mergeGateways } from '../../src/model/gateway-merge.ts';
import { createRouterScope } from '../../src/model/router-scoping.ts';
import { RuleIndex } from '../../src/model/rule-index.ts';
import type { VirtualService } from '../../src/model/virtual-service.ts';
import { startEnvoy, validate } from '../support/envoy.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { gateway, gatewayServer } from '../support/gateway.ts';
import { ask } from '../support/http.ts';
import { match, prefix, rule, split, to } from '../support/http-rule.ts';
import { meshConfig, proxyClass } from '../support/mesh.ts';
import { destinationRule, service, virtualService } from '../support/model.ts';
import { compile, E, echo, external, type Given, other, ROUTE_CONFIGURATION } from '../support/sidecar-routes.ts';

const exact = (value: string) => ({ kind: 'exact', value }) as const;
const regex = (value: string) => ({ kind: 'regex', value }) as const;
const present = { kind: 'present' } as const;
const headers = {
  request: { set: { 'x-a': '1', host: 'h' }, add: { 'x-b': '%REQ(x)%' }, remove: ['x-c'] },
  response: { set: { y: '1' }, add: { z: '1' }, remove: ['w'] },
};

const conditions = match({
  name: 'n',
  uri: regex('/a.*'),
  method: exact('GET'),
  scheme: exact('http'),
  authority: regex('.*'),
  headers: { a: exact(''), b: present, c: regex('x+'), '@request.auth.claims[g][h.i]': exact('v') },
  withoutHeaders: { d: exact('1'), e: present, '@request.auth.claims.sub': present },
  queryParams: { q: exact('1'), p: present },
  ignoreUriCase: true,
  statPrefix: 'st',
});

const rules = [
  rule({
    name: 'everything',
    matches: [conditions],
    action: split([{ host: E, subset: 'v1' }, 80], [{ host: other.hostname }, 20], [{ host: 'none' }, 0]),
    headers,
    retries: {
      attempts: 3,
      perTryTimeoutMs: 2000,
      retryOn: 'gateway-error,503',
      retryRemoteLocalities: true,
      backoffMs: 25,
    },
    mirrors: [{ destination: { host: E, subset: 'v2' }, percent: 0.5 }, { destination: { host: other.hostname } }],
    fault: { delay: { fixedMs: 3000, percent: 12.5 }, abort: { status: { kind: 'grpc', code: 14 }, percent: 1 } },
    cors: {
      allowOrigins: [exact('https://a'), regex('.*')],
      allowMethods: ['GET'],
      allowHeaders: ['x'],
      exposeHeaders: ['y'],
      maxAgeMs: 86_400_000,
      allowCredentials: true,
      unmatchedPreflights: 'ignore',
    },
  }),
  rule({ matches: [prefix('/rw')], action: to(E), rewrite: { uri: '/new', authority: 'h2' } }),
  rule({ matches: [prefix('/rx')], action: to(E), rewrite: { uriRegex: { match: '^/rx/(.*)', rewrite: '/y/\\1' } } }),
  rule({
    matches: [prefix('/away')],
    action: {
      kind: 'redirect',
      redirect: { code: 302, uri: '/x', authority: 'z', scheme: 'https', port: { kind: 'from-request' } },
    },
  }),
  rule({ matches: [prefix('/stay')], action: { kind: 'redirect', redirect: { code: 308 } } }),
  rule({
    matches: [match({ uri: exact('/large') })],
    action: { kind: 'direct-response', response: { status: 503, body: { kind: 'text', text: 'x'.repeat(1_000_000) } } },
  }),
  rule({ action: { kind: 'route', destinations: [{ destination: { host: E }, weight: 0, headers }] } }),
];

const hash = (name: string) =>
  ({
    portLevel: new Map(),
    loadBalancer: {
      consistentHash: {
        key: {
          kind: 'cookie',
          cookie: { name, ttlMs: 5000, path: '/p', attributes: [{ name: 'SameSite', value: 'Lax' }] },
        },
        algorithm: { kind: 'ring-hash' },
      },
    },
  }) as const;

const sidecar: Given = {
  services: [
    echo,
    other,
    external('dns.example.com', { addresses: ['2001:db8::1', '10.9.0.0/16'] }),
    external('*.dyn.example.com'),
    service('default', 'hl', { addresses: [], resolution: 'passthrough', headless: true }),
    service('default', 'ext', { resolution: 'alias', aliasOf: E, addresses: [] }),
  ],
  virtualServices: [
    virtualService('default', 'echo', { hosts: [E, 'foo.bar', '*.wild.example'], http: rules }),
    virtualService('default', 'api', {
      hosts: [other.hostname],
      semantics: 'gateway',
      http: [rule({ matches: [prefix('/a.b/')], action: to(E), rewrite: { uri: '/' } }), rule({ action: to('') })],
    }),
  ],
  destinationRules: [
    destinationRule('default', 'echo', {
      trafficPolicy: hash('c'),
      subsets: [{ name: 'v1', labels: {}, trafficPolicy: hash('s') }],
    }),
  ],
  mesh: { proxyHttpPort: 15007 },
};

const gatewayRoutes = (virtualServices: readonly VirtualService[]) => {
  const merged = mergeGateways([gateway('gw', [gatewayServer(80, 'http', ['*', 'ns/a.b'], { httpsRedirect: true })])], {
    labels: {},
    targets: [],
  });
  const index = new RuleIndex([], 'istio-system');
  const input = {
    mesh: meshConfig(),
    services: sidecar.services,
    virtualServices,
    rules: index,
    namespace: 'istio-system',
    labels: {},
  };
  const proxy = proxyClass({ type: 'router', namespace: 'istio-system' });
  return compileGatewayRoutes(createRouterScope(input, merged), proxy, new CompileCache());
};

const bound = virtualService('default', 'v', {
  hosts: ['a.com', '*.b.com', '*'],
  gateways: ['istio-system/gw'],
  http: rules,
});
const print = ({ bytes }: { readonly bytes: Buffer }) => toJson(ROUTE_CONFIGURATION, bytes);
const policy = (mode: 'registry-only' | 'allow-any-dynamic-dns') => ({
  ...sidecar,
  mesh: { ...sidecar.mesh, outboundTrafficPolicy: { mode } },
});

const cases: { what: string; configurations: readonly unknown[] }[] = [
  { what: 'a sidecar', configurations: compile(sidecar).resources.map(print) },
  {
    what: 'a sidecar that keeps to the registry',
    configurations: compile(policy('registry-only')).resources.map(print),
  },
  {
    what: 'a sidecar that resolves names',
    configurations: compile(policy('allow-any-dynamic-dns')).resources.map(print),
  },
  { what: 'a gateway', configurations: gatewayRoutes([bound]).resources.map(print) },
  { what: 'a gateway without rules', configurations: gatewayRoutes([]).resources.map(print) },
  {
    what: 'a workload, and nobody',
    configurations: [
      messageToJson(
        ROUTE_CONFIGURATION,
        compileInboundRouteConfiguration({ cluster: 'inbound|80||', host: 'h', port: 80, protocol: 'http' }),
      ),
      print(compileEmptyRouteConfiguration('gone')),
    ],
  },
];

const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const filter = (name: string, type: string) => ({
  name,
  typed_config: { '@type': `type.googleapis.com/envoy.extensions.filters.http.${type}` },
});
const http_filters = [
  filter('envoy.filters.http.fault', 'fault.v3.HTTPFault'),
  filter('envoy.filters.http.cors', 'cors.v3.Cors'),
  filter('envoy.filters.http.router', 'router.v3.Router'),
];

const address = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } });
const listener = (route_config: unknown, port: number) => ({
  name: `l${port}`,
  address: address(port),
  filter_chains: [
    { filters: [{ name: 'hcm', typed_config: { '@type': HCM, stat_prefix: 'x', route_config, http_filters } }] },
  ],
});

describeWithEnvoy('Route configurations', (envoy, it) => {
  for (const { what, configurations } of cases) {
    it(`are taken by Envoy without a warning: those of ${what}`, async () => {
      const listeners = configurations.map((configuration, i) => listener(configuration, 21800 + i));
      expect(configurations.length).toBeGreaterThan(0);
      expect(await validate(envoy, { static_resources: { listeners } })).toEqual({
        accepted: true,
        error: '',
        warnings: [],
      });
    });
  }

  it('limit requests as written, and gRPC by its own header, and nothing else', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'pilothouse-routes-'));
    const upstream = createServer((_, response) => setTimeout(() => response.end(), 700));
    const [from, admin] = [await findFreePort(), await findFreePort()];
    const target = await listen(upstream);
    const limited = rule({
      matches: [prefix('/limited')],
      action: to(E),
      timeout: { kind: 'after', ms: 200 },
      retries: { attempts: 0 },
    });
    const virtualServices = [virtualService('default', 'echo', { http: [limited, rule({ action: to(E) })] })];
    const [configuration] = compile({
      services: [{ ...echo, ports: echo.ports.slice(0, 1) }],
      virtualServices,
    }).resources;
    const cluster = `outbound|80||${E}`;
    const endpoints = [{ lb_endpoints: [{ endpoint: { address: address(target) } }] }];
    const running = await startEnvoy(envoy, {
      name: 'routes',
      dir,
      adminAddress: `127.0.0.1:${admin}`,
      bootstrap: {
        admin: { address: address(admin) },
        static_resources: {
          listeners: [listener(configuration && print(configuration), from)],
          clusters: [{ name: cluster, type: 'STATIC', load_assignment: { cluster_name: cluster, endpoints } }],
        },
      },
    });
    try {
      await running.ready();
      const answerTo = async (path: string, more: Record<string, string> = {}) => {
        const { status, headers: told } = await ask(`http://127.0.0.1:${from}${path}`, {
          headers: { host: 'echo', ...more },
        });
        return [status, told['grpc-status']];
      };
      const grpc = { 'content-type': 'application/grpc', 'grpc-timeout': '200m' };
      expect(await answerTo('/limited')).toEqual([504, undefined]);
      expect(await answerTo('/')).toEqual([200, undefined]);
      expect(await answerTo('/', grpc)).toEqual([200, '4']);
    } finally {
      await running.process.stop();
      upstream.close();
      await rm(dir, { recursive: true, force: true });
    }
  });
});

/** The port that a server got on the loopback address. */
async function listen(server: NetServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const place = server.address();
  if (place === null || typeof place === 'string') throw new Error('no port');
  return place.port;
}

async function findFreePort(): Promise<number> {
  const server = createSocketServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
