import type { Gateway, GatewayServer } from '../../model/gateway.ts';
import { isHttpServer, isPassthroughServer, listServerNames } from '../../model/gateway-server.ts';
import { isHostWithin } from '../../model/host.ts';
import type { MergedServer, ServerGroup } from '../../model/merged-gateway.ts';
import { keyOf } from '../../model/object.ts';
import { isHttp } from '../../model/protocol.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { RouterScope } from '../../model/router-scope.ts';
import type { VirtualService } from '../../model/virtual-service.ts';
import type { CompileCache } from '../cache.ts';
import { internList } from '../list.ts';
import { listenerName } from '../names.ts';
import { type CompileNote, listDistinctNotes } from '../note.ts';
import type { CompiledResource } from '../resource.ts';
import { getWildcards } from './addresses.ts';
import type { Chain } from './chain.ts';
import {
  compileAutoPassthroughChains,
  compileHttpServerChain,
  compilePassthroughChain,
  compileTcpServerChain,
} from './gateway-chains.ts';
import { compileGatewayListener } from './gateway-listener.ts';
import { listMergeNotes, toServerNote } from './gateway-notes.ts';
import { findServerRoute, listPassthroughRoutes, type ServerRoute } from './gateway-routes.ts';
import { type L4Route, toL4Route } from './l4-chain.ts';
import { listDestinationNotes } from './l4-notes.ts';
import { listSharedCertificates } from './shared-certificates.ts';
import { getListenerSettings, type ListenerSettings } from './settings.ts';

/**
 * Compiles the listeners of the gateway proxies of a scope: one for each address that a server declares and something is served on.
 * @see istio pilot/pkg/networking/core/gateway.go `buildGatewayListeners`
 */
export function compileGatewayListeners(
  scope: RouterScope,
  proxy: ProxyClass,
  cache: CompileCache,
): { readonly resources: readonly CompiledResource[]; readonly notes: readonly CompileNote[] } {
  const listeners = new GatewayListeners(scope, getListenerSettings(scope.mesh, proxy, cache), cache);
  const resources = scope.gateway.groups.flatMap((group) => listeners.compile(group) ?? []);
  const merge = [...listMergeNotes(scope.gateway), ...listSharedCertificates(scope.gateway)];
  return { resources, notes: listDistinctNotes([...merge, ...listeners.notes]) };
}

class GatewayListeners {
  readonly notes: CompileNote[] = [];
  readonly #scope: RouterScope;
  readonly #settings: ListenerSettings;
  readonly #cache: CompileCache;
  readonly #virtualServices = new Map<string, readonly VirtualService[]>();

  constructor(scope: RouterScope, settings: ListenerSettings, cache: CompileCache) {
    this.#scope = scope;
    this.#settings = settings;
    this.#cache = cache;
  }

  compile(group: ServerGroup): CompiledResource | undefined {
    if (this.#isPrivileged(group)) return undefined;
    const bind = group.bind === '' ? getWildcards(this.#settings.ipMode)[0] : group.bind;
    const chains = internList(this.#cache, this.#compileServers(group, listenerName(bind, group.port)));
    if (chains.length === 0) return undefined;
    const compiled = this.#cache.call(compileGatewayListener, this.#settings, bind, group.port, chains);
    this.notes.push(...compiled.notes);
    return compiled.resource;
  }

  #isPrivileged({ port, servers }: ServerGroup): boolean {
    if (!this.#settings.unprivileged || port === 0 || port >= 1024) return false;
    const message = `an unprivileged proxy cannot bind port ${port}`;
    for (const { gateway } of servers) this.notes.push(toServerNote(gateway, 'GATEWAY_PORT_PRIVILEGED', message));
    return true;
  }

  #compileServers({ servers }: ServerGroup, listener: string): readonly Chain[] {
    // HTTP servers without TLS share one route configuration, and with it one chain.
    const plain = servers.find(({ server }) => isHttp(server.port.protocol));
    const distinct = servers.filter((merged) => merged === plain || !isHttp(merged.server.port.protocol));
    return distinct.flatMap((merged) => this.#compileServer(this.#intern(merged), listener));
  }

  /** What a merge yields is new each time; what it consists of is not. */
  #intern({ gateway, server, routeName }: MergedServer): MergedServer {
    return this.#cache.call(toMergedServer, gateway, server, routeName);
  }

  #compileServer(merged: MergedServer, listener: string): readonly Chain[] {
    const { server } = merged;
    if (isHttpServer(server)) {
      return this.#listPossible(merged, this.#cache.call(compileHttpServerChain, this.#settings, merged, listener));
    }
    if (server.tls?.mode === 'auto-passthrough') return this.#compileAutoPassthrough(merged);
    if (isPassthroughServer(server)) return this.#compilePassthrough(merged);
    const route = findServerRoute(merged, this.#listVirtualServices(merged));
    if (route === undefined) return this.#tellUnrouted(merged);
    const chain = this.#cache.call(compileTcpServerChain, this.#settings, merged, this.#toL4Route(route));
    return this.#listPossible(merged, chain);
  }

  #compilePassthrough(merged: MergedServer): readonly Chain[] {
    const routes = listPassthroughRoutes(merged, this.#listVirtualServices(merged));
    if (routes.length === 0) return this.#tellUnrouted(merged);
    return routes.map((route) =>
      this.#cache.call(compilePassthroughChain, this.#settings, merged, this.#toL4Route(route), route.match.sniHosts),
    );
  }

  #compileAutoPassthrough({ gateway, server }: MergedServer): readonly Chain[] {
    const exposed = listServerNames(server);
    const owner = keyOf(gateway.meta);
    return this.#scope.services
      .filter(({ external, hostname }) => !external && exposed.some((host) => isHostWithin(hostname, host)))
      .flatMap((service) =>
        this.#cache.call(compileAutoPassthroughChains, this.#settings, owner, service, this.#scope.findRule(service)),
      );
  }

  #toL4Route({ source, destinations }: ServerRoute): L4Route {
    this.notes.push(...listDestinationNotes(source, destinations, this.#scope));
    const services = destinations.map(({ destination }) => this.#scope.serviceByHost.get(destination.host));
    const rule = services[0] && this.#scope.findRule(services[0]);
    return this.#cache.call(toL4Route, source, destinations, internList(this.#cache, services), rule);
  }

  #listVirtualServices({ gatewayName }: MergedServer): readonly VirtualService[] {
    const known = this.#virtualServices.get(gatewayName) ?? this.#scope.listVirtualServices(gatewayName);
    this.#virtualServices.set(gatewayName, known);
    return known;
  }

  #listPossible({ gateway, server }: MergedServer, chain: Chain | undefined): readonly Chain[] {
    if (chain !== undefined) return [chain];
    const message =
      `server ${server.port.name} (port ${server.port.number}) needs the mesh's own certificate, which this proxy has not: ` +
      'it has no agent to fetch one';
    this.notes.push(toServerNote(gateway, 'GATEWAY_WITHOUT_IDENTITY', message));
    return [];
  }

  #tellUnrouted({ gateway, server }: MergedServer): readonly Chain[] {
    const { name, number, protocol } = server.port;
    const message = `no VirtualService says where server ${name} (port ${number}, ${protocol}) leads to`;
    this.notes.push(toServerNote(gateway, 'GATEWAY_SERVER_UNROUTED', message));
    return [];
  }
}

function toMergedServer(gateway: Gateway, server: GatewayServer, routeName: string): MergedServer {
  const { namespace, name } = gateway.meta;
  return { gateway, server, routeName, gatewayName: `${namespace}/${name}` };
}
