import type { ListChange } from '../../kit/list-change.ts';
import { createListFollower } from '../../kit/list-follower.ts';
import { PatchedMap } from '../../kit/patched-map.ts';
import type { Service, ServicePort } from '../../model/service.ts';

/** One port of one service. */
export interface PortEntry {
  readonly service: Service;
  readonly port: ServicePort;
}

/** What services offer on one port, of whatever protocol but UDP. */
export interface PortEntries {
  readonly port: number;
  /** By host, in lower case. */
  readonly byHost: PatchedMap<string, PortEntry>;
  /** All of them, in the order of the services; each once for each host. */
  readonly list: readonly PortEntry[];
}

/** The services that an egress listener sees, by what requests say of them. */
export interface ServiceIndex {
  readonly services: readonly Service[];
  /** By host, in lower case. */
  readonly byHost: PatchedMap<string, Service>;
  readonly byPort: ReadonlyMap<number, PortEntries>;
}

/** The entries of a port that no service has. */
export function noEntries(port: number): PortEntries {
  return { port, byHost: PatchedMap.of(new Map()), list: [] };
}

/** Sorts services by host and port. Entries of ports that nothing happened to are the identical values. */
export const indexServices = createListFollower<Service, ServiceIndex>({ make: makeIndex, follow: followChange });

function makeIndex(services: readonly Service[]): ServiceIndex {
  const byHost = new Map<string, Service>();
  const byPort = new Map<number, Map<string, PortEntry>>();
  for (const service of services) {
    const host = service.hostname.toLowerCase();
    byHost.set(host, service);
    for (const port of service.ports) {
      if (port.protocol === 'udp') continue;
      const entries = byPort.get(port.number) ?? new Map<string, PortEntry>();
      byPort.set(port.number, entries);
      if (!entries.has(host)) entries.set(host, { service, port });
    }
  }
  const toEntries = ([port, entries]: readonly [number, Map<string, PortEntry>]): readonly [number, PortEntries] => [
    port,
    { port, byHost: PatchedMap.of(entries), list: [...entries.values()] },
  ];
  return { services, byHost: PatchedMap.of(byHost), byPort: new Map([...byPort].map(toEntries)) };
}

/** Gives up where a host has several services. */
function followChange(
  before: ServiceIndex,
  { gone, come }: ListChange<Service>,
  services: readonly Service[],
): ServiceIndex | undefined {
  const { byHost, byPort } = before;
  const changes = new Map<string, Service | undefined>();
  for (const service of gone) {
    const host = service.hostname.toLowerCase();
    if (byHost.get(host) !== service) return undefined;
    changes.set(host, undefined);
  }
  for (const service of come) {
    const host = service.hostname.toLowerCase();
    const taken = changes.has(host) ? changes.get(host) : byHost.get(host);
    if (taken !== undefined) return undefined;
    changes.set(host, service);
  }
  const isInPlace =
    gone.length === come.length &&
    gone.every((service, i) => isAt(come[i], before.services.indexOf(service), services));
  const ports = new Map(byPort);
  for (const number of new Set([...gone, ...come].flatMap((service) => service.ports.map((port) => port.number)))) {
    const entries = followPort(ports.get(number) ?? noEntries(number), changes, { services, isInPlace });
    if (entries.list.length > 0) ports.set(number, entries);
    else ports.delete(number);
  }
  return { services, byHost: byHost.with(changes), byPort: ports };
}

function isAt(service: Service | undefined, place: number, services: readonly Service[]): boolean {
  return service !== undefined && services[place] === service;
}

/** The services as they are now, and whether each that changed stands where it stood. */
interface Order {
  readonly services: readonly Service[];
  readonly isInPlace: boolean;
}

function followPort(before: PortEntries, changes: ReadonlyMap<string, Service | undefined>, order: Order): PortEntries {
  const touched = [...changes].flatMap(([host, service]): readonly (readonly [string, PortEntry | undefined])[] => {
    const port = service?.ports.find(({ number, protocol }) => number === before.port && protocol !== 'udp');
    if (service !== undefined && port !== undefined) return [[host, { service, port }]];
    return before.byHost.has(host) ? [[host, undefined]] : [];
  });
  const byHost = before.byHost.with(touched);
  return {
    port: before.port,
    byHost,
    list: replaceInPlace(before, touched, order) ?? listInOrder(before.port, byHost, order),
  };
}

/** `undefined` where an entry is new: others say where it stands. */
function replaceInPlace(
  { byHost, list }: PortEntries,
  touched: readonly (readonly [host: string, entry: PortEntry | undefined])[],
  { isInPlace }: Order,
): readonly PortEntry[] | undefined {
  let replaced = list;
  for (const [host, entry] of touched) {
    const before = byHost.get(host);
    if (before === undefined && list.length === 0 && touched.length === 1 && entry !== undefined) return [entry];
    if (before === undefined || (entry !== undefined && !isInPlace)) return undefined;
    const place = replaced.indexOf(before);
    replaced = entry === undefined ? replaced.toSpliced(place, 1) : replaced.with(place, entry);
  }
  return replaced;
}

function listInOrder(number: number, byHost: PatchedMap<string, PortEntry>, { services }: Order): readonly PortEntry[] {
  return services.flatMap(({ hostname, ports }) => {
    const isThere = ports.some((port) => port.number === number);
    return isThere ? (byHost.get(hostname.toLowerCase()) ?? []) : [];
  });
}
