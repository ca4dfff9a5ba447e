import { isIP } from 'node:net';
import type { Clock, Timer } from '../../kit/clock.ts';
import { createLog } from '../../kit/log.ts';
import type { NetworkGateway } from '../../model/network-gateway.ts';

const log = createLog('networks');

/** What DNS says of a name. */
export interface NameAnswer {
  /** IPs; empty when the name has none. */
  readonly addresses: readonly string[];
  readonly ttlMs: number;
}

/** Asks DNS for a name; rejects when there is no answer. */
export type ResolveName = (name: string) => Promise<NameAnswer>;

/** However long an answer may be kept, or however short: DNS is asked no less and no more often. Milliseconds. */
const MIN_TTL_MS = 30_000;
const MAX_TTL_MS = 3_600_000;

/** What names of gateways are made into addresses with. */
export interface GatewayNamesOptions {
  readonly resolve: ResolveName;
  readonly clock: Clock;
  /** Called when some name has other addresses than before. */
  readonly onChange: () => void;
}

interface Known {
  addresses: readonly string[];
  readonly first: Promise<void>;
  timer?: Timer;
}

/**
 * The addresses of network gateways that are known by name, as load balancers of some clouds are: proxies are given addresses. A name that has
 * none is no gateway; one that is not answered for keeps what it had.
 * @see istio pilot/pkg/model/network.go `networkGatewayNameCache`
 */
export class GatewayNames {
  readonly #options: GatewayNamesOptions;
  readonly #names = new Map<string, Known>();
  #version = 0;

  constructor(options: GatewayNamesOptions) {
    this.#options = options;
  }

  /** Counts up whenever some name has other addresses than before. */
  get version(): number {
    return this.#version;
  }

  /** The gateways by address, each name replaced by all that it stands for. From now on, these names and no others are followed. */
  expand(gateways: readonly NetworkGateway[]): readonly NetworkGateway[] {
    const wanted = new Set(gateways.flatMap(({ address }) => (isIP(address) === 0 ? [address] : [])));
    for (const [name, known] of this.#names) {
      if (wanted.has(name)) continue;
      known.timer?.cancel();
      this.#names.delete(name);
    }
    for (const name of wanted) if (!this.#names.has(name)) this.#follow(name);
    return gateways.flatMap((gateway) => {
      const known = this.#names.get(gateway.address);
      return known ? known.addresses.map((address) => ({ ...gateway, address })) : [gateway];
    });
  }

  /** Resolves when every name that is followed now was answered for once, or not. */
  async answered(): Promise<void> {
    await Promise.all([...this.#names.values()].map(({ first }) => first));
  }

  close(): void {
    for (const { timer } of this.#names.values()) timer?.cancel();
    this.#names.clear();
  }

  #follow(name: string): void {
    const first = Promise.withResolvers<void>();
    const known: Known = { addresses: [], first: first.promise };
    this.#names.set(name, known);
    void this.#ask(name, known).then(first.resolve);
  }

  async #ask(name: string, known: Known): Promise<void> {
    const { resolve, clock, onChange } = this.#options;
    const answer = await resolve(name).catch((err: unknown) => {
      log.warn({ event: 'networks.unresolved', name, err }, `${name}, a network gateway, cannot be resolved`);
      return { addresses: known.addresses, ttlMs: MIN_TTL_MS };
    });
    if (this.#names.get(name) !== known) return;
    const ttlMs = Math.min(Math.max(answer.ttlMs, MIN_TTL_MS), MAX_TTL_MS);
    known.timer = clock.setTimeout(() => void this.#ask(name, known), ttlMs);
    const addresses = [...new Set(answer.addresses)].sort();
    if (addresses.join() === known.addresses.join()) return;
    known.addresses = addresses;
    this.#version++;
    onChange();
  }
}
