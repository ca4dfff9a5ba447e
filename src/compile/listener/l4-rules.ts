import { hostsOverlap, isWildcard } from '../../model/host.ts';
import type { VirtualService } from '../../model/virtual-service.ts';

const NONE: readonly VirtualService[] = [];

/** VirtualServices with `tls` or `tcp` blocks, found by the host of a service: most meshes have few, and most services none. */
export class L4Rules {
  readonly #all: readonly VirtualService[];
  readonly #wildcards: readonly VirtualService[];
  readonly #byHost: ReadonlyMap<string, readonly VirtualService[]>;

  constructor(virtualServices: readonly VirtualService[]) {
    this.#all = virtualServices.filter((vs) => vs.tls.length > 0 || vs.tcp.length > 0);
    this.#wildcards = this.#all.filter((vs) => vs.hosts.some(isWildcard));
    this.#byHost = groupByHost(this.#all);
  }

  /** Those that have a host in common with the service, in the order in which they were given. */
  of(hostname: string): readonly VirtualService[] {
    if (this.#all.length === 0) return NONE;
    if (!isWildcard(hostname) && this.#wildcards.length === 0) return this.#byHost.get(hostname) ?? NONE;
    return this.#all.filter((vs) => vs.hosts.some((host) => hostsOverlap(host, hostname)));
  }
}

function groupByHost(virtualServices: readonly VirtualService[]): ReadonlyMap<string, readonly VirtualService[]> {
  const byHost = new Map<string, VirtualService[]>();
  for (const vs of virtualServices) {
    for (const host of new Set(vs.hosts)) byHost.set(host, [...(byHost.get(host) ?? []), vs]);
  }
  return byHost;
}
