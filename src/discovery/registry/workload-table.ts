import { isDeepStrictEqual } from 'node:util';
import type { Pod } from '../../model/kubernetes.ts';
import { compareText, type ObjectKey } from '../../model/object.ts';
import type { WorkloadIndex } from '../../model/snapshot.ts';
import type { Workload } from '../../model/workload.ts';
import type { WorkloadEntry } from '../../model/workload-entry.ts';
import { BucketMap } from './bucket-map.ts';
import type { ClusterContext } from './context.ts';
import { hasAddress } from './namespace-objects.ts';
import { localityOfPod, localityOfSpec, networkOfPod } from './subject.ts';

const NONE: readonly Workload[] = [];

/** The workload that a Pod is. One that has ended keeps its name, but is no longer found by address. */
export function workloadOfPod(pod: Pod, context: ClusterContext): Workload {
  const { meta } = pod;
  const proxyConfig = meta.annotations['proxy.istio.io/config'];
  return {
    kind: 'Pod',
    name: meta.name,
    namespace: meta.namespace,
    addresses: hasAddress(pod) ? pod.ips : [],
    labels: meta.labels,
    serviceAccount: pod.serviceAccount,
    locality: localityOfPod(pod, context),
    network: networkOfPod(pod, context),
    cluster: context.cluster,
    node: pod.nodeName,
    weight: 1,
    ports: Object.fromEntries(
      pod.ports.flatMap((p) => (p.name !== '' && p.protocol === 'TCP' ? [[p.name, p.port]] : [])).reverse(),
    ),
    ...(proxyConfig !== undefined && { proxyConfig }),
  };
}

/** The workload that a WorkloadEntry is. */
export function workloadOfEntry(entry: WorkloadEntry, { cluster }: ClusterContext): Workload {
  const { meta } = entry;
  return {
    kind: 'WorkloadEntry',
    name: meta.name,
    namespace: meta.namespace,
    addresses: entry.address === '' ? [] : [entry.address],
    labels: entry.labels,
    serviceAccount: entry.serviceAccount,
    locality: localityOfSpec(entry),
    network: entry.network,
    cluster,
    node: '',
    weight: Math.max(1, entry.weight),
    ports: entry.ports,
  };
}

/** All workloads of the mesh, by name and by address. Workloads whose content stays equal stay the identical values. */
export class WorkloadTable {
  readonly #workloads = new Map<ObjectKey, Workload>();
  readonly #changed = new Set<ObjectKey>();
  readonly #touched: Workload[] = [];
  readonly #live = new Set<Workload>();
  readonly #clusters: ReadonlySet<string>;
  #byName = BucketMap.empty<readonly Workload[]>();
  #byAddress = BucketMap.empty<readonly Workload[]>();
  #index: WorkloadIndex;

  readonly #home: string;

  /**
   * @param home Id of the cluster of the configuration.
   * @param clusters Those whose workloads are told of; may grow and shrink.
   */
  constructor(home: string, clusters: ReadonlySet<string>) {
    this.#home = home;
    this.#clusters = clusters;
    this.#index = this.#toIndex();
  }

  /** As of the last commit; the identical value as long as no workload changes. */
  get index(): WorkloadIndex {
    return this.#index;
  }

  /** What an object is from now on; `undefined` when it is gone. */
  put(key: ObjectKey, workload: Workload | undefined): void {
    const before = this.#workloads.get(key);
    if (workload === undefined ? before === undefined : isDeepStrictEqual(before, workload)) return;
    this.#changed.add(key);
    if (before) {
      this.#touched.push(before);
      this.#live.delete(before);
    }
    if (workload === undefined) this.#workloads.delete(key);
    else {
      this.#touched.push(workload);
      this.#live.add(workload);
      this.#workloads.set(key, workload);
    }
  }

  /** Settles what was put. @returns the objects whose workloads are different now. */
  commit(): readonly ObjectKey[] {
    if (this.#changed.size === 0) return [];
    const isGone = (workload: Workload) => !this.#live.has(workload);
    this.#byName = update(
      this.#byName,
      this.#touched,
      (workload) => [nameOf(workload.namespace, workload.name)],
      isGone,
    );
    this.#byAddress = update(this.#byAddress, this.#touched, (workload) => workload.addresses, isGone);
    this.#index = this.#toIndex();
    const changed = [...this.#changed];
    this.#changed.clear();
    this.#touched.length = 0;
    return changed;
  }

  #toIndex(): WorkloadIndex {
    const [byName, byAddress, clusters] = [this.#byName, this.#byAddress, this.#clusters];
    return {
      home: this.#home,
      byName: (namespace, name, cluster) => {
        const named = byName.get(nameOf(namespace, name)) ?? NONE;
        if (cluster === undefined || !clusters.has(cluster)) return named[0];
        return named.find((workload) => workload.cluster === cluster);
      },
      byAddress: (address) => byAddress.get(address) ?? NONE,
      hasCluster: (cluster) => clusters.has(cluster),
    };
  }
}

function update(
  map: BucketMap<readonly Workload[]>,
  touched: readonly Workload[],
  slotsOf: (workload: Workload) => readonly string[],
  isGone: (workload: Workload) => boolean,
): BucketMap<readonly Workload[]> {
  const lists = new Map<string, Set<Workload>>();
  for (const workload of touched) {
    for (const slot of slotsOf(workload)) {
      const list = lists.get(slot) ?? new Set(map.get(slot));
      lists.set(slot, list);
      if (isGone(workload)) list.delete(workload);
      else list.add(workload);
    }
  }
  return map.with(
    [...lists].map(([slot, list]) => [slot, list.size === 0 ? undefined : [...list].sort(compareWorkloads)]),
  );
}

function nameOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** Pods before WorkloadEntries, as Istio sorts them; then by cluster. */
function compareWorkloads(a: Workload, b: Workload): number {
  return (
    compareText(a.kind, b.kind) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name) ||
    compareText(a.cluster, b.cluster)
  );
}
