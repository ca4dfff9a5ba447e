import {
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  status,
} from '@grpc/grpc-js';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { configureLogs } from '../kit/log.ts';
import { renderMetrics } from '../kit/metrics.ts';
import { xdsFault } from './fault-status.ts';
import type { ProxyView } from './resource.ts';
import { aggregatedDiscoveryService, MAX_REQUEST_BYTES, XdsServer, xdsChannelOptions } from './server.ts';
import {
  type Ask,
  decodeResponse,
  encodeRequest,
  proxyView,
  type Response,
  type ShortType,
  TYPES,
  toTold,
} from './testing.ts';
import { HEALTH_TYPE, type TypeUrl } from './type-url.ts';
import type { AckFact, ConnectionRequest, HealthFact, NackFact, XdsProtocol } from './view-source.ts';

beforeAll(() => configureLogs({ levels: new Map([['ads', 'none']]) }));

const NODE = { id: 'sidecar~10.0.0.1~reviews-v1.default~default.svc.cluster.local' };

/** Things that happen, for a test to wait for one after another. */
class Inbox<T> {
  readonly #items: T[] = [];
  readonly #waiting: ((item: T) => void)[] = [];

  push(item: T): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#items.push(item);
    else waiting(item);
  }

  take(): Promise<T> {
    const item = this.#items.shift();
    return item === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(item);
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }
}

/** A proxy over a real connection. */
class TestProxy {
  readonly responses = new Inbox<Response>();
  readonly ended: Promise<{ code: number; details: string }>;
  readonly #call: ClientDuplexStream<Buffer, Buffer>;
  readonly #protocol: XdsProtocol;

  constructor(client: Client, protocol: XdsProtocol, metadata = new Metadata()) {
    const method = protocol === 'sotw' ? 'StreamAggregatedResources' : 'DeltaAggregatedResources';
    const { path, requestSerialize, responseDeserialize } = aggregatedDiscoveryService[method];
    this.#protocol = protocol;
    this.#call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata);
    this.#call.on('data', (bytes: Buffer) => this.responses.push(decodeResponse(protocol, bytes)));
    this.#call.on('error', () => {});
    this.ended = new Promise((resolve) => this.#call.on('status', ({ code, details }) => resolve({ code, details })));
  }

  ask(typeUrl: TypeUrl, ask: Ask = {}, node?: { id: string }): void {
    this.#call.write(encodeRequest(this.#protocol, typeUrl, ask, node));
  }

  raw(bytes: Buffer): void {
    this.#call.write(bytes);
  }

  ack({ typeUrl, nonce, version }: Response): void {
    this.ask(typeUrl, { nonce, version });
  }

  cancel(): void {
    this.#call.cancel();
  }

  halfClose(): void {
    this.#call.end();
  }
}

async function readMetrics() {
  const exposed = await renderMetrics();
  const read = (series: string) => {
    const line = exposed.split('\n').find((text) => text.startsWith(`${series} `));
    return Number(line?.slice(series.length) ?? 0);
  };
  return {
    connections: read('pilot_xds{version="unknown"}'),
    pushes: read('pilot_xds_pushes{type="cds"}'),
    rejects: read('pilot_total_xds_rejects{type="cds"}'),
    rejectsOfNode: read(`pilot_xds_cds_reject{node="${NODE.id}",err="Internal"}`),
    expired: read('pilot_xds_expired_nonce{type="cds"}'),
  };
}

describe.each<XdsProtocol>(['sotw', 'delta'])('the server over %s', (protocol) => {
  let acks: Inbox<AckFact>;
  let nacks: Inbox<NackFact>;
  let closed: Inbox<string>;
  let health: Inbox<HealthFact>;
  let connections: Inbox<ConnectionRequest>;
  let view: ProxyView = proxyView({});
  let admit: () => Promise<void> = () => Promise.resolve();
  let xds: XdsServer;
  let grpc: Server;
  let client: Client;

  beforeEach(async () => {
    admit = () => Promise.resolve();
    acks = new Inbox();
    nacks = new Inbox();
    closed = new Inbox();
    health = new Inbox();
    connections = new Inbox();
    xds = new XdsServer({
      async connect(connection) {
        connections.push(connection);
        await admit();
        return {
          view: () => view,
          onAck: (fact) => acks.push(fact),
          onNack: (fact) => nacks.push(fact),
          onHealth: (fact) => health.push(fact),
          close: () => closed.push(connection.id),
        };
      },
    });
    grpc = new Server(xdsChannelOptions);
    xds.addTo(grpc, 'plaintext');
    const port = await new Promise<number>((resolve, reject) =>
      grpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      ),
    );
    client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      ...xdsChannelOptions,
      'grpc.max_receive_message_length': -1,
    });
  });

  afterEach(() => {
    client.close();
    grpc.forceShutdown();
  });

  function show(types: Partial<Record<ShortType, Record<string, string>>>): void {
    view = proxyView(types);
    xds.pushAll({ reason: 'test' });
  }

  it('serves, pushes and hears ACKs', async () => {
    view = proxyView({ cds: { a: 'a=1' } });
    const proxy = new TestProxy(client, protocol);
    proxy.ask(TYPES.cds, {}, NODE);
    const first = await proxy.responses.take();
    expect(toTold(first)).toEqual({ type: 'cds', resources: { a: 'a=1' } });
    proxy.ack(first);
    expect(await acks.take()).toEqual({ typeUrl: TYPES.cds, nonce: first.nonce, version: first.version });

    show({ cds: { a: 'a=2' } });
    const second = await proxy.responses.take();
    expect(toTold(second)).toEqual({ type: 'cds', resources: { a: 'a=2' } });
    proxy.cancel();
    expect(await closed.take()).toMatch(/^reviews-v1\.default-\d+$/);
    expect(xds.streams()).toEqual([]);
  });

  it('tells who is connected and what they hold', async () => {
    view = proxyView({ cds: { a: 'a=1' } });
    const proxy = new TestProxy(client, protocol, Metadata.fromHttp2Headers({ authorization: 'Bearer x' }));
    proxy.ask(TYPES.cds, {}, NODE);
    const connection = await connections.take();
    expect(connection).toMatchObject({ protocol, transport: 'plaintext', node: NODE });
    expect(connection.header('authorization')).toEqual(['Bearer x']);
    const { nonce, version } = await proxy.responses.take();
    const [stream] = xds.streams();
    expect(stream).toMatchObject({
      id: connection.id,
      protocol,
      types: [{ typeUrl: TYPES.cds, wildcard: true, nonceSent: nonce, nonceAcked: '', versionSent: version }],
    });
    proxy.cancel();
    await closed.take();
  });

  it('reports a NACK and goes on', async () => {
    view = proxyView({ cds: { a: 'a=bad' } });
    const proxy = new TestProxy(client, protocol);
    proxy.ask(TYPES.cds, {}, NODE);
    const first = await proxy.responses.take();
    proxy.ask(TYPES.cds, { nonce: first.nonce, refusal: 'no such filter' });
    expect(await nacks.take()).toMatchObject({
      typeUrl: TYPES.cds,
      nonce: first.nonce,
      version: first.version,
      message: 'no such filter',
      resources: [{ name: 'a' }],
    });
    show({ cds: { a: 'a=good' } });
    expect(toTold(await proxy.responses.take())).toEqual({ type: 'cds', resources: { a: 'a=good' } });
    proxy.halfClose();
    expect(await proxy.ended).toMatchObject({ code: status.OK });
    await closed.take();
  });

  it.each([
    { when: 'the first request has no node', node: undefined, details: 'missing node information' },
    { when: 'the node has no id', node: { id: '' }, details: 'missing node information' },
  ])('refuses the stream when $when', async ({ node, details }) => {
    const proxy = new TestProxy(client, protocol);
    proxy.ask(TYPES.cds, {}, node);
    expect(await proxy.ended).toEqual({ code: status.INVALID_ARGUMENT, details });
  });

  it('refuses bytes that are no request', async () => {
    const proxy = new TestProxy(client, protocol);
    proxy.raw(Buffer.from([0x0a, 0xff]));
    expect(await proxy.ended).toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  it('ends a stream whose request is larger than requests are', async () => {
    const proxy = new TestProxy(client, protocol);
    proxy.raw(Buffer.alloc(MAX_REQUEST_BYTES + 1));
    expect(await proxy.ended).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  });

  it.each([
    {
      fault: xdsFault('XDS_FORBIDDEN', 'authorization failed'),
      code: status.PERMISSION_DENIED,
      details: 'authorization failed',
    },
    { fault: xdsFault('XDS_NOT_READY', 'not yet'), code: status.UNAVAILABLE, details: 'not yet' },
    { fault: new Error('secret detail'), code: status.INTERNAL, details: 'internal error' },
  ])('ends the stream with $code when its view source refuses it', async ({ fault, code, details }) => {
    admit = () => Promise.reject(fault);
    const proxy = new TestProxy(client, protocol);
    proxy.ask(TYPES.cds, {}, NODE);
    expect(await proxy.ended).toEqual({ code, details });
    await connections.take();
  });

  it('keeps requests until the stream is admitted, in their order', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    admit = () => promise;
    view = proxyView({ cds: { a: 'a=1' }, lds: { l: 'l=1' } });
    const proxy = new TestProxy(client, protocol);
    proxy.ask(TYPES.cds, {}, NODE);
    proxy.ask(TYPES.lds);
    await connections.take();
    resolve();
    expect([(await proxy.responses.take()).type, (await proxy.responses.take()).type]).toEqual(['cds', 'lds']);
    proxy.cancel();
    await closed.take();
  });

  it('lets go of a stream that ends while it is admitted', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    admit = () => promise;
    const proxy = new TestProxy(client, protocol);
    proxy.ask(TYPES.cds, {}, NODE);
    const { id } = await connections.take();
    proxy.cancel();
    await proxy.ended;
    resolve();
    expect(await closed.take()).toBe(id);
    expect(xds.streams()).toEqual([]);
  });

  it('passes health reports on, and ignores one that comes before the node', async () => {
    view = proxyView({ cds: {} });
    const proxy = new TestProxy(client, protocol);
    proxy.ask(HEALTH_TYPE, { refusal: 'too early' });
    proxy.ask(TYPES.cds, {}, NODE);
    proxy.ask(HEALTH_TYPE, { refusal: 'probe failed' });
    proxy.ask(HEALTH_TYPE);
    expect([await health.take(), await health.take()]).toEqual([
      { healthy: false, message: 'probe failed' },
      { healthy: true },
    ]);
    proxy.cancel();
    await closed.take();
  });

  it('survives a view that throws, and serves it when it does not any more', async () => {
    const proxy = new TestProxy(client, protocol);
    view = proxyView({ cds: { a: 'a=1' } });
    proxy.ask(TYPES.cds, {}, NODE);
    proxy.ack(await proxy.responses.take());
    await acks.take();
    const good = view;
    view = Object.defineProperty({ ...good }, 'layers', {
      get() {
        throw new Error('defect');
      },
    });
    xds.pushAll({ reason: 'test' });
    await new Promise((resolve) => setImmediate(resolve));
    show({ cds: { a: 'a=2' } });
    expect(toTold(await proxy.responses.take())).toEqual({ type: 'cds', resources: { a: 'a=2' } });
    proxy.cancel();
    await closed.take();
  });

  it('sends messages far above four mebibytes', async () => {
    const large = `a=${'x'.repeat(24 * 2 ** 20)}`;
    view = proxyView({ cds: { a: large } });
    const proxy = new TestProxy(client, protocol);
    proxy.ask(TYPES.cds, {}, NODE);
    expect((await proxy.responses.take()).resources.a?.length).toBe(large.length);
    proxy.cancel();
    await closed.take();
  });

  it('counts what it does under the names that operators know', async () => {
    const before = await readMetrics();
    view = proxyView({ cds: { a: 'a=1' } });
    const proxy = new TestProxy(client, protocol);
    proxy.ask(TYPES.cds, {}, NODE);
    const { nonce } = await proxy.responses.take();
    proxy.ask(TYPES.cds, { nonce, refusal: 'no' });
    await nacks.take();
    proxy.ask(TYPES.cds, { nonce: 'old' });
    await vi.waitFor(async () => expect((await readMetrics()).expired).toBe(before.expired + 1));
    const during = await readMetrics();
    expect(during).toEqual({
      connections: before.connections + 1,
      pushes: before.pushes + 1,
      rejects: before.rejects + 1,
      rejectsOfNode: before.rejectsOfNode + 1,
      expired: before.expired + 1,
    });
    proxy.cancel();
    await closed.take();
    expect(await readMetrics()).toEqual({ ...during, connections: before.connections, rejectsOfNode: 0 });
  });

  it('pushes to the streams that are named and to no other', async () => {
    view = proxyView({ cds: { a: 'a=1' } });
    const proxies = [new TestProxy(client, protocol), new TestProxy(client, protocol)] as const;
    const ids: string[] = [];
    for (const proxy of proxies) {
      proxy.ask(TYPES.cds, {}, NODE);
      ids.push((await connections.take()).id);
      proxy.ack(await proxy.responses.take());
      await acks.take();
    }
    view = proxyView({ cds: { a: 'a=2' } });
    xds.push(ids.slice(1), { reason: 'test' });
    expect((await proxies[1].responses.take()).resources).toEqual({ a: 'a=2' });
    expect(proxies[0].responses.isEmpty).toBe(true);
    for (const proxy of proxies) {
      proxy.cancel();
      await closed.take();
    }
  });

  it('ends streams when it is drained, and takes no new ones', async () => {
    view = proxyView({ cds: { a: 'a=1' } });
    const proxy = new TestProxy(client, protocol);
    proxy.ask(TYPES.cds, {}, NODE);
    await proxy.responses.take();
    await xds.drain(AbortSignal.timeout(5000));
    expect(await proxy.ended).toMatchObject({ code: status.UNAVAILABLE });
    await closed.take();
    const late = new TestProxy(client, protocol);
    expect(await late.ended).toMatchObject({ code: status.UNAVAILABLE });
  });

  it('disconnects a stream by its id', async () => {
    view = proxyView({ cds: {} });
    const proxy = new TestProxy(client, protocol);
    proxy.ask(TYPES.cds, {}, NODE);
    await proxy.responses.take();
    const [stream] = xds.streams();
    expect(xds.disconnect(stream?.id ?? '')).toBe(true);
    expect(await proxy.ended).toMatchObject({ code: status.UNAVAILABLE });
    expect(xds.disconnect('unknown-1')).toBe(false);
    await closed.take();
  });
});
