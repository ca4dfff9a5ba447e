import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage, packAny } from '../../src/gen/codec.ts';
import { encodeResponse } from '../../src/xds/response-encoding.ts';
import { ResourceBatch } from '../../src/xds/resource-batch.ts';
import { CLUSTER_TYPE, LISTENER_TYPE } from '../../src/xds/type-url.ts';
import type { XdsProtocol } from '../../src/xds/view-source.ts';
import { FieldCursor } from './field-cursor.ts';
import { findEndpointName, listRouteNames } from './references.ts';
import { encodeHeld, encodeNames, encodeRequest, scanRequest } from './request.ts';
import { listResources, type ScannedResource, scanResponse } from './response.ts';
import { SharedReader } from './shared-reader.ts';

const clusters = [
  { name: 'eds', type: 'EDS', eds_cluster_config: { service_name: 'fed' } },
  { name: 'own-name', type: 'EDS', eds_cluster_config: {} },
  { name: 'static', type: 'STATIC' },
] as const;

const listener = {
  name: '0.0.0.0_8080',
  filter_chains: [{ filters: [tcpProxy(), http({ rds: { route_config_name: '8080' } })] }],
  default_filter_chain: { filters: [http({ rds: { route_config_name: '80' } })] },
} as const;

function http(manager: object) {
  const type = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
  return { name: 'http', typed_config: packAny(type, { stat_prefix: 'x', ...manager }) };
}

function tcpProxy() {
  const type = 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy';
  return { name: 'tcp', typed_config: packAny(type, { stat_prefix: 'rds', cluster: 'c' }) };
}

function responseOf(protocol: XdsProtocol, typeUrl: string, messages: readonly { name: string; bytes: Buffer }[]) {
  const resources = messages.map((m) => ({ ...m, version: `v-${m.name}`, origins: [] }));
  const removed = protocol === 'delta' ? ['gone'] : [];
  const envelope = { protocol, typeUrl, version: 'v1', nonce: 'n1', removed };
  return scanResponse(protocol, encodeResponse(envelope, [new ResourceBatch(typeUrl, resources)]));
}

function clusterResponse(protocol: XdsProtocol) {
  const messages = clusters.map((c) => ({
    name: c.name,
    bytes: encodeMessage('envoy.config.cluster.v3.Cluster', c),
  }));
  return responseOf(protocol, CLUSTER_TYPE, messages);
}

function wholeMessage(bytes: Buffer): ScannedResource {
  return { name: 'x', version: '', from: 0, to: bytes.length };
}

describe('scanResponse', () => {
  it.each([
    { protocol: 'delta', removed: ['gone'], versions: ['v-eds', 'v-own-name', 'v-static'] },
    { protocol: 'sotw', removed: [], versions: ['', '', ''] },
  ] as const)('reads the envelope and the names over $protocol', ({ protocol, removed, versions }) => {
    const response = clusterResponse(protocol);
    const { typeUrl, version, nonce } = response;
    expect({ typeUrl, version, nonce, removed: response.removed }).toEqual({
      typeUrl: CLUSTER_TYPE,
      version: 'v1',
      nonce: 'n1',
      removed,
    });
    const found = [...listResources(response)];
    expect(found.map((r) => r.name)).toEqual(clusters.map((c) => c.name));
    expect(found.map((r) => r.version)).toEqual(versions);
    expect(
      found.map((r) => decodeMessage('envoy.config.cluster.v3.Cluster', response.bytes.subarray(r.from, r.to))),
    ).toEqual(clusters);
  });

  it('refuses bytes that are no message', () => {
    expect(() => scanResponse('delta', Buffer.from([0x12, 0x7f, 0]))).toThrow('ends behind its message');
  });
});

describe('findEndpointName', () => {
  it.each(['delta', 'sotw'] as const)('names what EDS clusters are fed from over %s', (protocol) => {
    const response = clusterResponse(protocol);
    const names = [...listResources(response)].map((cluster) => findEndpointName(response.bytes, cluster));
    expect(names).toEqual(['fed', 'own-name', undefined]);
  });
});

describe('SharedReader', () => {
  it.each(['delta', 'sotw'] as const)('reads names, versions and references over %s', (protocol) => {
    const version = (name: string) => (protocol === 'delta' ? `v-${name}` : '');
    expect(new SharedReader().read('a', clusterResponse(protocol))).toEqual([
      { name: 'eds', version: version('eds'), references: ['fed'] },
      { name: 'own-name', version: version('own-name'), references: ['own-name'] },
      { name: 'static', version: version('static'), references: [] },
    ]);
  });

  it('reads again what is not the same at its place', () => {
    const reader = new SharedReader();
    const eds = { name: 'x', bytes: encodeMessage('envoy.config.cluster.v3.Cluster', clusters[0]) };
    const other = { name: 'x', bytes: encodeMessage('envoy.config.cluster.v3.Cluster', clusters[1]) };
    const read = (...messages: readonly { name: string; bytes: Buffer }[]) =>
      reader.read('a', responseOf('delta', CLUSTER_TYPE, messages)).flatMap(({ references }) => references);
    expect([read(eds, eds), read(other, eds), read(eds)]).toEqual([['fed', 'fed'], ['x', 'fed'], ['fed']]);
  });

  it('gives the identical values for the same bytes', () => {
    const reader = new SharedReader();
    const [first] = reader.read('a', clusterResponse('delta'));
    const [second] = reader.read('a', clusterResponse('delta'));
    expect(second).toBe(first);
  });
});

describe('listRouteNames', () => {
  it('finds every connection manager that asks for routes', () => {
    const bytes = encodeMessage('envoy.config.listener.v3.Listener', listener);
    expect(listRouteNames(bytes, wholeMessage(bytes))).toEqual(['8080', '80']);
  });

  it('finds none where routes are inline', () => {
    const inline = { name: 'in', filter_chains: [{ filters: [http({ route_config: { name: 'inbound' } })] }] };
    const bytes = encodeMessage('envoy.config.listener.v3.Listener', inline);
    expect(listRouteNames(bytes, wholeMessage(bytes))).toEqual([]);
  });
});

describe('encodeRequest', () => {
  const names = ['a', 'outbound|8080||svc-1.load-1.svc.cluster.local'];
  const long = 'x'.repeat(300);

  it('encodes what a delta client says', () => {
    const bytes = encodeRequest('delta', {
      typeUrl: CLUSTER_TYPE,
      node: encodeMessage('envoy.config.core.v3.Node', { id: long }),
      names: encodeNames('delta', names),
      nonce: 'n1',
      version: 'not said',
      held: encodeHeld(new Map([[long, 'v1']])),
    });
    expect(decodeMessage('envoy.service.discovery.v3.DeltaDiscoveryRequest', bytes)).toEqual({
      node: { id: long },
      type_url: CLUSTER_TYPE,
      resource_names_subscribe: names,
      response_nonce: 'n1',
      initial_resource_versions: { [long]: 'v1' },
    });
    expect(scanRequest('delta', bytes)).toEqual({ typeUrl: CLUSTER_TYPE, isAnswer: true });
  });

  it('encodes what a state-of-the-world client says', () => {
    const bytes = encodeRequest('sotw', {
      typeUrl: LISTENER_TYPE,
      names: encodeNames('sotw', names),
      version: 'v1',
      held: encodeHeld(new Map([['not', 'said']])),
    });
    expect(decodeMessage('envoy.service.discovery.v3.DiscoveryRequest', bytes)).toEqual({
      version_info: 'v1',
      resource_names: names,
      type_url: LISTENER_TYPE,
    });
    expect(scanRequest('sotw', bytes)).toEqual({ typeUrl: LISTENER_TYPE, isAnswer: false });
  });
});

describe('FieldCursor', () => {
  it('passes over what it does not know', () => {
    const bytes = encodeMessage('envoy.config.core.v3.Metadata', {
      filter_metadata: { f: { fields: { n: { number_value: 1.5 }, b: { bool_value: true } } } },
    });
    const cursor = new FieldCursor(bytes);
    const fields: number[] = [];
    while (cursor.next()) fields.push(cursor.field);
    expect(fields).toEqual([1]);
  });
});
