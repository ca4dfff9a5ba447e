import { findCommonEnds } from '../../kit/common-ends.ts';
import { compareSpecificity } from '../../model/host.ts';
import type { MergedServer } from '../../model/merged-gateway.ts';
import { keyOf, type ObjectKey } from '../../model/object.ts';
import { withoutNamespace } from './gateway-hosts.ts';
import type { GatewayPart } from './gateway-parts.ts';
import type { EncodedRoutes } from './http-route.ts';

/** One virtual host of a gateway, or several that answer alike. */
export interface GatewayHostPlan {
  /** In lower case; the first gives the virtual host its name. */
  readonly hosts: readonly [string, ...string[]];
  /** The port that the server declares, whatever port the proxy listens on. */
  readonly port: number;
  /** Requests without TLS are sent to `https`. */
  readonly requireTls: boolean;
  /** Of every VirtualService that has the host, in the order in which they came. */
  readonly routes: readonly EncodedRoutes[];
  readonly gateways: readonly ObjectKey[];
}

/** Plans that are no more, and those that are new; both may hold plans of equal content. */
export interface PlanChange {
  readonly gone: readonly GatewayHostPlan[];
  readonly come: readonly GatewayHostPlan[];
}

interface OpenHost {
  readonly port: number;
  readonly requireTls: boolean;
  readonly routes: readonly EncodedRoutes[];
  /** Each once. */
  readonly gateways: readonly ObjectKey[];
}

/** Hosts that begin with the same routes: the only ones that may answer alike. */
interface Group {
  readonly hosts: Set<string>;
  plans: readonly GatewayHostPlan[];
}

/**
 * Decides which virtual hosts a route configuration has: one per host that a server and a VirtualService bound to its Gateway have in common,
 * with the routes of all VirtualServices that have it; and one without routes per host that only redirects to `https`. Hosts with the identical
 * routes share one virtual host, named after the most specific: a VirtualService for a hundred hosts is sent once.
 *
 * Follows the list of parts from change to change, and looks only at hosts of parts that came or went: what it answers is what a new one would.
 * @see istio pilot/pkg/networking/core/gateway.go `buildGatewayHTTPRouteConfig`, `collapseDuplicateRoutes`
 */
export class HostTable {
  readonly #positions: ReadonlyMap<MergedServer, number>;
  readonly #servers: readonly MergedServer[];
  /** Which servers send requests for a host to `https`, by position. */
  readonly #redirects = new Map<string, number[]>();
  readonly #claims = new Map<string, readonly GatewayPart[]>();
  readonly #open = new Map<string, OpenHost>();
  readonly #groups = new Map<EncodedRoutes | undefined, Group>();
  #parts: readonly GatewayPart[] = [];
  #isNew = true;

  constructor(servers: readonly MergedServer[]) {
    this.#servers = servers;
    this.#positions = new Map(servers.map((server, i) => [server, i]));
    for (const [position, { server }] of servers.entries()) {
      if (!server.httpsRedirect) continue;
      // Istio leaves the namespace in front of the host, which makes a domain that no request has.
      for (const host of server.hosts) push(this.#redirects, withoutNamespace(host).toLowerCase(), position);
    }
  }

  /** Takes the parts as they are now: in the order of the servers, then of the VirtualServices of each. */
  update(parts: readonly GatewayPart[]): PlanChange {
    const hosts = this.#isNew ? new Set(this.#redirects.keys()) : new Set<string>();
    this.#isNew = false;
    const { prefix, suffix } = findCommonEnds(this.#parts, parts);
    const before = this.#parts.slice(prefix, this.#parts.length - suffix);
    const after = parts.slice(prefix, parts.length - suffix);
    this.#parts = parts;
    this.#reclaim(before, after, hosts);
    const groups = new Set<EncodedRoutes | undefined>();
    for (const host of hosts) this.#reopen(host, groups);
    return this.#regroup(groups);
  }

  #reclaim(before: readonly GatewayPart[], after: readonly GatewayPart[], hosts: Set<string>): void {
    const kept = findKept(before, after);
    for (const part of before) {
      if (kept.has(part) || part.routes === undefined) continue;
      for (const host of listHosts(part)) {
        hosts.add(host);
        const others = this.#claims.get(host)?.filter((other) => other !== part) ?? [];
        if (others.length > 0) this.#claims.set(host, others);
        else this.#claims.delete(host);
      }
    }
    const contested = new Set<string>();
    for (const part of after) {
      if (kept.has(part) || part.routes === undefined) continue;
      for (const host of listHosts(part)) {
        hosts.add(host);
        const others = this.#claims.get(host);
        if (others !== undefined) contested.add(host);
        this.#claims.set(host, others === undefined ? [part] : [...others, part]);
      }
    }
    if (contested.size > 0) this.#sortClaims(contested);
  }

  /** Puts the claims of hosts that several parts have into the order of the parts. */
  #sortClaims(hosts: ReadonlySet<string>): void {
    const places = new Map<GatewayPart, number>();
    for (const host of hosts) for (const part of this.#claims.get(host) ?? []) places.set(part, 0);
    for (const [place, part] of this.#parts.entries()) if (places.has(part)) places.set(part, place);
    const placeOf = (part: GatewayPart) => places.get(part) ?? 0;
    for (const host of hosts) {
      const claims = this.#claims.get(host) ?? [];
      this.#claims.set(
        host,
        claims.toSorted((a, b) => placeOf(a) - placeOf(b)),
      );
    }
  }

  #reopen(host: string, groups: Set<EncodedRoutes | undefined>): void {
    const before = this.#open.get(host);
    if (before !== undefined) {
      this.#groups.get(before.routes[0])?.hosts.delete(host);
      groups.add(before.routes[0]);
      this.#open.delete(host);
    }
    const open = this.#openHost(host);
    if (open === undefined) return;
    this.#open.set(host, open);
    const [first] = open.routes;
    const group = this.#groups.get(first) ?? { hosts: new Set<string>(), plans: [] };
    this.#groups.set(first, group);
    group.hosts.add(host);
    groups.add(first);
  }

  #openHost(host: string): OpenHost | undefined {
    const claims = this.#claims.get(host) ?? [];
    const claiming = claims.map(({ merged }) => this.#positions.get(merged) ?? 0);
    const positions = [...new Set([...claiming, ...(this.#redirects.get(host) ?? [])])].sort((a, b) => a - b);
    const servers = positions.flatMap((position) => this.#servers[position] ?? []);
    const [first] = servers;
    if (first === undefined) return undefined;
    return {
      port: first.server.port.number,
      requireTls: servers.some(({ server }) => server.httpsRedirect),
      routes: claims.flatMap(({ routes }) => routes ?? []),
      gateways: [...new Set(servers.map(({ gateway }) => keyOf(gateway.meta)))],
    };
  }

  #regroup(firsts: ReadonlySet<EncodedRoutes | undefined>): PlanChange {
    const gone: GatewayHostPlan[] = [];
    const come: GatewayHostPlan[] = [];
    for (const first of firsts) {
      const group = this.#groups.get(first);
      if (group === undefined) continue;
      gone.push(...group.plans);
      group.plans = joinAlike([...group.hosts], this.#open);
      come.push(...group.plans);
      if (group.hosts.size === 0) this.#groups.delete(first);
    }
    return { gone, come };
  }
}

/** The parts that both lists have; none where they stand in another order, so that all are looked at again. */
function findKept(before: readonly GatewayPart[], after: readonly GatewayPart[]): ReadonlySet<GatewayPart> {
  const old = new Set(before);
  const kept = new Set(after.filter((part) => old.has(part)));
  const order = [...kept];
  const isSameOrder = before.filter((part) => kept.has(part)).every((part, i) => part === order[i]);
  return isSameOrder ? kept : new Set();
}

function listHosts({ common }: GatewayPart): readonly string[] {
  return common.map((host) => host.toLowerCase());
}

function joinAlike(names: readonly string[], open: ReadonlyMap<string, OpenHost>): readonly GatewayHostPlan[] {
  const plans: { readonly first: OpenHost; readonly names: [string, ...string[]]; readonly all: Set<ObjectKey> }[] = [];
  for (const name of names.toSorted(compareSpecificity)) {
    const host = open.get(name);
    if (host === undefined) continue;
    const plan = plans.find(({ first }) => isAlike(first, host));
    if (plan === undefined) plans.push({ first: host, names: [name], all: new Set(host.gateways) });
    else {
      plan.names.push(name);
      for (const gateway of host.gateways) plan.all.add(gateway);
    }
  }
  return plans.map(({ first: { port, requireTls, routes }, names: hosts, all }) => {
    return { hosts, port, requireTls, routes, gateways: [...all] };
  });
}

function isAlike(a: OpenHost, b: OpenHost): boolean {
  if (a.requireTls !== b.requireTls || a.routes.length !== b.routes.length) return false;
  return a.routes.every((routes, i) => routes === b.routes[i]);
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
