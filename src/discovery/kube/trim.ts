import type { Kind } from '../../config/define-kind.ts';
import type { Kept } from '../../kube/held-objects.ts';
import { isRecord, type KubeMeta, type KubeObject } from '../../kube/object.ts';
import { createPick } from './pick.ts';

/** Istio's kinds of which a part of the status is read. */
const READ_STATUS: ReadonlySet<string> = new Set(['ServiceEntry', 'WorkloadEntry']);
/** No annotation that is read here is longer; kubectl alone keeps a copy of the whole object in one. */
const MAX_ANNOTATION = 64 * 1024;
/** Names under which secrets hold what proxies are given. */
const CREDENTIALS = ['cert', 'key', 'cacert', 'crl', 'tls.crt', 'tls.key', 'ca.crt', 'ca.crl'];
const REMOTE_CLUSTER = 'istio/multiCluster';

/**
 * What is kept of a kind's objects. Of Kubernetes' own kinds, the fields that are read; of those that users write for the mesh, everything but
 * other people's annotations and records of who wrote what.
 */
export function createTrim(kind: Kind): (object: KubeObject) => Kept<KubeObject> | undefined {
  const pick = createPick(kind.schema);
  const refine = REFINE[kind.kind] ?? ((object) => object);
  return (object) => {
    const metadata = trimMeta(object.metadata);
    const picked = kind.resource === undefined ? pick(object) : object;
    if (!isRecord(picked)) return undefined;
    const value = refine({ ...picked, metadata: { ...metadata, ...pickOwners(picked.metadata) } });
    return value && { value, content: contentOf(value, kind) };
  };
}

type Refine = (object: KubeObject) => KubeObject | undefined;

const REFINE: Readonly<Record<string, Refine>> = {
  Pod: keepReadiness,
  Secret: keepCredentials,
};

function trimMeta(meta: KubeMeta): KubeMeta {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } = meta;
  const annotations = Object.entries(meta.annotations ?? {}).filter(
    ([key, value]) => isRead(key) && value.length <= MAX_ANNOTATION,
  );
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    ...(generation !== undefined && { generation }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(meta.labels !== undefined && { labels: meta.labels }),
    ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
  };
}

/** `networking.istio.io/exportTo`, `istio.io/rev`, and how an Ingress names its class. */
function isRead(key: string): boolean {
  const [domain = ''] = key.split('/');
  return domain === 'istio.io' || domain.endsWith('.istio.io') || key === 'kubernetes.io/ingress.class';
}

/** Kinds that read their owners name them in their schema. Who made up a name is the owner that counts. */
function pickOwners(metadata: unknown): Pick<KubeMeta, 'ownerReferences'> & { readonly generateName?: string } {
  if (!isRecord(metadata) || !hasOwners(metadata)) return {};
  const { generateName, ownerReferences } = metadata;
  return { ...(typeof generateName === 'string' && { generateName }), ownerReferences };
}

function hasOwners(
  metadata: object,
): metadata is Required<Pick<KubeMeta, 'ownerReferences'>> & { generateName?: unknown } {
  return 'ownerReferences' in metadata && Array.isArray(metadata.ownerReferences);
}

/**
 * What an object says: its versions aside, and what others report about it. Of kinds that are told what became of them the generation counts:
 * what was changed and changed back is the same, and waits to be told of all the same.
 */
function contentOf(value: KubeObject, { kind, resource }: Kind): unknown {
  const { resourceVersion: _, generation, ...metadata } = value.metadata;
  const { status, ...rest } = value;
  if (resource === undefined) return { ...rest, metadata, status };
  return { ...rest, metadata, generation, ...(READ_STATUS.has(kind) && { status }) };
}

/** Of the many conditions of a Pod, one is read; kubelets write the others often. */
function keepReadiness(pod: KubeObject): KubeObject {
  const { status } = pod;
  if (!isRecord(status) || !Array.isArray(status.conditions)) return pod;
  const conditions = status.conditions.filter((condition) => isRecord(condition) && condition.type === 'Ready');
  return { ...pod, status: { ...status, conditions } };
}

/** Secrets that hold nothing for proxies are not kept at all; of the others, no more than that. */
function keepCredentials(secret: KubeObject): KubeObject | undefined {
  if (secret.metadata.labels?.[REMOTE_CLUSTER] === 'true') return secret;
  const data = Object.entries(isRecord(secret.data) ? secret.data : {}).filter(([name]) => CREDENTIALS.includes(name));
  const isMeant = data.length > 0 || secret.type === 'kubernetes.io/tls';
  return isMeant ? { ...secret, data: Object.fromEntries(data) } : undefined;
}
