import { describe, expect, it } from 'vitest';
import { gateway, gatewayServer, serverTls } from '../../test/support/gateway.ts';
import { service } from '../../test/support/model.ts';
import type { Gateway } from './gateway.ts';
import { mergeGateways } from './gateway-merge.ts';
import type { MergedGateway } from './merged-gateway.ts';
import type { Service } from './service.ts';
import type { ServiceTarget } from './workload.ts';

const merge = (gateways: readonly Gateway[], targets: readonly ServiceTarget[] = [], labels = {}) =>
  mergeGateways(gateways, { labels, targets });

/** `port bind: gateway/port name, …` for each group. */
const groups = ({ groups: all }: MergedGateway) =>
  all.map(
    ({ port, bind, servers }) =>
      `${port}${bind && ` ${bind}`}: ${servers.map((s) => `${s.gatewayName}/${s.server.port.name}`).join(', ')}`,
  );
const routes = ({ serversByRoute }: MergedGateway) =>
  Object.fromEntries([...serversByRoute].map(([name, servers]) => [name, servers.map((s) => s.server.port.name)]));
const rejected = ({ rejected: all }: MergedGateway) => all.map(({ server, by }) => [server.port.name, by]);

const http = gatewayServer(80, 'http', ['*']);
const tcp = gatewayServer(80, 'tcp', ['*']);
const https = (host: string, name: string) => gatewayServer(443, 'https', [host], { name, tls: serverTls('simple') });
const older = (...servers: Parameters<typeof gateway>[1]) => gateway('old', servers);
const newer = (...servers: Parameters<typeof gateway>[1]) => gateway('new', servers);

describe('mergeGateways', () => {
  it.each<{ when: string; gateways: Gateway[]; groups: string[]; rejected?: unknown[]; routes?: object }>([
    {
      when: 'both serve HTTP',
      gateways: [older(http), newer(gatewayServer(80, 'grpc', ['a.ex']))],
      groups: ['80: istio-system/old/http-80, istio-system/new/grpc-80'],
      routes: { 'http.80': ['http-80', 'grpc-80'] },
    },
    {
      when: 'TCP comes before HTTP',
      gateways: [older(tcp), newer(http)],
      groups: ['80: istio-system/old/tcp-80'],
      rejected: [['http-80', 'Gateway/istio-system/old']],
      routes: {},
    },
    {
      when: 'HTTP comes before TCP',
      gateways: [older(http), newer(tcp)],
      groups: ['80: istio-system/old/http-80'],
      rejected: [['tcp-80', 'Gateway/istio-system/old']],
    },
    {
      when: 'both serve TCP',
      gateways: [older(tcp), newer(tcp)],
      groups: ['80: istio-system/old/tcp-80'],
      rejected: [['tcp-80', 'Gateway/istio-system/old']],
    },
    {
      when: 'both serve TCP on addresses of their own',
      gateways: [
        older(gatewayServer(80, 'tcp', ['*'], { bind: '10.0.0.1' })),
        newer(gatewayServer(80, 'tcp', ['*'], { bind: '10.0.0.2' })),
      ],
      groups: ['80 10.0.0.1: istio-system/old/tcp-80', '80 10.0.0.2: istio-system/new/tcp-80'],
    },
    {
      when: 'HTTPS servers have names of their own',
      gateways: [older(https('a.ex', 'a')), newer(https('b.ex', 'b'))],
      groups: ['443: istio-system/old/a, istio-system/new/b'],
      routes: { 'https.443.a.old.istio-system': ['a'], 'https.443.b.new.istio-system': ['b'] },
    },
    {
      when: 'HTTPS servers serve the same host',
      gateways: [older(https('a.ex', 'a')), newer(https('a.ex', 'b'))],
      groups: ['443: istio-system/old/a'],
      rejected: [['b', 'Gateway/istio-system/old']],
    },
    {
      when: 'one Gateway uses a port name twice',
      gateways: [older(https('a.ex', 'same'), https('b.ex', 'same'))],
      groups: ['443: istio-system/old/same'],
      rejected: [['same', 'Gateway/istio-system/old']],
    },
    {
      when: 'TLS of different kinds shares a port',
      gateways: [
        older(https('a.ex', 'a'), gatewayServer(443, 'tls', ['b.ex'], { name: 'b', tls: serverTls('passthrough') })),
      ],
      groups: ['443: istio-system/old/a, istio-system/old/b'],
      routes: { 'https.443.a.old.istio-system': ['a'] },
    },
    {
      when: 'TLS wants a port of HTTP',
      gateways: [older(gatewayServer(443, 'http', ['*'])), newer(https('a.ex', 'a'))],
      groups: ['443: istio-system/old/http-443'],
      rejected: [['a', 'Gateway/istio-system/old']],
    },
    {
      when: 'HTTP wants a port of TLS',
      gateways: [older(https('a.ex', 'a')), newer(gatewayServer(443, 'http', ['*']))],
      groups: ['443: istio-system/old/a, istio-system/new/http-443'],
      routes: { 'https.443.a.old.istio-system': ['a'], 'http.443': ['http-443'] },
    },
    {
      when: 'two redirect the same host to HTTPS',
      gateways: [
        older(gatewayServer(80, 'http', ['a.ex'], { httpsRedirect: true })),
        newer(gatewayServer(80, 'http', ['a.ex'], { httpsRedirect: true })),
      ],
      groups: ['80: istio-system/old/http-80'],
      rejected: [['http-80', 'Gateway/istio-system/old']],
    },
    {
      when: 'HTTP binds an address',
      gateways: [older(gatewayServer(80, 'http', ['*'], { bind: '10.0.0.1' }))],
      groups: ['80 10.0.0.1: istio-system/old/http-80'],
      routes: { 'http.80.10.0.0.1': ['http-80'] },
    },
  ])('lets the older one win when $when', ({ gateways, groups: expected, rejected: lost = [], routes: names }) => {
    const merged = merge(gateways);
    expect(groups(merged)).toEqual(expected);
    expect(rejected(merged)).toEqual(lost);
    if (names) expect(routes(merged)).toEqual(names);
  });

  it('knows whether any server crosses clusters', () => {
    const crossing = gatewayServer(15443, 'tls', ['*.local'], { tls: serverTls('auto-passthrough') });
    expect(merge([older(crossing)]).hasAutoPassthrough).toBe(true);
    expect(merge([older(http)]).hasAutoPassthrough).toBe(false);
  });
});

describe('ports of the workload', () => {
  const ingress = (rest: Partial<Service> = {}) =>
    service('istio-system', 'ingress', {
      ports: [
        { name: 'http', number: 80, protocol: 'http' },
        { name: 'https', number: 443, protocol: 'https' },
      ],
      ...rest,
    });
  const targets = (svc: Service, ...numbers: number[]): ServiceTarget[] =>
    svc.ports.map((port, i) => ({ service: svc, port, targetPort: numbers[i] ?? port.number }));

  it('are those that its service leads to', () => {
    const merged = merge([older(http, https('a.ex', 'https'))], targets(ingress(), 8080, 8443));
    expect(groups(merged)).toEqual(['8080: istio-system/old/http-80', '8443: istio-system/old/https']);
    expect(Object.keys(routes(merged))).toEqual(['http.8080', 'https.443.https.old.istio-system']);
  });

  it('are taken literally where the service wants it so', () => {
    const labels = { 'experimental.istio.io/disable-gateway-port-translation': 'true' };
    expect(groups(merge([older(http)], targets(ingress({ labels }), 8080)))).toEqual(['80: istio-system/old/http-80']);
  });

  it('are those of the services that a Gateway names', () => {
    const annotations = { 'internal.istio.io/gateway-service': 'ingress.istio-system.svc.cluster.local' };
    const named = gateway('named', [http, gatewayServer(81, 'http', ['*'])], { annotations });
    expect(groups(merge([named], targets(ingress(), 8080)))).toEqual(['8080: istio-system/named/http-80']);
    expect(groups(merge([named]))).toEqual([]);
  });
});

describe('Gateways of a workload', () => {
  it.each([
    { selector: undefined, labels: {}, applies: true },
    { selector: {}, labels: {}, applies: true },
    { selector: { app: 'gw' }, labels: { app: 'gw', x: 'y' }, applies: true },
    { selector: { app: 'gw' }, labels: { app: 'other' }, applies: false },
  ])('with selector $selector apply to $labels: $applies', ({ selector, labels, applies }) => {
    const selecting = { ...older(http), ...(selector && { selector }) };
    expect(groups(merge([selecting], [], labels))).toHaveLength(applies ? 1 : 0);
  });

  it('of other namespaces have no say where one was made together with the workload', () => {
    const owned = gateway('owned', [http], {
      namespace: 'apps',
      annotations: {
        'internal.istio.io/gateway-semantics': 'gateway',
        'internal.istio.io/service-account-name': 'owned-istio',
      },
    });
    expect(groups(merge([older(gatewayServer(81, 'http', ['*'])), owned]))).toEqual(['80: apps/owned/http-80']);
  });
});
