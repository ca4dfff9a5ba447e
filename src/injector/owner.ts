import { type JsonObject, listAt, textAt, textsAt } from './json.ts';

/** What a pod is a copy of, as far as the pod itself tells. */
export interface Workload {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** What is known of the pod's name: API servers give pods of controllers theirs after injection. */
export function findPodName(pod: JsonObject): string {
  const prefix = textAt(pod, 'metadata', 'generateName');
  return textAt(pod, 'metadata', 'name') || (prefix && `${prefix}*****`);
}

/**
 * Finds the workload that a pod belongs to, through the one controller that it names: the hash in its labels leads from a ReplicaSet to the
 * Deployment, the time in a Job's name to the CronJob.
 *
 * @see istio pkg/kube/util.go `GetDeployMetaFromPod`
 */
export function findWorkload(pod: JsonObject, namespace = ''): Workload {
  const name = textAt(pod, 'metadata', 'name');
  const home = textAt(pod, 'metadata', 'namespace') || namespace;
  const itself = { apiVersion: 'v1', kind: 'Pod', name, namespace: home };
  if (textAt(pod, 'metadata', 'generateName') === '') return itself;
  const owner = listAt(pod, 'metadata', 'ownerReferences').find(({ controller }) => controller === true);
  if (owner === undefined) return itself;
  const controller = {
    apiVersion: textAt(owner, 'apiVersion'),
    kind: textAt(owner, 'kind'),
    name: textAt(owner, 'name'),
    namespace: home,
  };
  const workload = { ...controller, ...findMaker(controller, textsAt(pod, 'metadata', 'labels')) };
  return { ...workload, name: workload.name || name };
}

/** What made the controller, where that can be told. */
function findMaker(controller: Workload, labels: Readonly<Record<string, string>>): Partial<Workload> {
  const { kind, name } = controller;
  if (kind === 'ReplicaSet') {
    const deployment = withoutHash(name, labels['pod-template-hash']);
    if (deployment !== undefined) return { kind: 'Deployment', name: deployment };
    const rollout = withoutHash(name, labels['rollouts-pod-template-hash']);
    if (rollout !== undefined) return { kind: 'Rollout', apiVersion: 'v1alpha1', name: rollout };
  }
  if (kind === 'ReplicationController' && labels.deploymentconfig)
    return { kind: 'DeploymentConfig', name: labels.deploymentconfig };
  if (kind === 'Job') {
    const cronJob = /^(.+)-\d{8,10}$/.exec(name)?.[1];
    if (cronJob !== undefined) return { kind: 'CronJob', apiVersion: 'batch/v1', name: cronJob };
  }
  return {};
}

function withoutHash(name: string, hash: string | undefined): string | undefined {
  if (!hash || !name.endsWith(hash)) return undefined;
  return name.endsWith(`-${hash}`) ? name.slice(0, -hash.length - 1) : name;
}
