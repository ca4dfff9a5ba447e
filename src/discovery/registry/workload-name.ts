import type { Pod } from '../../model/kubernetes.ts';
import type { Labels } from '../../model/object.ts';

/** A Job that a CronJob started is named after the minute of its start. */
const CRON_JOB_NAME = /^(.+)-\d{8,10}$/;

/**
 * The name of what a Pod is a replica of: its Deployment rather than the ReplicaSet between them. The label `service.istio.io/workload-name`
 * beats all heuristics.
 * @see istio pkg/kube/util.go `GetWorkloadMetaFromPod`
 */
export function nameWorkload({ meta, owner }: Pod): string {
  return meta.labels['service.istio.io/workload-name'] ?? (owner ? nameOwner(owner, meta.labels) : meta.name);
}

function nameOwner(owner: { readonly kind: string; readonly name: string }, labels: Labels): string {
  switch (owner.kind) {
    case 'ReplicaSet': {
      // Argo's Rollouts sign their ReplicaSets like Deployments do.
      const hash = labels['pod-template-hash'] ?? labels['rollouts-pod-template-hash'];
      return hash !== undefined && owner.name.endsWith(`-${hash}`) ? owner.name.slice(0, -hash.length - 1) : owner.name;
    }
    case 'ReplicationController':
      return labels.deploymentconfig ?? owner.name;
    case 'Job':
      return CRON_JOB_NAME.exec(owner.name)?.[1] ?? owner.name;
    default:
      return owner.name;
  }
}

/** The name and revision under which telemetry knows a workload. */
export function findCanonicalService(
  labels: Labels,
  workloadName: string,
): { readonly name: string; readonly revision: string } {
  return {
    name: labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? labels.app ?? workloadName,
    revision:
      labels['service.istio.io/canonical-revision'] ??
      labels['app.kubernetes.io/version'] ??
      labels.version ??
      'latest',
  };
}
