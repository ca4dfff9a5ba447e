import { isRecord, type KubeObject } from '../../kube/object.ts';
import type { Resource } from '../../kube/resource.ts';

/** The ConfigMap that agents mount. */
export const ROOT_CERTIFICATES = 'istio-ca-root-cert';

export const CONFIG_MAP: Resource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};

const FILE = 'root-cert.pem';
const LABELS = { 'istio.io/config': 'true' };

/** The ConfigMap of a namespace that has none. */
export function toRootCertificates(namespace: string, pem: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: ROOT_CERTIFICATES, namespace, labels: LABELS },
    data: { [FILE]: pem },
  };
}

/** What a merge patch has to say so that it is right again; `undefined` when it is. Other people's files and labels in it stay. */
export function toRepair({ metadata, data }: KubeObject, pem: string): object | undefined {
  const isLabeled = Object.entries(LABELS).every(([key, value]) => metadata.labels?.[key] === value);
  const isWritten = isRecord(data) && data[FILE] === pem;
  if (isLabeled && isWritten) return undefined;
  return { metadata: { labels: LABELS }, data: { [FILE]: pem } };
}

/** What is looked at of it. There is one in every namespace, most of them with the same text: it is held once. */
export function trimRootCertificates({ metadata, data }: KubeObject, pem: string): KubeObject {
  const { name, namespace, labels } = metadata;
  const written = isRecord(data) ? data[FILE] : undefined;
  return {
    metadata: { name, ...(namespace !== undefined && { namespace }), ...(labels && { labels }) },
    data: written === undefined ? {} : { [FILE]: written === pem ? pem : written },
  };
}
