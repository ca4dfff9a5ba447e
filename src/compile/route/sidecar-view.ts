import type { EffectiveRule } from '../../model/effective-rule.ts';
import type { Service } from '../../model/service.ts';
import type { VirtualService } from '../../model/virtual-service.ts';
import type { CompileCache } from '../cache.ts';
import { internList } from '../list.ts';
import type { CompiledResource } from '../resource.ts';
import { listServicePieces, type ServicePiece } from '../service-rules.ts';
import type { EgressRoute } from './egress-route.ts';
import { hasHash } from './hash-policy.ts';
import { groupRulesByPort, type PortRule } from './port-rules.ts';
import {
  compileAllPortsConfiguration,
  compilePortConfiguration,
  compileRouteConfiguration,
  compileSniffedConfiguration,
} from './route-configuration.ts';
import { type ListenerKind, routeRules, type SidecarWalk } from './rule-routes.ts';
import { compileServiceBlock, type HashingService } from './service-block.ts';
import { indexServices, noEntries, type PortEntries, type ServiceIndex } from './service-index.ts';
import { type HostPlan, type PortPlan, planPort } from './sidecar-plan.ts';
import { compileVirtualHost, type EncodedVirtualHost } from './virtual-host.ts';

/** What one egress listener sees, during one walk: its route configurations share what is found out for the first of them. */
export class SidecarView {
  readonly #walk: SidecarWalk;
  readonly #index: ServiceIndex;
  readonly #rules: ReadonlyMap<number, readonly PortRule[]>;
  readonly #hashing: readonly HashingService[];
  readonly #plans = new Map<number, PortPlan>();

  /** `services` is an interned list. */
  constructor(virtualServices: readonly VirtualService[], services: readonly Service[], walk: SidecarWalk) {
    this.#walk = walk;
    this.#index = indexServices(services);
    this.#rules = groupRulesByPort(virtualServices, this.#index);
    this.#hashing = listHashing(services, walk);
  }

  compile(route: EgressRoute): CompiledResource {
    switch (route.kind) {
      case 'port':
        return this.#compilePort(route.name, this.#planOf(route.port));
      case 'sniffed':
        return this.#compileSniffed(route.name, this.#planOf(route.port), route.host.toLowerCase());
      case 'all-ports':
        return this.#compileAllPorts(route.name);
    }
  }

  #compilePort(name: string, plan: PortPlan): CompiledResource {
    const { cache, catchAll } = this.#walk;
    const hosts = internList(cache, this.#compileHosts(plan));
    return cache.call(compilePortConfiguration, name, plan.block, hosts, catchAll, cache);
  }

  /** A listener of one service has the one virtual host that requests for the service reach, for whatever host they name. */
  #compileSniffed(name: string, plan: PortPlan, host: string): CompiledResource {
    const { cache, clients } = this.#walk;
    const owner = plan.findOwner(host) ?? '';
    const found = plan.hosts.get(owner) ?? plan.block.hosts.get(owner);
    if (found === undefined) return cache.call(compileRouteConfiguration, name, internList(cache, []));
    const { attemptCount } = clients.own.settings;
    return cache.call(compileSniffedConfiguration, name, found.domains, found.routes, attemptCount);
  }

  #compileAllPorts(name: string): CompiledResource {
    const { cache, catchAll } = this.#walk;
    const plans = [...this.#index.byPort.values()].map((entries) => this.#plan(entries, 'all-ports'));
    const hosts = internList(
      cache,
      plans.flatMap((plan) => this.#compileHosts(plan)),
    );
    return cache.call(compileAllPortsConfiguration, name, hosts, catchAll);
  }

  #compileHosts(plan: PortPlan): readonly EncodedVirtualHost[] {
    return [...plan.hosts.values()].map((host) => this.#compileHost(plan.port, host));
  }

  #compileHost(port: number, { domains, routes }: HostPlan): EncodedVirtualHost {
    const { cache, clients } = this.#walk;
    return cache.call(compileVirtualHost, domains, port, clients.own.settings.attemptCount, routes);
  }

  #planOf(port: number): PortPlan {
    const known = this.#plans.get(port);
    if (known !== undefined) return known;
    const plan = this.#plan(this.#index.byPort.get(port) ?? noEntries(port), 'one-port');
    this.#plans.set(port, plan);
    return plan;
  }

  #plan(entries: PortEntries, kind: ListenerKind): PortPlan {
    const { cache, clients } = this.#walk;
    const walk = { ...this.#walk, kind, entries, index: this.#index };
    const block = compileServiceBlock(entries, clients, this.#hashing, cache);
    return planPort(routeRules(this.#rules.get(entries.port) ?? [], walk), block, walk);
  }
}

/** The services whose requests some rule balances by a hash. */
function listHashing(services: readonly Service[], { scope, cache }: SidecarWalk): readonly HashingService[] {
  const own = listServicePieces({ services, findRule: scope.findRule });
  const pieces = own.map((piece) => cache.call(listPieceHashing, piece, cache));
  return internList(cache, pieces.flat());
}

function listPieceHashing({ services, rules }: ServicePiece, cache: CompileCache): readonly HashingService[] {
  return services.flatMap((service, i) => {
    const rule = rules[i];
    return rule !== undefined && hasHash(rule) ? [cache.call(toHashingService, service, rule)] : [];
  });
}

function toHashingService(service: Service, rule: EffectiveRule): HashingService {
  return { service, rule };
}
