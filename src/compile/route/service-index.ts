import type { Service, ServicePort } from '../../model/service.ts';

/** One port of one service. */
export interface PortEntry {
  readonly service: Service;
  readonly port: ServicePort;
}

/** What services offer on one port, of whatever protocol but UDP. */
export interface PortEntries {
  readonly port: number;
  /** By host, in lower case, in the order of the services. */
  readonly byHost: ReadonlyMap<string, PortEntry>;
}

/** The services that an egress listener sees, by what requests say of them. */
export interface ServiceIndex {
  /** By host, in lower case. */
  readonly byHost: ReadonlyMap<string, Service>;
  readonly byPort: ReadonlyMap<number, PortEntries>;
}

/** Sorts services by host and port. */
export function indexServices(services: readonly Service[]): ServiceIndex {
  const byHost = new Map<string, Service>();
  const byPort = new Map<number, { readonly port: number; readonly byHost: Map<string, PortEntry> }>();
  for (const service of services) {
    const host = service.hostname.toLowerCase();
    byHost.set(host, service);
    for (const port of service.ports) {
      if (port.protocol === 'udp') continue;
      const entries = byPort.get(port.number) ?? { port: port.number, byHost: new Map() };
      byPort.set(port.number, entries);
      if (!entries.byHost.has(host)) entries.byHost.set(host, { service, port });
    }
  }
  return { byHost, byPort };
}
