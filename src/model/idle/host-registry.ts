import { hostsOverlap, isWildcard } from '../host.ts';
import { isHttp, type Protocol } from '../protocol.ts';
import type { Service } from '../service.ts';

/** The services of a mesh, as rules ask for them by host. */
export class HostRegistry {
  readonly #byHost: ReadonlyMap<string, readonly Service[]>;
  readonly #wildcards: readonly string[];
  readonly #answers = new Map<string, readonly Service[]>();
  /** Whether some service may speak HTTP on port 80, or is a forward proxy: there sidecars serve the hosts of rules that are no services. */
  readonly servesPlainHttp: boolean;

  constructor(services: readonly Service[]) {
    this.#byHost = Map.groupBy(services, ({ hostname }) => hostname);
    this.#wildcards = [...this.#byHost.keys()].filter(isWildcard);
    this.servesPlainHttp = services.some(({ ports }) =>
      ports.some(({ number, protocol }) => (number === 80 && canBeHttp(protocol)) || protocol === 'http_proxy'),
    );
  }

  /** Services of this very hostname, in whatever namespace. */
  named(hostname: string): readonly Service[] {
    return this.#byHost.get(hostname) ?? NONE;
  }

  /** Services whose hostname overlaps `host`; equal questions give the identical list. */
  find(host: string): readonly Service[] {
    const known = this.#answers.get(host);
    if (known !== undefined) return known;
    const candidates = isWildcard(host) ? [...this.#byHost.keys()] : [host, ...this.#wildcards];
    const found = candidates.filter((name) => hostsOverlap(name, host)).flatMap((name) => this.named(name));
    this.#answers.set(host, found);
    return found;
  }
}

function canBeHttp(protocol: Protocol): boolean {
  return isHttp(protocol) || protocol === 'auto';
}

const NONE: readonly Service[] = [];
const registries = new WeakMap<readonly Service[], HostRegistry>();

/** The registry of a snapshot's services; the identical value for the identical list. */
export function registryOf(services: readonly Service[]): HostRegistry {
  const known = registries.get(services) ?? new HostRegistry(services);
  registries.set(services, known);
  return known;
}
