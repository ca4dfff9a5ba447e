import { isIP, isIPv4 } from 'node:net';
import type { istio_networking_nds_v1_NameTable } from '../../gen/messages.ts';

/** What the control plane says of names. */
export type NameTableMessage = istio_networking_nds_v1_NameTable;

/** Whose names are looked up. */
export interface NameOwner {
  readonly namespace: string;
  /** DNS domain of the proxy, `<namespace>.svc.cluster.local`. */
  readonly domain: string;
  /** The first domain that this machine's resolvers append to names; absent where they append none. */
  readonly search: string | undefined;
}

interface Addresses {
  readonly v4: readonly string[];
  readonly v6: readonly string[];
}

/** What is known of a name. */
export interface NameEntry extends Addresses {
  /** The name that the asked one is an alias of: the same without the domain that a resolver has appended. */
  readonly target: string | undefined;
}

/**
 * Names of the mesh with their addresses.
 *
 * A resolver in a pod asks `reviews.default.svc.cluster.local` for `reviews`, and `example.com.default.svc.cluster.local` before
 * `example.com`; each must be answered at once, or it costs a round to the cluster's own name server. Names with an appended domain are not
 * stored but found by taking it off.
 * @see istio pkg/dns/client/dns.go
 */
export class NameTable {
  readonly #hosts = new Map<string, Addresses>();
  readonly #suffix: string | undefined;

  constructor({ table = {} }: NameTableMessage, { namespace, domain, search }: NameOwner) {
    this.#suffix = search === undefined || search === '' ? undefined : `.${search.toLowerCase()}`;
    const zone = domain.startsWith(`${namespace}.`) ? domain.slice(namespace.length + 1) : domain;
    for (const [host, entry] of Object.entries(table)) {
      const addresses = toAddresses(entry.ips ?? []);
      if (addresses === undefined) continue;
      const { registry, shortname = '', namespace: own = '', alt_hosts: others = [] } = entry;
      const isNear = registry === 'Kubernetes' && zone !== '' && host.endsWith(zone);
      const short = isNear && shortname !== '' ? toShortNames({ shortname, own, zone, namespace }) : [];
      for (const name of [host, ...short, ...(isNear ? others : [])]) this.#hosts.set(toKey(name), addresses);
    }
  }

  get size(): number {
    return this.#hosts.size;
  }

  /** What is known of a name in lower case, without the last dot. */
  find(name: string): NameEntry | undefined {
    const exact = this.#hosts.get(name);
    if (exact !== undefined) return { ...exact, target: undefined };
    const base = this.#findBase(name);
    const aliased = base === undefined ? undefined : this.#hosts.get(base);
    return aliased === undefined ? this.#findWildcard(name, base) : { ...aliased, target: base };
  }

  /** The longest `*.rest` that the name lies below. */
  #findWildcard(name: string, base: string | undefined): NameEntry | undefined {
    for (const rest of listParents(name)) {
      const found = this.#hosts.get(`*.${rest}`);
      if (found !== undefined) return { ...found, target: undefined };
      const parent = this.#findBase(`*.${rest}`);
      const aliased = parent === undefined ? undefined : this.#hosts.get(parent);
      if (aliased !== undefined) return { ...aliased, target: base };
    }
    return undefined;
  }

  /** The name without the domain that a resolver has appended. Names that end with it anyway get it from nobody twice. */
  #findBase(name: string): string | undefined {
    if (this.#suffix === undefined || !name.endsWith(this.#suffix)) return undefined;
    const base = name.slice(0, -this.#suffix.length);
    return base === '' || base === '*' || base.endsWith(this.#suffix) ? undefined : base;
  }

  /** For people: every stored name. */
  toJson(): object {
    return Object.fromEntries([...this.#hosts].map(([name, { v4, v6 }]) => [name, [...v4, ...v6]]));
  }
}

function toShortNames(of: {
  readonly shortname: string;
  readonly own: string;
  readonly zone: string;
  readonly namespace: string;
}): readonly string[] {
  const { shortname, own, zone, namespace } = of;
  const [first = ''] = zone.split('.');
  return [
    `${shortname}.${own}`,
    `${shortname}.${own}.${first}`,
    // Another namespace's service of the same name must not answer for one that this namespace lacks.
    ...(own === namespace ? [shortname] : []),
  ];
}

function toAddresses(ips: readonly string[]): Addresses | undefined {
  const valid = ips.filter((ip) => isIP(ip) !== 0);
  if (valid.length === 0) return undefined;
  return { v4: valid.filter((ip) => isIPv4(ip)), v6: valid.filter((ip) => !isIPv4(ip)) };
}

function toKey(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function listParents(name: string): readonly string[] {
  const labels = name.split('.');
  return labels.slice(1).map((_, at) => labels.slice(at + 1).join('.'));
}
