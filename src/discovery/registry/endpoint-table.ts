import { type Endpoint, NO_ENDPOINTS } from '../../model/endpoint.ts';
import { compareAge, compareText, type Meta, type ObjectKey } from '../../model/object.ts';
import type { EndpointIndex } from '../../model/snapshot.ts';
import { BucketMap } from './bucket-map.ts';
import type { EndpointsByHost } from './entry-endpoints.ts';
import { keepList } from './same-content.ts';

/** What one object adds to the endpoints of its hosts. */
interface Contribution {
  readonly meta: Meta;
  readonly byHost: EndpointsByHost;
}

/** The endpoints of one service changed. */
export interface EndpointsChange {
  readonly hostname: string;
  readonly namespace: string;
  readonly before: readonly Endpoint[];
  readonly after: readonly Endpoint[];
}

/**
 * All endpoints of the mesh, by the service they are behind. Several objects may add to one service: a Kubernetes Service and a ServiceEntry
 * of the same host, or two ServiceEntries. Lists and endpoints whose content stays equal stay the identical values.
 */
export class EndpointTable {
  readonly #contributions = new Map<ObjectKey, Contribution>();
  readonly #contributors = new Map<string, Set<ObjectKey>>();
  readonly #dirty = new Map<string, { readonly hostname: string; readonly namespace: string }>();
  #lists = BucketMap.empty<readonly Endpoint[]>();
  #index: EndpointIndex = toIndex(this.#lists);

  /** As of the last commit; the identical value as long as no list changes. */
  get index(): EndpointIndex {
    return this.#index;
  }

  /** What one object contributes from now on; `undefined` when it is gone. */
  contribute(key: ObjectKey, contribution: Contribution | undefined): void {
    const before = this.#contributions.get(key);
    if (before) this.#touch(key, before, false);
    if (contribution) this.#touch(key, contribution, true);
    if (contribution) this.#contributions.set(key, contribution);
    else this.#contributions.delete(key);
  }

  /** Settles what was contributed. @returns the services whose endpoints are different now. */
  commit(): readonly EndpointsChange[] {
    const changes: EndpointsChange[] = [];
    for (const [slot, { hostname, namespace }] of this.#dirty) {
      const before = this.#lists.get(slot) ?? NO_ENDPOINTS;
      const after = keepEndpoints(before, this.#listAll(slot, hostname));
      if (after !== before) changes.push({ hostname, namespace, before, after });
    }
    this.#dirty.clear();
    if (changes.length === 0) return changes;
    this.#lists = this.#lists.with(
      changes.map(({ hostname, namespace, after }) => [
        slotOf(hostname, namespace),
        after.length > 0 ? after : undefined,
      ]),
    );
    this.#index = toIndex(this.#lists);
    return changes;
  }

  #touch(key: ObjectKey, { meta, byHost }: Contribution, isAdded: boolean): void {
    for (const hostname of byHost.keys()) {
      const slot = slotOf(hostname, meta.namespace);
      this.#dirty.set(slot, { hostname, namespace: meta.namespace });
      const contributors = this.#contributors.get(slot) ?? new Set();
      if (isAdded) this.#contributors.set(slot, contributors.add(key));
      else if (contributors.delete(key) && contributors.size === 0) this.#contributors.delete(slot);
    }
  }

  #listAll(slot: string, hostname: string): readonly Endpoint[] {
    const contributions = [...(this.#contributors.get(slot) ?? [])].flatMap(
      (key) => this.#contributions.get(key) ?? [],
    );
    const [only, ...others] = contributions;
    if (only === undefined) return NO_ENDPOINTS;
    if (others.length === 0) return only.byHost.get(hostname) ?? NO_ENDPOINTS;
    return contributions.sort(compareContributions).flatMap(({ byHost }) => byHost.get(hostname) ?? []);
  }
}

function slotOf(hostname: string, namespace: string): string {
  return `${namespace}/${hostname}`;
}

type Lists = BucketMap<readonly Endpoint[]>;

const listsOf = new WeakMap<EndpointIndex, Lists>();

function toIndex(lists: Lists): EndpointIndex {
  const changes = new WeakMap<EndpointIndex, readonly string[]>();
  const index: EndpointIndex = {
    of: (hostname, namespace) => lists.get(slotOf(hostname, namespace)) ?? NO_ENDPOINTS,
    listChangedSince(before) {
      const old = listsOf.get(before);
      if (old === undefined) return undefined;
      const known = changes.get(before) ?? lists.listDifferences(old).map(hostOf);
      changes.set(before, known);
      return known;
    },
  };
  listsOf.set(index, lists);
  return index;
}

function hostOf(slot: string): string {
  return slot.slice(slot.indexOf('/') + 1);
}

/** As Istio sorts its shards: what ServiceEntries add before what Kubernetes adds, and that by cluster; ServiceEntries by age. */
function compareContributions({ meta: a }: Contribution, { meta: b }: Contribution): number {
  return (
    Number(a.kind === 'Service') - Number(b.kind === 'Service') ||
    compareText(a.cluster ?? '', b.cluster ?? '') ||
    compareAge(a, b)
  );
}

/** `before` if nothing changed; else the new list, in which endpoints that did not change are the identical values. */
function keepEndpoints(before: readonly Endpoint[], after: readonly Endpoint[]): readonly Endpoint[] {
  if (before.length === 0) return after.length === 0 ? before : after;
  const same = new Set(before);
  if (after.every((endpoint) => same.has(endpoint))) return keepList(before, after);
  // Most are the identical values, and are neither named nor compared.
  const now = new Set(after);
  const known = Map.groupBy(
    before.filter((endpoint) => !now.has(endpoint)),
    keyOf,
  );
  const keep = (endpoint: Endpoint) =>
    known.get(keyOf(endpoint))?.find((old) => isSameEndpoint(old, endpoint)) ?? endpoint;
  return keepList(
    before,
    after.map((endpoint) => (same.has(endpoint) ? endpoint : keep(endpoint))),
  );
}

function keyOf(endpoint: Endpoint): string {
  return `${endpoint.address} ${endpoint.port} ${endpoint.servicePortName}`;
}

/** Endpoints are all made in one place, so that equal ones have their fields in the same order. */
function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  const others = Object.values(b);
  return Object.values(a).every((value, i) => isSameField(value, others[i]));
}

function isSameField(a: Endpoint[keyof Endpoint], b: Endpoint[keyof Endpoint] | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return left.length === right.size && left.every(([key, value]) => right.get(key) === value);
}
