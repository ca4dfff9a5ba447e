import type { ObjectKey } from '../../model/object.ts';
import { isTls } from '../../model/protocol.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { Service, ServicePort } from '../../model/service.ts';
import type { SidecarScope } from '../../model/sidecar-scope.ts';
import type { CompileCache } from '../cache.ts';
import { internList } from '../list.ts';
import type { CompileNote } from '../note.ts';
import { listAlternateNames } from '../route/alternate-names.ts';
import type { Chain } from './chain.ts';
import { compileRoutedChain, compileServiceChain, isDynamicWildcard, toL4Route } from './l4-chain.ts';
import { listDestinationNotes } from './l4-notes.ts';
import { type L4Plan, type L4Port, planPort, toL4Client } from './l4-plan.ts';
import type { HttpPart, L4Part, OutboundEntry } from './outbound-entry.ts';
import { type Fallthrough, toFallthrough } from './outbound-policy.ts';
import {
  type CompiledListener,
  compilePortListener,
  type HttpSide,
  type ListenerPlace,
  type Side,
} from './port-listener.ts';
import type { ListenerSettings } from './settings.ts';

/**
 * Turns what the walk over a scope found into listeners, through the cache: everything that a listener depends on is looked up here, and passed
 * on as values that keep their identity while their content is equal.
 */
export class OutboundListeners {
  readonly fallthrough: Fallthrough;
  readonly notes: CompileNote[] = [];
  readonly #scope: SidecarScope;
  readonly #proxy: ProxyClass;
  readonly #settings: ListenerSettings;
  readonly #cache: CompileCache;
  readonly #taken = new Set<string>();

  constructor(scope: SidecarScope, proxy: ProxyClass, settings: ListenerSettings, cache: CompileCache) {
    this.#scope = scope;
    this.#proxy = proxy;
    this.#settings = settings;
    this.#cache = cache;
    const { cluster, dynamicDns } = toFallthrough(scope.outboundTrafficPolicy);
    this.fallthrough = cache.call(internFallthrough, cluster, dynamicDns);
  }

  compile(entry: OutboundEntry): CompiledListener {
    const { port, realBind, origin, parts } = entry;
    const sides = parts.flatMap<Side>((part) =>
      part.kind === 'http' ? this.#internHttp(part) : this.#compileL4(part),
    );
    const place = this.#cache.call(internPlace, port, realBind, origin, this.#freeBinds(entry).join(SEPARATOR));
    const [only, ...others] = sides;
    const list = only !== undefined && others.length === 0 ? only : internList<Side>(this.#cache, sides);
    return this.#cache.call(compilePortListener, this.#settings, place, this.fallthrough, list);
  }

  // Envoy refuses two listeners with one address among them, even where it is not the one that they are named after.
  #freeBinds({ binds, port }: OutboundEntry): readonly string[] {
    const [first, ...rest] = binds;
    if (rest.length === 0) return binds;
    const free = rest.filter((bind) => !this.#taken.has(`${bind} ${port}`));
    for (const bind of free) this.#taken.add(`${bind} ${port}`);
    return [first, ...free];
  }

  #internHttp({ routeName, sniffed, grpcWeb, dynamicHosts }: HttpPart): HttpSide {
    return this.#cache.call(internHttpSide, routeName, sniffed, grpcWeb, dynamicHosts.join(SEPARATOR));
  }

  #compileL4(part: L4Part): readonly Chain[] {
    const { service, port, place, rules } = part;
    const names = place.byName || isDynamicWildcard(service) ? this.#listServerNames(service, port) : NONE;
    const where = this.#cache.call(internL4Port, port.number, place.subnets.join(SEPARATOR), names.join(SEPARATOR));
    // Most services have no rules for TCP: theirs is the short way.
    if (rules.length === 0) return [this.#compileOwnChain(where, part)];
    const client = this.#cache.call(toL4Client, this.#proxy.labels, this.#proxy.namespace);
    const plans = this.#cache.call(planPort, where, port.protocol, internList(this.#cache, rules), client);
    return plans.map((plan) => this.#compileChain(plan, where, part));
  }

  #listServerNames(service: Service, { protocol }: ServicePort): readonly string[] {
    if (!isTls(protocol)) return [];
    const domain = this.#proxy.dnsDomain;
    // The absolute form, with its trailing dot, is no name that TLS clients may ask for.
    const short = (alias: string) => listAlternateNames(alias, domain).filter((name) => !name.endsWith('.'));
    return [service.hostname, ...service.aliases.flatMap((alias) => [alias, ...short(alias)])];
  }

  #compileChain(plan: L4Plan, where: L4Port, part: L4Part): Chain {
    const { destinations, source } = plan;
    if (destinations === undefined || source === undefined) return this.#compileOwnChain(where, part);
    this.notes.push(...listDestinationNotes(source, destinations, this.#scope));
    const services = destinations.map(({ destination }) => this.#scope.serviceByHost.get(destination.host));
    const rule = services[0] && this.#scope.findRule(services[0]);
    const route = this.#cache.call(toL4Route, source, destinations, internList(this.#cache, services), rule);
    return this.#cache.call(compileRoutedChain, this.#settings, plan, route, part.port);
  }

  #compileOwnChain(where: L4Port, { service, port }: L4Part): Chain {
    const rule = this.#scope.findRule(service);
    return this.#cache.call(compileServiceChain, this.#settings, where, service, port, rule);
  }
}

/** Stands in no address and no host name, so that lists of them may be one argument. */
const SEPARATOR = ' ';

const NONE: readonly string[] = [];

function internFallthrough(cluster: string, dynamicDns: boolean): Fallthrough {
  return { cluster, dynamicDns };
}

function internPlace(port: number, realBind: boolean, origin: ObjectKey | '', binds: string): ListenerPlace {
  const [first = '', ...rest] = split(binds);
  return { port, realBind, origin, binds: [first, ...rest] };
}

function internHttpSide(routeName: string, sniffed: boolean, grpcWeb: boolean, dynamicHosts: string): HttpSide {
  return { routeName, sniffed, grpcWeb, dynamicHosts: split(dynamicHosts) };
}

function internL4Port(number: number, subnets: string, serverNames: string): L4Port {
  return { number, subnets: split(subnets), serverNames: split(serverNames) };
}

function split(list: string): readonly string[] {
  return list === '' ? NONE : list.split(SEPARATOR);
}
