import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { tcpAddress } from '../../src/agent/address.ts';
import { compileBootstrap } from '../../src/agent/bootstrap.ts';
import { mergeGateways } from '../../src/model/gateway-merge.ts';
import type { Protocol } from '../../src/model/protocol.ts';
import { startEnvoy, validate } from '../support/envoy.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { gateway, gatewayServer, serverTls } from '../support/gateway.ts';
import {
  gatewayListeners,
  inboundListeners,
  type ListenerJson,
  type ListenersJson,
  outboundListeners,
} from '../support/listeners.ts';
import { meshConfig } from '../support/mesh.ts';
import { meta, service, sidecar, virtualService } from '../support/model.ts';
import { endpoint, inboundScope, type ProxyOptions } from '../support/scopes.ts';

const ADMIN = tcpAddress('127.0.0.1', 21910);
const CAPTURE_PORT = 21911;

const PROTOCOLS: readonly Protocol[] = [
  'http',
  'grpc',
  'grpc-web',
  'tcp',
  'tls',
  'https',
  'mongo',
  'mysql',
  'redis',
  'auto',
];
const ports = PROTOCOLS.map((protocol, i) => ({ name: protocol, number: 9000 + i, protocol }));
const entry = (hostname: string, rest = {}) =>
  service('default', hostname, {
    meta: meta('ServiceEntry', 'default', hostname),
    hostname,
    registry: 'external',
    addresses: [],
    ports,
    ...rest,
  });

const services = [
  service('default', 'web', { ports }),
  entry('none.ex'),
  entry('range.ex', { addresses: ['10.9.0.0/16', '10.8.0.0/16', '10.7.7.7'] }),
  entry('also.ex', { addresses: ['10.9.0.0/16'] }),
  entry('*.dyn.ex', { resolution: 'dynamic-dns' }),
  service('default', 'hl', { resolution: 'passthrough', headless: true, addresses: [], ports }),
];
const endpoints = {
  'hl.default.svc.cluster.local': ports.map(({ name }) => endpoint('10.0.0.7', { servicePortName: name })),
};
const match = { gateways: [], sourceLabels: {}, destinationSubnets: [] };
const destinations = [{ destination: { host: 'web.default.svc.cluster.local' }, weight: 0 }] as const;
const virtualServices = [
  virtualService('default', 'v', {
    hosts: ['*.ex'],
    tls: [
      { matches: [{ ...match, sniHosts: ['a.ex', 'b.ex'] }], destinations },
      { matches: [{ ...match, sniHosts: ['B.ex', 'c.ex', '*-d.ex'] }], destinations },
    ],
    tcp: [
      { matches: [{ ...match, destinationSubnets: ['10.1.2.3/8'] }], destinations },
      { matches: [{ ...match, destinationSubnets: ['10.0.0.0/8', '11.0.0.0/8'] }], destinations },
    ],
  }),
];
// Not standard output: here that is a socket, which Envoy cannot open as a file.
const logs = { file: '/dev/null', encoding: 'JSON', format: '{"p":"%REQ_WITHOUT_QUERY(:PATH)%"}' } as const;

const outbound = (mode: 'allow-any' | 'registry-only' | 'allow-any-dynamic-dns', proxy: ProxyOptions = {}) => {
  const mesh = meshConfig({ outboundTrafficPolicy: { mode }, proxyHttpPort: 15007, accessLog: logs });
  return outboundListeners({ mesh, services, virtualServices, endpoints }, proxy);
};

const ingress = sidecar('default', 's', {
  ingress: [
    { port: { number: 9443, name: 'a', protocol: 'http' }, captureMode: 'none' },
    { port: { number: 9444, name: 'b', protocol: 'auto' }, captureMode: 'default' },
  ],
});

const crossing = {
  credential: serverTls('simple'),
  suites: ['ECDHE-RSA-AES128-GCM-SHA256', 'DES-CBC3-SHA', 'NONE', 'ALL'],
};
const gateways = [
  gateway('gw', [
    gatewayServer(80, 'http', ['*'], { httpsRedirect: true }),
    gatewayServer(443, 'https', ['a.ex', 'ns/b.ex'], { name: 'one', tls: crossing.credential }),
    gatewayServer(443, 'https', ['other/b.ex', 'c.ex'], {
      name: 'two',
      tls: serverTls('mutual', { subjectAltNames: ['c', 'spiffe://x/y', '1.2.3.4'], cipherSuites: crossing.suites }),
    }),
    gatewayServer(443, 'https', ['*'], { name: 'any', tls: serverTls('simple', { subjectAltNames: ['unused'] }) }),
    gatewayServer(443, 'tls', ['d.ex'], { name: 'through', tls: serverTls('passthrough') }),
    gatewayServer(443, 'http', ['*'], { name: 'plain' }),
    gatewayServer(9000, 'tcp', ['*']),
    gatewayServer(9001, 'tls', ['*'], { tls: serverTls('istio-mutual') }),
    gatewayServer(15443, 'tls', ['*.ex', '*.local'], { tls: serverTls('auto-passthrough') }),
  ]),
];
const gatewayRules = virtualServices.map((vs) => ({ ...vs, hosts: ['*'], gateways: ['istio-system/gw'] as const }));
const router = (proxy: ProxyOptions = {}) =>
  gatewayListeners(
    mergeGateways(gateways, { labels: {}, targets: [] }),
    { mesh: meshConfig({ accessLog: logs }), services, virtualServices: gatewayRules },
    proxy,
  );

const cases: { what: string; listeners: ListenersJson }[] = [
  { what: 'a sidecar', listeners: outbound('allow-any') },
  { what: 'a sidecar that keeps to the registry', listeners: outbound('registry-only', { interception: 'TPROXY' }) },
  {
    what: 'a sidecar that resolves names',
    listeners: outbound('allow-any-dynamic-dns', { settings: { dnsCapture: true } }),
  },
  { what: 'a sidecar without capture', listeners: outbound('allow-any', { interception: 'NONE' }) },
  { what: 'a sidecar of both families', listeners: outbound('allow-any', { ipMode: 'dual' }) },
  { what: 'a workload', listeners: inboundListeners(inboundScope(services)) },
  {
    what: 'a workload without identity',
    listeners: inboundListeners(inboundScope(services), { capabilities: { identity: 'none' } }),
  },
  {
    what: 'a workload that declares its ports',
    listeners: inboundListeners(inboundScope(services, { sidecar: ingress, ownAddresses: ['127.0.0.1'] }), {
      interception: 'TPROXY',
    }),
  },
  { what: 'a gateway', listeners: router() },
  {
    what: 'a gateway at the edge without identity',
    listeners: router({
      capabilities: { identity: 'none' },
      proxyConfig: {
        gatewayTopology: { numTrustedProxies: 1, proxyProtocol: true },
        connectionSettings: { profile: 'edge' },
      },
    }),
  },
];

describeWithEnvoy('listeners', (envoy, it) => {
  it.each(cases)('of $what are accepted without a warning', async ({ listeners }) => {
    const all = Object.values(listeners.listeners);
    expect(all.length).toBeGreaterThan(0);
    expect(await validate(envoy, toBootstrap(all, []))).toEqual({ accepted: true, error: '', warnings: [] });
  });

  it('that bind no port are reached through the one that takes captured connections', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'pilothouse-listeners-'));
    const [own, other] = await Promise.all([greet('service'), greet('passthrough')]);
    const vip = entry('vip.ex', { addresses: ['10.9.9.9'], ports: [{ name: 'tcp', number: 90, protocol: 'tcp' }] });
    const mesh = meshConfig({ proxyListenPort: CAPTURE_PORT });
    const { listeners } = outboundListeners({ mesh, services: [vip] });
    const clusters = [toCluster('outbound|90||vip.ex', own), toCluster('PassthroughCluster', other)];
    const bootstrap = toBootstrap(Object.values(listeners).map(withKnownDestinations), clusters, false);
    const proxy = await startEnvoy(envoy, { name: 'capture', bootstrap, adminAddress: '127.0.0.1:21910', dir });
    try {
      await proxy.ready();
      expect(await askFor('10.9.9.9', 90)).toBe('service');
      expect(await askFor('10.9.9.8', 90)).toBe('passthrough');
      // A connection to the capture port itself must not go round in circles.
      expect(await askFor('127.0.0.1', CAPTURE_PORT)).toBe('');
    } finally {
      await proxy.process.stop();
      own.close();
      other.close();
      await rm(dir, { recursive: true, force: true });
    }
  });
});

/** Nothing is captured here: the original destination comes in a PROXY header, which restores it just as well. */
function withKnownDestinations(listener: ListenerJson): ListenerJson {
  if (listener.name !== 'virtualOutbound') return listener;
  const type = 'type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol';
  const filter = { name: 'envoy.filters.listener.proxy_protocol', typed_config: { '@type': type } };
  return { ...listener, listener_filters: [filter] };
}

function toBootstrap(listeners: readonly ListenerJson[], clusters: readonly object[], withAds = true): object {
  const base = compileBootstrap({
    proxy: {
      type: 'sidecar',
      ips: ['127.0.0.1'],
      name: 'x',
      namespace: 'default',
      labels: {},
      interception: 'REDIRECT',
    },
    discovery: tcpAddress('127.0.0.1', 21999),
    admin: ADMIN,
  });
  const fixed = ['BlackHoleCluster', 'sds-grpc', ...(withAds ? ['PassthroughCluster'] : [])];
  const own = fixed.map((name) => ({ name, type: 'STATIC', ...(name === 'sds-grpc' && HTTP2) }));
  return {
    ...base,
    dynamic_resources: withAds ? { ads_config: getAds(base.dynamic_resources) } : {},
    static_resources: {
      listeners,
      clusters: [...getClusters(base.static_resources), ...own, ...clusters],
    },
  };
}

const HTTP2 = {
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
};

function getAds(resources: object): unknown {
  return 'ads_config' in resources ? resources.ads_config : undefined;
}

function getClusters(resources: object): readonly unknown[] {
  return 'clusters' in resources && Array.isArray(resources.clusters) ? resources.clusters : [];
}

function toCluster(name: string, server: Server): object {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const endpoint = { address: { socket_address: { address: '127.0.0.1', port_value: port } } };
  const load_assignment = { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint }] }] };
  return { name, type: 'STATIC', load_assignment };
}

/** A server that says one word to everyone. */
function greet(word: string): Promise<Server> {
  const server = createServer((socket) => socket.end(word));
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** What a client hears that was on its way to this address. */
function askFor(address: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new Socket();
    let heard = '';
    socket.on('data', (bytes) => {
      heard += bytes.toString();
    });
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
    socket.connect(CAPTURE_PORT, '127.0.0.1', () => socket.write(`PROXY TCP4 10.1.1.1 ${address} 5555 ${port}\r\n`));
  });
}
