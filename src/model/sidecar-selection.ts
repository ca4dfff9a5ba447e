import type { Labels } from './object.ts';
import { isSelectedBy } from './object.ts';
import type { Sidecar } from './sidecar.ts';

/**
 * The Sidecar that governs a workload: the first of its namespace that selects it by labels, else the first of its namespace without a
 * selector, else the first without one in the root namespace.
 * @see istio pilot/pkg/model/push_context.go `getSidecarScope`
 */
export function findSidecar(
  sidecars: readonly Sidecar[],
  workload: { readonly namespace: string; readonly labels: Labels },
  rootNamespace: string,
): Sidecar | undefined {
  const own = sidecars.filter((s) => s.meta.namespace === workload.namespace);
  return (
    own.find((s) => s.workloadSelector && isSelectedBy(workload.labels, s.workloadSelector)) ??
    own.find((s) => !s.workloadSelector) ??
    sidecars.find((s) => s.meta.namespace === rootNamespace && !s.workloadSelector)
  );
}
