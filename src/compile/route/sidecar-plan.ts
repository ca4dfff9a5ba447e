import { type ObjectKey, keyOf } from '../../model/object.ts';
import { isHttpOrSniffed } from '../../model/protocol.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { Service } from '../../model/service.ts';
import type { SidecarScope } from '../../model/sidecar-scope.ts';
import type { Destination, Retries, VirtualService } from '../../model/virtual-service.ts';
import type { CompileCache } from '../cache.ts';
import { internList } from '../list.ts';
import type { RouteContext } from './action.ts';
import { narrowDomain } from './alternate-names.ts';
import { compileDefaultRoutes } from './default-route.ts';
import { DomainClaims } from './domain-claims.ts';
import { type DomainList, listPlainDomains, listServiceDomains, withPort } from './domains.ts';
import { findDestinationHash, findServiceHash } from './hash-policy.ts';
import { compileHttpRoutes, type EncodedRoutes } from './http-route.ts';
import { type EgressPorts, listUnknownHosts, type PortEntry, type PortGroup, type PortRule } from './port-group.ts';
import type { RouteNotes } from './route-notes.ts';
import { type Caller, selectMatches } from './source-match.ts';
import { listHttpDestinations, type Target, toTarget } from './target.ts';

/** All that a walk over the scope of a sidecar has at hand. */
export interface SidecarWalk {
  readonly scope: SidecarScope;
  readonly proxy: ProxyClass;
  readonly cache: CompileCache;
  readonly caller: Caller;
  readonly notes: RouteNotes;
}

/** One virtual host: everything about it is decided, nothing is compiled yet but its routes. */
export interface HostPlan {
  readonly domains: DomainList;
  readonly routes: EncodedRoutes;
  /** The VirtualService whose routes they are; absent for the default route to a service. */
  readonly vs?: VirtualService;
}

/** The virtual hosts of one port. */
export interface PortPlan {
  readonly port: number;
  readonly hosts: readonly HostPlan[];
  /** Whose virtual host a request for `domain` reaches; `domain` is in lower case. */
  readonly findOwner: (domain: string) => HostPlan | undefined;
}

/** Which port listens: the group's own, or one that serves the ports of all groups. */
export type ListenerKind = 'one-port' | 'all-ports';

/**
 * Decides which virtual hosts a port has: those of VirtualServices in their order, then a default one for each service that none routes.
 * Names and domains go to the first who asks.
 * @see istio pilot/pkg/networking/core/httproute.go `BuildSidecarOutboundVirtualHosts`
 */
export function planPort(ports: EgressPorts, group: PortGroup, kind: ListenerKind, walk: SidecarWalk): PortPlan {
  return new PortPlanner(ports, group, kind, walk).plan();
}

class PortPlanner {
  readonly #ports: EgressPorts;
  readonly #group: PortGroup;
  readonly #kind: ListenerKind;
  readonly #walk: SidecarWalk;
  readonly #routed = new Set<Service>();
  readonly #claims = new DomainClaims<HostPlan>((domain) => this.#isHost(domain));
  readonly #hosts = new Map<string, HostPlan>();

  constructor(ports: EgressPorts, group: PortGroup, kind: ListenerKind, walk: SidecarWalk) {
    this.#ports = ports;
    this.#group = group;
    this.#kind = kind;
    this.#walk = walk;
  }

  plan(): PortPlan {
    const rules = this.#group.rules.flatMap((rule) => this.#compileRule(rule));
    for (const { rule, routes } of rules) this.#addRule(rule, routes);
    for (const entry of this.#group.entries.values()) this.#addDefault(entry);
    return {
      port: this.#group.port,
      hosts: [...this.#hosts.values()],
      findOwner: (domain) => this.#claims.findOwner(domain),
    };
  }

  /** Nothing for a VirtualService without routes for this port and caller: its services keep their default routes. */
  #compileRule(rule: PortRule): readonly { readonly rule: PortRule; readonly routes: EncodedRoutes }[] {
    const { vs, entries } = rule;
    if (!this.#isMeant(rule)) return [];
    const { cache, caller } = this.#walk;
    const targets = cache.call(listHttpDestinations, vs).map((destination) => this.#targetOf(destination));
    const sources = selectMatches(vs, caller);
    const routes = cache.call(compileHttpRoutes, vs, this.#context(), sources, internList(cache, targets));
    if (routes.routes.length === 0) return [];
    for (const { service } of entries) this.#routed.add(service);
    return [{ rule, routes }];
  }

  /** Routes of the Gateway API reach clients of their own namespace, or services of it. */
  #isMeant({ vs, entries }: PortRule): boolean {
    if (vs.semantics !== 'gateway') return true;
    const { namespace } = vs.meta;
    return entries.some(({ service }) => service.namespace === namespace || this.#walk.proxy.namespace === namespace);
  }

  #context(): RouteContext {
    const { proxy, scope, cache } = this.#walk;
    const listenPort = this.#kind === 'one-port' ? this.#group.port : 0;
    return cache.call(
      toSidecarContext,
      listenPort,
      proxy.proxyConfig.proxyHeaders.xForwardedHost,
      scope.mesh.defaultHttpRetryPolicy,
    );
  }

  #targetOf(destination: Destination): Target {
    const { scope, cache } = this.#walk;
    const { host, port } = this.#resolve(destination);
    const rule = scope.findRuleByHost(destination.host);
    const hashing = rule && findDestinationHash(rule, destination) ? rule : undefined;
    return cache.call(toTarget, destination, host, port, hashing);
  }

  /**
   * A sidecar knows a destination only as far as it has the listener's port, so the port that is not named is the listener's. A listener of all
   * ports sees all ports: the only one, else the port of the virtual host, where Istio would name the cluster of port 0.
   */
  #resolve({ host, port }: Destination): { readonly host: string; readonly port: number } {
    if (this.#kind === 'one-port') {
      return { host: this.#group.entries.get(host)?.service.aliasOf ?? host, port: port ?? this.#group.port };
    }
    const service = this.#ports.services.get(host);
    const [only, ...others] = service?.ports ?? [];
    const known = only !== undefined && others.length === 0 ? only.number : this.#group.port;
    return { host: service?.aliasOf ?? host, port: port ?? known };
  }

  #addRule({ vs, entries }: PortRule, routes: EncodedRoutes): void {
    const { notes, cache } = this.#walk;
    notes.addDestinations(vs);
    for (const host of listUnknownHosts(vs, this.#group)) {
      this.#addHost(cache.call(listPlainDomains, host), routes, vs);
    }
    for (const { service } of entries) this.#addHost(this.#domainsOf(service), routes, vs);
  }

  #addDefault({ service, port }: PortEntry): void {
    // An alias is one more name of the service that it stands for.
    if (service.resolution === 'alias' || !isHttpOrSniffed(port.protocol) || this.#routed.has(service)) return;
    const { cache, scope } = this.#walk;
    const rule = scope.findRule(service);
    const hashing = rule && findServiceHash(rule, port.number) ? rule : undefined;
    const retries = scope.mesh.defaultHttpRetryPolicy;
    const routes = cache.call(compileDefaultRoutes, service.hostname, port.number, retries, hashing);
    this.#addHost(this.#domainsOf(service), routes, undefined);
  }

  #addHost(wanted: DomainList, routes: EncodedRoutes, vs: VirtualService | undefined): void {
    const { cache, notes } = this.#walk;
    const list = this.#kind === 'one-port' ? wanted : cache.call(withPort, wanted, this.#group.port);
    // One object for the plan and for the claims: what is claimed is filled in once it is known.
    const plan = { domains: list, routes, ...(vs && { vs }) };
    const domains = this.#hosts.has(list.host) ? undefined : this.#claims.claim(list, plan, cache);
    if (domains === undefined) {
      const owner = this.#hosts.get(list.host) ?? this.#claims.findOwner(list.keys[0] ?? '');
      if (vs && owner && owner.vs !== vs) notes.addLostHost(vs, list.host, ownerKey(owner));
      return;
    }
    plan.domains = domains;
    this.#hosts.set(list.host, plan);
    if (vs) notes.addHost(vs);
  }

  #domainsOf(service: Service): DomainList {
    const { proxy, cache } = this.#walk;
    const client = narrowDomain(service, proxy.dnsDomain);
    return cache.call(listServiceDomains, service, client, proxy.ipMode, proxy.settings.dnsCapture);
  }

  #isHost(domain: string): boolean {
    const host = this.#kind === 'one-port' ? domain : domain.replace(/:\d+$/, '');
    const entry = this.#group.entries.get(host);
    if (entry === undefined || !isHttpOrSniffed(entry.port.protocol)) return false;
    return entry.service.resolution !== 'alias' || this.#routed.has(entry.service);
  }
}

function ownerKey({ vs, domains, routes }: HostPlan): ObjectKey {
  const [first] = routes.origins;
  const key = (vs && keyOf(vs.meta)) ?? domains.owner ?? first;
  if (key === undefined) throw new TypeError(`nobody declared ${domains.host}`);
  return key;
}

function toSidecarContext(
  listenPort: number,
  appendXForwardedHost: boolean,
  retries: Retries | undefined,
): RouteContext {
  return { listenPort, tls: false, appendXForwardedHost, retries };
}
