import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { aggregatedDiscoveryService, xdsChannelOptions } from '../../../src/xds/server.ts';
import type { XdsProtocol } from '../../../src/xds/view-source.ts';
import { findFlaw } from './find-flaw.ts';
import { HeldResources } from './held-resources.ts';
import { type Resource, type ResourceType, typeUrlOf } from './resource-type.ts';
import { WatchedType } from './watched-type.ts';
import { decodeResponse, encodeRequest, type Node, type Request, type Response } from './wire.ts';

/** Why a proxy cannot take a resource, in words as Envoy's; `undefined` when it can. */
export type Refuse = (resource: Resource) => string | undefined;

export interface ScriptedProxyOptions {
  readonly port: number;
  readonly protocol: XdsProtocol;
  readonly node: Node;
  /** What it refuses beyond what every Envoy does. */
  readonly refuse?: Refuse;
}

/** One response, as tests compare it. */
export interface Push {
  readonly type: ResourceType;
  readonly names: readonly string[];
  readonly removed: readonly string[];
}

/** A refusal that was sent. */
export interface Refusal {
  readonly type: ResourceType;
  readonly message: string;
}

/**
 * A proxy that behaves as Envoy does on an ADS stream, over a real connection: it asks for clusters and listeners, then for what these refer
 * to, takes what it is sent and answers every response.
 */
export class ScriptedProxy {
  readonly held = new HeldResources();
  readonly refusals: Refusal[] = [];
  readonly #options: ScriptedProxyOptions;
  readonly #client: Client;
  readonly #watched: Readonly<Record<ResourceType, WatchedType>> = {
    cds: new WatchedType('cds', undefined),
    eds: new WatchedType('eds', new Set()),
    lds: new WatchedType('lds', undefined),
    rds: new WatchedType('rds', new Set()),
    sds: new WatchedType('sds', new Set()),
  };
  #pushes: Push[] = [];
  #call: ClientDuplexStream<Buffer, Buffer> | undefined;
  #failure: Error | undefined;
  #hasNode = false;

  constructor(options: ScriptedProxyOptions) {
    this.#options = options;
    this.#client = new Client(`127.0.0.1:${options.port}`, credentials.createInsecure(), {
      ...xdsChannelOptions,
      'grpc.max_receive_message_length': -1,
    });
  }

  /** Opens a stream; what is held from an earlier one is resumed. */
  connect(): void {
    const method = this.#options.protocol === 'sotw' ? 'StreamAggregatedResources' : 'DeltaAggregatedResources';
    const { path, requestSerialize, responseDeserialize } = aggregatedDiscoveryService[method];
    const call = this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    call.on('data', (bytes: Buffer) => this.#receive(call, bytes));
    call.on('error', (err: Error) => {
      if (this.#call === call) this.#failure ??= err;
    });
    this.#call = call;
    this.#failure = undefined;
    this.#hasNode = false;
    for (const watched of Object.values(this.#watched)) watched.reopen();
    for (const type of ['cds', 'eds', 'lds', 'rds', 'sds'] as const) {
      const watched = this.#watched[type];
      if (watched.names === undefined || watched.names.size > 0) this.#open(watched);
    }
  }

  /** Ends the stream, as a broken connection would; what is held is kept. */
  disconnect(): void {
    const call = this.#call;
    this.#call = undefined;
    call?.cancel();
  }

  close(): void {
    this.disconnect();
    this.#client.close();
  }

  get nodeId(): string {
    return this.#options.node.id ?? '';
  }

  /** What is asked for on this stream: how many names of each type; of a wildcard, none. State of the world cannot ask for no name. */
  listSubscriptions(): readonly { readonly typeUrl: string; readonly size: number }[] {
    const isSotw = this.#options.protocol === 'sotw';
    const open = Object.values(this.#watched).filter(({ isOpen, names }) => isOpen && !(isSotw && names?.size === 0));
    return open.map(({ type, names }) => ({ typeUrl: typeUrlOf(type), size: names?.size ?? 0 }));
  }

  get isConnected(): boolean {
    return this.#call !== undefined;
  }

  /**
   * Whether everything that was asked for has been answered. That a secret does not exist, state of the world cannot say.
   * @throws Error when the stream broke, or a response was none.
   */
  get isAnswered(): boolean {
    if (this.#failure) throw this.#failure;
    const silent = this.#options.protocol === 'sotw' ? 'sds' : undefined;
    return Object.values(this.#watched).every((watched) => watched.isAnswered || watched.type === silent);
  }

  /** Why the stream broke; `undefined` while it did not. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** By type, the nonce of the last response and the versions of all that is held, by name: what the server chose. */
  listVersions(): readonly (readonly [ResourceType, string, ReadonlyMap<string, string>])[] {
    return Object.values(this.#watched).map(({ type, nonce, versions }) => [type, nonce, new Map(versions)]);
  }

  /** Responses since the last call of `forgetPushes`. */
  get pushes(): readonly Push[] {
    return this.#pushes;
  }

  forgetPushes(): void {
    this.#pushes = [];
  }

  #receive(call: ClientDuplexStream<Buffer, Buffer>, bytes: Buffer): void {
    if (call !== this.#call) return;
    try {
      this.#take(decodeResponse(this.#options.protocol, bytes));
    } catch (err) {
      this.#failure ??= err instanceof Error ? err : new Error(String(err));
      this.disconnect();
    }
  }

  #take(response: Response): void {
    const { type, nonce, resources, removed } = response;
    const watched = this.#watched[type];
    const names = resources.map(({ resource }) => resource.name);
    const repeated = names.find((name, i) => names.indexOf(name) !== i);
    if (repeated !== undefined) throw new Error(`a ${type} response holds ${repeated} twice`);
    this.#pushes.push({ type, names: [...names].sort(), removed: [...removed].sort() });
    watched.nonce = nonce;
    watched.hasResponse = true;
    const refused = resources.flatMap(({ resource, version }) => this.#takeOne(watched, resource, version));
    for (const name of this.#listRemoved(watched, response)) this.#drop(watched, name);
    if (refused.length === 0) watched.version = response.version;
    else this.refusals.push({ type, message: refused.join('\n') });
    this.#send(watched, { nonce, refusal: refused.length === 0 ? undefined : refused.join('\n') });
    this.#follow(type);
  }

  /** @returns the refusal, as Envoy words it for the type. */
  #takeOne(watched: WatchedType, resource: Resource, version: string): readonly string[] {
    const { type, name } = resource;
    if (watched.names !== undefined && !watched.names.has(name) && this.#options.protocol === 'delta') {
      throw new Error(`the ${type} resource ${name} was not asked for`);
    }
    watched.answered.add(name);
    const flaw = findFlaw(resource) ?? this.#options.refuse?.(resource);
    if (flaw === undefined) {
      watched.versions.set(name, version);
      this.held.put(resource);
      return [];
    }
    if (type === 'cds') return [`Error adding/updating cluster(s) ${name}: ${flaw}`];
    return type === 'lds' ? [`Error adding/updating listener(s) ${name}: ${flaw}`] : [flaw];
  }

  /** Of clusters and listeners, a state-of-the-world response names all that there are; of others, it may leave some out. */
  #listRemoved({ type, names }: WatchedType, { resources, removed }: Response): readonly string[] {
    if (this.#options.protocol === 'delta' || names !== undefined) return removed;
    const now = new Set(resources.map(({ resource }) => resource.name));
    return this.held.names(type).filter((name) => !now.has(name));
  }

  #drop(watched: WatchedType, name: string): void {
    watched.versions.delete(name);
    watched.answered.add(name);
    this.held.remove(watched.type, name);
  }

  /** Asks for what clusters and listeners newly refer to, and for no more than they do. */
  #follow(type: ResourceType): void {
    const followers = type === 'cds' ? (['eds', 'sds'] as const) : type === 'lds' ? (['rds', 'sds'] as const) : [];
    for (const follower of followers) this.#subscribe(this.#watched[follower], this.held.listWanted(follower));
  }

  #subscribe(watched: WatchedType, wanted: ReadonlySet<string>): void {
    const before = watched.names ?? new Set();
    const subscribe = [...wanted].filter((name) => !before.has(name));
    const unsubscribe = [...before].filter((name) => !wanted.has(name));
    if (subscribe.length === 0 && unsubscribe.length === 0) return;
    watched.names = wanted;
    for (const name of unsubscribe) {
      watched.answered.delete(name);
      watched.versions.delete(name);
      this.held.remove(watched.type, name);
    }
    if (!watched.isOpen) this.#open(watched);
    else this.#send(watched, { subscribe, unsubscribe, ...this.#nonceOf(watched) });
  }

  // In state of the world a change of names repeats the last nonce; in delta a nonce would make it an answer.
  #nonceOf({ nonce }: WatchedType): { readonly nonce?: string } {
    return this.#options.protocol === 'sotw' ? { nonce } : {};
  }

  #open(watched: WatchedType): void {
    this.#send(watched, watched.names === undefined ? {} : { subscribe: [...watched.names] });
    watched.isOpen = true;
  }

  #send(watched: WatchedType, request: Request): void {
    const node = this.#hasNode ? undefined : this.#options.node;
    this.#hasNode = true;
    this.#call?.write(encodeRequest(this.#options.protocol, watched, { ...request, node }));
  }
}
