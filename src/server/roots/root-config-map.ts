import { isRecord, type KubeObject } from '../../kube/object.ts';
import type { Resource } from '../../kube/resource.ts';

/** A ConfigMap that is in every namespace, with one file in it. */
export interface PublishedMap {
  readonly name: string;
  readonly file: string;
}

/** The roots that agents mount. */
export const ROOT_CERTIFICATES: PublishedMap = { name: 'istio-ca-root-cert', file: 'root-cert.pem' };

/** What the authority has revoked, for those who look. */
export const REVOCATIONS: PublishedMap = { name: 'istio-ca-crl', file: 'ca-crl.pem' };

export const CONFIG_MAP: Resource = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};

const LABELS = { 'istio.io/config': 'true' };

/** The ConfigMap of a namespace that has none. */
export function toConfigMap({ name, file }: PublishedMap, namespace: string, text: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels: LABELS },
    data: { [file]: text },
  };
}

/** What a merge patch has to say so that it is right again; `undefined` when it is. Other people's files and labels in it stay. */
export function toRepair({ file }: PublishedMap, { metadata, data }: KubeObject, text: string): object | undefined {
  const isLabeled = Object.entries(LABELS).every(([key, value]) => metadata.labels?.[key] === value);
  const isWritten = isRecord(data) && data[file] === text;
  if (isLabeled && isWritten) return undefined;
  return { metadata: { labels: LABELS }, data: { [file]: text } };
}

/** What is looked at of it. There is one in every namespace, most of them with the same text: it is held once. */
export function trimConfigMap(
  { file }: PublishedMap,
  { metadata, data }: KubeObject,
  text: string | undefined,
): KubeObject {
  const { name, namespace, labels } = metadata;
  const written = isRecord(data) ? data[file] : undefined;
  return {
    metadata: { name, ...(namespace !== undefined && { namespace }), ...(labels && { labels }) },
    data: written === undefined ? {} : { [file]: written === text ? text : written },
  };
}
