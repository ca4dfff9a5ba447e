import type { EnvoyFilter, TargetRef } from './envoy-filter.ts';
import { compareText, isSelectedBy, type Labels, type Meta } from './object.ts';

/** A workload, as policies are matched with it. */
export interface PolicyWorkload {
  readonly namespace: string;
  readonly labels: Labels;
}

/** On the proxies of a Gateway of the Gateway API: the name of that Gateway. */
const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';

/**
 * The EnvoyFilters that apply to a workload, in the order in which they are applied: by priority, those of the root namespace first, then by
 * age.
 * @see istio pilot/pkg/model/push_context.go `EnvoyFilters`
 */
export function selectEnvoyFilters(
  filters: readonly EnvoyFilter[],
  workload: PolicyWorkload,
  rootNamespace: string,
): readonly EnvoyFilter[] {
  return filters
    .filter((filter) => filter.meta.namespace === rootNamespace || filter.meta.namespace === workload.namespace)
    .filter((filter) => isAttached(filter, workload))
    .sort((a, b) => compareEnvoyFilters(a, b, rootNamespace));
}

function compareEnvoyFilters(a: EnvoyFilter, b: EnvoyFilter, rootNamespace: string): number {
  const isOutside = ({ meta }: EnvoyFilter) => Number(meta.namespace !== rootNamespace);
  return (
    a.priority - b.priority ||
    isOutside(a) - isOutside(b) ||
    a.meta.createdMs - b.meta.createdMs ||
    compareText(nameOf(a.meta), nameOf(b.meta))
  );
}

function nameOf({ name, namespace }: Meta): string {
  return `${name}.${namespace}`;
}

/**
 * Whether a policy is meant for a workload. One that names targets is for the proxies of these targets alone, which are known by a label;
 * any other is for the workloads that it selects.
 * @see istio pilot/pkg/model/policyattachment.go `ShouldAttachPolicy`
 */
function isAttached(
  { meta, targetRefs, workloadSelector }: EnvoyFilter,
  { namespace, labels }: PolicyWorkload,
): boolean {
  if (targetRefs.length === 0) return workloadSelector === undefined || isSelectedBy(labels, workloadSelector);
  const gateway = labels[GATEWAY_NAME];
  return meta.namespace === namespace && targetRefs.some((target) => isGateway(target, gateway, namespace));
}

function isGateway(target: TargetRef, name: string | undefined, namespace: string): boolean {
  return (
    target.kind === 'Gateway' &&
    target.group === 'gateway.networking.k8s.io' &&
    target.name === name &&
    (target.namespace === '' || target.namespace === namespace)
  );
}
