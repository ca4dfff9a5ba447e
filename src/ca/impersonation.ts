import type { Caller } from './authenticator.ts';
import { caFault } from './fault.ts';
import { parseSpiffeId } from './spiffe.ts';

/** A pod, as far as who may speak for whom depends on it. */
export interface PodPlace {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly serviceAccount: string;
  /** Empty while it waits for a node. */
  readonly node: string;
}

/** Pods of one cluster; those whose phase is `Failed` are none of them. */
export interface PodLookup {
  findPod(namespace: string, name: string): Promise<PodPlace | undefined>;
  /** Whether a pod of this service account is on a node. */
  hasPod(node: string, namespace: string, serviceAccount: string): Promise<boolean>;
}

/** Which agents may speak for others. */
export interface ImpersonationRules {
  /** `namespace/serviceaccount` of node agents, as `CA_TRUSTED_NODE_ACCOUNTS` lists them; empty: nobody may. */
  readonly trustedAccounts: readonly string[];
  /** The mesh's trust domain and its aliases, as they are now: nobody speaks for another mesh. */
  readonly trustDomains: () => readonly string[];
  /** The pods of a cluster by its exact name. */
  readonly podsOf: (cluster: string) => PodLookup | undefined;
}

/**
 * Decides whether a node agent gets a certificate of another's identity: it must run on the same node as a pod that has
 * this identity, so that who takes over one node has the identities of that node, and no more.
 *
 * @param cluster The header `clusterid`; the empty one names no cluster here.
 * @returns The identity to sign for, exactly as asked.
 * @throws Fault `CA_IMPERSONATION_REFUSED`
 * @see istio security/pkg/server/ca/node_auth.go
 */
export async function authorizeImpersonation(
  rules: ImpersonationRules,
  { caller, wanted, cluster }: { readonly caller: Caller; readonly wanted: string; readonly cluster: string },
): Promise<string> {
  const { pod } = caller;
  if (pod === undefined) throw refused('the caller did not prove to be a pod');
  if (!rules.trustedAccounts.includes(`${pod.namespace}/${pod.serviceAccount}`))
    throw refused(`${pod.namespace}/${pod.serviceAccount} is no trusted node agent`);
  const identity = parseSpiffeId(wanted);
  if (identity === undefined) throw refused('what is asked for is no SPIFFE id');
  if (!rules.trustDomains().includes(identity.trustDomain))
    throw refused(`the trust domain ${identity.trustDomain} is not that of this mesh`);
  const pods = rules.podsOf(cluster);
  if (pods === undefined) throw refused(`no cluster "${cluster}" is known here`);
  const place = await pods.findPod(pod.namespace, pod.name);
  if (place === undefined || place.uid !== pod.uid || place.serviceAccount !== pod.serviceAccount)
    throw refused('the pod of the caller is not there any more');
  if (place.node === '') throw refused('the pod of the caller is on no node');
  if (!(await pods.hasPod(place.node, identity.namespace, identity.serviceAccount)))
    throw refused(`no pod on ${place.node} is ${identity.namespace}/${identity.serviceAccount}`);
  return wanted;
}

function refused(why: string) {
  return caFault('CA_IMPERSONATION_REFUSED', why);
}
