import type { Proxy } from '../../model/proxy.ts';
import type { ConnectionRequest, ProxyHandle, ViewSource } from '../../xds/view-source.ts';
import type { ProxyContext } from './connected-proxy.ts';
import { ConnectedProxy } from './connected-proxy.ts';
import { parseNode } from './node.ts';

/** The proxies that are connected now, by connection id. */
export class ConnectedProxies implements ViewSource {
  readonly #proxies = new Map<string, ConnectedProxy>();
  readonly #context: ProxyContext;
  readonly #cluster: string;

  /** `cluster` is where proxies are that do not say. */
  constructor(context: ProxyContext, cluster: string) {
    this.#cluster = cluster;
    this.#context = {
      ...context,
      listener: {
        onAck: (proxy, fact) => context.listener.onAck(proxy, fact),
        onNack: (proxy, fact) => context.listener.onNack(proxy, fact),
        onSent: (proxy, fact) => context.listener.onSent(proxy, fact),
        onSettled: (proxy) => context.listener.onSettled(proxy),
        onDefect: (proxy, err) => context.listener.onDefect(proxy, err),
        onClose: (proxy) => {
          this.#proxies.delete(proxy.connection.id);
          context.listener.onClose(proxy);
        },
      },
    };
  }

  /** @throws Fault `NODE_ID_INVALID` for a node that is no proxy we serve. */
  connect(connection: ConnectionRequest): ProxyHandle {
    const facts = parseNode(connection.node, connection.transport, { cluster: this.#cluster });
    const proxy = new ConnectedProxy(connection, facts, this.#context);
    this.#proxies.set(connection.id, proxy);
    return proxy;
  }

  find(id: string): ConnectedProxy | undefined {
    return this.#proxies.get(id);
  }

  /** Proxies as they were last served. */
  listServed(): readonly Proxy[] {
    return [...this.#proxies.values()].flatMap(({ served }) => served ?? []);
  }

  /** All that are connected. */
  all(): Iterable<ConnectedProxy> {
    return this.#proxies.values();
  }

  ids(): readonly string[] {
    return [...this.#proxies.keys()];
  }
}
