import { describe, expect, it } from 'vitest';
import { gateway, gatewayServer, serverTls } from '../../../test/support/gateway.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { meta, service, sidecar } from '../../../test/support/model.ts';
import {
  endpoint,
  endpointIndex,
  type ProxyOptions,
  routerClass,
  routerScope,
  sidecarClass,
  sidecarScope,
} from '../../../test/support/scopes.ts';
import { toJson } from '../../gen/codec.ts';
import { mergeGateways } from '../../model/gateway-merge.ts';
import type { ServicePort } from '../../model/service.ts';
import type { EgressListener } from '../../model/sidecar.ts';
import { CompileCache } from '../cache.ts';
import { compileGatewayListeners } from '../listener/gateway.ts';
import { compileSidecarOutboundListeners } from '../listener/outbound.ts';
import type { CompiledResource } from '../resource.ts';
import { compileGatewayRoutes } from './gateway.ts';
import { compileSidecarRoutes } from './sidecar.ts';

const port = (number: number, protocol: ServicePort['protocol']): ServicePort => ({ name: protocol, number, protocol });
const ports = [port(80, 'http'), port(7070, 'grpc'), port(9000, 'tcp'), port(9100, 'auto')];
const entry = (hostname: string, rest = {}) =>
  service('default', hostname, {
    meta: meta('ServiceEntry', 'default', hostname),
    hostname,
    registry: 'external',
    ports,
    ...rest,
  });

const services = [
  service('default', 'echo', { ports }),
  service('default', 'six', { ports, addresses: ['fd00::1'] }),
  service('default', 'both', { ports, addresses: ['10.0.0.2', 'fd00::2'] }),
  service('default', 'hl', { ports, addresses: [], resolution: 'passthrough', headless: true }),
  service('default', 'bare', { ports, addresses: [], resolution: 'passthrough', headless: true }),
  service('default', 'ext', { ports, addresses: [], resolution: 'alias', aliasOf: 'echo.default.svc.cluster.local' }),
  entry('none.ex', { addresses: [], autoAddresses: ['240.240.0.1'] }),
  entry('range.ex', { addresses: ['10.9.0.0/16', '10.7.7.7', '10.7.7.8/32'] }),
  entry('passing.ex', { addresses: [], resolution: 'passthrough' }),
  service('default', 'late', { ports: [port(80, 'auto'), port(9000, 'http'), port(9100, 'http')] }),
];
const endpoints = endpointIndex({
  'hl.default.svc.cluster.local': ports.map(({ name }) => endpoint('10.0.1.7', { servicePortName: name })),
  'passing.ex': ports.map(({ name }) => endpoint('10.0.1.8', { servicePortName: name })),
});

const egress = (rest: Partial<EgressListener>): EgressListener => ({
  captureMode: 'default',
  hosts: [{ namespace: '*', host: '*', not: false }],
  ...rest,
});
const only = (...listeners: EgressListener[]) => sidecar('default', 's', { egress: listeners });

/** Names of the route configurations that listeners ask for, sorted, each once. */
const namesIn = (listeners: readonly CompiledResource[]) => {
  const text = listeners.map(({ bytes }) => JSON.stringify(toJson('envoy.config.listener.v3.Listener', bytes))).join();
  return [...new Set([...text.matchAll(/"route_config_name":"([^"]+)"/g)].map(([, name]) => name))].sort();
};

describe('what listeners ask for is there', () => {
  const cases: { of: string; sidecar?: ReturnType<typeof only>; proxy?: ProxyOptions; proxyHttpPort?: number }[] = [
    { of: 'a sidecar' },
    { of: 'a sidecar with a proxy port', proxyHttpPort: 15007 },
    { of: 'a sidecar without capture', proxy: { interception: 'NONE' } },
    { of: 'a sidecar of IPv6', proxy: { ipMode: 'ipv6' } },
    { of: 'a sidecar of both families', proxy: { ipMode: 'dual' } },
    { of: 'a sidecar that captures DNS', proxy: { settings: { dnsCapture: true } } },
    { of: 'an egress listener bound for real', sidecar: only(egress({ captureMode: 'none' })) },
    { of: 'an egress listener on an address', sidecar: only(egress({ bind: '127.0.0.5' })) },
    { of: 'an HTTP port, and everything else', sidecar: only(egress({ port: port(80, 'http') }), egress({})) },
    { of: 'a sniffed port', sidecar: only(egress({ port: port(9100, 'auto') })) },
    { of: 'a sniffed port on an address', sidecar: only(egress({ port: port(9100, 'auto'), bind: '127.0.0.5' })) },
    { of: 'a TCP port, and everything else', sidecar: only(egress({ port: port(80, 'tcp') }), egress({})) },
    {
      of: 'an HTTP port of nobody, and everything else',
      sidecar: only(egress({ port: port(81, 'http') }), egress({})),
    },
    { of: 'a socket', sidecar: only(egress({ port: port(0, 'http'), bind: 'unix:///e.sock' })) },
    {
      of: 'the proxy port of the mesh, and one other',
      proxyHttpPort: 8888,
      sidecar: only(egress({ port: port(80, 'http') })),
    },
    { of: 'a proxy port', sidecar: only(egress({ port: port(7777, 'http_proxy'), bind: '127.0.0.1' })) },
  ];

  it.each(cases)('for $of', ({ proxy, proxyHttpPort = 0, ...rest }) => {
    const cache = new CompileCache();
    const scope = sidecarScope({ services, mesh: meshConfig({ proxyHttpPort }), ...rest });
    const ownClass = sidecarClass(proxy);
    const listeners = compileSidecarOutboundListeners(scope, ownClass, endpoints, '1.1.1.1', cache);
    const asked = namesIn(listeners.resources);
    const there = compileSidecarRoutes(scope, ownClass, cache).resources.map(({ name }) => name);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((name) => name !== undefined && !there.includes(name))).toEqual([]);
  });

  it('for a gateway', () => {
    const servers = [
      gatewayServer(80, 'http', ['*']),
      gatewayServer(443, 'https', ['*'], { tls: serverTls('simple') }),
      gatewayServer(9000, 'tcp', ['*']),
    ];
    const scope = routerScope(mergeGateways([gateway('gw', servers)], { labels: {}, targets: [] }), { services });
    const cache = new CompileCache();
    const asked = namesIn(compileGatewayListeners(scope, routerClass(), cache).resources);
    expect(asked).toEqual(compileGatewayRoutes(scope, routerClass(), cache).resources.map(({ name }) => name));
  });
});
