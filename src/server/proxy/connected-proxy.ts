import type { Proxy } from '../../model/proxy.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { ProxyView, Resource } from '../../xds/resource.ts';
import type { ResourceSet } from '../../xds/resource-set.ts';
import type { TypeUrl } from '../../xds/type-url.ts';
import type { AckFact, ConnectionRequest, NackFact, ProxyHandle, SentFact } from '../../xds/view-source.ts';
import type { MeshViews } from '../views/mesh-views.ts';
import type { NodeFacts } from './node.ts';
import { toProxy } from './proxy.ts';

/** Who hears of a proxy's answers. */
export interface ProxyListener {
  onAck(proxy: ConnectedProxy, fact: AckFact): void;
  onNack(proxy: ConnectedProxy, fact: NackFact): void;
  onSent(proxy: ConnectedProxy, fact: SentFact): void;
  /** Everything that was sent is answered. */
  onSettled(proxy: ConnectedProxy): void;
  onClose(proxy: ConnectedProxy): void;
  /** What the proxy may see could not be worked out. */
  onDefect(proxy: ConnectedProxy, err: unknown): void;
}

/** One connected proxy: who it is, and what it may see of the current snapshot. */
export class ConnectedProxy implements ProxyHandle {
  readonly connection: ConnectionRequest;
  readonly facts: NodeFacts;
  readonly #views: MeshViews;
  readonly #listener: ProxyListener;
  #sequence = -1;
  #proxy: Proxy | undefined;
  #knownFrom: Snapshot | undefined;
  #view: ProxyView | undefined;
  /** What was last sent of each type, until it is accepted; then what was. */
  readonly #sent = new Map<TypeUrl, { readonly nonce: string; readonly sets: readonly ResourceSet[] }>();
  readonly #accepted = new Map<TypeUrl, readonly ResourceSet[]>();

  constructor(connection: ConnectionRequest, facts: NodeFacts, context: ProxyContext) {
    this.connection = connection;
    this.facts = facts;
    this.#views = context.views;
    this.#listener = context.listener;
  }

  /** The proxy as the current snapshot knows it. */
  get proxy(): Proxy {
    return this.#refresh().proxy;
  }

  /** The proxy as it was last served; `undefined` before that. */
  get served(): Proxy | undefined {
    return this.#proxy;
  }

  view(): ProxyView {
    return this.#refresh().view;
  }

  /** Whether it has accepted this very version of a resource, provided that it asked for it. */
  hasAccepted(typeUrl: TypeUrl, { name, version }: Resource): boolean {
    return this.#accepted.get(typeUrl)?.some((set) => set.get(name)?.version === version) ?? false;
  }

  onAck(fact: AckFact): void {
    const sent = this.#sent.get(fact.typeUrl);
    if (sent?.nonce === fact.nonce) this.#accepted.set(fact.typeUrl, sent.sets);
    this.#listener.onAck(this, fact);
  }

  onNack(fact: NackFact): void {
    this.#listener.onNack(this, fact);
  }

  onSent(fact: SentFact): void {
    const sets = this.#view?.layers.get(fact.typeUrl);
    if (sets !== undefined) this.#sent.set(fact.typeUrl, { nonce: fact.nonce, sets });
    this.#listener.onSent(this, fact);
  }

  onSettled(): void {
    this.#listener.onSettled(this);
  }

  close(): void {
    this.#listener.onClose(this);
  }

  #refresh(): { readonly proxy: Proxy; readonly view: ProxyView } {
    const { snapshot } = this.#views;
    if (this.#proxy !== undefined && this.#view !== undefined && this.#sequence === snapshot.sequence) {
      return { proxy: this.#proxy, view: this.#view };
    }
    try {
      const proxy = this.#proxyIn(snapshot);
      const view = this.#views.viewOf(proxy, this.connection);
      this.#proxy = proxy;
      this.#knownFrom = snapshot;
      this.#view = view;
      this.#sequence = snapshot.sequence;
      return { proxy, view };
    } catch (err) {
      this.#listener.onDefect(this, err);
      throw err;
    }
  }

  /** The identical value while what the mesh says of the proxy is the same, so that what follows from it is found again. */
  #proxyIn(snapshot: Snapshot): Proxy {
    const known = this.#proxy;
    const from = this.#knownFrom;
    if (known === undefined || from === undefined || from.workloads !== snapshot.workloads) {
      return toProxy(this.facts, snapshot);
    }
    const isSameConfig = this.facts.proxyConfig !== undefined || hasSameProxyConfigs(from, snapshot);
    return isSameConfig ? known : toProxy(this.facts, snapshot);
  }
}

/** Whether proxies that bring no settings of their own have the same ones in both. */
function hasSameProxyConfigs(a: Snapshot, b: Snapshot): boolean {
  const isSameMesh = a.mesh.defaultConfig === b.mesh.defaultConfig && a.mesh.rootNamespace === b.mesh.rootNamespace;
  return isSameMesh && a.proxyConfigs === b.proxyConfigs;
}

/** What all connected proxies share. */
export interface ProxyContext {
  readonly views: MeshViews;
  readonly listener: ProxyListener;
}
