import { keyOf, type ObjectKey } from '../../model/object.ts';
import type { Service } from '../../model/service.ts';
import type { VirtualService } from '../../model/virtual-service.ts';
import { clientOf } from './client.ts';
import { DomainClaims } from './domain-claims.ts';
import { type DomainList, listPlainDomains, listServiceDomains, withPort } from './domains.ts';
import type { EncodedRoutes } from './http-route.ts';
import { listUnknownHosts } from './port-rules.ts';
import type { RouteNotes } from './route-notes.ts';
import type { PortWalk, RoutedRule } from './rule-routes.ts';
import { EMPTY_BLOCK, isServedHost, type ServiceBlock } from './service-block.ts';

/** One virtual host: everything about it is decided. */
export interface HostPlan {
  readonly domains: DomainList;
  readonly routes: EncodedRoutes;
  /** The VirtualService whose routes they are; absent for the default route to a service. */
  readonly vs?: VirtualService;
}

/** The virtual hosts of one port that are not as its block has them. */
export interface PortPlan {
  readonly port: number;
  /** By host, in lower case. */
  readonly hosts: ReadonlyMap<string, HostPlan>;
  /** All other virtual hosts of the port. */
  readonly block: ServiceBlock;
  /** The host whose virtual host a request for `domain` reaches; both in lower case. */
  readonly findOwner: (domain: string) => string | undefined;
}

/**
 * Decides which virtual hosts a port has: those of VirtualServices in their order, then the default ones of services that none routes. Names
 * and domains go to the first who asks.
 *
 * Nearly always nobody asks for a name of another. Then only the virtual hosts of VirtualServices are looked at, and all others are taken from
 * `block` as they are.
 * @see istio pilot/pkg/networking/core/httproute.go `BuildSidecarOutboundVirtualHosts`
 */
export function planPort(rules: readonly RoutedRule[], block: ServiceBlock, walk: PortWalk): PortPlan {
  const { notes, kind, caller } = walk;
  for (const { vs } of rules) notes.addDestinations(vs, caller);
  const wishes = listWishes(rules, block, walk);
  const isPeaceful = kind === 'one-port' && wishes.every((wish) => isUndisputed(wish, block));
  return isPeaceful ? planPeace(wishes, block, walk) : planDispute(wishes, listDefaults(rules, block), rules, walk);
}

/** Everybody gets what the block says, or a host that nobody else asks for. */
function planPeace(wishes: readonly HostPlan[], block: ServiceBlock, { entries, notes }: PortWalk): PortPlan {
  const hosts = new Map<string, HostPlan>();
  for (const wish of wishes) {
    const { host } = wish.domains;
    const first = hosts.get(host);
    if (first !== undefined) {
      addLoss(wish, first, notes);
      continue;
    }
    // The block's list lacks the short names that are full names of others.
    const domains = block.hosts.get(host)?.domains ?? wish.domains;
    hosts.set(host, domains === wish.domains ? wish : { ...wish, domains });
    if (wish.vs) notes.addHost(wish.vs);
  }
  return {
    port: entries.port,
    hosts,
    block,
    findOwner: (domain) => (hosts.has(domain) ? domain : block.owners.findOwner(domain)),
  };
}

/** Gives everybody in turn what is still to be had: first `wishes`, then `defaults`. */
function planDispute(
  wishes: readonly HostPlan[],
  defaults: readonly HostPlan[],
  rules: readonly RoutedRule[],
  walk: PortWalk,
): PortPlan {
  const { cache, kind, entries, notes } = walk;
  const claims = new DomainClaims((domain) => isHost(domain, rules, walk));
  const hosts = new Map<string, HostPlan>();
  for (const wish of [...wishes, ...defaults]) {
    const { host } = wish.domains;
    const wanted = kind === 'one-port' ? wish.domains : cache.call(withPort, wish.domains, entries.port);
    const domains = hosts.has(host) ? undefined : claims.claim(wanted, host, cache);
    if (domains !== undefined) {
      hosts.set(host, { ...wish, domains });
      if (wish.vs) notes.addHost(wish.vs);
    } else addLoss(wish, hosts.get(host) ?? hosts.get(claims.findOwner(wanted.keys[0] ?? '') ?? ''), notes);
  }
  return { port: entries.port, hosts, block: EMPTY_BLOCK, findOwner: (domain) => claims.findOwner(domain) };
}

function addLoss({ vs, domains }: HostPlan, owner: HostPlan | undefined, notes: RouteNotes): void {
  if (vs && owner && owner.vs !== vs) notes.addLostHost(vs, domains.host, ownerKey(owner));
}

/** The virtual hosts that VirtualServices ask for. */
function listWishes(rules: readonly RoutedRule[], block: ServiceBlock, walk: PortWalk): readonly HostPlan[] {
  const { cache, clients, entries } = walk;
  const domainsOf = (service: Service) =>
    block.candidates.get(service.hostname.toLowerCase())?.domains ??
    cache.call(listServiceDomains, service, clientOf(clients, service));
  return rules.flatMap(({ vs, services, routes }) => {
    const unknown = listUnknownHosts(vs, entries).map((host) => cache.call(listPlainDomains, host));
    return [...unknown, ...services.map(domainsOf)].map((domains) => ({ domains, routes, vs }));
  });
}

/** Whether a wish takes no name that another virtual host would have without it. */
function isUndisputed({ domains }: HostPlan, { candidates, owners }: ServiceBlock): boolean {
  if (candidates.has(domains.host)) return !owners.isRival(domains.host);
  return domains.keys.every((key) => owners.findOwner(key) === undefined);
}

function listDefaults(rules: readonly RoutedRule[], block: ServiceBlock): readonly HostPlan[] {
  const routed = new Set(rules.flatMap(({ services }) => services.map(({ hostname }) => hostname.toLowerCase())));
  return block.listCandidates().filter(({ domains }) => !routed.has(domains.host));
}

/** Whether `domain` is the full name of a service that has a virtual host here. */
function isHost(domain: string, rules: readonly RoutedRule[], { kind, entries }: PortWalk): boolean {
  const entry = entries.byHost.get(kind === 'one-port' ? domain : domain.replace(/:\d+$/, ''));
  if (entry === undefined) return false;
  return isServedHost(entry) || rules.some(({ services }) => services.includes(entry.service));
}

function ownerKey({ vs, domains }: HostPlan): ObjectKey {
  const key = vs ? keyOf(vs.meta) : domains.owner;
  if (key === undefined) throw new TypeError(`nobody declared ${domains.host}`);
  return key;
}
