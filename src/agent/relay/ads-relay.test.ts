import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from '../../gen/codec.ts';
import { configureLogs } from '../../kit/log.ts';
import { GrpcChannel } from '../grpc/channel.ts';
import { GrpcServer, type ServerCall } from '../grpc/server.ts';
import { AdsRelay } from './ads-relay.ts';
import type { LocalResource } from './local-type.ts';

const DELTA = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';
const CDS = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
const LDS = 'type.googleapis.com/envoy.config.listener.v3.Listener';
const NDS = 'type.googleapis.com/istio.networking.nds.v1.NameTable';

const REQUEST = 'envoy.service.discovery.v3.DeltaDiscoveryRequest';
const RESPONSE = 'envoy.service.discovery.v3.DeltaDiscoveryResponse';

describe('the relay between Envoy and the control plane', () => {
  let folder: string;
  let planes: { call: ServerCall; messages: AsyncGenerator<Buffer>; end: (code: number) => void }[];
  let plane: GrpcServer;
  let server: GrpcServer;
  let relay: AdsRelay;
  let envoy: GrpcChannel;
  let applied: (readonly LocalResource[])[];
  let arrived: PromiseWithResolvers<void>;
  const heard: string[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'relay-'));
    planes = [];
    applied = [];
    heard.length = 0;
    arrived = Promise.withResolvers();
    plane = new GrpcServer({
      handlers: {
        [DELTA]: async (call) => {
          const { promise, resolve } = Promise.withResolvers<number>();
          planes.push({ call, messages: call.stream.messages(), end: resolve });
          arrived.resolve();
          return { code: await promise, message: 'restarting' };
        },
      },
      onError: () => undefined,
    });
    await plane.listen(path.join(folder, 'plane'));
    relay = new AdsRelay({
      channel: new GrpcChannel(() => ({ path: path.join(folder, 'plane') })),
      credentials: async () => ({ authorization: 'Bearer token', clusterid: 'Kubernetes' }),
      describeCredentials: () => 'the token sent was that of /istio-token',
      localTypes: [
        {
          typeUrl: NDS,
          apply(resources) {
            if (resources.some(({ bytes }) => bytes.length === 0)) throw new Error('an empty table');
            applied.push(resources);
          },
        },
      ],
      listener: {
        onUpstreamEnd: (how) => heard.push(`upstream ${how}`),
        onConnectionFailure: () => heard.push('no connection'),
      },
    });
    server = new GrpcServer({ handlers: relay.handlers, onError: () => undefined });
    await server.listen(path.join(folder, 'XDS'));
    envoy = new GrpcChannel(() => ({ path: path.join(folder, 'XDS') }));
  });

  afterEach(async () => {
    for (const { end } of planes) end(0);
    envoy.close();
    await server.close();
    await plane.close();
    await rm(folder, { recursive: true });
  });

  const open = async () => {
    const call = await envoy.open(DELTA);
    const messages = call.stream.messages();
    return {
      call,
      send: (message: object) => call.stream.send(encodeMessage(REQUEST, message)),
      next: async () => {
        const { value } = await messages.next();
        return value === undefined ? undefined : decodeMessage(RESPONSE, value);
      },
    };
  };

  const upstream = async (index = 0) => {
    await arrived.promise;
    const present = planes[index];
    if (present === undefined) throw new Error('no stream came');
    return {
      ...present,
      next: async () => decodeMessage(REQUEST, (await present.messages.next()).value ?? Buffer.of()),
      send: (message: object) => present.call.stream.send(encodeMessage(RESPONSE, message)),
    };
  };

  it('passes requests and responses on as they are, with the credentials of this moment', async () => {
    const stream = await open();
    await stream.send({ node: { id: 'sidecar~1.2.3.4~a.b~b' }, type_url: CDS });
    const there = await upstream();
    expect(there.call.metadata).toMatchObject({ authorization: 'Bearer token', clusterid: 'Kubernetes' });
    expect(await there.next()).toMatchObject({ node: { id: 'sidecar~1.2.3.4~a.b~b' }, type_url: CDS });
    await there.send({ type_url: CDS, nonce: '1', resources: [{ name: 'a' }] });
    expect(await stream.next()).toMatchObject({ type_url: CDS, nonce: '1', resources: [{ name: 'a' }] });
  });

  it('subscribes to names after the first request for listeners, and answers for them itself', async () => {
    const stream = await open();
    await stream.send({ type_url: CDS });
    await stream.send({ type_url: LDS });
    await stream.send({ type_url: LDS, response_nonce: '1' });
    const there = await upstream();
    const types = [await there.next(), await there.next(), await there.next(), await there.next()].map(
      ({ type_url }) => type_url,
    );
    expect(types).toEqual([CDS, LDS, NDS, LDS]);
    await there.send({
      type_url: NDS,
      nonce: 'n1',
      resources: [{ name: 'table', resource: { type_url: NDS, value: Buffer.from('x') } }],
    });
    expect(await there.next()).toEqual({ type_url: NDS, response_nonce: 'n1' });
    await there.send({ type_url: NDS, nonce: 'n2', resources: [{ name: 'table' }] });
    expect(await there.next()).toEqual({
      type_url: NDS,
      response_nonce: 'n2',
      error_detail: { code: 13, message: 'an empty table' },
    });
    await there.send({ type_url: LDS, nonce: '2' });
    expect(await stream.next()).toMatchObject({ nonce: '2' });
    expect(applied).toEqual([[{ name: 'table', bytes: Buffer.from('x') }]]);
  });

  it.each([
    {
      code: 16,
      says: 'warn xdsproxy the control plane ended the stream: restarting; the token sent was that of /istio-token',
    },
    { code: 14, says: 'info xdsproxy the control plane ended the stream: restarting' },
  ])('names what was sent when the control plane refuses it: status $code', async ({ code, says }) => {
    const lines: string[] = [];
    configureLogs({ format: 'text', write: (line) => lines.push(line.split('\t').slice(1).join(' ').trim()) });
    const stream = await open();
    await stream.send({ type_url: CDS });
    const there = await upstream();
    there.end(code);
    expect((await stream.call.status).code).toBe(code);
    expect(lines).toEqual([`${says} event=xds.ended status=${code}`]);
  });

  it('keeps from Envoy what Envoy does not know', async () => {
    const stream = await open();
    await stream.send({ type_url: CDS });
    const there = await upstream();
    await there.send({ type_url: 'type.googleapis.com/istio.mesh.v1alpha1.Unknown', nonce: '1' });
    await there.send({ type_url: CDS, nonce: '2' });
    expect(await stream.next()).toMatchObject({ nonce: '2' });
  });

  it("ends Envoy's stream with the control plane's, and takes the next one", async () => {
    const stream = await open();
    await stream.send({ type_url: CDS });
    (await upstream()).end(14);
    expect(await stream.next()).toBeUndefined();
    expect(await stream.call.status).toEqual({ code: 14, message: 'restarting' });
    expect(heard).toEqual(['upstream error']);
    arrived = Promise.withResolvers();
    const again = await open();
    await again.send({ type_url: CDS });
    const there = await upstream(1);
    expect(await there.next()).toMatchObject({ type_url: CDS });
  });

  it('ends the stream to the control plane when Envoy goes, and when another stream of Envoy comes', async () => {
    const stream = await open();
    await stream.send({ type_url: CDS });
    const first = await upstream();
    const gone = new Promise((resolve) => first.call.signal.addEventListener('abort', resolve));
    arrived = Promise.withResolvers();
    const other = await open();
    await other.send({ type_url: CDS });
    await gone;
    const second = await upstream(1);
    const goneToo = new Promise((resolve) => second.call.signal.addEventListener('abort', resolve));
    other.call.cancel();
    await goneToo;
    expect(first.call.signal.aborted && second.call.signal.aborted).toBe(true);
  });

  it('says that the control plane is away', async () => {
    await plane.close();
    const stream = await open();
    await stream.send({ type_url: CDS });
    expect(await stream.call.status).toMatchObject({ code: 14, message: expect.stringContaining('ENOENT') });
    expect(heard).toEqual(['no connection']);
    plane = new GrpcServer({ handlers: {}, onError: () => undefined });
    await plane.listen(path.join(folder, 'plane2'));
  });
});
