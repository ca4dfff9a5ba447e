import { compareText, keyOf } from '../../model/object.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { EgressView, SidecarScope } from '../../model/sidecar-scope.ts';
import { MESH_GATEWAY } from '../../model/virtual-service.ts';
import type { CompileCache } from '../cache.ts';
import { internList } from '../list.ts';
import type { CompileNote } from '../note.ts';
import type { CompiledResource } from '../resource.ts';
import { compileCatchAll } from './catch-all.ts';
import { withAnyDomain } from './domains.ts';
import { type EgressRoute, listEgressRoutes } from './egress-route.ts';
import { type EgressPorts, groupByPort } from './port-group.ts';
import { compileRouteConfiguration } from './route-configuration.ts';
import { RouteNotes } from './route-notes.ts';
import { type HostPlan, type PortPlan, planPort, type SidecarWalk } from './sidecar-plan.ts';
import { compileVirtualHost, type EncodedVirtualHost } from './virtual-host.ts';

/** Route configurations, and what their making brought to light. */
export interface CompiledRoutes {
  readonly resources: readonly CompiledResource[];
  readonly notes: readonly CompileNote[];
}

/**
 * Compiles every route configuration that the sidecars of a scope can ask for, sorted by name.
 *
 * A walk over the scope decides who gets which names; the routes, virtual hosts and configurations themselves come from `cache`, so that a
 * changed VirtualService costs its own virtual hosts and one copy of the configurations they are in.
 * @see istio pilot/pkg/networking/core/httproute.go `BuildHTTPRoutes`
 */
export function compileSidecarRoutes(scope: SidecarScope, proxy: ProxyClass, cache: CompileCache): CompiledRoutes {
  const notes = new RouteNotes(scope);
  const caller = { gateway: MESH_GATEWAY, labels: proxy.labels, namespace: proxy.namespace };
  const routes = new SidecarRoutes({ scope, proxy, cache, caller, notes });
  const resources = listEgressRoutes(scope, proxy).map((route) => routes.compile(route));
  return { resources: resources.sort((a, b) => compareText(a.name, b.name)), notes: notes.list() };
}

/** One walk: remembers what several route configurations share. */
class SidecarRoutes {
  readonly #walk: SidecarWalk;
  readonly #catchAll: EncodedVirtualHost;
  readonly #ports = new Map<EgressView, EgressPorts>();
  readonly #plans = new Map<EgressView, Map<number, PortPlan>>();

  constructor(walk: SidecarWalk) {
    const { scope, proxy, cache } = walk;
    const { attemptCountDisabled, xForwardedHost } = proxy.proxyConfig.proxyHeaders;
    const { outboundTrafficPolicy: policy, sidecar } = scope;
    const origin = sidecar?.outboundTrafficPolicy ? keyOf(sidecar.meta) : undefined;
    this.#walk = walk;
    this.#catchAll = cache.call(compileCatchAll, policy, !attemptCountDisabled, xForwardedHost, origin);
  }

  compile(route: EgressRoute): CompiledResource {
    switch (route.kind) {
      case 'port':
        return this.#toResource(route.name, this.#compileHosts(this.#planOf(route.view, route.port)));
      case 'all-ports':
        return this.#toResource(route.name, this.#compileAllPorts(route.view));
      case 'sniffed':
        return this.#compileSniffed(route.name, this.#planOf(route.view, route.port), route.host.toLowerCase());
    }
  }

  #toResource(name: string, hosts: readonly EncodedVirtualHost[]): CompiledResource {
    const { cache } = this.#walk;
    const sorted = [...hosts].sort((a, b) => compareText(a.name, b.name));
    return cache.call(compileRouteConfiguration, name, internList(cache, [...sorted, this.#catchAll]));
  }

  /** A listener of one service has the one virtual host that requests for the service reach, for whatever host they name. */
  #compileSniffed(name: string, plan: PortPlan, host: string): CompiledResource {
    const { cache } = this.#walk;
    const owner = plan.findOwner(host);
    const any = owner && { ...owner, domains: cache.call(withAnyDomain, owner.domains) };
    const hosts = any ? [this.#compileHost(plan.port, any)] : [];
    return cache.call(compileRouteConfiguration, name, internList(cache, hosts));
  }

  #compileAllPorts(view: EgressView): readonly EncodedVirtualHost[] {
    const ports = this.#portsOf(view);
    const plans = [...ports.groups.values()].map((group) => planPort(ports, group, 'all-ports', this.#walk));
    return plans.flatMap((plan) => this.#compileHosts(plan));
  }

  #compileHosts(plan: PortPlan): readonly EncodedVirtualHost[] {
    return plan.hosts.map((host) => this.#compileHost(plan.port, host));
  }

  #compileHost(port: number, { domains, routes }: HostPlan): EncodedVirtualHost {
    const { cache, proxy } = this.#walk;
    const { attemptCountDisabled } = proxy.proxyConfig.proxyHeaders;
    return cache.call(compileVirtualHost, domains, port, !attemptCountDisabled, routes);
  }

  #planOf(view: EgressView, port: number): PortPlan {
    const plans = this.#plans.get(view) ?? new Map<number, PortPlan>();
    this.#plans.set(view, plans);
    const known = plans.get(port);
    if (known !== undefined) return known;
    const ports = this.#portsOf(view);
    const group = ports.groups.get(port) ?? { port, entries: new Map(), rules: [] };
    const plan = planPort(ports, group, 'one-port', this.#walk);
    plans.set(port, plan);
    return plan;
  }

  #portsOf(view: EgressView): EgressPorts {
    const known = this.#ports.get(view);
    if (known !== undefined) return known;
    const ports = groupByPort(view);
    this.#ports.set(view, ports);
    return ports;
  }
}
