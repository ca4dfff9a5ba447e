import type { WorkloadEntry } from '../../model/workload-entry.ts';
import { AGE, defineKind } from '../define-kind.ts';
import { WORKLOAD, checkWorkload, parseWorkload } from '../parts/workload.ts';
import { present } from '../present.ts';

/** Istio's WorkloadEntry. */
export const workloadEntry = defineKind({
  group: 'networking.istio.io',
  kind: 'WorkloadEntry',
  plural: 'workloadentries',
  versions: ['v1', 'v1beta1', 'v1alpha3'],
  scope: 'namespaced',
  affects: ['endpoint', 'listener', 'cluster'],
  description: 'A workload that is not a Pod.',
  shortNames: ['we'],
  columns: [AGE, { name: 'Address', type: 'string', jsonPath: '.spec.address', description: 'Where the workload is.' }],
  spec: WORKLOAD,
  check: (spec, at, input) => checkWorkload(spec, at, input),
  parse(spec, { meta, status }): WorkloadEntry {
    const workload = parseWorkload(spec);
    return {
      ...workload,
      meta,
      labels: { ...workload.labels, ...meta.labels },
      ...present({ healthy: findHealth(status) }),
    };
  },
});

/** What the workload's own agent reported last. */
function findHealth(status: Readonly<Record<string, unknown>>): boolean | undefined {
  const conditions: readonly unknown[] = Array.isArray(status.conditions) ? status.conditions : [];
  for (const condition of conditions) {
    if (typeof condition !== 'object' || condition === null || !('type' in condition) || condition.type !== 'Healthy')
      continue;
    return 'status' in condition && condition.status === 'True';
  }
  return undefined;
}
