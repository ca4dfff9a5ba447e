import type { EffectiveRule } from '../../model/effective-rule.ts';
import { findListChange, type ListChange } from '../../kit/list-change.ts';
import { patchSorted } from '../../kit/patch-sorted.ts';
import { PatchedMap } from '../../kit/patched-map.ts';
import { compareText } from '../../model/object.ts';
import { createCutter } from '../../model/pieces.ts';
import { isHttpOrSniffed } from '../../model/protocol.ts';
import type { Service } from '../../model/service.ts';
import type { CompileCache } from '../cache.ts';
import { type Client, type Clients, clientOf } from './client.ts';
import { compileDefaultRoutes } from './default-route.ts';
import { DomainClaims, type DomainOwners } from './domain-claims.ts';
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
  /** By host, in lower case, with all names that the service has. */
  readonly candidates: PatchedMap<string, CompiledHost>;
  /** The same, in the order in which they ask for their names. */
  listCandidates(): readonly CompiledHost[];
  /** The same, with the names that they got. */
  readonly hosts: PatchedMap<string, CompiledHost>;
  /** Sorted by name, as Envoy gets them. */
  readonly sorted: readonly EncodedVirtualHost[];
  /** Which host has a domain. */
  readonly owners: DomainOwners;
}

/** A service whose default route hashes, and the rule that makes it. */
export interface HashingService {
  readonly service: Service;
  readonly rule: EffectiveRule;
}

/** The block of a port that no service has. */
export const EMPTY_BLOCK: ServiceBlock = {
  candidates: PatchedMap.of(new Map()),
  listCandidates: () => [],
  hosts: PatchedMap.of(new Map()),
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
  return cache.call(createFollower, entries.port, clients, hashing, cache).blockOf(entries);
}

function createFollower(
  _port: number,
  clients: Clients,
  hashing: readonly HashingService[],
  cache: CompileCache,
): BlockFollower {
  return new BlockFollower({ clients, cache, hashing });
}

/** What the virtual hosts of services depend on besides the services. */
interface BlockInput {
  readonly clients: Clients;
  readonly cache: CompileCache;
  readonly hashing: readonly HashingService[];
}

const cutEntries = createCutter<PortEntry>();

function compileEntries(
  piece: readonly PortEntry[],
  clients: Clients,
  hashing: readonly HashingService[],
  cache: CompileCache,
): readonly CompiledHost[] {
  return piece.filter(isServedHost).map((entry) => compileEntry(entry, { clients, cache, hashing }));
}

/** Remembers the block of a port, and makes the next one of it. */
class BlockFollower {
  readonly #input: BlockInput;
  #last: { readonly entries: PortEntries; readonly block: ServiceBlock; readonly peace: Peace | undefined } | undefined;

  constructor(input: BlockInput) {
    this.#input = input;
  }

  /** As long as no service asks for a name of another, nobody's virtual host depends on others: then the block follows what changed. */
  blockOf(entries: PortEntries): ServiceBlock {
    const last = this.#last;
    if (last?.entries === entries) return last.block;
    const { clients, hashing, cache } = this.#input;
    // Asked for whether or not they are looked at below, so that they stay remembered.
    for (const piece of cutEntries(entries.list)) cache.call(compileEntries, piece, clients, hashing, cache);
    const peace = last?.peace && followPeace(last.peace, findListChange(last.entries.list, entries.list), this.#input);
    if (peace !== undefined) return this.#keep(entries, toBlock(peace, entries), peace);
    const block = settleClaims(entries, this.#input);
    return this.#keep(entries, block, findPeace(block, entries));
  }

  #keep(entries: PortEntries, block: ServiceBlock, peace: Peace | undefined): ServiceBlock {
    this.#last = { entries, block, peace };
    return block;
  }
}

/** The virtual hosts of services that all got the names they asked for. */
interface Peace {
  readonly hosts: PatchedMap<string, CompiledHost>;
  readonly sorted: readonly EncodedVirtualHost[];
  readonly owners: PatchedMap<string, string>;
}

function findPeace({ candidates, hosts, sorted }: ServiceBlock, { list }: PortEntries): Peace | undefined {
  const owners = new Map<string, string>();
  for (const entry of list) {
    const name = entry.service.hostname.toLowerCase();
    const host = candidates.get(name);
    if (host === undefined) continue;
    if (hosts.get(name) !== host) return undefined;
    for (const key of host.domains.keys) owners.set(key, name);
  }
  return { hosts, sorted, owners: PatchedMap.of(owners) };
}

function followPeace(before: Peace, { gone, come }: ListChange<PortEntry>, input: BlockInput): Peace | undefined {
  const owners = new Map<string, string | undefined>();
  const hosts = new Map<string, CompiledHost | undefined>();
  const removed = new Set<EncodedVirtualHost>();
  for (const { service } of gone) {
    const name = service.hostname.toLowerCase();
    const host = before.hosts.get(name);
    if (host === undefined) continue;
    for (const key of host.domains.keys) owners.set(key, undefined);
    hosts.set(name, undefined);
    removed.add(host.encoded);
  }
  const added: EncodedVirtualHost[] = [];
  for (const entry of come.filter(isServedHost)) {
    const name = entry.service.hostname.toLowerCase();
    const host = compileEntry(entry, input);
    for (const key of host.domains.keys) {
      const owner = owners.has(key) ? owners.get(key) : before.owners.get(key);
      if (owner !== undefined) return undefined;
      owners.set(key, name);
    }
    hosts.set(name, host);
    added.push(host.encoded);
  }
  return {
    hosts: before.hosts.with(hosts),
    sorted: patchSorted(before.sorted, removed, added, compareNames),
    owners: before.owners.with(owners),
  };
}

function toBlock({ hosts, sorted, owners }: Peace, entries: PortEntries): ServiceBlock {
  return {
    candidates: hosts,
    listCandidates: () => listInOrder(entries, hosts),
    hosts,
    sorted,
    owners: { findOwner: (domain) => owners.get(domain), isRival: () => false },
  };
}

function listInOrder({ list }: PortEntries, hosts: PatchedMap<string, CompiledHost>): readonly CompiledHost[] {
  return list.flatMap(({ service }) => hosts.get(service.hostname.toLowerCase()) ?? []);
}

/** Gives names to services in turn: who asks first gets them. */
function settleClaims(entries: PortEntries, input: BlockInput): ServiceBlock {
  const { clients, cache } = input;
  const owners = new DomainClaims((domain) => isServedHost(entries.byHost.get(domain)));
  const candidates = new Map<string, CompiledHost>();
  const hosts = new Map<string, CompiledHost>();
  for (const entry of entries.list) {
    if (!isServedHost(entry)) continue;
    const name = entry.service.hostname.toLowerCase();
    const host = compileEntry(entry, input);
    candidates.set(name, host);
    const domains = owners.claim(host.domains, name, cache);
    if (domains === host.domains) hosts.set(name, host);
    else if (domains)
      hosts.set(name, cache.call(narrowHost, host, domains, entry.port.number, clients.own.settings.attemptCount));
  }
  const sorted = [...hosts.values()].map(({ encoded }) => encoded).sort(compareNames);
  const all = PatchedMap.of(candidates);
  return {
    candidates: all,
    listCandidates: () => listInOrder(entries, all),
    hosts: PatchedMap.of(hosts),
    sorted,
    owners,
  };
}

function compileEntry({ service, port }: PortEntry, { clients, cache, hashing }: BlockInput): CompiledHost {
  const rule = findHashing(rulesOf(hashing).get(service), port.number);
  return cache.call(compileServiceHost, clientOf(clients, service), service, port.number, rule);
}

const ruleMaps = new WeakMap<readonly HashingService[], ReadonlyMap<Service, EffectiveRule>>();

function rulesOf(hashing: readonly HashingService[]): ReadonlyMap<Service, EffectiveRule> {
  const known = ruleMaps.get(hashing) ?? new Map(hashing.map(({ service, rule }) => [service, rule]));
  ruleMaps.set(hashing, known);
  return known;
}

function compareNames(a: EncodedVirtualHost, b: EncodedVirtualHost): number {
  return compareText(a.name, b.name);
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
