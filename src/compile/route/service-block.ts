import type { EffectiveRule } from '../../model/effective-rule.ts';
import { compareText } from '../../model/object.ts';
import { isHttpOrSniffed } from '../../model/protocol.ts';
import type { Service } from '../../model/service.ts';
import type { CompileCache } from '../cache.ts';
import { type Client, type Clients, clientOf } from './client.ts';
import { compileDefaultRoutes } from './default-route.ts';
import { DomainClaims } from './domain-claims.ts';
import { type DomainList, listServiceDomains } from './domains.ts';
import { findServiceHash } from './hash-policy.ts';
import type { EncodedRoutes } from './http-route.ts';
import type { PortEntries, PortEntry } from './service-index.ts';
import { compileVirtualHost, type EncodedVirtualHost } from './virtual-host.ts';

/** A virtual host, compiled, with what it was compiled from. */
export interface CompiledHost {
  readonly domains: DomainList;
  readonly routes: EncodedRoutes;
  readonly encoded: EncodedVirtualHost;
}

/** The virtual hosts that the services of a port have where no VirtualService routes any of them. */
export interface ServiceBlock {
  /** By host, in lower case, with all names that the service has, in the order in which they ask for them. */
  readonly candidates: ReadonlyMap<string, CompiledHost>;
  /** The same, with the names that they got. */
  readonly hosts: ReadonlyMap<string, CompiledHost>;
  /** Sorted by name, as Envoy gets them. */
  readonly sorted: readonly EncodedVirtualHost[];
  /** Which host has a domain. */
  readonly owners: DomainClaims;
}

/** A service whose default route hashes, and the rule that makes it. */
export interface HashingService {
  readonly service: Service;
  readonly rule: EffectiveRule;
}

/** The block of a port that no service has. */
export const EMPTY_BLOCK: ServiceBlock = {
  candidates: new Map(),
  hosts: new Map(),
  sorted: [],
  owners: new DomainClaims(() => false),
};

/** Compiles the default virtual hosts of a port. `hashing` may have services without that port. */
export function compileServiceBlock(
  entries: PortEntries,
  clients: Clients,
  hashing: readonly HashingService[],
  cache: CompileCache,
): ServiceBlock {
  const rules = new Map(hashing.map(({ service, rule }) => [service, rule]));
  const owners = new DomainClaims((domain) => isServedHost(entries.byHost.get(domain)));
  const candidates = new Map<string, CompiledHost>();
  const hosts = new Map<string, CompiledHost>();
  for (const [name, entry] of entries.byHost) {
    if (!isServedHost(entry)) continue;
    const { service, port } = entry;
    const rule = findHashing(rules.get(service), port.number);
    const host = cache.call(compileServiceHost, clientOf(clients, service), service, port.number, rule);
    candidates.set(name, host);
    const domains = owners.claim(host.domains, name, cache);
    if (domains === host.domains) hosts.set(name, host);
    else if (domains)
      hosts.set(name, cache.call(narrowHost, host, domains, port.number, clients.own.settings.attemptCount));
  }
  const sorted = [...hosts.values()].map(({ encoded }) => encoded).sort((a, b) => compareText(a.name, b.name));
  return { candidates, hosts, sorted, owners };
}

/** Whether a service has a virtual host of its own on a port. An alias is one more name of the service that it stands for. */
export function isServedHost(entry: PortEntry | undefined): boolean {
  return entry !== undefined && entry.service.resolution !== 'alias' && isHttpOrSniffed(entry.port.protocol);
}

/** `rule` where it makes requests to the port hash: other changes of it then touch no route. */
export function findHashing(rule: EffectiveRule | undefined, port: number): EffectiveRule | undefined {
  return rule && findServiceHash(rule, port) ? rule : undefined;
}

/** Compiles the virtual host of a service that no VirtualService routes, with all of the service's names. */
export function compileServiceHost(
  client: Client,
  service: Service,
  port: number,
  rule: EffectiveRule | undefined,
): CompiledHost {
  const domains = listServiceDomains(service, client);
  const routes = compileDefaultRoutes(service.hostname, port, client.settings.retries, rule);
  return { domains, routes, encoded: compileVirtualHost(domains, port, client.settings.attemptCount, routes) };
}

function narrowHost(host: CompiledHost, domains: DomainList, port: number, attemptCount: boolean): CompiledHost {
  return { ...host, domains, encoded: compileVirtualHost(domains, port, attemptCount, host.routes) };
}
