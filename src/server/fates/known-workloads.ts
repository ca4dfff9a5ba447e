import type { ParsedObject } from '../../config/parsed-object.ts';
import type { KnownWorkload } from '../../model/idle/finding.ts';
import type { Proxy } from '../../model/proxy.ts';
import type { WorkloadIndex } from '../../model/snapshot.ts';
import type { WorkloadEntry } from '../../model/workload-entry.ts';

/** The workloads that objects may be for. */
export interface Roll {
  /** Pods, WorkloadEntries and connected proxies. */
  readonly workloads: readonly KnownWorkload[];
  readonly entries: readonly WorkloadEntry[];
  readonly proxies: readonly Proxy[];
}

/** Keeps the roll of workloads; its lists are the identical ones while nobody comes, goes or changes. */
export class KnownWorkloads {
  #index: WorkloadIndex | undefined;
  #roll: Roll = { workloads: [], entries: [], proxies: [] };

  /** @param index Of the snapshot that `objects` are in force in: as long as it is the same, so are the workloads among them. */
  update(index: WorkloadIndex, objects: () => Iterable<ParsedObject>, proxies: readonly Proxy[]): Roll {
    const { proxies: before } = this.#roll;
    const isSame = before.length === proxies.length && proxies.every((proxy, i) => proxy === before[i]);
    if (index === this.#index && isSame) return this.#roll;
    this.#index = index;
    this.#roll = toRoll(objects(), isSame ? before : proxies);
    return this.#roll;
  }
}

function toRoll(objects: Iterable<ParsedObject>, proxies: readonly Proxy[]): Roll {
  const workloads: KnownWorkload[] = [...proxies];
  const entries: WorkloadEntry[] = [];
  for (const object of objects) {
    if (object.kind === 'Pod') workloads.push(object.meta);
    if (object.kind !== 'WorkloadEntry') continue;
    const { meta, labels } = object.value;
    entries.push(object.value);
    workloads.push({ name: meta.name, namespace: meta.namespace, labels });
  }
  return { workloads, entries, proxies };
}
