import { Client, type ClientDuplexStream, credentials, Metadata } from '@grpc/grpc-js';
import { aggregatedDiscoveryService } from '../../src/xds/server.ts';
import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  LISTENER_TYPE,
  NAME_TABLE_TYPE,
  ROUTE_TYPE,
  type TypeUrl,
} from '../../src/xds/type-url.ts';
import type { XdsProtocol } from '../../src/xds/view-source.ts';
import { type Ask, encodeHeld, encodeRequest } from '../wire/request.ts';
import { type ScannedResponse, scanResponse } from '../wire/response.ts';
import { type ReadResource, SharedReader } from '../wire/shared-reader.ts';
import type { ProxyIdentity } from './identity.ts';
import { NameList } from './name-list.ts';
import { WatchedType } from './watched-type.ts';

/** The header by which a replaying server knows what to replay; any other server passes over it. */
export const CLASS_HEADER = 'bench-class';

/** What a client tells those around it. */
export interface ClientListener {
  /** It holds all that it asked for, of every type. */
  onComplete(client: ProxyClient): void;
  /** It came back with what it holds, and has been told all that it lacked. */
  onResumed(client: ProxyClient): void;
  /** A response has come and was not taken in yet. */
  onResponse(client: ProxyClient, response: ScannedResponse): void;
  /** A response was acknowledged. */
  onAnswered(client: ProxyClient, typeUrl: TypeUrl): void;
  /** Its stream has ended, and not because it was closed. */
  onEnd(client: ProxyClient, reason: string): void;
}

/**
 * Asked for at the end of a resumption: its answer proves that the server has dealt with everything before it, which silence never proves. Over delta
 * it is a route configuration that does not exist, which the server says; over the state-of-the-world protocol, where nothing is said of what does not
 * exist, it is the table of names, which no sidecar of the bench has.
 */
const PROBE = 'no-such-thing-of-the-bench';

/** Whether a response says nothing but that the probe does not exist. */
export function isProbeAnswer({ typeUrl, spans, removed }: ScannedResponse): boolean {
  if (typeUrl === NAME_TABLE_TYPE) return true;
  return spans.length === 0 && removed.length === 1 && removed[0] === PROBE;
}

const reader = new SharedReader();

/** Envoy's windows are larger than a mesh; Node's default of 64 KiB would make every response a dialogue. */
const WINDOW_BYTES = 2 ** 20;

const CHANNEL_OPTIONS = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // Every proxy has a connection of its own, as in life.
  'grpc.use_local_subchannel_pool': 1,
  'grpc-node.flow_control_window': WINDOW_BYTES,
};

/**
 * One sidecar's stream, which asks in Envoy's order: clusters, the endpoints that these name, then listeners, then the
 * routes that these name. Clusters are acknowledged when their endpoints have come, everything else at once.
 */
export class ProxyClient {
  readonly identity: ProxyIdentity;
  readonly #protocol: XdsProtocol;
  readonly #listener: ClientListener;
  readonly #clusters: WatchedType;
  readonly #endpoints: WatchedType;
  readonly #listeners: WatchedType;
  readonly #routes: WatchedType;
  readonly #probe: WatchedType;
  #client: Client | undefined;
  #call: ClientDuplexStream<Buffer, Buffer> | undefined;
  #owesClusters = false;
  #isComplete = false;
  #isResuming = false;
  #hasSentNode = false;

  constructor(identity: ProxyIdentity, protocol: XdsProtocol, listener: ClientListener) {
    this.identity = identity;
    this.#protocol = protocol;
    this.#listener = listener;
    this.#clusters = new WatchedType(CLUSTER_TYPE, protocol);
    this.#endpoints = new WatchedType(ENDPOINT_TYPE, protocol);
    this.#listeners = new WatchedType(LISTENER_TYPE, protocol);
    this.#routes = new WatchedType(ROUTE_TYPE, protocol);
    this.#probe = new WatchedType(NAME_TABLE_TYPE, protocol);
  }

  get isOpen(): boolean {
    return this.#call !== undefined;
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Connects; a client that was connected before says what it holds, and asks for all types at once. */
  open(address: string): void {
    this.#client = new Client(address, credentials.createInsecure(), CHANNEL_OPTIONS);
    const call = this.#startCall(this.#client);
    this.#call = call;
    this.#hasSentNode = false;
    call.on('data', (bytes: Buffer) => this.#receive(bytes));
    call.on('error', (error: Error) => this.#end(call, error.message));
    call.on('end', () => this.#end(call, 'the server ended the stream'));
    this.#isResuming = this.#isComplete;
    if (!this.#isComplete) this.#ask(this.#clusters);
    else for (const watched of this.#all()) this.#resume(watched);
    if (this.#isResuming && this.#protocol === 'sotw') this.#send(this.#probe, { names: this.#probe.wanted.encoded });
  }

  /** Ends the stream and its connection; what was received is kept. */
  close(): void {
    const call = this.#call;
    this.#call = undefined;
    call?.cancel();
    this.#client?.close();
  }

  #startCall(client: Client): ClientDuplexStream<Buffer, Buffer> {
    const method = this.#protocol === 'sotw' ? 'StreamAggregatedResources' : 'DeltaAggregatedResources';
    const { path, requestSerialize, responseDeserialize } = aggregatedDiscoveryService[method];
    const metadata = new Metadata();
    metadata.set(CLASS_HEADER, this.identity.namespace);
    return client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata);
  }

  #end(call: ClientDuplexStream<Buffer, Buffer>, reason: string): void {
    if (this.#call !== call) return;
    this.close();
    this.#listener.onEnd(this, reason);
  }

  #receive(bytes: Buffer): void {
    const response = scanResponse(this.#protocol, bytes);
    this.#listener.onResponse(this, response);
    switch (response.typeUrl) {
      case CLUSTER_TYPE:
        this.#takeClusters(response);
        break;
      case ENDPOINT_TYPE:
        this.#take(this.#endpoints, response);
        this.#acknowledge(this.#endpoints);
        this.#finishClusters();
        break;
      case LISTENER_TYPE:
        this.#takeListeners(response);
        break;
      case ROUTE_TYPE:
        this.#take(this.#routes, response);
        this.#acknowledge(this.#routes);
        this.#finishResumption(response);
        break;
      case NAME_TABLE_TYPE:
        this.#finishResumption(response);
        return;
      default:
        throw new Error(`a response of type "${response.typeUrl}", which nobody asked for`);
    }
    this.#checkComplete();
  }

  #takeClusters(response: ScannedResponse): void {
    const clusters = this.#take(this.#clusters, response);
    this.#owesClusters = true;
    this.#askFor(this.#endpoints, listReferences(clusters));
    this.#finishClusters();
  }

  /** Acknowledges clusters that are warm; the first time, Envoy has held back its listeners until then. */
  #finishClusters(): void {
    if (!this.#owesClusters || !this.#endpoints.isSatisfied) return;
    this.#owesClusters = false;
    this.#acknowledge(this.#clusters);
    if (!this.#listeners.isAsked) this.#ask(this.#listeners);
  }

  #takeListeners(response: ScannedResponse): void {
    const listeners = this.#take(this.#listeners, response);
    this.#acknowledge(this.#listeners);
    this.#askFor(this.#routes, listReferences(listeners));
  }

  #take(watched: WatchedType, response: ScannedResponse): readonly ReadResource[] {
    const resources = reader.read(this.identity.namespace, response);
    watched.take(response, resources);
    return resources;
  }

  #finishResumption({ typeUrl, removed }: ScannedResponse): void {
    const isProof = typeUrl === NAME_TABLE_TYPE || removed.includes(PROBE);
    if (!this.#isResuming || !isProof) return;
    this.#isResuming = false;
    this.#listener.onResumed(this);
  }

  #checkComplete(): void {
    if (this.#isComplete || this.#all().some((watched) => !watched.isAnswered || !watched.isSatisfied)) return;
    this.#isComplete = true;
    this.#listener.onComplete(this);
  }

  #all(): readonly WatchedType[] {
    return [this.#clusters, this.#endpoints, this.#listeners, this.#routes];
  }

  #askFor(watched: WatchedType, names: readonly string[]): void {
    const fresh = watched.want(names);
    if (fresh.length > 0) this.#ask(watched, fresh);
  }

  /** A delta client names what is new, a state-of-the-world client all that it wants. */
  #ask(watched: WatchedType, fresh: readonly string[] = []): void {
    const { nonce, version } = watched;
    const answers = this.#protocol === 'sotw' && nonce !== '' ? { nonce, version } : {};
    const list = this.#protocol === 'sotw' ? watched.wanted : NameList.of('delta', fresh);
    this.#send(watched, { names: list.encoded, ...answers });
  }

  #resume(watched: WatchedType): void {
    const held = this.#protocol === 'delta' ? { held: encodeHeld(watched.listHeld()) } : { version: watched.version };
    watched.nonce = '';
    const { names, encoded } = watched.wanted;
    const probes = this.#protocol === 'delta' && watched === this.#routes;
    this.#send(watched, { names: probes ? NameList.of('delta', [...names, PROBE]).encoded : encoded, ...held });
  }

  #acknowledge(watched: WatchedType): void {
    const { nonce, version, wanted } = watched;
    this.#send(watched, this.#protocol === 'sotw' ? { nonce, version, names: wanted.encoded } : { nonce });
    this.#listener.onAnswered(this, watched.typeUrl);
  }

  #send(watched: WatchedType, ask: Omit<Ask, 'typeUrl'>): void {
    watched.isAsked = true;
    const node = this.#hasSentNode ? {} : { node: this.identity.node };
    this.#hasSentNode = true;
    this.#call?.write(encodeRequest(this.#protocol, { typeUrl: watched.typeUrl, ...node, ...ask }));
  }
}

function listReferences(resources: readonly ReadResource[]): readonly string[] {
  return [...new Set(resources.flatMap(({ references }) => references))];
}
