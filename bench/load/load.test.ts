import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeMessage, packAny } from '../../src/gen/codec.ts';
import { contentHash } from '../../src/kit/hash.ts';
import { configureLogs } from '../../src/kit/log.ts';
import type { ProxyView, Resource } from '../../src/xds/resource.ts';
import { ResourceSet } from '../../src/xds/resource-set.ts';
import { aggregatedDiscoveryService, XdsServer } from '../../src/xds/server.ts';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, NAME_TABLE_TYPE, ROUTE_TYPE } from '../../src/xds/type-url.ts';
import type { XdsProtocol } from '../../src/xds/view-source.ts';
import { ReplayServer } from '../floor/replay.ts';
import { Load } from './load.ts';

beforeAll(() => configureLogs({ levels: new Map([['ads', 'none']]) }));

const SHAPE = { services: 4, endpoints: 1, namespaces: 2 };
const PROXIES = 4;
const TIMEOUT_MS = 5000;
const NAMES = ['a', 'b', 'c'];

function resource(name: string, bytes: Buffer): Resource {
  return { name, version: contentHash(bytes), bytes, origins: [] };
}

function clusters() {
  return NAMES.map((name) =>
    resource(name, encodeMessage('envoy.config.cluster.v3.Cluster', { name, type: 'EDS', eds_cluster_config: {} })),
  );
}

function endpoints() {
  return NAMES.map((name) =>
    resource(name, encodeMessage('envoy.config.endpoint.v3.ClusterLoadAssignment', { cluster_name: name })),
  );
}

function listeners() {
  const type = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
  const manager = packAny(type, { stat_prefix: 'x', rds: { route_config_name: '8080' } });
  const message = { name: 'l', filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }] };
  return [resource('l', encodeMessage('envoy.config.listener.v3.Listener', message))];
}

function routes(marker: string) {
  const message = { name: '8080', virtual_hosts: [{ name: marker, domains: ['*'] }] };
  return [resource('8080', encodeMessage('envoy.config.route.v3.RouteConfiguration', message))];
}

function viewOf(marker: string, hasRoutes = true): ProxyView {
  const layers = [
    ResourceSet.of(CLUSTER_TYPE, clusters()),
    ResourceSet.of(ENDPOINT_TYPE, endpoints()),
    ResourceSet.of(LISTENER_TYPE, listeners()),
    ResourceSet.of(ROUTE_TYPE, hasRoutes ? routes(marker) : []),
    ResourceSet.of(NAME_TABLE_TYPE, []),
  ];
  return { layers: new Map(layers.map((set) => [set.typeUrl, [set]])) };
}

describe.each<XdsProtocol>(['delta', 'sotw'])('the sidecars of the bench over %s', (protocol) => {
  let view = viewOf('first');
  let xds: XdsServer;
  let grpc: Server;
  let address: string;
  let load: Load;

  beforeEach(async () => {
    view = viewOf('first');
    await listen();
    load = new Load({ protocol, shape: SHAPE, proxies: PROXIES, first: 0, step: 1 });
  });

  afterEach(() => {
    load.keep(0);
    grpc.forceShutdown();
  });

  async function listen(): Promise<void> {
    const ignore = () => {};
    xds = new XdsServer({ connect: () => ({ view: () => view, onAck: ignore, onNack: ignore, close: ignore }) });
    grpc = new Server();
    xds.addTo(grpc, 'plaintext');
    address = `127.0.0.1:${await bind(grpc)}`;
  }

  function bind(server: Server): Promise<number> {
    return new Promise((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
  }

  async function connect(target = address): Promise<number> {
    load.open(target);
    return (await load.complete(TIMEOUT_MS)).length;
  }

  async function changeTo(marker: string): Promise<{ heard: number; answered: number }> {
    load.expect({ typeUrl: ROUTE_TYPE, marker, record: 'route' });
    view = viewOf(marker);
    xds.pushAll({ reason: 'test' });
    const { heardMs, answeredMs } = await load.heard(TIMEOUT_MS);
    return { heard: heardMs.length, answered: answeredMs.length };
  }

  it('get all that they ask for, each type once', async () => {
    expect(await connect()).toBe(PROXIES);
    expect({ responses: load.traffic.responses, ended: load.traffic.ended }).toEqual({
      responses: 4 * PROXIES,
      ended: 0,
    });
  });

  it('are missed when something that they ask for does not exist, over the protocol that does not say so', async () => {
    view = viewOf('first', false);
    load.open(address);
    expect((await load.complete(300)).length).toBe(protocol === 'delta' ? PROXIES : 0);
  });

  it('hear of a change once each', async () => {
    await connect();
    expect(await changeTo('second')).toEqual({ heard: PROXIES, answered: PROXIES });
    expect(load.traffic.responses).toBe(5 * PROXIES);
  });

  it('notice when the server ends their streams, and are sent nothing again when they come back', async () => {
    await connect();
    await xds.drain(AbortSignal.timeout(TIMEOUT_MS));
    await load.ended(TIMEOUT_MS);
    grpc.forceShutdown();
    await listen();
    const before = load.traffic.responses;
    load.open(address);
    expect(await load.resumed(TIMEOUT_MS)).toBe(0);
    expect(load.traffic.responses - before).toBe(0);
    expect(await changeTo('second')).toEqual({ heard: PROXIES, answered: PROXIES });
  });

  it('are missed when the server does not deal with them as they come back', async () => {
    await connect();
    load.keep(0);
    // A server that takes streams and never says anything.
    const silent = new Server();
    silent.addService(aggregatedDiscoveryService, {
      StreamAggregatedResources: () => {},
      DeltaAggregatedResources: () => {},
    });
    const port = await bind(silent);
    load.open(`127.0.0.1:${port}`);
    expect(await load.resumed(300)).toBe(PROXIES);
    load.keep(0);
    silent.forceShutdown();
  });

  it('are served by the floor with what was recorded', async () => {
    await connect();
    await changeTo('second');
    const { bytes, responses } = load.traffic;
    const floor = new ReplayServer(load.recording);
    const port = await floor.listen('127.0.0.1:0');

    load = new Load({ protocol, shape: SHAPE, proxies: PROXIES, first: 0, step: 1 });
    expect(await connect(`127.0.0.1:${port}`)).toBe(PROXIES);
    load.expect({ typeUrl: ROUTE_TYPE, marker: 'second' });
    floor.change('route');
    expect((await load.heard(TIMEOUT_MS)).heardMs.length).toBe(PROXIES);
    expect(load.traffic).toMatchObject({ bytes, responses, ended: 0 });
    floor.close();
  });
});
