import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { messageToJson } from '../../../src/gen/codec.ts';
import { aggregatedDiscoveryService, xdsChannelOptions } from '../../../src/xds/server.ts';
import { HeldResources } from '../proxy/held-resources.ts';
import { messageNameOf, type Resource, type ResourceType } from '../proxy/resource-type.ts';
import { WatchedType } from '../proxy/watched-type.ts';
import { decodeResponse, encodeRequest, type Node } from '../proxy/wire.ts';

/** What is compared: secrets are asked for by agents. */
export const COMPARED_TYPES = ['cds', 'eds', 'lds', 'rds'] as const satisfies readonly ResourceType[];

/** All that a proxy is sent, as protobuf's JSON, by type and name. */
export type Served = Readonly<Record<(typeof COMPARED_TYPES)[number], ReadonlyMap<string, unknown>>>;

const TIMEOUT_MS = 20_000;

/**
 * Asks as a proxy does that just came up: for clusters, the endpoints that they name, listeners, the routes that these name.
 * Unlike a proxy it takes everything.
 */
export async function askAll(port: number, node: Node): Promise<Served> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    ...xdsChannelOptions,
    'grpc.max_receive_message_length': -1,
  });
  const { path, requestSerialize, responseDeserialize } = aggregatedDiscoveryService.StreamAggregatedResources;
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const held = new HeldResources();
  const ask = async (type: ResourceType, names?: ReadonlySet<string>) => {
    if (names?.size === 0) return new Map();
    const first = type === 'cds' ? node : undefined;
    call.write(encodeRequest('sotw', new WatchedType(type, names), { node: first }));
    const resources = await nextOf(call, type);
    for (const resource of resources) held.put(resource);
    return new Map(resources.map((resource) => [resource.name, toPlain(resource)]));
  };
  try {
    const cds = await ask('cds');
    const eds = await ask('eds', held.listWanted('eds'));
    const lds = await ask('lds');
    const rds = await ask('rds', held.listWanted('rds'));
    return { cds, eds, lds, rds };
  } finally {
    call.on('error', () => undefined);
    call.cancel();
    client.close();
  }
}

function nextOf(call: ClientDuplexStream<Buffer, Buffer>, type: ResourceType): Promise<readonly Resource[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Resource[]>();
  const timer = setTimeout(() => reject(new Error(`no ${type} response came`)), TIMEOUT_MS);
  const take = (bytes: Buffer) => {
    try {
      const response = decodeResponse('sotw', bytes);
      // A change of the mesh may push another type meanwhile: whoever compares asks again until both planes have come to rest.
      if (response.type === type) resolve(response.resources.map(({ resource }) => resource));
    } catch (err) {
      reject(err);
    }
  };
  call.on('data', take);
  call.on('error', reject);
  return promise.finally(() => {
    clearTimeout(timer);
    call.off('data', take);
    call.off('error', reject);
  });
}

function toPlain({ type, message }: Resource): unknown {
  return JSON.parse(JSON.stringify(messageToJson(messageNameOf(type), message)));
}
