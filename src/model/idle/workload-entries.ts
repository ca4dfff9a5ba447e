import { isSelectedBy, keyOf, type ObjectKey } from '../object.ts';
import type { Service } from '../service.ts';
import type { WorkloadEntry } from '../workload-entry.ts';
import { type Findings, type KnownWorkload, waiting } from './finding.ts';

/**
 * The WorkloadEntries that no service selects, and that no connected proxy is.
 *
 * @param proxies Workloads that are connected.
 */
export function findIdleEntries(
  entries: readonly WorkloadEntry[],
  services: readonly Service[],
  proxies: readonly KnownWorkload[],
): ReadonlyMap<ObjectKey, Findings> {
  const found = new Map<ObjectKey, Findings>();
  if (entries.length === 0) return found;
  const selecting = Map.groupBy(services.filter(hasSelector), ({ namespace }) => namespace);
  const connected = new Set(proxies.map(({ namespace, name }) => `${namespace}/${name}`));
  for (const { meta, labels } of entries) {
    const candidates = selecting.get(meta.namespace) ?? [];
    const isSelected = candidates.some(({ selector = {} }) => isSelectedBy(labels, selector));
    if (isSelected || connected.has(`${meta.namespace}/${meta.name}`)) continue;
    found.set(keyOf(meta), UNSELECTED);
  }
  return found;
}

const UNSELECTED = waiting('WE_WITHOUT_SERVICE', 'no Service or ServiceEntry of its namespace selects its labels');

function hasSelector({ selector }: Service): boolean {
  return selector !== undefined && Object.keys(selector).length > 0;
}
