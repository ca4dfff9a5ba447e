import type { ObjectKey } from '../../model/object.ts';
import { keyOf } from '../../model/object.ts';
import type { Service } from '../../model/service.ts';
import { listServiceAddresses } from '../../model/service-address.ts';
import { listAlternateNames } from './alternate-names.ts';
import type { Client } from './client.ts';

/** The names under which one virtual host is asked for. */
export interface DomainList {
  /** The host that the virtual host is named after, in lower case. */
  readonly host: string;
  /** The service that has these names; absent for a host that only a VirtualService knows. */
  readonly owner?: ObjectKey;
  /** As Envoy gets them, most specific first. */
  readonly names: readonly string[];
  /** `names` in lower case: Envoy compares so, and refuses a domain that it meets twice. */
  readonly keys: readonly string[];
  /** Names that were derived from a host by leaving out what the client shares with it: they yield to a host that is written so. */
  readonly alternates: ReadonlySet<string>;
}

/**
 * Every name of a service: its host with a trailing dot and its short names, the same for each alias, all of them once more below `*.` for
 * headless services, then its addresses.
 * @see istio pilot/pkg/networking/core/httproute.go `generateVirtualHostDomains`
 */
export function listServiceDomains(service: Service, client: Client): DomainList {
  const host = service.hostname.toLowerCase();
  const alternates = new Set<string>();
  const names: string[] = [];
  for (const name of [host, ...service.aliases]) {
    const all = listAlternateNames(name, client.domain);
    const derived = client.settings.absoluteDomains ? all : all.filter((other) => !other.endsWith('.'));
    for (const alternate of derived) alternates.add(alternate);
    names.push(toDomain(name), ...derived);
  }
  if (isHeadless(service)) names.push(...names.map((name) => `*.${name}`));
  names.push(...listServiceAddresses(service, client).map(toDomain));
  return { host, owner: keyOf(service.meta), names, keys: names.map(toLower), alternates };
}

/** The one name of a host that no service has. */
export function listPlainDomains(host: string): DomainList {
  const name = toDomain(host.toLowerCase());
  return { host: host.toLowerCase(), names: [name], keys: [name], alternates: new Set() };
}

/**
 * The names for a listener that serves all ports, where requests name the port: each once with it, and on port 80 also without.
 */
export function withPort(list: DomainList, port: number): DomainList {
  const variants = (name: string) => (port === 80 ? [name, `${name}:${port}`] : [`${name}:${port}`]);
  const names = list.names.flatMap(variants);
  const alternates = new Set([...list.alternates].flatMap((name) => [name, `${name}:${port}`]));
  return { ...list, names, keys: names.map(toLower), alternates };
}

/** What is left of a list after `dropped`, the positions of names that others have, joined by commas. */
export function withoutDomains(list: DomainList, dropped: string): DomainList {
  const positions = new Set(dropped.split(',').map(Number));
  const isKept = (_: string, position: number) => !positions.has(position);
  return { ...list, names: list.names.filter(isKept), keys: list.keys.filter(isKept) };
}

/** All that a sniffed listener's only virtual host answers to. */
export function withAnyDomain(list: DomainList): DomainList {
  return { ...list, names: ['*'], keys: ['*'] };
}

/** Endpoints of a headless service have names of their own below it. */
function isHeadless({ resolution, registry }: Service): boolean {
  return resolution === 'passthrough' && registry === 'kubernetes';
}

function toDomain(name: string): string {
  return name.includes(':') ? `[${name}]` : name;
}

function toLower(name: string): string {
  return name.toLowerCase();
}
